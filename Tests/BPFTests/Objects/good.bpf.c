// SPDX-License-Identifier: GPL-2.0
/* One map of each kind, and programs that BPF_PROG_TEST_RUN runs on them. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define MOST_RECORDS 64

struct entry {
	__u64 sum;
	__u32 count;
	__u32 padding;
};

/* Twelve bytes, of which the kernel makes sixteen for each CPU. */
struct triple {
	__u32 first;
	__u32 second;
	__u32 third;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct entry);
} hashed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct entry);
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct triple);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

const volatile __u64 limit = 7;
__u64 written; /* records that were tried */
__u64 lost;
__u32 asked = 1;

SEC("raw_tp/sys_enter")
int tell_limit(void *context)
{
	return limit;
}

/* Adds one to `asked`, so that both sides are seen to share it. */
SEC("raw_tp/sys_enter")
int add_one(void *context)
{
	return ++asked;
}

SEC("raw_tp/sys_enter")
int count_here(void *context)
{
	__u32 index = 1;
	struct triple *triple = bpf_map_lookup_elem(&per_cpu, &index);

	if (!triple)
		return 0;
	triple->first += 1;
	triple->second += 10;
	triple->third += 100;
	return bpf_get_smp_processor_id();
}

/* Writes `asked` records, each with its number. */
SEC("raw_tp/sys_enter")
int write_records(void *context)
{
	for (__u32 i = 0; i < MOST_RECORDS && i < asked; i++) {
		__u64 number = written++;

		if (bpf_ringbuf_output(&events, &number, sizeof(number), BPF_RB_NO_WAKEUP))
			lost++;
	}
	return 0;
}

/* One record that is given up between two that are not. */
SEC("raw_tp/sys_enter")
int write_and_discard(void *context)
{
	for (__u32 i = 0; i < 3; i++) {
		__u64 *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

		if (!record)
			return 0;
		*record = i;
		if (i == 1)
			bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		else
			bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
