// SPDX-License-Identifier: GPL-2.0
/*
 * What is written to and read from TLS sessions, at the functions of the libraries, which get
 * and return it in plain text.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "sslsniff.h"
#include "lib/elapsed.bpf.h"
#include "lib/events.bpf.h"
#include "lib/filter.bpf.h"

const volatile struct sslsniff_config config;

/* A power of two. */
#define MOST_NESTED 4

#ifdef __TARGET_ARCH_x86
/* A return takes its address from the stack. */
#define RETURN_ADDRESS_SIZE 8
#else
#define RETURN_ADDRESS_SIZE 0
#endif

struct tls_call {
	__u64 stack; /* its pointer at the entry */
	__u64 began;
	__u64 buffer;
	__u64 size_place; /* where the size of what was done is put; 0: it is returned */
	__u32 operation;
	__u32 library;
};

/*
 * The calls that a thread is in, the outer first. One that never returned stays until the
 * thread calls from a place that is not deeper.
 */
struct tls_calls {
	__u64 depth;
	struct tls_call calls[MOST_NESTED];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64); /* process and thread */
	__type(value, struct tls_calls);
} open_calls SEC(".maps");

static __always_inline struct tls_call *innermost(struct tls_calls *calls)
{
	return &calls->calls[(calls->depth - 1) & (MOST_NESTED - 1)];
}

/* Forgets the calls that are over when the stack ends here. */
static __always_inline void forget_below(struct tls_calls *calls, __u64 stack)
{
	for (int left = 0; left < MOST_NESTED; left++) {
		if (!calls->depth || innermost(calls)->stack >= stack)
			return;
		calls->depth--;
	}
}

static __always_inline struct tls_calls *calls_of_thread(void)
{
	static const struct tls_calls none;
	__u64 thread = bpf_get_current_pid_tgid();
	struct tls_calls *calls = bpf_map_lookup_elem(&open_calls, &thread);

	if (calls)
		return calls;
	if (bpf_map_update_elem(&open_calls, &thread, &none, BPF_ANY))
		LEDGER_ADD(map_full);
	return bpf_map_lookup_elem(&open_calls, &thread);
}

static __always_inline int begin_call(struct pt_regs *regs, __u32 library, __u32 operation,
				      bool has_size_place)
{
	struct tls_call call = {
		.stack = PT_REGS_SP(regs),
		.buffer = operation == TLS_HANDSHAKE ? 0 : PT_REGS_PARM2(regs),
		.size_place = has_size_place ? PT_REGS_PARM4(regs) : 0,
		.operation = operation,
		.library = library,
	};
	struct tls_calls *calls;

	if (!current_passes(&config.trace.filter))
		return 0;
	calls = calls_of_thread();
	if (!calls)
		return 0;
	/* One in the same place is of a function that went on into this one. */
	forget_below(calls, call.stack + 1);
	/* Some libraries make one of their functions of another (LibreSSL's SSL_read_ex). */
	if (calls->depth && call.buffer && innermost(calls)->buffer == call.buffer &&
	    !innermost(calls)->size_place != !call.size_place)
		return 0;
	if (calls->depth >= MOST_NESTED)
		calls->depth = 0;
	call.began = bpf_ktime_get_ns();
	calls->calls[calls->depth & (MOST_NESTED - 1)] = call;
	calls->depth++;
	return 0;
}

/* How many bytes were written or read; 0: the call failed. */
static __always_inline __u64 size_done(const struct tls_call *call, int result)
{
	__u64 size = 0;

	if (result <= 0)
		return 0;
	if (!call->size_place)
		return result;
	bpf_probe_read_user(&size, sizeof(size), (const void *)call->size_place);
	return size;
}

/* An event with room for so many bytes, of which there are not more. */
static __always_inline int report_in(const __u64 room, const struct tls_call *call, __u64 size,
				     __u64 taken)
{
	const __u64 whole = sizeof(struct sslsniff_event) + room;
	struct sslsniff_event *event = reserve_event(whole);
	__u64 now = bpf_ktime_get_ns();

	if (!event)
		return 0;
	__builtin_memset(event, 0, sizeof(*event));
	event->latency_ns = elapsed(call->began, now);
	event->size = size;
	event->operation = call->operation;
	event->library = call->library;
	/* Or the compiler compares what the verifier does not remember. */
	asm volatile("" : "+r"(taken));
	if (room && taken && taken <= room &&
	    !bpf_probe_read_user(event + 1, taken, (const void *)call->buffer))
		event->taken = taken;
	if (event->taken < size)
		LEDGER_ADD(truncated);
	fill_header(&config.trace, &event->header);
	submit_event(&config.trace, event, whole);
	return 0;
}

#define REPORT_IN(ROOM)                                                                 \
	static __noinline int report_in_##ROOM(const struct tls_call *call, __u64 size, \
					       __u64 taken)                             \
	{                                                                               \
		return report_in(ROOM, call, size, taken);                              \
	}

REPORT_IN(0)
REPORT_IN(256)
REPORT_IN(2048)
REPORT_IN(16384)
REPORT_IN(65536)

static __always_inline int report(const struct tls_call *call, int result)
{
	__u64 size = size_done(call, result), taken;

	if (!size)
		return 0;
	LEDGER_ADD(seen);
	if (call->operation == TLS_HANDSHAKE)
		return report_in_0(call, 0, 0);
	taken = size < config.limit ? size : config.limit;
	if (taken <= 256)
		return taken ? report_in_256(call, size, taken) : report_in_0(call, size, 0);
	if (taken <= 2048)
		return report_in_2048(call, size, taken);
	if (taken <= 16384)
		return report_in_16384(call, size, taken);
	return report_in_65536(call, size, taken);
}

SEC("uretprobe")
int call_ends(struct pt_regs *regs)
{
	__u64 thread = bpf_get_current_pid_tgid(), stack = PT_REGS_SP(regs) - RETURN_ADDRESS_SIZE;
	struct tls_calls *calls = bpf_map_lookup_elem(&open_calls, &thread);
	struct tls_call call;

	if (!calls)
		return 0;
	forget_below(calls, stack);
	if (!calls->depth || innermost(calls)->stack != stack)
		return 0;
	call = *innermost(calls);
	calls->depth--;
	return report(&call, PT_REGS_RC(regs));
}

#define TLS_CALL(NAME, LIBRARY, OPERATION, HAS_SIZE_PLACE)                               \
	SEC("uprobe")                                                                    \
	int NAME##_begins(struct pt_regs *regs)                                          \
	{                                                                                \
		return begin_call(regs, TLS_##LIBRARY, TLS_##OPERATION, HAS_SIZE_PLACE); \
	}

TLS_CALL(openssl_write, OPENSSL, WRITE, false)
TLS_CALL(openssl_read, OPENSSL, READ, false)
TLS_CALL(openssl_write_ex, OPENSSL, WRITE, true)
TLS_CALL(openssl_read_ex, OPENSSL, READ, true)
TLS_CALL(openssl_handshake, OPENSSL, HANDSHAKE, false)
TLS_CALL(gnutls_write, GNUTLS, WRITE, false)
TLS_CALL(gnutls_read, GNUTLS, READ, false)
TLS_CALL(nss_write, NSS, WRITE, false)
TLS_CALL(nss_read, NSS, READ, false)

char LICENSE[] SEC("license") = "GPL";
