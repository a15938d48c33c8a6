// SPDX-License-Identifier: Apache-2.0
/*
 * workload execs NUMBER CALL PATH [ARGUMENT...]
 *
 * Starts so many children one after the other that exec the path with the
 * arguments, argv[0] among them. CALL is execve, execveat, fexecve (by a
 * descriptor), thread (by a thread that is not the leader). Prints for each the
 * process and the errno.
 */
#include "workload.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static const char *call;
static char *path, **argv;
static int descriptor = -1;
static int *outcome;

static void exec_once(void)
{
	char *environment[] = { "WORKLOAD=1", NULL };

	if (!strcmp(call, "execveat"))
		syscall(SYS_execveat, AT_FDCWD, path, argv, environment, 0);
	else if (!strcmp(call, "fexecve"))
		syscall(SYS_execveat, descriptor, "", argv, environment, AT_EMPTY_PATH);
	else
		syscall(SYS_execve, path, argv, environment);
	*outcome = errno;
	_exit(1);
}

static void *exec_in_thread(void *unused)
{
	exec_once();
	return unused;
}

static void child(void)
{
	pthread_t thread;

	if (strcmp(call, "thread"))
		exec_once();
	if (pthread_create(&thread, NULL, exec_in_thread, NULL))
		die("make a thread");
	for (;;)
		pause();
}

static int execs(int count, char **arguments)
{
	char *none[] = { NULL };

	if (count < 3)
		usage("execs NUMBER CALL PATH [ARGUMENT...]");
	call = arguments[1];
	path = arguments[2];
	argv = count > 3 ? arguments + 3 : none;
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (outcome == MAP_FAILED)
		die("share memory");
	if (!strcmp(call, "fexecve")) {
		descriptor = open(path, O_RDONLY);
		if (descriptor < 0)
			die("open the program");
	}
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++) {
		pid_t pid;

		*outcome = 0;
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid)
			child();
		waitpid(pid, NULL, 0);
		printf("%d %d\n", pid, *outcome);
		fflush(stdout);
	}
	return 0;
}

WORKLOAD(execs, execs);
