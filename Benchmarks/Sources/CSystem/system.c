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

/* A descriptor of a program, and what the kernel says of it; or -1. */
static int open_program(uint32_t id, struct bpf_prog_info *info)
{
	union bpf_attr attributes;
	int descriptor;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_id = id;
	descriptor = syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attributes, sizeof(attributes));
	if (descriptor < 0)
		return -1;
	memset(&attributes, 0, sizeof(attributes));
	attributes.info.bpf_fd = descriptor;
	attributes.info.info_len = sizeof(*info);
	attributes.info.info = (uint64_t)info;
	if (!syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes)))
		return descriptor;
	close(descriptor);
	return -1;
}

int64_t bench_program_time(uint32_t id)
{
	struct bpf_prog_info info = {};
	int descriptor = open_program(id, &info);

	if (descriptor < 0)
		return -1;
	close(descriptor);
	return info.run_time_ns;
}

/* The time in ns of a run of a program over a packet, or -1. */
static int64_t run_over_packet(int program, uint32_t runs)
{
	/* UDP from 10.7.0.1:4001 to 10.7.0.2:4002, over Ethernet. */
	static const unsigned char packet[64] = {
		255, 255, 255, 255, 255, 255, 2,  0, 0, 0, 0,  1, 8, 0, 0x45, 0,   0,  50,  0, 0,
		0,   0,	  64,  17,  0,	 0,   10, 7, 0, 1, 10, 7, 0, 2, 15,   161, 15, 162, 0, 30,
	};
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.test.prog_fd = program;
	attributes.test.data_in = (uint64_t)packet;
	attributes.test.data_size_in = sizeof(packet);
	attributes.test.repeat = runs;
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof(attributes)))
		return -1;
	return attributes.test.duration;
}

/* A program of a kind that does nothing, or -1. */
static int load_empty(uint32_t type)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = type;
	attributes.insns = (uint64_t)code;
	attributes.insn_cnt = 2;
	attributes.license = (uint64_t) "GPL";
	return syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
}

int64_t bench_packet_time(uint32_t id, const char *name, uint32_t runs)
{
	struct bpf_prog_info info = {};
	int descriptor = open_program(id, &info), empty;
	int64_t time = -1, least = -1;

	if (descriptor < 0)
		return -1;
	if (!strcmp(info.name, name))
		time = run_over_packet(descriptor, runs);
	close(descriptor);
	if (time < 0)
		return -1;
	empty = load_empty(info.type);
	if (empty >= 0) {
		least = run_over_packet(empty, runs);
		close(empty);
	}
	return least < 0 ? -1 : time - least;
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
