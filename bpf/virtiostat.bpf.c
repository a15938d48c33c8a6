// SPDX-License-Identifier: GPL-2.0
/* The buffers that drivers put into the queues of virtio devices, by queue. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "virtiostat.h"
#include "lib/kernel_read.bpf.h"

#define TOTALS_KEY   __u64
#define TOTALS_VALUE struct virtiostat_totals

#include "lib/filter.bpf.h"
#include "lib/totals.bpf.h"

/* linux/scatterlist.h: the lowest bits of page_link. */
#define SG_CHAIN  1UL
#define SG_END	  2UL

/* Entries of a buffer whose sizes are added up, with its lists. */
#define MAX_STEPS 1024

const volatile struct virtiostat_config config;

/* The lists of a buffer: those that the device reads come first. */
struct buffer {
	struct scatterlist **lists;
	struct scatterlist *list; /* where there is one alone */
	__u32 out;
	__u32 in;
};

/* How far the entries of a buffer are added up. */
struct sizes {
	__u64 entry; /* the next; 0: it is in the next list */
	__u32 next_list;
	__u32 is_in;
	__u64 in;
	__u64 all;
};

/*
 * The verifier follows each step in all ways that lead to it and differ in what it knows. So
 * there are few, and of the sizes, which a helper copies, it knows nothing.
 */
static __always_inline void add_sizes(const struct buffer *buffer, struct sizes *sizes)
{
	__u32 lists = buffer->list ? 0 : buffer->out + buffer->in;

	for (int step = 0; step < MAX_STEPS; step++) {
		struct scatterlist *entry;
		unsigned long link;
		unsigned int length;

		bpf_probe_read_kernel(sizes, sizeof(*sizes), sizes);
		if (!sizes->entry) {
			if (sizes->next_list >= lists)
				return;
			bpf_probe_read_kernel(&sizes->entry, sizeof(sizes->entry),
					      &buffer->lists[sizes->next_list]);
			sizes->next_list++;
			/* Those that the device reads come first. */
			sizes->is_in = ((__u64)buffer->out - sizes->next_list) >> 63;
			continue;
		}
		entry = (void *)sizes->entry;
		if (bpf_core_read(&link, sizeof(link), &entry->page_link))
			return;
		if (link & SG_CHAIN) {
			sizes->entry = link & ~(SG_CHAIN | SG_END);
			continue;
		}
		bpf_core_read(&length, sizeof(length), &entry->length);
		sizes->all += length;
		sizes->in += length * (__u64)sizes->is_in;
		/* Nothing where it was the last. */
		sizes->entry += bpf_core_type_size(struct scatterlist);
		sizes->entry &= (link & SG_END) / SG_END - 1;
	}
	LEDGER_ADD(truncated);
}

static __always_inline void read_names(struct virtqueue *queue, struct virtiostat_totals *totals)
{
	BPF_CORE_READ_STR_INTO(&totals->queue, queue, name);
	bpf_probe_read_kernel_str(totals->device, sizeof(totals->device),
				  KERNEL_READ(queue, vdev, dev.kobj.name));
	bpf_probe_read_kernel_str(totals->driver, sizeof(totals->driver),
				  KERNEL_READ(queue, vdev, dev.driver, name));
}

static __noinline int count_buffer(struct virtqueue *queue, const struct buffer *buffer)
{
	struct sizes sizes = {};
	struct virtiostat_totals *totals;
	__u64 key = (__u64)queue;

	if (!buffer || !current_passes(&config.trace.filter))
		return 0;
	sizes.entry = (__u64)buffer->list;
	sizes.is_in = buffer->in;
	add_sizes(buffer, &sizes);
	totals = totals_of(&key);
	if (!totals)
		return 0;
	if (!totals->device[0])
		read_names(queue, totals);
	ATOMIC_ADD(&totals->buffers, 1);
	ATOMIC_ADD(&totals->out_lists, buffer->out);
	ATOMIC_ADD(&totals->in_lists, buffer->in);
	ATOMIC_ADD(&totals->out_bytes, sizes.all - sizes.in);
	ATOMIC_ADD(&totals->in_bytes, sizes.in);
	return 0;
}

static __always_inline int count_lists(struct virtqueue *queue, struct scatterlist **lists,
				       __u32 out, __u32 in)
{
	struct buffer buffer = { .lists = lists, .out = out, .in = in };

	return count_buffer(queue, &buffer);
}

static __always_inline int count_list(struct virtqueue *queue, struct scatterlist *list, bool is_in)
{
	struct buffer buffer = { .list = list, .out = !is_in, .in = is_in };

	return count_buffer(queue, &buffer);
}

#define LIST_HOOK(KIND, PROGRAM, FUNCTION, IS_IN)                                       \
	SEC(#KIND "/virtqueue_add_" #FUNCTION)                                          \
	int PROGRAM(KIND##_##FUNCTION, struct virtqueue *queue, struct scatterlist *sg) \
	{                                                                               \
		return count_list(queue, sg, IS_IN);                                    \
	}

#define LIST_HOOKS(KIND, PROGRAM)                         \
	LIST_HOOK(KIND, PROGRAM, outbuf, false)           \
	LIST_HOOK(KIND, PROGRAM, inbuf, true)             \
	LIST_HOOK(KIND, PROGRAM, inbuf_ctx, true)         \
	LIST_HOOK(KIND, PROGRAM, outbuf_premapped, false) \
	LIST_HOOK(KIND, PROGRAM, inbuf_premapped, true)   \
	LIST_HOOK(KIND, PROGRAM, inbuf_cache_clean, true)

LIST_HOOKS(fentry, BPF_PROG)
LIST_HOOKS(kprobe, BPF_KPROBE)

SEC("fentry/virtqueue_add_sgs")
int fentry_sgs(__u64 *args)
{
	struct scatterlist **lists = NULL;

	/* Most kernels refuse to read an argument that is a pointer to a pointer (seen in 6.12). */
	bpf_probe_read_kernel(&lists, sizeof(lists), &args[1]);
	return count_lists((struct virtqueue *)args[0], lists, args[2], args[3]);
}

SEC("kprobe/virtqueue_add_sgs")
int BPF_KPROBE(kprobe_sgs, struct virtqueue *queue, struct scatterlist **lists, unsigned int out,
	       unsigned int in)
{
	return count_lists(queue, lists, out, in);
}

char LICENSE[] SEC("license") = "GPL";
