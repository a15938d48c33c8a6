// SPDX-License-Identifier: Apache-2.0
/* The parent's end of a reader. */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int start(struct reader *reader, int channel)
{
	char *const arguments[] = { reader_argument, NULL };
	posix_spawn_file_actions_t actions;
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed)
		return failed;
	/* What libraries write to its standard error is nobody's. */
	for (int standard = 0; standard < READER_CHANNEL && !failed; standard++)
		failed = posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR,
							  0);
	if (!failed)
		failed = posix_spawn_file_actions_adddup2(&actions, channel, READER_CHANNEL);
	if (!failed)
		failed = posix_spawn(&reader->pid, "/proc/self/exe", &actions, NULL, arguments,
				     environ);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

int reader_start(struct reader *reader)
{
	int ends[2], failed;

	*reader = (struct reader){ .channel = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return errno;
	failed = start(reader, ends[1]);
	close(ends[1]);
	if (failed) {
		close(ends[0]);
		return failed;
	}
	reader->channel = ends[0];
	return 0;
}

void reader_end(struct reader *reader)
{
	if (reader->pid <= 0)
		return;
	close(reader->channel);
	kill(reader->pid, SIGKILL);
	/*
	 * It ends at once, unless it waits for a device that does not answer. Then it is left
	 * to whoever adopts it.
	 */
	for (int attempt = 0; attempt < 100; attempt++) {
		const struct timespec moment = { .tv_nsec = 1000 * 1000 };

		if (waitpid(reader->pid, NULL, WNOHANG) != 0)
			break;
		nanosleep(&moment, NULL);
	}
	*reader = (struct reader){ .channel = -1 };
}

int reader_send(const struct reader *reader, const void *packet, size_t size, int descriptor)
{
	return channel_send(reader->channel, packet, size, descriptor);
}

static uint64_t milliseconds(clockid_t clock)
{
	struct timespec now;

	/* That of a process which has ended, and can be no longer waited for in vain. */
	if (clock_gettime(clock, &now))
		return 0;
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

long reader_receive(const struct reader *reader, void *packet, size_t size,
		    uint32_t cpu_milliseconds, uint32_t wait_milliseconds)
{
	const uint64_t end = milliseconds(CLOCK_MONOTONIC) + wait_milliseconds;
	struct pollfd answer = { .fd = reader->channel, .events = POLLIN };
	uint64_t begin;
	clockid_t cpu;

	if (clock_getcpuclockid(reader->pid, &cpu))
		return -ESRCH;
	begin = milliseconds(cpu);
	for (;;) {
		const int ready = poll(&answer, 1, 20);

		if (ready > 0)
			return channel_receive(reader->channel, packet, size, NULL);
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (milliseconds(cpu) > begin + cpu_milliseconds ||
		    milliseconds(CLOCK_MONOTONIC) > end)
			return -ETIMEDOUT;
	}
}
