// SPDX-License-Identifier: Apache-2.0
/*
 * workload locks NUMBER mutex|rwsem|writes
 *
 * A thread holds a lock of the kernel while it writes a page that is not there until another
 * thread, "waiter", sleeps for the lock: the mutex of a pipe, for which it asks by
 * FIONREAD, or the semaphore of a file in memory, for which it asks by SEEK_DATA. So often.
 * Says the numbers of the waiter and of the holder. Or it writes so often to a pipe, whose
 * mutex nobody waits for, and reads what it wrote.
 */
#include "workload.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static int ends[2] = { -1, -1 };
static int file = -1;
static long rounds, page_size;
static char *pages;
static pid_t waiter, holder;
static sem_t may_hold, may_wait, done;

static void *wait_for_lock(void *unused)
{
	int bytes;

	pthread_setname_np(pthread_self(), "waiter");
	__atomic_store_n(&waiter, gettid(), __ATOMIC_RELEASE);
	for (long round = 0; round < rounds; round++) {
		sem_wait(&may_wait);
		if (file < 0 ? ioctl(ends[0], FIONREAD, &bytes) : lseek(file, 0, SEEK_DATA) < 0)
			die("ask for the lock");
		sem_post(&done);
	}
	return unused;
}

static void *hold_lock(void *unused)
{
	pthread_setname_np(pthread_self(), "holder");
	__atomic_store_n(&holder, gettid(), __ATOMIC_RELEASE);
	for (long round = 0; round < rounds; round++) {
		sem_wait(&may_hold);
		if (write(file < 0 ? ends[1] : file, pages + round * page_size, 1) != 1)
			die("write under the lock");
		sem_post(&done);
	}
	return unused;
}

/* The pages are there when they are put in place through the descriptor. */
static int open_faults(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int faults = syscall(SYS_userfaultfd, O_CLOEXEC);

	pages = mmap(NULL, rounds * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0);
	range.range.start = (unsigned long)pages;
	range.range.len = rounds * page_size;
	if (faults < 0 || pages == MAP_FAILED || ioctl(faults, UFFDIO_API, &api) ||
	    ioctl(faults, UFFDIO_REGISTER, &range))
		die("handle the faults of its pages");
	return faults;
}

static void await_fault(int faults)
{
	struct uffd_msg message;

	if (read(faults, &message, sizeof(message)) != sizeof(message))
		die("await a fault");
}

/* Waits until the waiter cannot go on without the lock. */
static void await_wait(void)
{
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", waiter);
	for (char state = 0; state != 'D'; usleep(1000)) {
		FILE *status = fopen(path, "r");

		if (!status)
			die("read the state of a thread");
		while (fgets(line, sizeof(line), status))
			sscanf(line, "State: %c", &state);
		fclose(status);
	}
}

static void serve(int faults)
{
	char *zeroes = calloc(1, page_size);

	for (long round = 0; round < rounds; round++) {
		struct uffdio_copy copy = {
			.dst = (unsigned long)(pages + round * page_size),
			.src = (unsigned long)zeroes,
			.len = page_size,
		};

		sem_post(&may_hold);
		await_fault(faults);
		sem_post(&may_wait);
		await_wait();
		usleep(2000);
		if (ioctl(faults, UFFDIO_COPY, &copy))
			die("put a page in place");
		sem_wait(&done);
		sem_wait(&done);
	}
	free(zeroes);
}

static int write_only(void)
{
	char byte = 0;

	await_go("%d", getpid());
	for (long round = 0; round < rounds; round++)
		if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
			die("write to a pipe");
	return 0;
}

static int locks(int count, char **arguments)
{
	pthread_t threads[2];
	int faults;

	if (count != 2)
		usage("locks NUMBER mutex|rwsem|writes");
	rounds = number(arguments[0]);
	page_size = sysconf(_SC_PAGESIZE);
	if (pipe(ends))
		die("make a pipe");
	if (!strcmp(arguments[1], "writes"))
		return write_only();
	if (!strcmp(arguments[1], "rwsem"))
		file = memfd_create("locks", MFD_CLOEXEC);
	faults = open_faults();
	sem_init(&may_hold, 0, 0);
	sem_init(&may_wait, 0, 0);
	sem_init(&done, 0, 0);
	if (pthread_create(&threads[0], NULL, wait_for_lock, NULL) ||
	    pthread_create(&threads[1], NULL, hold_lock, NULL))
		die("make a thread");
	while (!__atomic_load_n(&waiter, __ATOMIC_ACQUIRE) ||
	       !__atomic_load_n(&holder, __ATOMIC_ACQUIRE))
		usleep(1000);
	await_go("%d %d", waiter, holder);
	serve(faults);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}

WORKLOAD(locks, locks);
