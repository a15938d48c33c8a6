// SPDX-License-Identifier: Apache-2.0
#include "shim.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

int shim_try_tracing_program(unsigned int attach_type, unsigned int btf_id)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type,
		    .attach_btf_id = btf_id);
	/* By libbpf, which raises the limit of locked memory where that counts. */
	int descriptor = bpf_prog_load(BPF_PROG_TYPE_TRACING, NULL, "GPL", code, 2, &options);

	if (descriptor < 0)
		return errno;
	close(descriptor);
	return 0;
}

/* The part of union bpf_attr that creates such a link (linux/bpf.h). */
struct uprobe_link {
	uint32_t program;
	uint32_t target;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t semaphores;
	uint64_t cookies;
	uint32_t count;
	uint32_t uprobe_flags;
	uint32_t process;
	uint32_t padding;
};

int shim_attach_uprobes(int program, const char *path, const uint64_t *offsets,
			const uint64_t *semaphores, const uint64_t *cookies, uint32_t count,
			uint32_t process, bool at_return)
{
	struct uprobe_link link = {
		.program = (uint32_t)program,
		.attach_type = SHIM_UPROBE_MULTI,
		.path = (uintptr_t)path,
		.offsets = (uintptr_t)offsets,
		.semaphores = (uintptr_t)semaphores,
		.cookies = (uintptr_t)cookies,
		.count = count,
		.uprobe_flags = at_return ? 1 : 0,
		.process = process,
	};
	long descriptor = syscall(SYS_bpf, BPF_LINK_CREATE, &link, sizeof(link));

	return descriptor < 0 ? -errno : (int)descriptor;
}

/* The errno of a link of a kind that is asked for with wrong arguments. */
static int refusal_of_link(unsigned int attach_type, void *attributes, size_t size)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type);
	int program = bpf_prog_load(BPF_PROG_TYPE_KPROBE, NULL, "GPL", code, 2, &options);
	long link;
	int error;

	if (program < 0)
		return errno;
	/* Both kinds of attributes begin with it. */
	*(uint32_t *)attributes = (uint32_t)program;
	link = syscall(SYS_bpf, BPF_LINK_CREATE, attributes, size);
	error = link < 0 ? errno : 0;
	if (link >= 0)
		close((int)link);
	close(program);
	return error;
}

bool shim_has_many_kprobes(void)
{
	struct {
		uint32_t program;
		uint32_t target;
		uint32_t attach_type;
		uint32_t flags;
		uint32_t kprobe_flags;
		uint32_t count;
		uint64_t symbols;
		uint64_t addresses;
		uint64_t cookies;
	} link = { .attach_type = BPF_TRACE_KPROBE_MULTI, .count = 1, .addresses = 1 };

	/* It gets as far as the list, which is at no address. */
	return refusal_of_link(link.attach_type, &link, sizeof(link)) == EFAULT;
}

bool shim_has_many_uprobes(void)
{
	uint64_t offset = 0;
	struct uprobe_link link = {
		.attach_type = SHIM_UPROBE_MULTI,
		.path = (uintptr_t) "/",
		.offsets = (uintptr_t)&offset,
		.count = 1,
	};

	/* It gets as far as the file, which is none. */
	return refusal_of_link(link.attach_type, &link, sizeof(link)) == EBADF;
}

/* --- Probes of others --- */

bool shim_descriptor_probe(int process, int descriptor, struct shim_probe *probe, char *name,
			   uint32_t size)
{
	uint32_t length = size, program, kind;
	unsigned long long offset, address;
	/* With less room than it needs the kernel fills that, and everything else. */
	int error = bpf_task_fd_query(process, descriptor, 0, name, &length, &program, &kind,
				      &offset, &address);

	if (error && error != -ENOSPC)
		return false;
	if (kind < BPF_FD_TYPE_KPROBE || kind > BPF_FD_TYPE_URETPROBE)
		return false;
	*probe = (struct shim_probe){
		.of_kernel = kind == BPF_FD_TYPE_KPROBE || kind == BPF_FD_TYPE_KRETPROBE,
		.at_return = kind == BPF_FD_TYPE_KRETPROBE || kind == BPF_FD_TYPE_URETPROBE,
		.count = 1,
		.offset = offset,
		.address = address,
	};
	return true;
}

