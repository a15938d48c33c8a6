// SPDX-License-Identifier: Apache-2.0
/*
 * workload terminals NUMBER [write|writev|own|long|others]
 *
 * Writes to a new pseudo-terminal so many times: "line 1" and so on with a control
 * character, in one part or in three (writev), by /dev/tty (own), or of 10,000 letters each
 * (long). With "others" it writes what is not to be shown: to a pipe, to the other side of
 * the terminal, nothing at all, and from no memory. Says the number of the
 * terminal.
 */
#include "workload.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <termios.h>

#define LONG_SIZE 10000

static int control, terminal;

/* Reads what was written, so that there is room for more. */
static void *drain(void *none)
{
	char bytes[4096];

	while (read(control, bytes, sizeof(bytes)) > 0)
		;
	return none;
}

static void write_all(int file, const char *bytes, ssize_t size)
{
	if (write(file, bytes, size) != size)
		die("write");
}

static void write_parts(const char *bytes, size_t size)
{
	struct iovec parts[] = {
		{ (void *)bytes, 2 },
		{ NULL, 0 },
		{ (void *)(bytes + 2), size - 2 },
	};

	if (writev(terminal, parts, 3) != (ssize_t)size)
		die("write in parts");
}

static void write_long(void)
{
	static char bytes[LONG_SIZE];

	memset(bytes, 'x', sizeof(bytes));
	for (size_t done = 0; done < sizeof(bytes);) {
		ssize_t size = write(terminal, bytes + done, sizeof(bytes) - done);

		if (size < 0)
			die("write much");
		done += size;
	}
}

static void write_others(void)
{
	char *nowhere = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ends[2];

	if (nowhere == MAP_FAILED || pipe(ends))
		die("make a pipe");
	write_all(ends[1], "pipe", 4);
	write_all(control, "input\n", 6);
	write_all(terminal, "", 0);
	if (write(terminal, nowhere, 1) >= 0)
		die("fail to write");
}

static int open_terminal(bool own)
{
	char path[64];
	int number;

	control = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (control < 0 || grantpt(control) || unlockpt(control) ||
	    ioctl(control, TIOCGPTN, &number))
		die("make a terminal");
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	if (own)
		setsid();
	terminal = open(path, O_RDWR | (own ? 0 : O_NOCTTY) | O_CLOEXEC);
	if (terminal < 0)
		die(path);
	if (own) {
		ioctl(terminal, TIOCSCTTY, 0);
		terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
		if (terminal < 0)
			die("open the own terminal");
	}
	return number;
}

static int terminals(int count, char **arguments)
{
	const char *how = count == 2 ? arguments[1] : "write";
	pthread_t reader;

	if (count != 1 && count != 2)
		usage("terminals NUMBER [write|writev|own|long|others]");
	await_go("%d", open_terminal(!strcmp(how, "own")));
	if (pthread_create(&reader, NULL, drain, NULL))
		die("make a thread");
	for (long line = 1; line <= number(arguments[0]); line++) {
		char text[64];
		int size = snprintf(text, sizeof(text), "line %ld\x1b[1m\n", line);

		if (!strcmp(how, "long"))
			write_long();
		else if (!strcmp(how, "others"))
			write_others();
		else if (!strcmp(how, "writev"))
			write_parts(text, size);
		else
			write_all(terminal, text, size);
	}
	return 0;
}

WORKLOAD(terminals, terminals);
