// SPDX-License-Identifier: Apache-2.0
/*
 * workload vfs NUMBER DIRECTORY ACTION...
 *
 * Makes two files of 64 KB in the directory, and does each action so many times. Those that
 * read or write do it with 100 bytes of "file", and those that copy write them to "other";
 * short asks for 4096 bytes where 100 are left, end where none are, and direct reads 4096
 * past the page cache. Those that make or remove names take another one each time. What
 * begins with "bad" must fail, and what begins with "ring" is a request of io_uring.
 */
#include "rings.h"
#include "workload.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define SIZE 65536
#define PART 100

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* Of linux/openat2.h, which contradicts fcntl.h here and there. */
struct way {
	unsigned long long flags, mode, resolve;
};

static int file, other, read_only, direct, directory, ends[2];
static char *mapping;
static char data[SIZE] __attribute__((aligned(4096)));
static struct iovec part = { data, PART };
static char name[32];

static long closed(int descriptor)
{
	return descriptor < 0 ? -1 : close(descriptor);
}

static long request(int opcode, int descriptor, const void *address, unsigned int length,
		    unsigned int flags)
{
	struct io_uring_sqe entry = {
		.opcode = opcode,
		.fd = descriptor,
		.addr = (unsigned long)address,
		.len = length,
		.open_flags = flags,
	};

	submit_request(&entry);
	return next_completion();
}

static long spliced(void)
{
	loff_t from = 0, to = 0;

	if (splice(file, &from, ends[1], NULL, PART, 0) != PART)
		return -1;
	return splice(ends[0], NULL, other, &to, PART, 0);
}

static long move(const char *action)
{
	loff_t from = 0, to = 0;

	if (lseek(file, 0, SEEK_SET) || lseek(other, 0, SEEK_SET))
		die("seek");
	if (!strcmp(action, "read"))
		return read(file, data, PART);
	if (!strcmp(action, "pread"))
		return pread(file, data, PART, 0);
	if (!strcmp(action, "readv"))
		return readv(file, &part, 1);
	if (!strcmp(action, "preadv"))
		return preadv(file, &part, 1, 0);
	if (!strcmp(action, "preadv2"))
		return preadv2(file, &part, 1, 0, 0);
	if (!strcmp(action, "write"))
		return write(file, data, PART);
	if (!strcmp(action, "pwrite"))
		return pwrite(file, data, PART, 0);
	if (!strcmp(action, "writev"))
		return writev(file, &part, 1);
	if (!strcmp(action, "pwritev"))
		return pwritev(file, &part, 1, 0);
	if (!strcmp(action, "pwritev2"))
		return pwritev2(file, &part, 1, 0, 0);
	if (!strcmp(action, "ring-read"))
		return request(IORING_OP_READ, file, data, PART, 0);
	if (!strcmp(action, "ring-readv"))
		return request(IORING_OP_READV, file, &part, 1, 0);
	if (!strcmp(action, "ring-write"))
		return request(IORING_OP_WRITE, file, data, PART, 0);
	if (!strcmp(action, "ring-writev"))
		return request(IORING_OP_WRITEV, file, &part, 1, 0);
	if (!strcmp(action, "sendfile"))
		return sendfile(other, file, &from, PART);
	if (!strcmp(action, "copy_file_range"))
		return copy_file_range(file, &from, other, &to, PART, 0);
	if (!strcmp(action, "splice"))
		return spliced();
	if (!strcmp(action, "short"))
		return pread(file, data, 4096, SIZE - PART);
	if (!strcmp(action, "end"))
		return pread(file, data, 4096, SIZE);
	if (!strcmp(action, "direct"))
		return pread(direct, data, 4096, 0);
	if (!strcmp(action, "pipe"))
		return write(ends[1], data, PART) == PART ? read(ends[0], data, PART) : -1;
	if (!strcmp(action, "map"))
		return mapping[0]++;
	if (!strcmp(action, "fsync"))
		return fsync(file);
	if (!strcmp(action, "fdatasync"))
		return fdatasync(file);
	if (!strcmp(action, "ring-fsync"))
		return request(IORING_OP_FSYNC, file, NULL, 0, 0);
	if (!strcmp(action, "bad-read"))
		return read(-1, data, PART);
	if (!strcmp(action, "bad-address"))
		return pread(file, NULL, PART, 0);
	if (!strcmp(action, "bad-write"))
		return write(read_only, data, PART);
	if (!strcmp(action, "bad-fsync"))
		return fsync(ends[0]);
	if (!strcmp(action, "bad-ring-read"))
		return request(IORING_OP_READ, file, NULL, PART, 0);
	usage(action);
}

