/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Queries of database servers, from their begin to their end: by the USDT probes of MySQL,
 * MariaDB and PostgreSQL, or by the function of MySQL and MariaDB that carries a command out.
 * Include it after declaring config, with a query_config as query, and defining
 *
 *   static int report_query(__u64 text, __u64 duration_ns)
 *
 * whose text is an address in the process, or 0 where it is not known.
 */
#ifndef LIB_QUERIES_BPF_H
#define LIB_QUERIES_BPF_H

#include "queries.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "elapsed.bpf.h"
#include "filter.bpf.h"
#include "ledger.bpf.h"
#include "usdt.bpf.h"

/* enum enum_server_command of MySQL */
#define COM_QUERY 3

struct query {
	__u64 began;
	__u64 text;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64); /* process and thread */
	__type(value, struct query);
} open_queries SEC(".maps");

/* Where the text is in the arguments of probes, by their cookies. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct usdt_argument);
} note_arguments SEC(".maps");

static __always_inline int begin_query(__u64 text)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct query query = { .text = text };

	query.began = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&open_queries, &thread, &query, BPF_ANY))
		LEDGER_ADD(map_full);
	return 0;
}

static __always_inline int end_query(void)
{
	__u64 thread = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
	struct query *found = bpf_map_lookup_elem(&open_queries, &thread), query;

	if (!found)
		return 0;
	query = *found;
	bpf_map_delete_elem(&open_queries, &thread);
	now = elapsed(query.began, now);
	return now < config.query.least_ns ? 0 : report_query(query.text, now);
}

SEC("uprobe")
int query_begins(struct pt_regs *regs)
{
	__u32 index = config.query.has_cookies ? bpf_get_attach_cookie(regs) : 0;
	struct usdt_argument *argument;

	if (!current_passes(&config.trace.filter))
		return 0;
	argument = bpf_map_lookup_elem(&note_arguments, &index);
	return begin_query(argument ? usdt_argument(regs, argument) : 0);
}

SEC("uprobe")
int query_ends(struct pt_regs *regs)
{
	return end_query();
}

/* dispatch_command(THD *, const COM_DATA *, enum_server_command), from MySQL 5.7 on */
SEC("uprobe")
int command_begins(struct pt_regs *regs)
{
	__u64 text = 0;

	if ((__u32)PT_REGS_PARM3(regs) != COM_QUERY || !current_passes(&config.trace.filter))
		return 0;
	bpf_probe_read_user(&text, sizeof(text), (const void *)PT_REGS_PARM2(regs));
	return begin_query(text);
}

/* dispatch_command(enum_server_command, THD *, char *, ...), before that and of MariaDB */
SEC("uprobe")
int packet_begins(struct pt_regs *regs)
{
	if ((__u32)PT_REGS_PARM1(regs) != COM_QUERY || !current_passes(&config.trace.filter))
		return 0;
	return begin_query(PT_REGS_PARM3(regs));
}

SEC("uretprobe")
int command_ends(struct pt_regs *regs)
{
	return end_query();
}

#endif
