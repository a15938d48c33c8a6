/* SPDX-License-Identifier: GPL-2.0 */
/* A path that a system call was given, copied to where an event's texts are. */
#ifndef LIB_PATH_ARGUMENT_BPF_H
#define LIB_PATH_ARGUMENT_BPF_H

#include "path.h"
#include "compat.bpf.h"
#include "events.bpf.h"
#include "ledger.bpf.h"
#include "path.bpf.h"

/* <errno.h>, which a BPF program cannot include. */
#define ENAMETOOLONG 36

/* Room for a path and for the names of its directory. */
#define PATH_ROOM    (PATH_ARGUMENT_SIZE + PATH_WALK_SIZE)

struct path_argument {
	int directory; /* a descriptor, or AT_FDCWD */
	bool full; /* with the names of the directory that a relative path starts from */
	bool may_be_empty; /* then it is the descriptor's own path */
	const char *path;
};

/*
 * Copies the path into strings, which have PATH_ROOM bytes, and returns how many
 * of them it has used.
 */
static __always_inline long copy_path(struct event_path *path, char *strings,
				      const struct path_argument *argument, long result)
{
	/* Without the kernel's types no directory can be read. */
	const bool can_walk = bpf_core_type_exists(struct dentry);
	bool of_descriptor;
	long size = 0;

	if (argument->path)
		size = read_user_string(strings, PATH_ARGUMENT_SIZE, argument->path);
	if (size < 0 || size > PATH_ARGUMENT_SIZE)
		size = 0;
	of_descriptor = argument->may_be_empty && size <= 1;
	if (of_descriptor)
		size = 0;
	/* The kernel itself refuses what is longer than the buffer. */
	path->cut = size == PATH_ARGUMENT_SIZE && result == -ENAMETOOLONG;
	path->size = size;
	path->base_size = 0;
	if (can_walk && (of_descriptor || (argument->full && size > 0 && strings[0] != '/'))) {
		struct path_walk walk;

		strings[size] = '\0';
		walk = walk_to_root(argument->directory, strings + size);
		path->base_size = walk.size;
		path->cut |= walk.cut;
		size += walk.size;
		if (walk.at_root && !walk.size) {
			if (of_descriptor) {
				strings[0] = '/';
				strings[1] = '\0';
				path->size = size = 2;
			} else {
				/* The root is a directory without a name. */
				path->base_size = 1;
				size++;
			}
		}
	}
	if (path->cut)
		LEDGER_ADD(truncated);
	return size;
}

/* The same of a place that the kernel has found already. */
static __always_inline long copy_place(struct event_path *path, char *strings, struct path place)
{
	struct path_walk walk = walk_from((void *)bpf_get_current_task(), place, strings);

	*path = (struct event_path){ .base_size = walk.size, .cut = walk.cut };
	if (walk.at_root && !walk.size) {
		strings[0] = '/';
		strings[1] = '\0';
		path->size = 2;
	}
	if (path->cut)
		LEDGER_ADD(truncated);
	return path->size + path->base_size;
}

/* A scratch record for each CPU: an event and room for its path. */
#define PATH_RECORD(EVENT)                                                                      \
	struct path_record {                                                                    \
		EVENT event;                                                                    \
		char strings[PATH_ROOM];                                                        \
	};                                                                                      \
                                                                                                \
	struct {                                                                                \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                                        \
		__uint(max_entries, 1);                                                         \
		__type(key, __u32);                                                             \
		__type(value, struct path_record);                                              \
	} path_records SEC(".maps");                                                            \
                                                                                                \
	static __always_inline struct path_record *path_record_here(void)                       \
	{                                                                                       \
		__u32 zero = 0;                                                                 \
                                                                                                \
		return bpf_map_lookup_elem(&path_records, &zero);                               \
	}                                                                                       \
                                                                                                \
	/* Copies the path and sends the event. */                                              \
	static __always_inline void emit_with_path(const volatile struct trace_config *trace,   \
						   struct path_record *record,                  \
						   const struct path_argument *argument,        \
						   long result)                                 \
	{                                                                                       \
		__u64 size = sizeof(record->event) +                                            \
			     copy_path(&record->event.path, record->strings, argument, result); \
                                                                                                \
		if (size <= sizeof(*record))                                                    \
			emit(trace, record, size);                                              \
	}

#endif
