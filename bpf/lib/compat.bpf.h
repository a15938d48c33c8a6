/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between kernels that the programs know, each with the
 * release and the commit that made it. They are distinguished by what the
 * kernel's types say, never by its version, since vendors backport.
 */
#ifndef LIB_COMPAT_BPF_H
#define LIB_COMPAT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "field.bpf.h"
#include "kernel_read.bpf.h"

/*
 * The id of the ancestor of a task's cgroup at a level, or 0 where the cgroup is
 * not so deep. From 6.1 a cgroup points to its ancestors (7f203bc89eb6 "cgroup:
 * Replace cgroup->ancestor_ids[] with ->ancestors[]"); before, it lists their
 * ids.
 */
static __always_inline __u64 cgroup_ancestor_id(struct cgroup *cgroup, __u32 level)
{
	struct cgroup___before_6_1 *older = (void *)cgroup;
	struct cgroup *ancestor = NULL;
	__u64 id = 0;

	if (bpf_core_field_exists(cgroup->ancestors)) {
		bpf_probe_read_kernel(&ancestor, sizeof(ancestor), &cgroup->ancestors[level]);
		return KERNEL_READ(ancestor, kn, id);
	}
	bpf_probe_read_kernel(&id, sizeof(id), &older->ancestor_ids[level]);
	return id;
}

/* The same of a task's cgroup, or 0 where that is less deep. */
static __noinline __u64 task_cgroup_ancestor_id(struct task_struct *task, __u32 level)
{
	struct cgroup *cgroup = KERNEL_READ(task, cgroups, dfl_cgrp);

	return KERNEL_READ(cgroup, level) < (int)level ? 0 : cgroup_ancestor_id(cgroup, level);
}

/* How many parents are gone through one by one. */
#define CGROUP_STEPS 8

/*
 * The same of a task that the verifier knows to be one: each parent is read in place,
 * where the ancestor itself takes three calls of a helper.
 */
static __noinline __u64 typed_task_cgroup_ancestor_id(struct task_struct *task, __u32 level)
{
	struct cgroup *cgroup = task->cgroups->dfl_cgrp;

	if (cgroup->level < (int)level)
		return 0;
#pragma clang loop unroll(disable)
	for (int step = 0; step < CGROUP_STEPS; step++) {
		if (cgroup->level <= (int)level)
			return cgroup->kn->id;
		cgroup = cgroup->self.parent->cgroup;
	}
	return cgroup_ancestor_id(cgroup, level);
}

/*
 * The id of the running task's cgroup's ancestor at a level. Tracing programs
 * may ask the kernel from 5.15 (95b861a7935b "bpf: Allow
 * bpf_get_current_ancestor_cgroup_id for tracing"), the release that also
 * brought the helper by which it is recognized. Without types only the kernel
 * itself can be asked.
 */
enum bpf_func_id___from_5_15 {
	BPF_FUNC_task_pt_regs___from_5_15 = 175,
};

static __always_inline __u64 current_cgroup_ancestor_id(__u32 level)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (bpf_core_type_exists(struct cgroup) &&
	    !bpf_core_enum_value_exists(enum bpf_func_id___from_5_15,
					BPF_FUNC_task_pt_regs___from_5_15))
		return task_cgroup_ancestor_id(task, level);
	return bpf_get_current_ancestor_cgroup_id(level);
}

/*
 * Whether the running task can be had as a task that the verifier knows: from 5.11
 * (3ca1032ab7ab "bpf: Implement get_current_task_btf and RET_PTR_TO_BTF_ID"), where
 * the kernel's types are.
 */
enum bpf_func_id___from_5_11 {
	BPF_FUNC_get_current_task_btf___from_5_11 = 158,
};

static __always_inline bool current_task_is_typed(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___from_5_11,
					  BPF_FUNC_get_current_task_btf___from_5_11);
}

/* The running task, of a known type where there are such. */
static __always_inline struct task_struct *current_task(void)
{
	return current_task_is_typed() ? bpf_get_current_task_btf()
				       : (struct task_struct *)bpf_get_current_task();
}

/* The number of its thread, in the initial namespace. */
static __always_inline __u32 current_thread(struct task_struct *current)
{
	return current_task_is_typed() ? current->pid : (__u32)bpf_get_current_pid_tgid();
}

/* Whether the kernel says where a task's registers are on its stack: from 5.15, see above. */
static __always_inline bool tells_task_registers(void)
{
	return current_task_is_typed() &&
	       bpf_core_enum_value_exists(enum bpf_func_id___from_5_15,
					  BPF_FUNC_task_pt_regs___from_5_15);
}

/*
 * What a kernel thread keeps of itself. From 5.17 it has a field of its own
 * (e32cf5dfbe22 "kthread: Generalize pf_io_worker so it can point to struct kthread").
 */
