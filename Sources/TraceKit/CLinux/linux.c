// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int linux_errno(void)
{
	return errno;
}

const char *linux_errno_name(int number)
{
	return strerrorname_np(number);
}

const char *linux_errno_text(int number)
{
	return strerrordesc_np(number);
}

const char *linux_signal_name(int number)
{
	return sigabbrev_np(number);
}

int linux_memory_file(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC);
}

void linux_wait_for_programs(void)
{
	const struct timespec while_idle = { .tv_nsec = 20 * 1000 * 1000 };

	/*
	 * The global barrier is one grace period of RCU, and programs run inside
	 * of RCU. A kernel with nohz_full CPUs refuses it.
	 */
	if (syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		nanosleep(&while_idle, NULL);
}

int linux_signal_descriptor(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int linux_take_signal(int descriptor)
{
	struct signalfd_siginfo info;

	if (read(descriptor, &info, sizeof(info)) != sizeof(info))
		return 0;
	return info.ssi_signo;
}

uint64_t linux_file_handle(const char *path)
{
	struct {
		struct file_handle header;
		uint64_t id;
	} handle = { .header.handle_bytes = sizeof(uint64_t) };
	int mount;

	if (name_to_handle_at(AT_FDCWD, path, &handle.header, &mount, 0))
		return 0;
	memcpy(&handle.id, handle.header.f_handle, sizeof(handle.id));
	return handle.id;
}
