// SPDX-License-Identifier: Apache-2.0
/*
 * workload talks NUMBER [HOW]
 *
 * Says so many times "message 1" and so on through a function of a TLS library. Those that
 * this program has itself, by the names of OpenSSL, do nothing else:
 *
 *   write, read, write_ex, read_ex   by this function
 *   wrapped    by SSL_read_ex, which is made of SSL_read, as in LibreSSL
 *   tunnel     by SSL_write in SSL_write, each with its own bytes
 *   fails      by calls of each function that fail, which are not to be shown
 *   jumps      by SSL_read, each after one out of which the program jumped
 *   long       by SSL_write, with 10,000 letters in place of a message
 *   bytes      by SSL_write, all 256 bytes in place of a message
 *
 * Those of libraries send it from one end of a session to the other, which reads it:
 *
 *   openssl, openssl_ex, gnutls, nss (which has no session here, only a pipe)
 *
 * Ends with 77 where the library is missing.
 */
#include "workload.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>

#define LONG_SIZE     10000
#define MESSAGE_SIZE  64
#define MOST_ROUNDS   1000
#define EXIT_NO_TOOLS 77

#define EXPORTED      __attribute__((noinline, noclone, used))

static const char *how;
static long said;
static jmp_buf out;

static int message(char *text)
{
	return snprintf(text, MESSAGE_SIZE, "message %ld\n", ++said);
}

EXPORTED int SSL_write(void *session, const void *bytes, int size)
{
	char inner[MESSAGE_SIZE];

	if (!strcmp(how, "fails"))
		return -1;
	/* The outer one is given a session. */
	if (session && SSL_write(NULL, inner, message(inner)) < 0)
		return -1;
	asm volatile("" : : "r"(bytes) : "memory");
	return size;
}

EXPORTED int SSL_read(void *session, void *bytes, int size)
{
	if (!strcmp(how, "fails"))
		return session && size ? -1 : 0;
	if (session)
		longjmp(out, 1);
	return message(bytes);
}

EXPORTED int SSL_write_ex(void *session, const void *bytes, size_t size, size_t *written)
{
	asm volatile("" : : "r"(bytes), "r"(session) : "memory");
	*written = size;
	return strcmp(how, "fails") != 0;
}

EXPORTED int SSL_read_ex(void *session, void *bytes, size_t size, size_t *done)
{
	int result;

	if (!strcmp(how, "wrapped")) {
		result = SSL_read(session, bytes, size);
		*done = result;
		return result > 0;
	}
	*done = message(bytes);
	return strcmp(how, "fails") != 0;
}

/* Not inlined, so that its frame is deeper than that of the next call. */
static __attribute__((noinline)) void jump_out(char *text)
{
	if (!setjmp(out))
		SSL_read(text, text, MESSAGE_SIZE);
}

static void say_by_name(void)
{
	char text[LONG_SIZE] = "";
	size_t done;

	if (!strcmp(how, "write")) {
		SSL_write(NULL, text, message(text));
	} else if (!strcmp(how, "write_ex")) {
		SSL_write_ex(NULL, text, message(text), &done);
	} else if (!strcmp(how, "read")) {
		SSL_read(NULL, text, MESSAGE_SIZE);
	} else if (!strcmp(how, "read_ex") || !strcmp(how, "wrapped")) {
		SSL_read_ex(NULL, text, MESSAGE_SIZE, &done);
	} else if (!strcmp(how, "tunnel")) {
		memcpy(text, "outer", 5);
		SSL_write(text, text, 5);
	} else if (!strcmp(how, "jumps")) {
		jump_out(text);
		SSL_read(NULL, text, MESSAGE_SIZE);
	} else if (!strcmp(how, "long")) {
		memset(text, 'x', sizeof(text));
		SSL_write(NULL, text, sizeof(text));
	} else if (!strcmp(how, "bytes")) {
		for (int byte = 0; byte < 256; byte++)
			text[byte] = byte;
		SSL_write(NULL, text, 256);
	} else if (!strcmp(how, "fails")) {
		SSL_write(NULL, text, MESSAGE_SIZE);
		SSL_read(NULL, text, MESSAGE_SIZE);
		SSL_read(text, text, MESSAGE_SIZE);
		SSL_write_ex(NULL, text, MESSAGE_SIZE, &done);
		SSL_read_ex(NULL, text, MESSAGE_SIZE, &done);
	} else {
		usage(how);
	}
}

