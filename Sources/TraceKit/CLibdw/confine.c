// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "confine.h"
#include "channel.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Symbols of the largest programs take some hundred megabytes. */
#define GREATEST_DATA  (1ul << 30)
/* C++ names nest as deep as they are long. */
#define GREATEST_STACK (64ul << 20)
/* Of all its life; each request has a smaller limit, which the parent keeps. */
#define GREATEST_CPU   600

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no filter of system calls for this architecture"
#endif

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define ALLOW	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define CALL(name)  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), ALLOW

/*
 * Memory that is not executable, and what can be done with open descriptors. The third
 * argument is the protection for both calls.
 */
static const struct sock_filter permitted_calls[] = {
	FIELD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	FIELD(nr),
	CALL(read),
	CALL(pread64),
	CALL(recvmsg),
	CALL(sendmsg),
	CALL(lseek),
	CALL(fstat),
	CALL(newfstatat),
	CALL(fcntl),
	CALL(dup),
	CALL(close),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL(brk),
	CALL(futex),
	CALL(getrandom),
	CALL(clock_gettime),
	CALL(sysinfo),
	CALL(getpid),
	CALL(gettid),
	CALL(tgkill),
	CALL(rt_sigprocmask),
	CALL(rt_sigaction),
	CALL(rt_sigreturn),
	CALL(restart_syscall),
	CALL(exit),
	CALL(exit_group),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 1, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 0, 3),
	FIELD(args[2]),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
	ALLOW,
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
};

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

	if (syscall(__NR_capset, &header, none))
		_exit(1);
}

static void limit(int resource, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit))
		_exit(1);
	if (limit.rlim_max > value)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(resource, &limit))
		_exit(1);
}

void confine(void)
{
	const struct sock_fprog filter = {
		.len = sizeof(permitted_calls) / sizeof(permitted_calls[0]),
		.filter = (struct sock_filter *)permitted_calls,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(1);
	drop_capabilities();
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CPU, GREATEST_CPU);
	limit(RLIMIT_STACK, GREATEST_STACK);
	/* AddressSanitizer maps terabytes and looks at files of proc. */
	if (READER_IS_SANITIZED)
		return;
	limit(RLIMIT_DATA, GREATEST_DATA);
	/* A kernel built without filters has all the other limits. */
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) && errno != ENOSYS &&
	    errno != EINVAL)
		_exit(1);
}
