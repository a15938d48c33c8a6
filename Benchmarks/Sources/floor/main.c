// SPDX-License-Identifier: Apache-2.0
/*
 * floor OBJECT PROGRAM...
 *
 * Attaches these programs of an object and throws away what they report, until it is
 * killed.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Often enough for 8 MB at any speed that one CPU reaches. */
static const unsigned int drain_microseconds = 20000;
static const size_t cache_line = 64;

static void fail(const char *what)
{
	fprintf(stderr, "floor: cannot %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool is_named(const struct bpf_program *program, int count, char **names)
{
	for (int number = 0; number < count; number++) {
		if (!strcmp(names[number], bpf_program__name(program)))
			return true;
	}
	return false;
}

/* Reads what is in it, as a tool has to: it costs the writer when that writes there again. */
static int drop(void *context, void *event, size_t size)
{
	const volatile char *bytes = event;

	for (size_t offset = 0; offset < size; offset += cache_line)
		(void)bytes[offset];
	return 0;
}

/* The control group of all processes. */
static int root_group(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	const struct mntent *mount;
	int root = -1;

	while (mounts && root < 0 && (mount = getmntent(mounts))) {
		if (!strcmp(mount->mnt_type, "cgroup2"))
			root = open(mount->mnt_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return root;
}

static bool attach(const struct bpf_program *program)
{
	if (bpf_program__type(program) == BPF_PROG_TYPE_CGROUP_SKB)
		return bpf_program__attach_cgroup(program, root_group());
	return bpf_program__attach(program);
}

int main(int count, char **arguments)
{
	struct bpf_object *object;
	struct bpf_program *program;
	struct ring_buffer *ring;

	if (count < 3) {
		fprintf(stderr, "usage: floor OBJECT PROGRAM...\n");
		return 64;
	}
	object = bpf_object__open_file(arguments[1], NULL);
	if (!object)
		fail("open the object");
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, is_named(program, count - 2, arguments + 2));
	if (bpf_object__load(object))
		fail("load the object");
	bpf_object__for_each_program(program, object)
	{
		if (bpf_program__autoload(program) && !attach(program))
			fail(bpf_program__name(program));
	}
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), drop, NULL,
				NULL);
	if (!ring)
		fail("read the ring buffer");
	for (;;) {
		ring_buffer__consume(ring);
		usleep(drain_microseconds);
	}
}