static void *library(const char *name)
{
	void *found = dlopen(name, RTLD_NOW);

	if (!found)
		exit(EXIT_NO_TOOLS);
	return found;
}

static void *function(void *library, const char *name)
{
	void *found = dlsym(library, name);

	if (!found)
		exit(EXIT_NO_TOOLS);
	return found;
}

#define FUNCTION(LIBRARY, NAME, RESULT, ...) RESULT (*NAME)(__VA_ARGS__) = function(LIBRARY, #NAME)

/* openssl/ssl.h */
#define SSL_CTRL_SET_MAX_PROTO_VERSION	     124
#define TLS1_2_VERSION			     0x0303

struct ends {
	void *from;
	void *to;
};

/* The two ends of a session without certificates, by a pair of buffers. */
static struct ends connect_openssl(void *ssl)
{
	FUNCTION(ssl, TLS_method, void *, void);
	FUNCTION(ssl, SSL_CTX_new, void *, void *);
	FUNCTION(ssl, SSL_CTX_ctrl, long, void *, int, long, void *);
	FUNCTION(ssl, SSL_CTX_set_cipher_list, int, void *, const char *);
	FUNCTION(ssl, SSL_new, void *, void *);
	FUNCTION(ssl, SSL_set_bio, void, void *, void *, void *);
	FUNCTION(ssl, SSL_set_connect_state, void, void *);
	FUNCTION(ssl, SSL_set_accept_state, void, void *);
	FUNCTION(ssl, SSL_do_handshake, int, void *);
	FUNCTION(ssl, BIO_new_bio_pair, int, void **, size_t, void **, size_t);
	void *context = SSL_CTX_new(TLS_method()), *near, *far;
	struct ends ends;
	int done = 0;

	SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, TLS1_2_VERSION, NULL);
	if (!SSL_CTX_set_cipher_list(context, "aNULL:@SECLEVEL=0") ||
	    !BIO_new_bio_pair(&near, 0, &far, 0))
		die("prepare a session");
	ends = (struct ends){ SSL_new(context), SSL_new(context) };
	SSL_set_bio(ends.from, near, near);
	SSL_set_bio(ends.to, far, far);
	SSL_set_connect_state(ends.from);
	SSL_set_accept_state(ends.to);
	for (int round = 0; round < MOST_ROUNDS && done != 2; round++)
		done = (SSL_do_handshake(ends.from) == 1) + (SSL_do_handshake(ends.to) == 1);
	if (done != 2)
		die("shake hands");
	return ends;
}

static void talk_openssl(long count, bool ex)
{
	void *ssl = library("libssl.so.3");
	FUNCTION(ssl, SSL_write, int, void *, const void *, int);
	FUNCTION(ssl, SSL_read, int, void *, void *, int);
	FUNCTION(ssl, SSL_write_ex, int, void *, const void *, size_t, size_t *);
	FUNCTION(ssl, SSL_read_ex, int, void *, void *, size_t, size_t *);
	struct ends ends;
	char text[MESSAGE_SIZE];
	size_t done;

	await_go("openssl");
	ends = connect_openssl(ssl);
	while (count--) {
		const int size = message(text);
		const bool is_whole =
			ex ? SSL_write_ex(ends.from, text, size, &done) == 1 &&
					SSL_read_ex(ends.to, text, sizeof(text), &done) == 1
			   : SSL_write(ends.from, text, size) == size &&
					SSL_read(ends.to, text, sizeof(text)) == size;

		if (!is_whole)
			die("talk by OpenSSL");
	}
}

