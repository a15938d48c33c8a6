/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The kernel's types whose objects programs read in place (lib/kernel_read.bpf.h), and what
 * stands in the instructions for what the loader puts there.
 */
#ifndef BPF_KERNEL_TYPES_H
#define BPF_KERNEL_TYPES_H

/*
 * The ones on the ways that are walked most. Not `zone`: some of its fields are further from its
 * beginning than one instruction reaches.
 */
#define KERNEL_TYPES(TYPE)    \
	TYPE(task_struct)     \
	TYPE(cred)            \
	TYPE(mm_struct)       \
	TYPE(linux_binprm)    \
	TYPE(kernel_siginfo)  \
	TYPE(file)            \
	TYPE(io_kiocb)        \
	TYPE(fdtable)         \
	TYPE(dentry)          \
	TYPE(inode)           \
	TYPE(super_block)     \
	TYPE(path)            \
	TYPE(mount)           \
	TYPE(vfsmount)        \
	TYPE(address_space)   \
	TYPE(folio)           \
	TYPE(page)            \
	TYPE(kmem_cache)      \
	TYPE(sock)            \
	TYPE(inet_sock)       \
	TYPE(tcp_sock)        \
	TYPE(socket)          \
	TYPE(sk_buff)         \
	TYPE(skb_shared_info) \
	TYPE(net_device)      \
	TYPE(dst_entry)       \
	TYPE(request)         \
	TYPE(request_queue)   \
	TYPE(bio)             \
	TYPE(block_device)    \
	TYPE(gendisk)         \
	TYPE(pid)             \
	TYPE(cgroup)          \
	TYPE(hlist_head)

enum kernel_type {
	/* In the place of the answer whether types are believed. */
	KERNEL_TYPE_PLACEHOLDER = 0x7ca50000,
#define KERNEL_TYPE_NUMBER(NAME) KERNEL_TYPE_##NAME,
	KERNEL_TYPES(KERNEL_TYPE_NUMBER)
#undef KERNEL_TYPE_NUMBER
	KERNEL_TYPES_END,
};

#ifndef __bpf__
/* Their names in this order, each with a space after it. */
static inline const char *kernel_type_names(void)
{
#define KERNEL_TYPE_NAME(NAME) #NAME " "
	return KERNEL_TYPES(KERNEL_TYPE_NAME);
#undef KERNEL_TYPE_NAME
}
#endif

#endif
