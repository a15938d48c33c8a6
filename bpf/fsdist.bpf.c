// SPDX-License-Identifier: GPL-2.0
/* How long operations on files take, as a distribution for each kind. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "fsdist.h"

#define HISTOGRAM_KEY __u32

#include "lib/histogram.bpf.h"

const volatile struct fsdist_config config;

#include "lib/file_operations.bpf.h"

static __always_inline void report_call(__u32 operation, const struct file_call *call,
					__u64 duration, __s64 result)
{
	histogram_add_keyed(&operation, duration / (config.milliseconds ? 1000000 : 1000));
}

char LICENSE[] SEC("license") = "GPL";