/* gnutls/gnutls.h */
#define GNUTLS_SERVER	1
#define GNUTLS_CLIENT	2
#define GNUTLS_NONBLOCK 8
#define GNUTLS_CRD_ANON 2

static void talk_gnutls(long count)
{
	void *tls = library("libgnutls.so.30");
	FUNCTION(tls, gnutls_init, int, void **, unsigned int);
	FUNCTION(tls, gnutls_priority_set_direct, int, void *, const char *, const char **);
	FUNCTION(tls, gnutls_anon_allocate_client_credentials, int, void **);
	FUNCTION(tls, gnutls_anon_allocate_server_credentials, int, void **);
	FUNCTION(tls, gnutls_credentials_set, int, void *, int, void *);
	FUNCTION(tls, gnutls_transport_set_int2, void, void *, int, int);
	FUNCTION(tls, gnutls_handshake, int, void *);
	FUNCTION(tls, gnutls_record_send, ssize_t, void *, const void *, size_t);
	FUNCTION(tls, gnutls_record_recv, ssize_t, void *, void *, size_t);
	const char *priority = "NORMAL:-KX-ALL:+ANON-ECDH:-VERS-ALL:+VERS-TLS1.2";
	bool shaken[2] = {};
	void *sessions[2], *secrets[2];
	int sockets[2];
	char text[MESSAGE_SIZE];

	await_go("gnutls");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) ||
	    gnutls_anon_allocate_client_credentials(&secrets[0]) ||
	    gnutls_anon_allocate_server_credentials(&secrets[1]))
		die("prepare a session");
	for (int end = 0; end < 2; end++) {
		fcntl(sockets[end], F_SETFL, O_NONBLOCK);
		gnutls_init(&sessions[end],
			    (end ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK);
		gnutls_priority_set_direct(sessions[end], priority, NULL);
		gnutls_credentials_set(sessions[end], GNUTLS_CRD_ANON, secrets[end]);
		gnutls_transport_set_int2(sessions[end], sockets[end], sockets[end]);
	}
	for (int round = 0; round < MOST_ROUNDS && !(shaken[0] && shaken[1]); round++) {
		for (int end = 0; end < 2; end++)
			shaken[end] = shaken[end] || !gnutls_handshake(sessions[end]);
	}
	while (count--) {
		const ssize_t size = message(text);

		if (gnutls_record_send(sessions[0], text, size) != size ||
		    gnutls_record_recv(sessions[1], text, sizeof(text)) != size)
			die("talk by GnuTLS");
	}
}

static void talk_nss(long count)
{
	void *nspr = library("libnspr4.so");
	FUNCTION(nspr, PR_CreatePipe, int, void **, void **);
	FUNCTION(nspr, PR_Write, int, void *, const void *, int);
	FUNCTION(nspr, PR_Read, int, void *, void *, int);
	void *from, *to;
	char text[MESSAGE_SIZE];

	await_go("nss");
	if (PR_CreatePipe(&from, &to))
		die("make a pipe");
	while (count--) {
		const int size = message(text);

		if (PR_Write(to, text, size) != size || PR_Read(from, text, sizeof(text)) != size)
			die("talk by NSPR");
	}
}

static int talks(int count, char **arguments)
{
	long left;

	if (count != 1 && count != 2)
		usage("talks NUMBER [HOW]");
	how = count == 2 ? arguments[1] : "write";
	left = number(arguments[0]);
	if (!strncmp(how, "openssl", 7)) {
		talk_openssl(left, !strcmp(how, "openssl_ex"));
	} else if (!strcmp(how, "gnutls")) {
		talk_gnutls(left);
	} else if (!strcmp(how, "nss")) {
		talk_nss(left);
	} else {
		await_go("%s", how);
		while (left--)
			say_by_name();
	}
	return 0;
}

WORKLOAD(talks, talks);
