/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields of the kernel's objects. Each step through a helper costs some 30 ns. From 6.2 the
 * verifier can be told what an address is of (bpf_rdonly_cast(), a35b9af4ec2c "bpf: Add a
 * kfunc for generic type cast"), and a step is one load, which gives 0 where there is
 * nothing.
 *
 * The numbers of that function and of the types are the loader's to put into the instructions
 * (KernelCasts in the library BPF). Until then no type is believed, and the call is one of no
 * helper, which no kernel minds where it cannot be reached.
 */
#ifndef LIB_KERNEL_READ_BPF_H
#define LIB_KERNEL_READ_BPF_H

#include "vmlinux.h"
#include "kernel_types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

static void *(*const call_kernel_cast)(const void *address,
				       __u64 type) = (void *)KERNEL_TYPE_PLACEHOLDER;

/* Whether objects of a type are read in place. */
static __always_inline bool kernel_casts(const __u32 type)
{
	__u64 answer;

	if (type == KERNEL_TYPE_PLACEHOLDER)
		return false;
	/* Not kept, since the verifier would forget it on the stack. */
	asm volatile("%0 = %1" : "=r"(answer) : "i"(KERNEL_TYPE_PLACEHOLDER));
	return answer == 1;
}

static __always_inline void *kernel_cast(const void *address, const __u32 type)
{
	__u64 number;

	asm volatile("%0 = %1" : "=r"(number) : "i"(type));
	return call_kernel_cast(address, number);
}

#define KERNEL_TYPE_CASE(NAME) struct NAME : KERNEL_TYPE_##NAME,

/* The number of an object's type; the placeholder where it is none of these. */
#define KERNEL_TYPE_OF(OBJECT) \
	_Generic(*(OBJECT), KERNEL_TYPES(KERNEL_TYPE_CASE) default : KERNEL_TYPE_PLACEHOLDER)

/*
 * As BPF_CORE_READ(): KERNEL_READ(task, cred, uid.val). A way through pointers to pointers, to
 * data of a CPU or of a program is not for it.
 */
#define KERNEL_READ(OBJECT, ...)                                                            \
	({                                                                                  \
		typeof(OBJECT) __object = (OBJECT);                                         \
                                                                                            \
		kernel_casts(KERNEL_TYPE_OF(__object))                                      \
			? ___arrow(((typeof(OBJECT))kernel_cast(__object,                   \
								KERNEL_TYPE_OF(__object))), \
				   __VA_ARGS__)                                             \
			: BPF_CORE_READ(__object, __VA_ARGS__);                             \
	})

/* A field of sixteen bytes, such as a name, of what the verifier knows, into aligned words. */
#define COPY_16(TO, OBJECT, NAME)                                      \
	do {                                                           \
		_Static_assert(sizeof((OBJECT)->NAME) == 16, "words"); \
		((__u64 *)(TO))[0] = *(__u64 *)&(OBJECT)->NAME[0];     \
		((__u64 *)(TO))[1] = *(__u64 *)&(OBJECT)->NAME[8];     \
	} while (0)

/* The same of any object. */
#define KERNEL_READ_16(TO, OBJECT, NAME)                                            \
	do {                                                                        \
		typeof(OBJECT) __object = (OBJECT);                                 \
                                                                                    \
		if (kernel_casts(KERNEL_TYPE_OF(__object))) {                       \
			__object = kernel_cast(__object, KERNEL_TYPE_OF(__object)); \
			COPY_16(TO, __object, NAME);                                \
		} else {                                                            \
			bpf_core_read(TO, 16, &__object->NAME);                     \
		}                                                                   \
	} while (0)

#endif
