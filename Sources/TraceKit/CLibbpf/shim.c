// SPDX-License-Identifier: Apache-2.0
#include "shim.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Room for the end of a verifier log, which is the end that explains. */
#define LOG_SIZE 65536

static char log_text[LOG_SIZE];
static size_t log_length;
static bool log_verbose;

static int keep(enum libbpf_print_level level, const char *format, va_list arguments)
{
	static char usual[LOG_SIZE];
	char *message = usual;
	const char *tail;
	va_list again;
	size_t length;
	int full;

	if (level == LIBBPF_DEBUG && !log_verbose)
		return 0;
	va_copy(again, arguments);
	full = vsnprintf(usual, sizeof(usual), format, arguments);
	/* libbpf passes a verifier log as one argument of up to 16 MiB. */
	if (full >= (int)sizeof(usual)) {
		message = malloc((size_t)full + 1);
		if (message)
			vsnprintf(message, (size_t)full + 1, format, again);
		else
			message = usual;
	}
	va_end(again);
	if (full < 0)
		return 0;
	if (log_verbose)
		fputs(message, stderr);
	if (level == LIBBPF_DEBUG)
		goto out;
	length = strlen(message);
	tail = message;
	if (length >= LOG_SIZE) {
		tail += length - LOG_SIZE + 1;
		length = LOG_SIZE - 1;
	}
	if (log_length + length >= LOG_SIZE) {
		size_t drop = log_length + length - LOG_SIZE + 1;

		memmove(log_text, log_text + drop, log_length - drop);
		log_length -= drop;
	}
	memcpy(log_text + log_length, tail, length);
	log_length += length;
	log_text[log_length] = '\0';
out:
	if (message != usual)
		free(message);
	return 0;
}

void shim_log_start(bool verbose)
{
	log_verbose = verbose;
	libbpf_set_print(keep);
}

void shim_log_reset(void)
{
	log_length = 0;
	log_text[0] = '\0';
}

const char *shim_log_text(void)
{
	return log_text;
}

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
			bool at_return)
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

/* --- Many links --- */

#define DESTROYERS 16

struct destroyer {
	struct bpf_link **links;
	size_t count, first;
};

static void *destroy_share(void *argument)
{
	const struct destroyer *share = argument;

	for (size_t index = share->first; index < share->count; index += DESTROYERS)
		bpf_link__destroy(share->links[index]);
	return NULL;
}

void shim_destroy_links(struct bpf_link **links, size_t count)
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
