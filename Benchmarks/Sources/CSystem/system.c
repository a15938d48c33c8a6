// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "system.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int64_t bench_program_time(uint32_t id)
{
	struct bpf_prog_info info = {};
	union bpf_attr attributes;
	long descriptor, failed;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_id = id;
	descriptor = syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attributes, sizeof(attributes));
	if (descriptor < 0)
		return -1;
	memset(&attributes, 0, sizeof(attributes));
	attributes.info.bpf_fd = descriptor;
	attributes.info.info_len = sizeof(info);
	attributes.info.info = (uint64_t)&info;
	failed = syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes));
	close(descriptor);
	return failed ? -1 : (int64_t)info.run_time_ns;
}

uint32_t bench_newest_link(uint32_t known)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.next_id = known;
	do
		attributes.start_id = attributes.next_id;
	while (!syscall(SYS_bpf, BPF_LINK_GET_NEXT_ID, &attributes, sizeof(attributes)));
	return attributes.start_id;
}

int bench_bind(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int number = 0; number < CPU_SETSIZE; number++) {
		if (cpu < 0 || number == cpu)
			CPU_SET(number, &set);
	}
	return sched_setaffinity(0, sizeof(set), &set);
}

int bench_pipe(int ends[2])
{
	return pipe2(ends, O_CLOEXEC);
}

int bench_contains(const void *bytes, size_t count, const char *text)
{
	return memmem(bytes, count, text, strlen(text)) != NULL;
}

int bench_disk(const char *path, unsigned int numbers[2])
{
	struct stat status;
	dev_t disk;

	if (stat(path, &status))
		return -1;
	disk = S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
	numbers[0] = major(disk);
	numbers[1] = minor(disk);
	return 0;
}
