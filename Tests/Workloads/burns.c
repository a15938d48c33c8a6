// SPDX-License-Identifier: Apache-2.0
/*
 * workload burns MILLISECONDS [USER]
 *
 * Uses so much CPU time in the function burn_the_cpu(), which others lead to. With a
 * user it does so in code that it makes at run time and calls burn_made_code() in the
 * file for perf, which then belongs to that user.
 */
#include "workload.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static volatile unsigned long sink;

/* Has no frame of its own. */
__attribute__((always_inline)) static inline void turn_once(unsigned long turn)
{
	sink = sink * 6364136223846793005ul + turn;
}

__attribute__((noinline)) static void burn_the_cpu(unsigned long turns)
{
	for (unsigned long turn = 0; turn < turns; turn++)
		turn_once(turn);
}

/* Counts its argument down to 0. */
static void (*make_code(uid_t user))(unsigned long turns)
{
#if defined(__x86_64__)
	static const unsigned char code[] = { 0x48, 0xff, 0xcf, 0x75, 0xfb, 0xc3 };
#elif defined(__aarch64__)
	static const unsigned char code[] = { 0x00, 0x04, 0x00, 0xf1, 0xe1, 0xff,
					      0xff, 0x54, 0xc0, 0x03, 0x5f, 0xd6 };
#endif
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[64];
	int file;

	if (page == MAP_FAILED)
		die("map a page");
	memcpy(page, code, sizeof(code));
	if (mprotect(page, 4096, PROT_READ | PROT_EXEC))
		die("make code");
	__builtin___clear_cache(page, (char *)page + 4096);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (file < 0 ||
	    dprintf(file, "%lx %zx burn_made_code()\n", (unsigned long)page, sizeof(code)) < 0)
		die(path);
	if (fchown(file, user, -1))
		die("give the file away");
	close(file);
	return (void (*)(unsigned long))page;
}

__attribute__((noinline)) static void burn_inner(long long end, void (*burn)(unsigned long))
{
	/* Long enough between two looks at the clock for these not to be seen. */
	while (cpu_time() < end)
		burn(20000000);
	sink++;
}

__attribute__((noinline)) static void burn_outer(long long end, void (*burn)(unsigned long))
{
	burn_inner(end, burn);
	sink++;
}

static int burns(int count, char **arguments)
{
	void (*burn)(unsigned long) = burn_the_cpu;
	char path[64];
	long long length;

	if (count != 1 && count != 2)
		usage("burns MILLISECONDS [USER]");
	length = number(arguments[0]) * 1000000;
	if (count == 2)
		burn = make_code(number(arguments[1]));
	await_go("%d", getpid());
	burn_outer(cpu_time() + length, burn);
	if (count == 2) {
		snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
		unlink(path);
	}
	return 0;
}

WORKLOAD(burns, burns);
