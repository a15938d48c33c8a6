/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel types that the programs read, cut by hand. CO-RE finds each
 * field by its name in the running kernel's BTF, so a struct lists only the
 * fields that are read and their order means nothing. A type whose name ends
 * in ___something is an older or newer shape of the type before the
 * underscores; lib/compat.bpf.h says which kernel has which.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#include <linux/types.h>
#include <linux/bpf.h>

typedef _Bool bool;
#define true 1
#define false 0

/*
 * The saved registers of a system call. Their layout is the kernel's promise
 * to ptrace, so these two are read without relocation: a program that reads
 * nothing else needs no kernel BTF to load.
 */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
/* The first of them, as bpf/bpf_tracing.h reads them. */
struct user_pt_regs {
	unsigned long long regs[31], sp, pc, pstate;
};

struct pt_regs {
	unsigned long regs[31], sp, pc, pstate;
	unsigned long orig_x0;
	int syscallno;
};
#else
#error "no system call register layout for this architecture"
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	struct file_system_type *s_type;
	struct dentry *s_root;
	struct block_device *s_bdev;
	char s_id[32];
};

struct inode {
	unsigned short i_mode;
	unsigned int i_nlink;
	__u32 i_rdev;
	unsigned long i_ino;
	__u32 i_generation;
	long long i_size;
	struct super_block *i_sb;
	struct address_space *i_mapping;
	struct hlist_head i_dentry;
};

/* A path that is walked. */
struct nameidata {
	struct qstr last;
};

/* What vfs_rename() takes. */
struct renamedata {
	struct dentry *old_dentry;
	struct dentry *new_dentry;
	unsigned int flags;
};

struct address_space {
	struct inode *host;
};

/* A bit of the first word of a page or folio. */
enum pageflags {
	PG_locked,
	PG_head,
	PG_swapbacked,
};

struct page {
	struct address_space *mapping;
	unsigned long index;
	unsigned int compound_nr;
};

/* Whole, not only declared: prototypes are compared by kind. */
struct folio {
	struct address_space *mapping;
	unsigned long index;
	unsigned int _nr_pages;
};

struct folio___before_6_14 {
	unsigned int _folio_nr_pages;
};

struct buffer_head {
	struct page *b_page;
};

struct kmem_cache {
	unsigned int size;
	unsigned int object_size;
	int refcount;
	const char *name;
};

/* Only named. */
struct list_lru {
	struct list_head *list;
};

struct kiocb {
	struct file *ki_filp;
	long long ki_pos;
};

/* Only named. */
struct iov_iter {
	unsigned long count;
};

struct vm_area_struct {
	struct file *vm_file;
};

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long pgoff;
	unsigned int flags;
};

struct file_ra_state {
	unsigned int size;
};

struct readahead_control {
	struct address_space *mapping;
	unsigned long _index;
};

