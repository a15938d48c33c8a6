/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_ATOMIC_BPF_H
#define LIB_ATOMIC_BPF_H

/*
 * Adds to a number that other CPUs, or another program on this one, may change at
 * the same time. Relaxed, since any stricter order makes clang 20 and later use the
 * instruction that also fetches, which kernels have from 5.12 only.
 */
#define ATOMIC_ADD(POINTER, VALUE) ((void)__atomic_fetch_add((POINTER), (VALUE), __ATOMIC_RELAXED))

#endif
