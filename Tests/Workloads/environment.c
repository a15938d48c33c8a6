// SPDX-License-Identifier: Apache-2.0
/*
 * workload env [OPTION...] -- PROGRAM ARGUMENT...
 *
 * Turns into the program in another environment: --close DESCRIPTOR, --setsid,
 * --cgroup DIRECTORY, --pidns (a namespace of its own, which needs a child),
 * --uid NUMBER, and with it --tracing: CAP_BPF and CAP_PERFMON alone, --set
 * NAME=VALUE (a variable).
 */
#include "workload.h"

#include <grp.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
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

static void become(uid_t uid, bool tracing)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = {};
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	/* Kernels before 5.11 count maps as locked memory. */
	setrlimit(RLIMIT_MEMLOCK, &all);
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

static void enter_pid_namespace(void)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		die("unshare the process namespace");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		return;
	}
	waitpid(pid, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int environment(int count, char **arguments)
{
	bool tracing = false, is_user = false;
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
			enter_pid_namespace();
			continue;
		}
		if (!strcmp(arguments[0], "--close")) {
			close(number(arguments[1]));
		} else if (!strcmp(arguments[0], "--cgroup")) {
			join(arguments[1]);
		} else if (!strcmp(arguments[0], "--set")) {
			putenv(arguments[1]);
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
	if (is_user)
		become(uid, tracing);
	execv(arguments[1], arguments + 1);
	die(arguments[1]);
}