struct pipe_inode_info {
	unsigned int max_usage;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	unsigned int d_flags;
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct inode *d_inode;
	struct qstr d_name;
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct vfsmount {
	struct dentry *mnt_root;
	void *mnt_idmap;
};

struct vfsmount___before_6_2 {
	void *mnt_userns;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct file {
	unsigned int f_flags;
	struct path f_path;
	struct inode *f_inode;
	struct address_space *f_mapping;
	unsigned int f_mode;
	long long f_pos;
	void *private_data;
};

struct tty_driver {
	int major;
	int minor_start;
};

struct tty_struct {
	int index;
	struct tty_driver *driver;
	void *driver_data;
};

struct tty_file_private {
	struct tty_struct *tty;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct filename {
	const char *name;
};

struct open_how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct user_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
	unsigned int level;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
};

struct kernfs_node {
	__u64 id;
	const char *name;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	int level;
	struct cgroup *ancestors[0];
};

struct cgroup___before_6_1 {
	__u64 ancestor_ids[0];
};

struct css_set {
	struct cgroup_subsys_state *subsys[0];
	struct cgroup *dfl_cgrp;
};

/* A place in subsys. */
enum cgroup_subsys_id {
	memory_cgrp_id,
};

/* A place in vm_stat. */
enum zone_stat_item {
	NR_FREE_PAGES,
};

struct free_area {
	unsigned long nr_free;
};

struct zone {
	unsigned long _watermark[0];
	unsigned long watermark_boost;
	struct pglist_data *zone_pgdat;
	const char *name;
	struct free_area free_area[0];
	atomic_long_t vm_stat[0];
};

struct pglist_data {
	struct zone node_zones[0];
	int nr_zones;
	int node_id;
};

struct compact_control {
	struct zone *zone;
	int order;
};

struct lruvec {
	struct pglist_data *pgdat;
};

struct mem_cgroup_per_node {
	struct lruvec lruvec;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct mem_cgroup_per_node *nodeinfo[0];
};

struct cfs_bandwidth {
	long long period;
	__u64 quota;
	int nr_throttled;
	__u64 throttled_time;
};

struct task_group {
	struct cgroup_subsys_state css;
	struct cfs_bandwidth cfs_bandwidth;
};

struct cfs_rq {
	unsigned int nr_queued;
	unsigned int h_nr_queued;
	unsigned int h_nr_runnable;
	struct rq *rq;
	struct task_group *tg;
	int runtime_enabled;
	int throttled;
	int throttle_count;
	__u64 throttled_clock;
};

struct cfs_rq___before_6_14 {
	unsigned int nr_running;
	unsigned int h_nr_delayed;
};

struct rq {
	__u64 clock;
	unsigned int nr_running;
	struct cfs_rq cfs;
};

struct sched_entity {
	__u64 sum_exec_runtime;
	struct sched_entity *parent;
	struct cfs_rq *cfs_rq;
};

struct sched_info {
	unsigned long pcount;
	unsigned long long run_delay;
	unsigned long long last_queued;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct percpu_counter {
	long long count;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long start_code;
	unsigned long end_code;
	unsigned long start_stack;
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long total_vm;
	struct percpu_counter rss_stat[4];
};

struct mm_rss_stat {
	struct {
		long long counter;
	} count[4];
};

struct mm_struct___before_6_2 {
	struct mm_rss_stat rss_stat;
};

struct task_io_accounting {
	__u64 syscr;
};

struct signal_struct {
	atomic_t live;
	unsigned int flags;
	int group_exit_code;
	struct mm_struct *oom_mm;
	short oom_score_adj;
};

struct thread_info {
	unsigned long flags;
	__u32 status;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	unsigned int flags;
	void *worker_private;
	int on_cpu;
	int prio;
	bool throttled;
	int pid;
	int tgid;
	char comm[16];
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	int exit_code;
	__u64 start_time;
	__u64 self_exec_id;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct pid *thread_pid;
	struct css_set *cgroups;
	struct signal_struct *signal;
	struct cred *real_cred;
	struct cred *cred;
	struct sched_entity se;
	struct sched_info sched_info;
	struct task_io_accounting ioac;
	void *stack;
	struct uprobe_task *utask;
};

/* The contexts of iterators. */
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct return_instance {
	unsigned long stack;
	unsigned long orig_ret_vaddr;
	struct return_instance *next;
};

struct uprobe_task {
	struct return_instance *return_instances;
};

struct task_struct___before_5_14 {
	long state;
};

struct task_struct___before_5_17 {
	int *set_child_tid;
};

struct kthread {
	void *data;
};

struct worker {
	char desc[24];
};

union __sifields {
	struct {
		int _pid;
	} _kill;
};

struct kernel_siginfo {
	int si_code;
	union __sifields _sifields;
};

struct linux_binprm {
	struct file *file;
	int argc;
	const char *filename;
	const char *interp;
};

enum kernel_read_file_id {
	READING_MODULE = 2,
};

enum kernel_load_data_id {
	LOADING_MODULE = 2,
};

struct gendisk {
	int major;
	int first_minor;
};

struct list_head {
	struct list_head *next;
};

struct blk_queue_stats {
	struct list_head callbacks;
	int accounting;
};

struct blk_queue_stats___before_5_17 {
	bool enable_accounting;
};

struct request_queue {
	struct blk_queue_stats *stats;
	struct gendisk *disk;
};

struct block_device {
	struct gendisk *bd_disk;
};

struct bdev_inode {
	struct block_device bdev;
	struct inode vfs_inode;
};

struct bvec_iter {
	unsigned int bi_size;
};

struct bio_vec {
	struct page *bv_page;
};

enum migrate_reason {
	MR_NUMA_MISPLACED,
};

/* Whole, as in prototypes. */
enum migrate_mode {
	MIGRATE_ASYNC,
};

/* Whole, not only declared: prototypes are compared by kind. */
struct bio {
	struct bio *bi_next;
	struct block_device *bi_bdev;
	unsigned int bi_opf;
	unsigned short bi_flags;
	struct bvec_iter bi_iter;
	struct bio_vec *bi_io_vec;
};

struct bio___before_5_12 {
	struct gendisk *bi_disk;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
	__u64 __sector;
	struct bio *bio;
	__u64 alloc_time_ns;
	__u64 start_time_ns;
	__u64 io_start_time_ns;
};

struct request___before_5_17 {
	struct gendisk *rq_disk;
};

struct scatterlist {
	unsigned long page_link;
	unsigned int offset;
	unsigned int length;
};

struct kobject {
	const char *name;
};

struct device_driver {
	const char *name;
};

struct device {
	struct kobject kobj;
	struct device_driver *driver;
};

struct virtio_device {
	struct device dev;
};

struct virtqueue {
	const char *name;
	struct virtio_device *vdev;
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_reuse : 4;
	unsigned char skc_reuseport : 1;
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	__u16 sk_type;
	__u16 sk_protocol;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
	int sk_err;
};

struct inet_sock {
	__be16 inet_sport;
	unsigned long inet_flags;
};

struct inet_sock___before_6_6 {
	__u8 freebind : 1;
	__u8 transparent : 1;
	__u8 bind_address_no_port : 1;
};

struct tcp_sock {
	__u64 bytes_received;
	__u64 bytes_acked;
	__u32 srtt_us;
	__u32 snd_una;
	__u32 write_seq;
	__u32 rcv_nxt;
};

struct mptcp_sock {
	struct sock *first;
};

struct inet_connection_sock {
	__u8 icsk_ca_state : 5;
};

struct irqaction {
	const char *name;
};

struct workqueue_struct {
	char name[32];
};

struct pool_workqueue {
	struct workqueue_struct *wq;
};

struct work_struct;

struct net_device {
	possible_net_t nd_net;
	char name[16];
	int ifindex;
};

struct skb_shared_info {
	unsigned short gso_segs;
};

struct dst_entry {
	struct net_device *dev;
};

struct sk_buff {
	char cb[48];
	struct sock *sk;
	struct net_device *dev;
	unsigned int len;
	__u16 queue_mapping;
	unsigned long _skb_refdst;
	unsigned char *head;
	unsigned char *data;
	__u32 tail; /* an offset from the head, as the next one */
	__u32 end;
	__u16 network_header;
	__u16 mac_header;
	__be16 protocol;
};

enum skb_drop_reason {
	SKB_DROP_REASON_NOT_SPECIFIED = 2,
};

struct tcp_skb_cb {
	__u32 seq;
	__u32 end_seq;
	__u16 tcp_gso_segs;
	__u8 tcp_flags; /* before 6.17; then a __u16, of which this is the lower half */
};

struct socket {
	struct sock *sk;
};

struct io_uring_cqe {
	__u64 user_data;
	__s32 res;
	__u32 flags;
};

/* Only named, as the next one. */
struct proto_accept_arg {
	int flags;
};

/* Only named; a declaration alone would be another kind of type. */
struct io_ring_ctx {
	unsigned int flags;
};

struct io_cmd_data {
	struct file *file;
};

/* Only named. */
struct io_cqe {
	__s32 res;
};

struct io_uring_task {
	struct task_struct *task;
};

struct io_kiocb {
	struct file *file;
	struct io_cmd_data cmd;
	__u8 opcode;
	struct io_cqe cqe;
	struct io_uring_task *tctx;
};

struct io_kiocb___before_6_13 {
	struct task_struct *task;
};

struct io_unlink {
	int flags;
};

struct delayed_filename {
	struct filename *__incomplete_filename;
};

struct io_open___with_delayed_filename {
	struct delayed_filename filename;
};

struct io_open {
	int dfd;
	struct filename *filename;
	struct open_how how;
};

#pragma clang attribute pop

#endif
