// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "linux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The user who called sudo, as far as the environment says so. */
struct invoker {
	bool known;
	uid_t uid;
	gid_t gid;
	int group_count;
	gid_t *groups;
};

/* Finds out before the command is there: its own opens are what is traced. */
static int find_invoker(struct invoker *invoker)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID"),
		   *name = getenv("SUDO_USER");

	if (!uid || !gid || !name || geteuid())
		return 0;
	invoker->uid = strtoul(uid, NULL, 10);
	invoker->gid = strtoul(gid, NULL, 10);
	getgrouplist(name, invoker->gid, NULL, &invoker->group_count);
	invoker->groups = calloc(invoker->group_count, sizeof(gid_t));
	if (!invoker->groups)
		return ENOMEM;
	getgrouplist(name, invoker->gid, invoker->groups, &invoker->group_count);
	invoker->known = true;
	return 0;
}

static int become(const struct invoker *invoker)
{
	if (!invoker->known)
		return 0;
	if (setgroups(invoker->group_count, invoker->groups) || setgid(invoker->gid))
		return -1;
	return setuid(invoker->uid);
}

/* What this process does with signals is not for the program that it starts. */
static void restore_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}

int linux_start_stopped(char *const arguments[], struct linux_command *command)
{
	struct invoker invoker = {};
	int go[2], failure[2];
	char byte;
	int error;
	pid_t pid;

	error = find_invoker(&invoker);
	if (error)
		return error;
	if (pipe2(go, O_CLOEXEC)) {
		error = errno;
		free(invoker.groups);
		return error;
	}
	if (pipe2(failure, O_CLOEXEC)) {
		error = errno;
		free(invoker.groups);
		close(go[0]);
		close(go[1]);
		return error;
	}
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		close(failure[0]);
		/* The end of the pipe without a byte: the tracer is gone. */
		if (read(go[0], &byte, 1) != 1)
			_exit(127);
		restore_signals();
		if (!become(&invoker))
			execvp(arguments[0], arguments);
		error = errno;
		if (write(failure[1], &error, sizeof(error)) < 0)
			_exit(126);
		_exit(127);
	}
	error = errno;
	free(invoker.groups);
	close(go[0]);
	close(failure[1]);
	if (pid < 0) {
		close(go[1]);
		close(failure[0]);
		return error;
	}
	command->pid = pid;
	command->go = go[1];
	command->failure = failure[0];
	command->ended = syscall(__NR_pidfd_open, pid, 0);
	return 0;
}

int linux_let_go(struct linux_command *command)
{
	int error = 0;

	if (write(command->go, "", 1) != 1)
		error = errno;
	close(command->go);
	/* Closed by the exec that succeeds. */
	if (!error && read(command->failure, &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(command->failure);
	return error;
}

int linux_await_command(const struct linux_command *command)
{
	int status;

	while (waitpid(command->pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int linux_start_beside(char *const arguments[], int output, int errors, int file)
{
	const pid_t parent = getpid();
	pid_t pid;
	int input;

	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0) {
		/* Both do it, so that neither must wait for the other. */
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(127);
	input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (input < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0)
		_exit(127);
	if (file >= 0 && (file == 3 ? fcntl(file, F_SETFD, 0) : dup2(file, 3)) < 0)
		_exit(127);
	restore_signals();
	/* A shell has it ignored in what runs in the background. */
	signal(SIGINT, SIG_DFL);
	execv(arguments[0], arguments);
	_exit(127);
}
