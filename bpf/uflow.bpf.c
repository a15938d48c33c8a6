// SPDX-License-Identifier: GPL-2.0
/* Methods that begin and end, by the probes of the runtimes of languages. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "uflow.h"

const volatile struct uflow_config config;

#define CALL_FIELDS
#define calls_config config.calls

#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"
#include "lib/language.bpf.h"
#include "lib/nested_calls.bpf.h"

/* Does a text of the probe begin so? */
static __always_inline bool begins_so(struct pt_regs *regs, const struct language_place *place,
				      int which, const volatile struct uflow_prefix *prefix)
{
	__u64 start[UFLOW_PREFIX_WORDS] = {}, different = 0;

	if (!prefix->mask[0])
		return true;
	read_language_text((char *)start, sizeof(start), regs, place, which);
	for (int word = 0; word < UFLOW_PREFIX_WORDS; word++)
		different |= (start[word] ^ prefix->text[word]) & prefix->mask[word];
	return !different;
}

static __always_inline int report(struct pt_regs *regs, const struct language_place *place,
				  bool is_end)
{
	struct uflow_event *event;
	__u64 method, depth, before;

	if (!current_passes(&config.trace.filter))
		return 0;
	if (!begins_so(regs, place, LANGUAGE_CLASS, &config.class_prefix) ||
	    !begins_so(regs, place, LANGUAGE_METHOD, &config.method_prefix))
		return 0;
	/* A method that ended without a word is not on the way to the one that ends. */
	method = usdt_argument(regs, &place->texts[LANGUAGE_METHOD].address);
	before = calls_depth();
	if (is_end)
		call_returns(0, method);
	else
		call_begins(0, method);
	depth = calls_depth();
	event = begin_event(&config.trace, sizeof(*event));
	if (!event)
		return 0;
	event->depth = depth < before ? depth + 1 : depth;
	event->is_end = is_end;
	count_cut(read_language_text(event->class_name, UFLOW_TEXT_SIZE, regs, place,
				     LANGUAGE_CLASS),
		  UFLOW_TEXT_SIZE);
	count_cut(read_language_text(event->method, UFLOW_TEXT_SIZE, regs, place, LANGUAGE_METHOD),
		  UFLOW_TEXT_SIZE);
	submit_event(&config.trace, event, sizeof(*event));
	return 0;
}

static __always_inline int method_begins(struct pt_regs *regs, const struct language_place *place)
{
	return report(regs, place, false);
}

static __always_inline int method_ends(struct pt_regs *regs, const struct language_place *place)
{
	return report(regs, place, true);
}

LANGUAGE_PROGRAM(method_begins, 0, 0)
LANGUAGE_PROGRAM(method_begins, 0, 1)
LANGUAGE_PROGRAM(method_ends, 1, 0)
LANGUAGE_PROGRAM(method_ends, 1, 1)

char LICENSE[] SEC("license") = "GPL";
