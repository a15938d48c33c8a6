/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_ELAPSED_BPF_H
#define LIB_ELAPSED_BPF_H

/* Nanoseconds between two readings of the clock, of which another CPU may have made the first. */
static __always_inline __u64 elapsed(__u64 began, __u64 now)
{
	return now > began ? now - began : 0;
}

#endif
