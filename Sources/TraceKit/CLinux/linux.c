// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/membarrier.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
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

int linux_usable_processors(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : CPU_COUNT(&cpus);
}

int linux_start_elsewhere(void *(*work)(void *), void *argument)
{
	pthread_attr_t attributes;
	const int cpu = sched_getcpu();
	sigset_t all, before;
	cpu_set_t cpus;
	pthread_t thread;
	int failed;

	sigfillset(&all);
	failed = pthread_attr_init(&attributes);
	if (failed)
		return failed;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (cpu >= 0 && !sched_getaffinity(0, sizeof(cpus), &cpus)) {
		CPU_CLR(cpu, &cpus);
		if (CPU_COUNT(&cpus))
			pthread_attr_setaffinity_np(&attributes, sizeof(cpus), &cpus);
	}
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&thread, &attributes, work, argument);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return failed;
}

bool linux_await(sem_t *semaphore, uint64_t nanoseconds)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	nanoseconds += end.tv_nsec;
	end.tv_sec += nanoseconds / 1000000000;
	end.tv_nsec = nanoseconds % 1000000000;
	while (sem_clockwait(semaphore, CLOCK_MONOTONIC, &end))
		if (errno != EINTR)
			return false;
	return true;
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

uint64_t linux_vdso(void)
{
	return getauxval(AT_SYSINFO_EHDR);
}

int linux_open_root(const char *process)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%s/root", process);
	return open(path, O_PATH | O_CLOEXEC);
}

int linux_open_directory(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int linux_open_regular(int root, const char *path, bool follow)
{
	/* With such a descriptor nothing of the file is done yet. */
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW),
		.resolve = root < 0 ? 0 : RESOLVE_IN_ROOT,
	};
	const int place =
		syscall(__NR_openat2, root < 0 ? AT_FDCWD : root, path, &how, sizeof(how));
	struct stat status;
	char link[32];
	int file = -1;

	if (place < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	if (!fstat(place, &status)) {
		errno = EINVAL;
		if (S_ISREG(status.st_mode))
			file = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	}
	close(place);
	return file;
}

int linux_open_sampler(int cpu, uint32_t type, uint64_t event, bool by_frequency, uint64_t value)
{
	struct perf_event_attr attributes = {
		.size = sizeof(attributes),
		.type = type,
		.config = event,
		.freq = by_frequency,
		.sample_period = value,
	};

	return syscall(__NR_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

const void *linux_find(const void *bytes, size_t size, const void *sought, size_t sought_size)
{
	return memmem(bytes, size, sought, sought_size);
}

int linux_dns_socket(void)
{
	/* UDP from port 53 in packets of IPv4, not in later fragments, and IPv6. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 7, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 11),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 9),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 7, 0),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_JUMP(BPF_JMP | BPF_JA, 3, 0, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
		BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 40),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 53, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 4096),
	};
	const struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };
	const int room = 4 << 20;
	int socket_fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const struct sockaddr_ll all = { .sll_family = AF_PACKET,
					 .sll_protocol = htons(ETH_P_ALL) };

	if (socket_fd < 0)
		return -1;
	if (setsockopt(socket_fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    bind(socket_fd, (const struct sockaddr *)&all, sizeof(all))) {
		const int error = errno;

		close(socket_fd);
		errno = error;
		return -1;
	}
	/* Without the capability for it the usual room has to do. */
	setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return socket_fd;
}

uint32_t linux_network_namespace(const char *path)
{
	int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	uint32_t number = 0;

	if (file < 0)
		return 0;
	if (ioctl(file, NS_GET_NSTYPE) != CLONE_NEWNET)
		errno = EINVAL;
	else if (!fstat(file, &status))
		number = status.st_ino;
	close(file);
	return number;
}

uint32_t linux_link_size(const char *name)
{
	int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {};
	uint32_t size = 0;

	if (descriptor < 0)
		return 0;
	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (!ioctl(descriptor, SIOCGIFHWADDR, &request) &&
	    (request.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
	     request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK))
		size = ETH_HLEN;
	close(descriptor);
	return size;
}

int linux_enter_network(int file)
{
	return setns(file, CLONE_NEWNET);
}

int linux_ticker(unsigned int milliseconds)
{
	const struct timespec period = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000L,
	};
	const struct itimerspec times = { .it_interval = period, .it_value = period };
	int ticker = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (ticker >= 0 && timerfd_settime(ticker, 0, &times, NULL)) {
		int error = errno;

		close(ticker);
		errno = error;
		return -1;
	}
	return ticker;
}

int linux_watch_all(const int descriptors[], int count)
{
	int all = epoll_create1(EPOLL_CLOEXEC);

	for (int index = 0; all >= 0 && index < count; index++) {
		struct epoll_event event = { .events = EPOLLIN };

		if (epoll_ctl(all, EPOLL_CTL_ADD, descriptors[index], &event)) {
			int error = errno;

			close(all);
			errno = error;
			return -1;
		}
	}
	return all;
}

ssize_t linux_write_now(int descriptor, const void *bytes, size_t count)
{
	struct iovec piece = { .iov_base = (void *)bytes, .iov_len = count };

	return pwritev2(descriptor, &piece, 1, -1, RWF_NOWAIT);
}

bool linux_contains(const void *bytes, size_t count, const void *others, size_t other_count)
{
	return memmem(bytes, count, others, other_count);
}
