// SPDX-License-Identifier: Apache-2.0
/* Keeps the messages of libbpf. */
#include "shim.h"

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for the end of a verifier log, which is the end that explains. */
#define LOG_SIZE 65536

static char log_text[LOG_SIZE];
static size_t log_length;
static bool log_verbose;

static int keep(enum libbpf_print_level level, const char *format, va_list arguments)
{
	static char usual[LOG_SIZE];
	char *message = usual;
	const char *tail;
	va_list again;
	size_t length;
	int full;

	if (level == LIBBPF_DEBUG && !log_verbose)
		return 0;
	va_copy(again, arguments);
	full = vsnprintf(usual, sizeof(usual), format, arguments);
	/* libbpf passes a verifier log as one argument of up to 16 MiB. */
	if (full >= (int)sizeof(usual)) {
		message = malloc((size_t)full + 1);
		if (message)
			vsnprintf(message, (size_t)full + 1, format, again);
		else
			message = usual;
	}
	va_end(again);
	if (full < 0)
		return 0;
	if (log_verbose)
		fputs(message, stderr);
	if (level == LIBBPF_DEBUG)
		goto out;
	length = strlen(message);
	tail = message;
	if (length >= LOG_SIZE) {
		tail += length - LOG_SIZE + 1;
		length = LOG_SIZE - 1;
	}
	if (log_length + length >= LOG_SIZE) {
		size_t drop = log_length + length - LOG_SIZE + 1;

		memmove(log_text, log_text + drop, log_length - drop);
		log_length -= drop;
	}
	memcpy(log_text + log_length, tail, length);
	log_length += length;
	log_text[log_length] = '\0';
out:
	if (message != usual)
		free(message);
	return 0;
}

void shim_log_start(bool verbose)
{
	log_verbose = verbose;
	libbpf_set_print(keep);
}

void shim_log_reset(void)
{
	log_length = 0;
	log_text[0] = '\0';
}

const char *shim_log_text(void)
{
	return log_text;
}
