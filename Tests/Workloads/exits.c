// SPDX-License-Identifier: Apache-2.0
/*
 * workload exits NUMBER HOW VALUE
 *
 * Starts so many children one after the other, which call themselves "child" and end:
 *
 *   code     by an exit with this code
 *   signal   by this signal
 *   threads  by an exit with code 3, once this many threads have ended
 *   leader   by an exit of a thread with this code, when the first thread has ended
 *   last     by the end of a thread with this code, when the first thread has ended with 5
 *   crowd    by the end of this many threads and the first at the same time
 *
 * Prints for each its process, the status that it was waited for with, and how many
 * microseconds that took at most.
 */
#include "workload.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

static const char *how;
static long value;
static pthread_barrier_t together;

static void end_thread(long code)
{
	syscall(SYS_exit, code);
}

static void *end_at_once(void *unused)
{
	return unused;
}

/* Waits until no other thread of the process is left but its first, which is dead. */
static void *end_last(void *unused)
{
	char path[64], line[256] = "";
	int file;

	prctl(PR_SET_NAME, "last");
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	while (!strstr(line, ") Z ")) {
		file = open(path, O_RDONLY);
		if (file < 0 || read(file, line, sizeof(line) - 1) < 0)
			die(path);
		close(file);
	}
	if (!strcmp(how, "leader"))
		_exit(value);
	end_thread(value);
	return unused;
}

static void *end_together(void *unused)
{
	pthread_barrier_wait(&together);
	end_thread(0);
	return unused;
}

static void child(void)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "child");
	if (!strcmp(how, "code"))
		_exit(value);
	if (!strcmp(how, "signal")) {
		sigset_t none;

		/* Whoever started this may have blocked it. */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(value, SIG_DFL);
		kill(getpid(), value);
		pause();
	}
	if (!strcmp(how, "threads")) {
		for (long done = 0; done < value; done++) {
			if (pthread_create(&thread, NULL, end_at_once, NULL))
				die("make a thread");
			pthread_join(thread, NULL);
		}
		_exit(3);
	}
	if (!strcmp(how, "crowd")) {
		pthread_barrier_init(&together, NULL, value + 1);
		for (long done = 0; done < value; done++) {
			if (pthread_create(&thread, NULL, end_together, NULL))
				die("make a thread");
		}
		end_together(NULL);
	}
	if (pthread_create(&thread, NULL, end_last, NULL))
		die("make a thread");
	end_thread(5);
}

static long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int exits(int count, char **arguments)
{
	if (count != 3)
		usage("exits NUMBER HOW VALUE");
	how = arguments[1];
	value = number(arguments[2]);
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++) {
		long start = microseconds();
		int status;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid)
			child();
		if (waitpid(pid, &status, 0) < 0)
			die("wait");
		if (number(arguments[0]) <= 1000)
			printf("%d %d %ld\n", pid, status, microseconds() - start);
	}
	return 0;
}

WORKLOAD(exits, exits);
