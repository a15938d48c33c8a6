// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "linux.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernel is asked about the capabilities of the calling thread. */
struct capabilities {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
};

static int read_capabilities(struct capabilities *held)
{
	*held = (struct capabilities){ .header.version = _LINUX_CAPABILITY_VERSION_3 };
	return syscall(__NR_capget, &held->header, held->words) ? errno : 0;
}

int linux_keep_capabilities(uint64_t kept)
{
	struct capabilities held;
	const int failed = read_capabilities(&held);

	if (failed)
		return failed;
	for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; word++) {
		const uint32_t mask = kept >> (32 * word);

		held.words[word].effective &= mask;
		held.words[word].permitted &= mask;
		held.words[word].inheritable = 0;
	}
	return syscall(__NR_capset, &held.header, held.words) ? errno : 0;
}

/* Asks, in a thread without capabilities, for the type of a descriptor's map. */
static void *ask_without_capabilities(void *argument)
{
	int *descriptor = argument;
	struct bpf_map_info info = {};
	union bpf_attr attributes = {};

	attributes.info.bpf_fd = *descriptor;
	attributes.info.info_len = sizeof(info);
	attributes.info.info = (uintptr_t)&info;
	*descriptor = linux_keep_capabilities(0);
	if (!*descriptor &&
	    syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes)))
		*descriptor = errno;
	return NULL;
}

int linux_drop_capabilities(int map, uint64_t kept)
{
	int answer = map;
	pthread_t thread;

	if (pthread_create(&thread, NULL, ask_without_capabilities, &answer) ||
	    pthread_join(thread, NULL))
		return errno;
	return linux_keep_capabilities(kept | (answer == EPERM ? 1ULL << CAP_BPF : 0));
}

uint64_t linux_effective_capabilities(void)
{
	struct capabilities held;

	if (read_capabilities(&held))
		return 0;
	return (uint64_t)held.words[1].effective << 32 | held.words[0].effective;
}