static __always_inline struct kthread *task_kthread(struct task_struct *task)
{
	struct task_struct___before_5_17 *older = (void *)task;

	if (bpf_core_field_exists(task->worker_private))
		return KERNEL_READ(task, worker_private);
	return (void *)KERNEL_READ(older, set_child_tid);
}

/*
 * Why a task does not run, in bits. The field was renamed in 5.14 (2f064a59a11f
 * "sched: Change task_struct::state").
 */
static __always_inline __u64 task_state(struct task_struct *task)
{
	struct task_struct___before_5_14 *older = (void *)task;

	if (bpf_core_field_exists(task->__state))
		return KERNEL_READ(task, __state);
	return KERNEL_READ(older, state);
}

/* Whether a task that leaves the CPU could go on. */
static __always_inline bool task_is_runnable(struct task_struct *task)
{
	return !task_state(task);
}

/*
 * How many of a queue's fair tasks sleep already: from 6.12 one that has had more than
 * its share stays queued for a while (152e11f6df29 "sched/fair: Implement delayed
 * dequeue"), and is counted as if it could run. 6.14 counts the others instead
 * (c2a295bffeaf "sched/fair: Add new cfs_rq.h_nr_runnable").
 */
static __always_inline __u32 rq_delayed_tasks(struct rq *rq)
{
	struct cfs_rq *fair = &rq->cfs;
	struct cfs_rq___before_6_14 *older = (void *)fair;
	__u32 queued, runnable;

	if (bpf_core_field_exists(fair->h_nr_runnable)) {
		queued = KERNEL_READ(fair, h_nr_queued);
		runnable = KERNEL_READ(fair, h_nr_runnable);
		return queued > runnable ? queued - runnable : 0;
	}
	if (bpf_core_field_exists(older->h_nr_delayed))
		return KERNEL_READ(older, h_nr_delayed);
	return 0;
}

/*
 * How many tasks and groups of tasks a group has queued on a CPU. The field was renamed
 * in 6.14 (736c55a02c47 "sched/fair: Rename cfs_rq.nr_running into nr_queued").
 */
static __always_inline __u32 cfs_rq_length(struct cfs_rq *group)
{
	struct cfs_rq___before_6_14 *older = (void *)group;

	if (bpf_core_field_exists(group->nr_queued))
		return KERNEL_READ(group, nr_queued);
	return KERNEL_READ(older, nr_running);
}

/* The number of the innermost process id namespace of a task. */
static __always_inline __u32 task_pid_namespace(struct task_struct *task)
{
	struct pid *pid = KERNEL_READ(task, thread_pid);
	unsigned int level = KERNEL_READ(pid, level);
	struct pid_namespace *namespace = NULL;

	bpf_probe_read_kernel(&namespace, sizeof(namespace), &pid->numbers[level].ns);
	return KERNEL_READ(namespace, ns.inum);
}

/*
 * Read inside the branch, since the verifier refuses an argument that the tracepoint
 * lacks; the compiler would choose between two addresses, which it refuses too.
 */
#define ARGUMENT(TYPE, ARGS, INDEX)             \
	({                                      \
		__u64 argument = (ARGS)[INDEX]; \
                                                \
		barrier_var(argument);          \
		(TYPE) argument;                \
	})

/*
 * How many pages a folio has, or the page that stood in its place before 5.16. One
 * of several pages says so in its first word, with a bit whose number differs, and
 * tells their number in its second struct page: there by itself, as part of the
 * folio, and under another name in 6.18 (seen in the types of these kernels).
 */
static __always_inline __u64 folio_page_count(void *folio)
{
	struct folio *newer = folio;
	struct folio___before_6_14 *older = folio;
	struct page *second = folio + bpf_core_type_size(struct page);
	unsigned long flags = 0;

	if (kernel_casts(KERNEL_TYPE_page))
		flags = *(unsigned long *)kernel_cast(folio, KERNEL_TYPE_page);
	else
		bpf_probe_read_kernel(&flags, sizeof(flags), folio);
	if (!(flags & 1UL << bpf_core_enum_value(enum pageflags, PG_head)))
		return 1;
	if (bpf_core_field_exists(newer->_nr_pages))
		return KERNEL_READ(newer, _nr_pages);
	if (bpf_core_field_exists(older->_folio_nr_pages))
		return KERNEL_READ(older, _folio_nr_pages);
	return KERNEL_READ(second, compound_nr);
}

/* The address space that a folio, or the page in its place, is in: a number for the verifier. */
static __always_inline __u64 folio_mapping_address(void *folio)
{
	if (bpf_core_type_exists(struct folio))
		return (__u64)BPF_CORE_READ((struct folio *)folio, mapping);
	return (__u64)BPF_CORE_READ((struct page *)folio, mapping);
}

