/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_SSLSNIFF_H
#define BPF_SSLSNIFF_H

#include "wire.h"

/* The most bytes of a call that can be taken. */
#define TLS_MOST_BYTES 65536

struct sslsniff_config {
	struct trace_config trace;
	__u32 limit; /* take so many bytes of a call */
	__u32 padding;
};
_Static_assert(sizeof(struct sslsniff_config) == 104, "layout is shared with Swift");

enum tls_operation {
	TLS_WRITE,
	TLS_READ,
	TLS_HANDSHAKE,
};

enum tls_library {
	TLS_OPENSSL,
	TLS_GNUTLS,
	TLS_NSS,
};

/* The bytes that were taken follow. Its time is that of the return. */
struct sslsniff_event {
	struct event_header header;
	__u64 latency_ns;
	__u64 size; /* of what was written or read */
	__u32 taken;
	__u8 operation; /* enum tls_operation */
	__u8 library; /* enum tls_library */
	__u16 padding;
};
_Static_assert(sizeof(struct sslsniff_event) == 80, "layout is shared with Swift");

#endif