/* The parts of struct bpf_link_info that headers of older systems lack (linux/bpf.h). */
struct link_info {
	uint32_t type;
	uint32_t id;
	uint32_t program;
	uint32_t padding;
	union {
		struct {
			uint32_t kind;
			uint32_t padding;
			uint64_t name;
			uint32_t name_size;
			uint32_t offset;
			uint64_t address; /* of a function of the kernel */
		} event;
		struct {
			uint64_t addresses;
			uint32_t count;
			uint32_t flags;
		} kprobes;
		struct {
			uint64_t path;
			uint64_t offsets;
			uint64_t semaphores;
			uint64_t cookies;
			uint32_t path_size;
			uint32_t count;
			uint32_t flags;
		} uprobes;
		uint8_t rest[96];
	};
};

enum {
	LINK_OF_EVENT = 7,
	LINK_OF_KPROBES = 8,
	LINK_OF_UPROBES = 12,
	AT_RETURN = 1
};
enum {
	EVENT_UPROBE = 1,
	EVENT_URETPROBE,
	EVENT_KPROBE,
	EVENT_KRETPROBE
};

static bool describe(int link, struct link_info *info)
{
	uint32_t size = sizeof(*info);

	return bpf_obj_get_info_by_fd(link, info, &size) == 0;
}

/* The kernel before 6.6 tells nothing of them (1b715e1b0ec5, 7ac8d0d26191). */
static bool describe_event(int link, struct shim_probe *probe, char *name, uint32_t size)
{
	struct link_info info = { .event = { .name = (uintptr_t)name, .name_size = size } };

	if (!describe(link, &info) || info.event.kind < EVENT_UPROBE ||
	    info.event.kind > EVENT_KRETPROBE)
		return false;
	probe->of_kernel = info.event.kind >= EVENT_KPROBE;
	probe->at_return = info.event.kind == EVENT_URETPROBE || info.event.kind == EVENT_KRETPROBE;
	probe->offset = info.event.offset;
	probe->address = probe->of_kernel ? info.event.address : 0;
	return true;
}

bool shim_link_probe(uint32_t link, struct shim_probe *probe, char *name, uint32_t size)
{
	struct link_info info = {};
	int descriptor = bpf_link_get_fd_by_id(link);
	bool found = false;

	if (descriptor < 0)
		return false;
	*probe = (struct shim_probe){ .count = 1 };
	if (describe(descriptor, &info)) {
		switch (info.type) {
		case LINK_OF_EVENT:
			found = describe_event(descriptor, probe, name, size);
			break;
		case LINK_OF_KPROBES:
			probe->of_kernel = probe->many = found = true;
			probe->count = info.kprobes.count;
			probe->at_return = info.kprobes.flags & AT_RETURN;
			break;
		case LINK_OF_UPROBES:
			probe->many = found = true;
			probe->count = info.uprobes.count;
			probe->at_return = info.uprobes.flags & AT_RETURN;
			break;
		}
	}
	close(descriptor);
	/* Older kernels do not say how many there are. */
	if (probe->count == 0)
		probe->count = 1;
	return found;
}

/* --- Pinned objects --- */

bool shim_is_bpf_file_system(const char *path)
{
	struct statfs found;

	return statfs(path, &found) == 0 && found.f_type == BPF_FS_MAGIC;
}

/* --- Many links --- */

#define DESTROYERS 16

struct destroyer {
	const struct shim_link *links;
	size_t count, first;
};

static void *destroy_share(void *argument)
{
	const struct destroyer *share = argument;

	for (size_t index = share->first; index < share->count; index += DESTROYERS) {
		const struct shim_link *link = &share->links[index];

		if (link->link)
			bpf_link__destroy(link->link);
		else
			close(link->descriptor);
	}
	return NULL;
}

void shim_destroy_links(const struct shim_link *links, size_t count)
{
	struct destroyer shares[DESTROYERS];
	pthread_t threads[DESTROYERS];
	bool is_started[DESTROYERS] = {};

	for (size_t index = 0; index < DESTROYERS; index++) {
		shares[index] = (struct destroyer){ links, count, index };
		/* The first share is this thread's own. */
		if (index && index < count)
			is_started[index] = !pthread_create(&threads[index], NULL, destroy_share,
							    &shares[index]);
	}
	for (size_t index = 0; index < DESTROYERS; index++) {
		if (is_started[index])
			pthread_join(threads[index], NULL);
		else
			destroy_share(&shares[index]);
	}
}
