// SPDX-License-Identifier: Apache-2.0
/*
 * The reader: any executable with this library, run again under the name reader_argument.
 * It serves before main. So it needs no file of its own, and shares no memory with who
 * started it.
 */
#define _GNU_SOURCE
#include "channel.h"
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct file {
	int descriptor;
	enum reader_form form;
	struct symbol_image image;
	struct symbol_table *table;
	struct unwind_table *unwind; /* while the parent takes it */
};

static struct file *files[READER_FILES];
static struct packet request, answer;

static void close_file(uint32_t number)
{
	struct file *file = files[number];

	files[number] = NULL;
	if (!file)
		return;
	symbols_free(file->table);
	free(file->unwind);
	close(file->descriptor);
	free(file);
}

static int open_file(uint32_t number, uint32_t form, int descriptor, size_t *size)
{
	struct file *file;

	close_file(number);
	file = descriptor < 0 ? NULL : malloc(sizeof(*file));
	if (!file) {
		if (descriptor >= 0)
			close(descriptor);
		return descriptor < 0 ? EMFILE : ENOMEM;
	}
	*file = (struct file){ .descriptor = descriptor, .form = form };
	files[number] = file;
	if (form == READER_COMPILED)
		return 0;
	if (!symbols_image(descriptor, &file->image))
		return ENOEXEC;
	memcpy(answer.body, &file->image, sizeof(file->image));
	*size = sizeof(file->image);
	return 0;
}

/* The parent opens it. */
static int want_debug_file(void *context, const char *link, uint32_t attempt)
{
	const uint32_t *number = context;
	const size_t length = link ? strnlen(link, READER_NAME) : 0;
	int descriptor = -1;

	answer.head = (struct reader_head){
		.kind = READER_WANT,
		.file = *number,
		.count = attempt,
	};
	if (length)
		memcpy(answer.body, link, length);
	if (channel_send(READER_CHANNEL, &answer, sizeof(answer.head) + length, -1) ||
	    channel_receive(READER_CHANNEL, &request, sizeof(request), &descriptor) <
		    (long)sizeof(request.head) ||
	    request.head.kind != READER_GIVE)
		_exit(0);
	return descriptor;
}

static int load_file(uint32_t number)
{
	struct file *file = files[number];

	if (!file)
		return ENOENT;
	if (file->table)
		return 0;
	errno = 0;
	file->table = file->form == READER_COMPILED ? symbols_read_compiled(file->descriptor)
						    : symbols_read(file->descriptor, &file->image,
								   want_debug_file, &number);
	return file->table ? 0 : errno == ENOMEM ? ENOMEM : ENODATA;
}

/* Names follow each other, each after its length; 0 is for an address without one. */
static int find_names(uint32_t number, size_t bytes, size_t *size)
{
	const struct file *file = files[number];

	if (!file || !file->table)
		return ENOENT;
	for (; answer.head.count < bytes / sizeof(uint64_t); answer.head.count++) {
		const char *name;
		uint64_t address;
		uint32_t length;

		memcpy(&address, request.body + answer.head.count * sizeof(address),
		       sizeof(address));
		name = symbols_find(file->table, address);
		length = name ? strnlen(name, READER_NAME) : 0;
		if (length == READER_NAME)
			length = 0;
		if (*size + sizeof(length) + length > sizeof(answer.body))
			return 0;
		memcpy(answer.body + *size, &length, sizeof(length));
		memcpy(answer.body + *size + sizeof(length), name ? name : "", length);
		*size += sizeof(length) + length;
	}
	return 0;
}

/* A longer one is none. */
struct answer_text {
	uint32_t length;
	const char *text;
};

#define GREATEST_SOURCE_TEXT 1024

static struct answer_text answer_text(const char *text)
{
	const size_t length = text ? strnlen(text, GREATEST_SOURCE_TEXT) : 0;

	return (struct answer_text){ length == GREATEST_SOURCE_TEXT ? 0 : length, text };
}

static void put(size_t *size, const void *bytes, size_t count)
{
	memcpy(answer.body + *size, bytes, count);
	*size += count;
}

static void put_text(size_t *size, struct answer_text text)
{
	put(size, &text.length, sizeof(text.length));
	if (text.length)
		put(size, text.text, text.length);
}

/* All frames of an address are within this. */
#define GREATEST_LINES (4 + SOURCE_FRAMES * (12 + 2 * GREATEST_SOURCE_TEXT))