/* Where in it that begins, in pages. */
static __always_inline __u64 folio_first_page(void *folio)
{
	if (bpf_core_type_exists(struct folio))
		return KERNEL_READ((struct folio *)folio, index);
	return KERNEL_READ((struct page *)folio, index);
}

/*
 * What io_uring_submit_sqe passes first: the request from 6.0 to 6.3, before
 * that the ring. Later the tracepoint is io_uring_submit_req.
 */
typedef void (*btf_trace_io_uring_submit_sqe___with_request)(void *, struct io_kiocb *, bool);

static __always_inline bool io_uring_submit_sqe_has_request(void)
{
	return bpf_core_type_exists(btf_trace_io_uring_submit_sqe___with_request);
}

/*
 * The path of an open that was submitted, or NULL where it cannot be read: before
 * 6.0, where a request holds each command's data by itself. 7.2 wraps the name (seen
 * in its BTF), and 6.18 does not.
 */
static __always_inline const char *io_open_path(struct io_kiocb *request)
{
	struct io_open *open;
	struct io_open___with_delayed_filename *newer;
	struct filename *name = NULL;

	if (!bpf_core_field_exists(request->cmd))
		return NULL;
	open = (void *)request + bpf_core_field_offset(struct io_kiocb, cmd);
	newer = (void *)open;
	if (bpf_core_field_exists(open->filename))
		name = KERNEL_READ(open, filename);
	else if (bpf_core_field_exists(newer->filename.__incomplete_filename))
		name = KERNEL_READ(newer, filename.__incomplete_filename);
	return name ? KERNEL_READ(name, name) : NULL;
}

/*
 * The result of a completed request: in the completion entry on new kernels
 * (6.18 has it so, 6.12 not), before that an argument.
 */
typedef void (*btf_trace_io_uring_complete___with_entry)(void *, struct io_ring_ctx *, void *,
							 struct io_uring_cqe *);

static __always_inline int io_uring_result(__u64 *args)
{
	if (bpf_core_type_exists(btf_trace_io_uring_complete___with_entry))
		return KERNEL_READ((struct io_uring_cqe *)args[2], res);
	return (int)args[3];
}

/*
 * The completed request itself: passed in the second argument by kernels whose requests
 * keep their completion, from 5.19 on; NULL before.
 */
static __always_inline struct io_kiocb *io_uring_request(__u64 *args)
{
	struct io_kiocb *request = NULL;

	if (bpf_core_field_exists(request->cqe))
		request = (void *)args[1];
	return request;
}

/*
 * What a function returned, wherever that is after its arguments: from 5.17 the kernel says
 * it (f92c1e183604 "bpf: Add get_func_[arg|ret|arg_cnt] helpers"). Before, false.
 */
enum bpf_func_id___from_5_17 {
	BPF_FUNC_get_func_ret___from_5_17 = 184,
};

static __always_inline bool takes_function_result(__u64 *args, __u64 *result)
{
	if (!bpf_core_enum_value_exists(enum bpf_func_id___from_5_17,
					BPF_FUNC_get_func_ret___from_5_17))
		return false;
	bpf_get_func_ret(args, result);
	return true;
}

/*
 * The verdict of security_bpf(), which has had three arguments, and has four since 6.15
 * (082f1db02c80 "security: Propagate caller information in bpf hooks").
 */
static __always_inline int security_bpf_result(__u64 *args)
{
	__u64 result = 0;

	if (!takes_function_result(args, &result)) {
		/* The compiler would add to the context's address, which 5.10 does not allow. */
		asm volatile("%0 = *(u64 *)(%1 + 24)" : "=r"(result) : "r"(args));
	}
	return result;
}

/*
 * Who submitted a request, which a worker of the ring may complete. 6.18 keeps the task with
 * the ring's own account of it, 6.12 in the request.
 */
static __always_inline struct task_struct *io_request_task(struct io_kiocb *request)
{
	struct io_kiocb___before_6_13 *older = (void *)request;

	if (bpf_core_field_exists(older->task))
		return KERNEL_READ(older, task);
	return KERNEL_READ(request, tctx, task);
}

/*
 * Copies a string of user space and returns its length with the NUL. Of an empty
 * one the helper says 0 on some kernels (6.1) and 1 on others (6.18), with the NUL
 * copied on both.
 */
static __always_inline long read_user_string(char *to, __u32 size, const char *from)
{
	long length = bpf_probe_read_user_str(to, size, from);

	/* Without a branch, which would double the verifier's paths. */
	return length | (__u64)(length - 1) >> 63;
}

#endif
