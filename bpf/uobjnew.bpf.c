// SPDX-License-Identifier: GPL-2.0
/*
 * The objects that programs make, by type: by the probes of the language that they are written
 * in, or memory of malloc() by its size.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "uobjnew.h"

#define TOTALS_KEY   struct uobjnew_key
#define TOTALS_VALUE struct uobjnew_totals

const volatile struct uobjnew_config config;

#include "lib/filter.bpf.h"
#include "lib/language.bpf.h"
#include "lib/totals.bpf.h"

static __always_inline int add_object(const struct uobjnew_key *key, __u64 bytes)
{
	struct uobjnew_totals *totals = totals_of(key);

	if (!totals)
		return 0;
	ATOMIC_ADD(&totals->count, 1);
	ATOMIC_ADD(&totals->bytes, bytes);
	return 0;
}

static __noinline int add_typed(void *registers, const struct language_place *place)
{
	struct uobjnew_key key = {};
	__s64 bytes;

	if (!registers || !place)
		return 0;
	key.kind = place->kind;
	key.language = place->language;
	count_cut(read_language_text(key.type, UOBJNEW_NAME_SIZE, registers, place, 0),
		  UOBJNEW_NAME_SIZE);
	bytes = language_number(registers, place, 0);
	return add_object(&key, bytes > 0 ? bytes : 0);
}

static __always_inline int object_made(void *registers, const struct language_place *place)
{
	return current_passes(&config.trace.filter) ? add_typed(registers, place) : 0;
}

LANGUAGE_PROGRAM(object_made, 0, 0)
LANGUAGE_PROGRAM(object_made, 0, 1)
LANGUAGE_PROGRAM(object_made, 0, 2)
LANGUAGE_PROGRAM(object_made, 0, 3)

SEC("uprobe")
int memory_allocated(struct pt_regs *registers)
{
	struct uobjnew_key key = { .kind = UOBJNEW_MEMORY, .size = PT_REGS_PARM1(registers) };

	return current_passes(&config.trace.filter) ? add_object(&key, key.size) : 0;
}

char LICENSE[] SEC("license") = "GPL";
