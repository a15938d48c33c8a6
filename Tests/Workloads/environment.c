// SPDX-License-Identifier: Apache-2.0
/*
 * workload env [OPTION...] -- PROGRAM ARGUMENT...
 *
 * Turns into the program in another environment: --close DESCRIPTOR, --setsid,
 * --cgroup DIRECTORY, --pidns (a namespace of its own), --join PROCESS (the
 * namespace of that one's children, with a proc of it; both need a child, to which
 * signals are passed on), --hide DIRECTORY (nothing is in it), --stick FILE (whoever
 * opens it waits for ever), --no-tracefs, --uid
 * NUMBER, and with it --tracing: CAP_BPF and CAP_PERFMON alone, --reading:
 * CAP_DAC_READ_SEARCH too, and --memlock BYTES, without which memory may be locked
 * without a limit; --set NAME=VALUE (a variable); --chroot DIRECTORY, in a mount
 * namespace of its own, --chroot-only DIRECTORY, in the one that is there; --landlock (may open no file for writing, and trace no process
 * that is not its child).
 */
#include "workload.h"

#include <grp.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

static void hide(const char *directory)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("unshare the mounts");
	/* What is not there needs no hiding. */
	if (mount("tmpfs", directory, "tmpfs", 0, NULL) && errno != ENOENT)
		die(directory);
}

static void stick(const char *file)
{
	char fifo[] = "/tmp/workload-XXXXXX";

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("unshare the mounts");
	close(mkstemp(fifo));
	unlink(fifo);
	if (mkfifo(fifo, 0644) || mount(fifo, file, NULL, MS_BIND, NULL) || unlink(fifo))
		die(file);
}

static void become(const struct user *user)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = {};
	uid_t uid = user->uid;

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

static void restrict_writes(void)
{
	struct landlock_ruleset_attr rules = { .handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE };
	int file = syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	if (file < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_landlock_restrict_self, file, 0))
		die("restrict itself by Landlock");
	close(file);
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

static void join_time_namespace(const char *seconds)
{
	char text[64];
	int file;

	if (unshare(CLONE_NEWTIME))
		die("unshare the time namespace");
	snprintf(text, sizeof(text), "monotonic %s 0", seconds);
	file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, text, strlen(text)) < 0)
		die("set the namespace's clock");
	close(file);
	become_child();
}

static int environment(int count, char **arguments)
{
	struct user user = { .locked = RLIM_INFINITY };
	struct rlimit limit;

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
		if (!strcmp(arguments[0], "--landlock")) {
			restrict_writes();
			continue;
		}
		if (!strcmp(arguments[0], "--no-tracefs")) {
			hide_tracefs();
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
		} else if (!strcmp(arguments[0], "--stick")) {
			stick(arguments[1]);
		} else if (!strcmp(arguments[0], "--join")) {
			join_pid_namespace(arguments[1]);
		} else if (!strcmp(arguments[0], "--ahead")) {
			join_time_namespace(arguments[1]);
		} else if (!strcmp(arguments[0], "--chroot")) {
			if (unshare(CLONE_NEWNS) || chroot(arguments[1]) || chdir("/"))
				die("chroot");
		} else if (!strcmp(arguments[0], "--chroot-only")) {
			if (chroot(arguments[1]) || chdir("/"))
				die("chroot");
		} else if (!strcmp(arguments[0], "--set")) {
			putenv(arguments[1]);
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
	/* Kernels before 5.11 count maps as locked memory. */
	limit = (struct rlimit){ user.locked, user.locked };
	setrlimit(RLIMIT_MEMLOCK, &limit);
	if (user.is_set)
		become(&user);
	execv(arguments[1], arguments + 1);
	die(arguments[1]);
}

WORKLOAD(env, environment);
