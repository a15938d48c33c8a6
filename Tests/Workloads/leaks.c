// SPDX-License-Identifier: Apache-2.0
/*
 * workload leaks NUMBER [KIND [SIZE]]
 *
 * Allocates in leak_here() so many blocks of SIZE bytes (1000 by default) that it never
 * frees, by KIND:
 *   malloc    the default; beside them 40 blocks that it frees, and 5 that it reallocates
 *             again and again until it frees them
 *   calloc, realloc, reallocarray, posix_memalign, aligned_alloc, memalign, valloc, pvalloc,
 *   mmap, mremap, strdup
 *             by this function
 *   failing   by malloc, with as many calls of others that fail
 *   wrapped   by wrapped_malloc(), which is built on malloc()
 *   held      the same, and then it waits until it is killed
 *   parts     by mmap, 16 pages each, of which it then unmaps some: the first page of each,
 *             the last of each second one, and one in the midst of each third one
 *   freed     by malloc, and frees each
 *   kernel    in the kernel: messages of 500 bytes in a queue, which another process keeps
 *             for a minute
 *   percpu    in the kernel, on each CPU: BPF maps of 8 bytes, which are kept so too
 * Says the address of a block that it had before, and frees it first.
 */
#include "workload.h"

#include <linux/bpf.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/syscall.h>

static const char *kind = "malloc";
static size_t size = 1000;
static void *volatile kept;
static char letters[1 << 16];

__attribute__((noinline)) void *wrapped_malloc(size_t length)
{
	char *block = malloc(length + 16);

	return block ? block + 16 : NULL;
}

__attribute__((noinline)) void wrapped_free(void *block)
{
	if (block)
		free((char *)block - 16);
}

static void *map(size_t length)
{
	void *found = mmap(NULL, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return found == MAP_FAILED ? NULL : found;
}

static bool is(const char *other)
{
	return !strcmp(kind, other);
}

/* Not in the place of the caller: what it calls is not its last deed. */
__attribute__((noinline)) static void leak_here(void)
{
	void *block = NULL;

	if (is("malloc") || is("failing") || is("freed"))
		block = malloc(size);
	else if (is("wrapped") || is("held"))
		block = wrapped_malloc(size);
	else if (is("calloc"))
		block = calloc(size / 10, 10);
	else if (is("realloc"))
		block = realloc(NULL, size);
	else if (is("reallocarray"))
		block = reallocarray(NULL, size / 10, 10);
	else if (is("posix_memalign"))
		block = posix_memalign(&block, 64, size) ? NULL : block;
	else if (is("aligned_alloc"))
		block = aligned_alloc(64, size);
	else if (is("memalign"))
		block = memalign(64, size);
	else if (is("valloc"))
		block = valloc(size);
	else if (is("pvalloc"))
		block = pvalloc(size);
	else if (is("strdup"))
		block = strdup(letters);
	else if (is("mmap") || is("parts"))
		block = map(is("parts") ? 16 * sysconf(_SC_PAGESIZE) : size);
	else
		usage(kind);
	if (!block)
		die(kind);
	kept = block;
}

__attribute__((noinline)) static void move_here(void)
{
	size_t page = sysconf(_SC_PAGESIZE);

	kept = mremap(map(page), page, 8 * page, MREMAP_MAYMOVE);
}

__attribute__((noinline)) static void free_others(int count)
{
	for (int turn = 0; turn < count; turn++) {
		void *block = malloc(size);

		kept = block;
		free(block);
	}
}

__attribute__((noinline)) static void reallocate(int count)
{
	for (int turn = 0; turn < count; turn++) {
		void *block = malloc(16);

		for (size_t length = 32; length < 1 << 20; length *= 2)
			kept = block = realloc(block, length);
		/* It is freed by this, and there is nothing to free. */
		kept = turn & 1 ? realloc(block, 0) : (free(block), NULL);
	}
}

/* What fails leaves all as it was; posix_memalign() does not set its pointer. */
static void fail(void)
{
	void *block = (void *)0x1000;
	volatile size_t much = PTRDIFF_MAX;

	void *volatile results[] = {
		calloc(much, 16), malloc(much), realloc(kept, much), reallocarray(kept, much, 16),
		map(much),
	};

	if (!posix_memalign(&block, 3, 64))
		die("fail");
	for (size_t index = 0; index < sizeof(results) / sizeof(*results); index++) {
		if (results[index])
			die("fail");
	}
}

static void unmap_parts(int turn)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *start = kept;

	munmap(start, page);
	if (turn % 2 == 0)
		munmap(start + 15 * page, page);
	if (turn % 3 == 0)
		munmap(start + 7 * page, 1);
}

__attribute__((noinline)) static void send_here(int queue)
{
	struct {
		long type;
		char text[500];
	} message = { .type = 1 };

	if (msgsnd(queue, &message, sizeof(message.text), IPC_NOWAIT))
		die("send a message");
}

static void make_map(void)
{
	union bpf_attr attributes = {
		.map_type = BPF_MAP_TYPE_PERCPU_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 1,
	};

	if (syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)) < 0)
		die("make a map");
}

/* In a process of its own, since what one has is freed when it ends. */
static int keep_in_kernel(long times)
{
	bool sends = is("kernel");
	int queue = sends ? msgget(IPC_PRIVATE, 0600) : -1;

	if (sends && queue < 0)
		die("make a queue");
	for (long turn = 0; turn < times; turn++) {
		if (sends)
			send_here(queue);
		else
			make_map();
	}
	if (!fork()) {
		for (int descriptor = 0; descriptor < 3; descriptor++)
			close(descriptor);
		sleep(60);
		if (sends)
			msgctl(queue, IPC_RMID, NULL);
		_exit(0);
	}
	return 0;
}

static int leaks(int count, char **arguments)
{
	void *former = malloc(4000);
	long times;

	if (count < 1 || count > 3)
		usage("leaks NUMBER [KIND [SIZE]]");
	times = number(arguments[0]);
	if (count > 1)
		kind = arguments[1];
	if (count > 2)
		size = number(arguments[2]);
	if (size && size <= sizeof(letters))
		memset(letters, 'l', size - 1);
	await_go("%lx", (unsigned long)former);
	free(former);
	if (is("kernel") || is("percpu"))
		return keep_in_kernel(times);
	for (long turn = 0; turn < times; turn++) {
		if (is("mremap"))
			move_here();
		else
			leak_here();
		if (is("failing"))
			fail();
		if (is("freed"))
			free(kept);
		if (is("parts"))
			unmap_parts(turn);
	}
	if (is("held"))
		pause();
	/* Whoever names the frames looks at the process while it is there. */
	if (is("strdup"))
		usleep(300 * 1000);
	if (is("malloc")) {
		free_others(40);
		reallocate(5);
	}
	return 0;
}

WORKLOAD(leaks, leaks);
