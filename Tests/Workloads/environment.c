// SPDX-License-Identifier: Apache-2.0
/*
 * workload env [OPTION...] -- PROGRAM ARGUMENT...
 *
 * Turns into the program in another environment: --close DESCRIPTOR, --setsid,
 * --cgroup DIRECTORY, --pidns (a namespace of its own, which needs a child),
 * --no-tracefs (in mounts of its own), --uid NUMBER, and with it --tracing:
 * CAP_BPF and CAP_PERFMON alone, --reading: CAP_DAC_READ_SEARCH too, and
 * --memlock BYTES, without which memory may be locked without a limit.
 */
#include "workload.h"

#include <grp.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#define CAP_PERFMON_NUMBER 38
#define CAP_BPF_NUMBER	   39

struct user {
	uid_t uid;
	rlim_t locked;
	bool is_set, traces, reads;
};

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

static void become(const struct user *user)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = {};
	/* Kernels before 5.11 count maps as locked memory. */
	struct rlimit limit = { user->locked, user->locked };
	uid_t uid = user->uid;

	setrlimit(RLIMIT_MEMLOCK, &limit);
	if (prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		die("change the user");
	if (user->traces)
		sets[1].effective = 1U << (CAP_PERFMON_NUMBER - 32) | 1U << (CAP_BPF_NUMBER - 32);
	if (user->reads)
		sets[0].effective = 1U << CAP_DAC_READ_SEARCH;
	for (int word = 0; word < 2; word++)
		sets[word].permitted = sets[word].inheritable = sets[word].effective;
	if (syscall(SYS_capset, &header, sets))
		die("set capabilities");
	for (int bit = 0; bit < 64; bit++) {
		if (sets[bit / 32].effective & 1U << bit % 32 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0))
			die("keep capabilities");
	}
}

static void hide_tracefs(void)
{
	struct statfs found;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("unshare the mounts");
	/* debugfs mounts tracefs inside of itself when it is looked for. */
	umount2("/sys/kernel/debug", MNT_DETACH);
	umount2("/sys/kernel/tracing", MNT_DETACH);
	if (statfs("/sys/kernel/tracing", &found) || found.f_type == TRACEFS_MAGIC)
		die("unmount tracefs");
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
	struct user user = { .locked = RLIM_INFINITY };

	for (; count > 1 && strcmp(arguments[0], "--"); count--, arguments++) {
		if (!strcmp(arguments[0], "--setsid")) {
			setsid();
			continue;
		}
		if (!strcmp(arguments[0], "--tracing")) {
			user.traces = true;
			continue;
		}
		if (!strcmp(arguments[0], "--reading")) {
			user.reads = true;
			continue;
		}
		if (!strcmp(arguments[0], "--no-tracefs")) {
			hide_tracefs();
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
		} else if (!strcmp(arguments[0], "--uid")) {
			user.uid = number(arguments[1]);
			user.is_set = true;
		} else if (!strcmp(arguments[0], "--memlock")) {
			user.locked = number(arguments[1]);
		} else {
			usage(arguments[0]);
		}
		count--, arguments++;
	}
	if (count < 2)
		usage("env [OPTION...] -- PROGRAM ARGUMENT...");
	if (user.is_set)
		become(&user);
	execv(arguments[1], arguments + 1);
	die(arguments[1]);
}
