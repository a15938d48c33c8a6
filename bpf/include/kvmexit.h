/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_KVMEXIT_H
#define BPF_KVMEXIT_H

#include "wire.h"

#define KVMEXIT_THREADS 64

/* What a reason is a number of: an instruction set (asm/kvm_host.h), or user space's. */
#define KVMEXIT_VMX	1
#define KVMEXIT_SVM	2
#define KVMEXIT_USER	16
#define KVMEXIT_FAILED	17 /* an errno, instead of a reason */

/* In place of a virtual CPU that is not known; more than KVM gives a guest. */
#define KVMEXIT_NO_VCPU 0xffffU

struct kvmexit_config {
	struct trace_config trace;
	__u32 vcpus; /* distinguish them */
	__u32 one_vcpu; /* only this is counted */
	__u32 vcpu;
	/* Where the record of kvm_exit has them; 0: nowhere. */
	__u32 reason_offset;
	__u32 isa_offset;
	__u32 vcpu_offset;
	__u32 thread_count; /* 0: threads are not listed */
	__u32 threads[KVMEXIT_THREADS];
	__u32 padding;
};
_Static_assert(sizeof(struct kvmexit_config) == 384, "layout is shared with Swift");

struct kvmexit_key {
	__u32 pid;
	__u32 tid;
	__u16 vcpu;
	__u16 kind;
	__u32 reason;
};
_Static_assert(sizeof(struct kvmexit_key) == 16, "layout is shared with Swift");

struct kvmexit_totals {
	__u64 count;
};
_Static_assert(sizeof(struct kvmexit_totals) == 8, "layout is shared with Swift");

#endif
