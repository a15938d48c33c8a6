// SPDX-License-Identifier: GPL-2.0
/* Who is checked for which capability, and what the answer is. */
#include "floor.bpf.h"

struct check {
	struct who who;
	__u32 capability;
	__s32 result;
};

SEC("tp_btf/cap_capable")
int BPF_PROG(check, const struct cred *credentials, struct user_namespace *target,
	     struct user_namespace *holder, int capability, int result)
{
	struct check check = { .capability = capability, .result = result };

	describe(&check.who);
	emit(&check, sizeof(check));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
