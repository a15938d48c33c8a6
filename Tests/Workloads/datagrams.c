// SPDX-License-Identifier: Apache-2.0
/*
 * workload datagrams NUMBER [MICROSECONDS]
 *
 * Sends so many datagrams to itself by the loopback device, one after the other, each of
 * which it reads before the next. With MICROSECONDS, the receiving socket has a filter that
 * takes so long, in the soft interrupt that brings the datagram.
 */
#include "workload.h"

#include <linux/bpf.h>
#include <netinet/in.h>
#include <sys/syscall.h>

#define INSN(CODE, DST, SRC, OFF, IMM)                                                         \
	{                                                                                      \
		.code = (CODE), .dst_reg = (DST), .src_reg = (SRC), .off = (OFF), .imm = (IMM) \
	}
#define CALL_TIME INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ktime_get_ns)

/*
 * Looks at the clock until the time is over. It decides on that only now and then, since the
 * verifier follows each decision both ways.
 */
static int slow_filter(int microseconds)
{
	struct bpf_insn program[] = {
		CALL_TIME,
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 6, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 6, 0, 0, microseconds * 1000),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 7, 0, 0, 400),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 8, 0, 0, 500),
		CALL_TIME,
		INSN(BPF_ALU64 | BPF_SUB | BPF_K, 8, 0, 0, 1),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 8, 0, -3, 0),
		INSN(BPF_JMP | BPF_JGE | BPF_X, 0, 6, 2, 0),
		INSN(BPF_ALU64 | BPF_SUB | BPF_K, 7, 0, 0, 1),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 7, 0, -7, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, -1),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (__u64)(unsigned long)program,
		.insn_cnt = sizeof(program) / sizeof(*program),
		.license = (__u64)(unsigned long)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int datagrams(int count, char **arguments)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int filter, receiver, sender;
	char byte = 0;

	if (count != 1 && count != 2)
		usage("datagrams NUMBER [MICROSECONDS]");
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	receiver = socket(AF_INET, SOCK_DGRAM, 0);
	sender = socket(AF_INET, SOCK_DGRAM, 0);
	if (receiver < 0 || sender < 0 || bind(receiver, (void *)&address, size) ||
	    getsockname(receiver, (void *)&address, &size) ||
	    connect(sender, (void *)&address, size))
		die("make a pair of sockets");
	if (count == 2) {
		filter = slow_filter(number(arguments[1]));
		if (filter < 0 ||
		    setsockopt(receiver, SOL_SOCKET, SO_ATTACH_BPF, &filter, sizeof(filter)))
			die("attach a slow filter");
	}
	await_go("%d", getpid());
	for (long done = 0; done < number(arguments[0]); done++) {
		if (send(sender, &byte, 1, 0) != 1 || recv(receiver, &byte, 1, 0) != 1)
			die("send a datagram");
	}
	return 0;
}

WORKLOAD(datagrams, datagrams);