/* For each address the number of frames, and for each of these the line, name and file. */
static int find_lines(uint32_t number, size_t bytes, size_t *size)
{
	const struct file *file = files[number];

	if (!file || !file->table)
		return ENOENT;
	for (; answer.head.count < bytes / sizeof(uint64_t); answer.head.count++) {
		struct source_frame frames[SOURCE_FRAMES];
		uint64_t address;
		uint32_t count;

		if (*size + GREATEST_LINES > sizeof(answer.body))
			return 0;
		memcpy(&address, request.body + answer.head.count * sizeof(address),
		       sizeof(address));
		count = symbols_lines(file->table, address, frames);
		put(size, &count, sizeof(count));
		for (uint32_t index = 0; index < count; index++) {
			put(size, &frames[index].line, sizeof(frames[index].line));
			put_text(size, answer_text(frames[index].name));
			put_text(size, answer_text(frames[index].file));
		}
	}
	return 0;
}

/* As many rows as fit, from one on. With the last of them the table goes. */
static int give_rows(uint32_t number, size_t length, size_t *size)
{
	struct file *file = files[number];
	const size_t first = request.head.count;
	struct reader_unwind unwind;
	size_t rows;

	if (!file || file->form != READER_ELF || length != sizeof(unwind))
		return EINVAL;
	memcpy(&unwind, request.body, sizeof(unwind));
	if (!file->unwind)
		file->unwind = unwind_read(file->descriptor, unwind.size);
	if (!file->unwind)
		return errno;
	if (first > file->unwind->count)
		return EINVAL;
	unwind = (struct reader_unwind){ file->unwind->count, file->unwind->base };
	rows = (sizeof(answer.body) - sizeof(unwind)) / sizeof(file->unwind->rows[0]);
	if (rows > file->unwind->count - first)
		rows = file->unwind->count - first;
	memcpy(answer.body, &unwind, sizeof(unwind));
	memcpy(answer.body + sizeof(unwind), file->unwind->rows + first,
	       rows * sizeof(file->unwind->rows[0]));
	*size = sizeof(unwind) + rows * sizeof(file->unwind->rows[0]);
	if (first + rows < file->unwind->count)
		return 0;
	free(file->unwind);
	file->unwind = NULL;
	return 0;
}

static int demangle(size_t length, size_t *size)
{
	char *name;

	request.body[length] = 0;
	name = symbols_demangle(request.body);
	*size = name ? strnlen(name, READER_NAME) : READER_NAME;
	if (*size < READER_NAME)
		memcpy(answer.body, name, *size);
	free(name);
	if (*size < READER_NAME)
		return 0;
	*size = 0;
	return ENODATA;
}

static int serve_one(int descriptor, size_t length, size_t *size)
{
	const uint32_t number = request.head.file;

	if (number >= READER_FILES)
		return EINVAL;
	switch (request.head.kind) {
	case READER_OPEN:
		return open_file(number, request.head.count, descriptor, size);
	case READER_LOAD:
		return load_file(number);
	case READER_FIND:
		return find_names(number, length, size);
	case READER_LINES:
		return find_lines(number, length, size);
	case READER_UNWIND:
		return give_rows(number, length, size);
	case READER_DEMANGLE:
		return length < READER_NAME ? demangle(length, size) : EINVAL;
	default:
		return EINVAL;
	}
}

static void serve(void)
{
	answer.head = (struct reader_head){ .kind = READER_HELLO, .status = symbols_available() };
	confine();
	if (channel_send(READER_CHANNEL, &answer, sizeof(answer.head), -1))
		return;
	for (;;) {
		int descriptor = -1;
		size_t size = 0;
		const long received =
			channel_receive(READER_CHANNEL, &request, sizeof(request), &descriptor);
		struct reader_head head = {};

		if (received < (long)sizeof(head))
			return;
		answer.head = request.head;
		answer.head.count = 0;
		/* While a file is loaded, other packets come and go. */
		head = request.head;
		const int status = serve_one(descriptor, received - sizeof(head), &size);

		answer.head = (struct reader_head){
			.kind = head.kind,
			.file = head.file,
			.count = head.kind == READER_FIND || head.kind == READER_LINES
					 ? answer.head.count
					 : 0,
			.status = status,
		};
		if (channel_send(READER_CHANNEL, &answer, sizeof(answer.head) + size, -1))
			return;
	}
}

char reader_argument[] = "swift-bpf-tools: symbols of files";

/* Runs before main, and before what its arguments mean to anybody else. */
__attribute__((constructor)) static void serve_as_reader(int count, char **arguments)
{
	if (count != 1 || strcmp(arguments[0], reader_argument))
		return;
	/* Whoever started it is gone, or goes later. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "symbols");
	syscall(__NR_close_range, READER_CHANNEL + 1, ~0u, 0);
	serve();
	_exit(0);
}
