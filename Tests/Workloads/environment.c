// SPDX-License-Identifier: Apache-2.0
/*
 * workload env [OPTION...] -- PROGRAM ARGUMENT...
 *
 * Turns into the program in another environment: --close DESCRIPTOR, --setsid,
 * --cgroup DIRECTORY, --pidns (a namespace of its own), --join PROCESS (the
 * namespace of that one's children, with a proc of it; both need a child, to which
 * signals are passed on), --hide DIRECTORY (nothing is in it), --uid NUMBER, with it
 * --tracing: CAP_BPF and CAP_PERFMON alone, and --memlock BYTES, otherwise without a
 * limit.
 */
#include "workload.h"

#include <grp.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define CAP_PERFMON_NUMBER 38
#define CAP_BPF_NUMBER	   39

static void join(const char *cgroup)
{
	char path[4096];
	int file;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, "0", 1) != 1)
		die(path);
	close(file);
}

static void hide(const char *directory)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("unshare the mounts");
	/* What is not there needs no hiding. */
	if (mount("tmpfs", directory, "tmpfs", 0, NULL) && errno != ENOENT)
		die(directory);
}

static void become(uid_t uid, bool tracing)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = {};
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		die("change the user");
	if (tracing) {
		__u32 bits = 1U << (CAP_PERFMON_NUMBER - 32) | 1U << (CAP_BPF_NUMBER - 32);

		sets[1].effective = sets[1].permitted = sets[1].inheritable = bits;
	}
	if (syscall(SYS_capset, &header, sets))
		die("set capabilities");
	if (tracing && (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_BPF_NUMBER, 0, 0) ||
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_PERFMON_NUMBER, 0, 0)))
		die("keep capabilities");
}

static pid_t child;

static void pass_on(int signal)
{
	kill(child, signal);
}

/* Goes on as the first process of a namespace, or as another of it. */
static void become_child(void)
{
	struct sigaction action = { .sa_handler = pass_on, .sa_flags = SA_RESTART };
	int status;
	sigset_t none;

	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		return;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* Whoever started this may have blocked them. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	waitpid(child, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void join_pid_namespace(const char *process)
{
	char path[64];
	int namespace;

	snprintf(path, sizeof(path), "/proc/%s/ns/pid_for_children", process);
	namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0 || setns(namespace, CLONE_NEWPID))
		die(path);
	close(namespace);
	become_child();
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL))
		die("mount the namespace's proc");
}

int environment(int count, char **arguments)
{
	bool tracing = false, is_user = false;
	struct rlimit memlock = { RLIM_INFINITY, RLIM_INFINITY };
	uid_t uid = 0;

	for (; count > 1 && strcmp(arguments[0], "--"); count--, arguments++) {
		if (!strcmp(arguments[0], "--setsid")) {
			setsid();
			continue;
		}
		if (!strcmp(arguments[0], "--tracing")) {
			tracing = true;
			continue;
		}
		if (!strcmp(arguments[0], "--pidns")) {
			if (unshare(CLONE_NEWPID))
				die("unshare the process namespace");
			become_child();
			continue;
		}
		if (!strcmp(arguments[0], "--close")) {
			close(number(arguments[1]));
		} else if (!strcmp(arguments[0], "--cgroup")) {
			join(arguments[1]);
		} else if (!strcmp(arguments[0], "--hide")) {
			hide(arguments[1]);
		} else if (!strcmp(arguments[0], "--memlock")) {
			memlock.rlim_cur = memlock.rlim_max = number(arguments[1]);
		} else if (!strcmp(arguments[0], "--join")) {
			join_pid_namespace(arguments[1]);
		} else if (!strcmp(arguments[0], "--uid")) {
			uid = number(arguments[1]);
			is_user = true;
		} else {
			usage(arguments[0]);
		}
		count--, arguments++;
	}
	if (count < 2)
		usage("env [OPTION...] -- PROGRAM ARGUMENT...");
	/* Kernels before 5.11 count maps as locked memory. */
	setrlimit(RLIMIT_MEMLOCK, &memlock);
	if (is_user)
		become(uid, tracing);
	execv(arguments[1], arguments + 1);
	die(arguments[1]);
}
