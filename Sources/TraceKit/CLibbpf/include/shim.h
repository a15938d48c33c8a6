/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system's libbpf as Swift sees it, with the little that Swift cannot call
 * by itself.
 */
#ifndef CLIBBPF_SHIM_H
#define CLIBBPF_SHIM_H

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * libbpf explains itself through a callback with a va_list, which Swift cannot
 * receive. This keeps the end of what it said since the last reset, and copies
 * everything to standard error when asked to be verbose.
 */
void shim_log_start(bool verbose);
void shim_log_reset(void);
const char *shim_log_text(void);

/*
 * The positions of a BPF ring buffer are shared with the kernel, and Swift has
 * no atomic access to memory that it did not allocate as atomic.
 */
static inline unsigned long shim_load_acquire(const void *address)
{
	return __atomic_load_n((const unsigned long *)address, __ATOMIC_ACQUIRE);
}

static inline unsigned int shim_load_acquire_32(const void *address)
{
	return __atomic_load_n((const unsigned int *)address, __ATOMIC_ACQUIRE);
}

static inline void shim_store_release(void *address, unsigned long value)
{
	__atomic_store_n((unsigned long *)address, value, __ATOMIC_RELEASE);
}

/* Ordered before all loads that follow: "I sleep now" before "is it empty?". */
static inline void shim_store_ordered_32(void *address, unsigned int value)
{
	__atomic_store_n((unsigned int *)address, value, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/*
 * Asks the kernel to load a program of two instructions that would be attached
 * to the kernel type btf_id, and returns 0 or the errno. A kernel that refuses
 * the whole kind says EPERM before it looks at the id.
 */
int shim_try_tracing_program(unsigned int attach_type, unsigned int btf_id);

/* Whether one link can be for many functions of the kernel, or for many places of a file. */
bool shim_has_many_kprobes(void);
bool shim_has_many_uprobes(void);

/* BPF_TRACE_UPROBE_MULTI, which the headers of older systems lack. */
#define SHIM_UPROBE_MULTI 48

/*
 * Attaches a program of that kind to places of a file by one link: by their offsets, those of
 * their semaphores (or NULL), and a cookie each; in one process, or 0: in all. Returns a
 * descriptor, or an errno below zero.
 */
int shim_attach_uprobes(int program, const char *path, const uint64_t *offsets,
			const uint64_t *semaphores, const uint64_t *cookies, uint32_t count,
			uint32_t process, bool at_return);

/* Functions or places of a file at which a program is called. */
struct shim_probe {
	bool of_kernel; /* functions of the kernel; else places of a file */
	bool at_return;
	bool many; /* by one link */
	uint32_t count; /* at least 1 */
	uint64_t offset; /* in the function or file */
	uint64_t address; /* of one in the kernel that has no name */
};

/*
 * The probe that a process has as a perf event with a program, and that which a link is for.
 * The name, of a function or a file, may be cut. Returns whether it is one.
 */
bool shim_descriptor_probe(int process, int descriptor, struct shim_probe *probe, char *name,
			   uint32_t size);
bool shim_link_probe(uint32_t link, struct shim_probe *probe, char *name, uint32_t size);

/* Whether a BPF file system is mounted there. Swift has no statfs(2). */
bool shim_is_bpf_file_system(const char *path);

struct bpf_link;

/* An attached program: libbpf's, or where that is NULL the descriptor of one that it lacks. */
struct shim_link {
	struct bpf_link *link;
	int descriptor;
};

/* Destroys links, several at a time. */
void shim_destroy_links(const struct shim_link *links, size_t count);

#endif