static long change(const char *action)
{
	struct way way = { .flags = O_RDONLY };

	if (!strcmp(action, "open"))
		return closed(syscall(SYS_openat, directory, "file", O_RDONLY));
	if (!strcmp(action, "openat2"))
		return closed(syscall(SYS_openat2, directory, "file", &way, sizeof(way)));
	if (!strcmp(action, "again"))
		return closed(openat(directory, "file", O_RDWR | O_CREAT, 0600));
	if (!strcmp(action, "tmpfile"))
		return closed(openat(directory, ".", O_RDWR | O_TMPFILE, 0600));
	if (!strcmp(action, "create"))
		return closed(openat(directory, name, O_RDWR | O_CREAT | O_EXCL, 0600));
	if (!strcmp(action, "creat"))
		return closed(creat(name, 0600));
	if (!strcmp(action, "unlink"))
		return unlink(name);
	if (!strcmp(action, "unlinkat"))
		return unlinkat(directory, name, 0);
	if (!strcmp(action, "mkdir"))
		return mkdir(name, 0700);
	if (!strcmp(action, "mkdirat"))
		return mkdirat(directory, name, 0700);
	if (!strcmp(action, "rmdir"))
		return rmdir(name);
	if (!strcmp(action, "rmdirat"))
		return unlinkat(directory, name, AT_REMOVEDIR);
	if (!strcmp(action, "ring-open"))
		return closed(request(IORING_OP_OPENAT, directory, "file", 0, O_RDONLY));
	if (!strcmp(action, "ring-create"))
		return closed(request(IORING_OP_OPENAT, directory, name, 0600, O_RDWR | O_CREAT));
	if (!strcmp(action, "ring-unlink"))
		return request(IORING_OP_UNLINKAT, directory, name, 0, 0);
	if (!strcmp(action, "ring-mkdir"))
		return request(IORING_OP_MKDIRAT, directory, name, 0700, 0);
	if (!strcmp(action, "ring-rmdir"))
		return request(IORING_OP_UNLINKAT, directory, name, 0, AT_REMOVEDIR);
	if (!strcmp(action, "bad-open"))
		return open("no such file", O_RDONLY);
	if (!strcmp(action, "bad-create"))
		return openat(directory, "file", O_RDWR | O_CREAT | O_EXCL, 0600);
	if (!strcmp(action, "bad-unlink"))
		return unlink("no such file");
	if (!strcmp(action, "bad-mkdir"))
		return mkdir("file", 0700);
	if (!strcmp(action, "bad-rmdir"))
		return rmdir("file");
	return move(action);
}

static int made(const char *path, int flags)
{
	int descriptor = open(path, flags, 0600);

	if (descriptor < 0 || ftruncate(descriptor, SIZE))
		die(path);
	return descriptor;
}

static int vfs(int count, char **arguments)
{
	if (count < 3)
		usage("vfs NUMBER DIRECTORY ACTION...");
	directory = open(arguments[1], O_PATH | O_DIRECTORY);
	if (directory < 0 || fchdir(directory) || pipe(ends))
		die("go to the directory");
	file = made("file", O_RDWR | O_CREAT);
	other = made("other", O_RDWR | O_CREAT);
	read_only = open("file", O_RDONLY);
	mapping = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (read_only < 0 || mapping == MAP_FAILED)
		die("map the file");
	for (int index = 2; index < count; index++) {
		if (!strcmp(arguments[index], "direct"))
			direct = made("file", O_RDWR | O_DIRECT);
		if (strstr(arguments[index], "ring"))
			make_ring();
	}
	await_go("%d", getpid());
	for (int index = 2; index < count; index++) {
		const bool must_fail = !strncmp(arguments[index], "bad", 3);

		for (long done = 0; done < number(arguments[0]); done++) {
			snprintf(name, sizeof(name), "%ld", done);
			if ((change(arguments[index]) < 0) != must_fail)
				die(arguments[index]);
		}
	}
	return 0;
}

WORKLOAD(vfs, vfs);
