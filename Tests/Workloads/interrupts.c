// SPDX-License-Identifier: Apache-2.0
/*
 * workload interrupts NUMBER
 *
 * Is on the CPU that gets the interrupts of a virtio disk while another process reads from
 * the disk, until at least so many of them have interrupted it.
 */
#include "workload.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#define DISK	 "/dev/vda"
#define MAX_CPUS 256

static void stay_on(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("stay on a CPU");
}

/* The interrupts of disks that each CPU had. */
static void count_interrupts(long counts[MAX_CPUS])
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[8192];

	if (!file)
		die("open /proc/interrupts");
	memset(counts, 0, MAX_CPUS * sizeof(*counts));
	while (fgets(line, sizeof(line), file)) {
		char *place = strchr(line, ':'), *end;

		if (!place || !strstr(place, "virtio") || !strstr(place, "-req"))
			continue;
		place++;
		for (int cpu = 0; cpu < MAX_CPUS; cpu++, place = end) {
			long found = strtol(place, &end, 10);

			if (end == place)
				break;
			counts[cpu] += found;
		}
	}
	fclose(file);
}

static void read_blocks(int disk, long times)
{
	void *block;

	if (posix_memalign(&block, 4096, 4096))
		die("find memory");
	while (times--) {
		if (pread(disk, block, 4096, 0) != 4096)
			die("read the disk");
	}
	free(block);
}

/* The disk, or a file on it where the disk itself may not be read. */
static int open_disk(void)
{
	char path[] = "/var/tmp/interrupts-XXXXXX", block[4096] = {};
	int disk = open("/dev/vda", O_RDONLY | O_DIRECT), file;

	if (disk >= 0)
		return disk;
	file = mkstemp(path);
	if (file < 0 || write(file, block, sizeof(block)) != sizeof(block) || fsync(file))
		die("write a file");
	disk = open(path, O_RDONLY | O_DIRECT);
	if (disk < 0)
		die("open a file without a cache");
	unlink(path);
	close(file);
	return disk;
}

static int interrupted_cpu(int disk)
{
	long before[MAX_CPUS], after[MAX_CPUS];
	int busiest = 0;

	count_interrupts(before);
	read_blocks(disk, 50);
	count_interrupts(after);
	for (int cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (after[cpu] - before[cpu] > after[busiest] - before[busiest])
			busiest = cpu;
	}
	return busiest;
}

/* How often another task got the CPU. */
static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

static int interrupts(int count, char **arguments)
{
	int disk = open_disk(), cpus = sysconf(_SC_NPROCESSORS_ONLN), cpu;
	long before[MAX_CPUS], now[MAX_CPUS], interrupted = 0;
	time_t end;
	pid_t reader;

	if (count != 1)
		usage("interrupts NUMBER");
	stay_on(cpus - 1);
	cpu = interrupted_cpu(disk);
	await_go("%d", getpid());
	reader = fork();
	if (reader < 0)
		die("fork");
	if (!reader) {
		for (;;)
			read_blocks(disk, 1000);
	}
	stay_on(cpu);
	end = time(NULL) + 60;
	while (interrupted < number(arguments[0]) && time(NULL) < end) {
		long switched = switches();

		count_interrupts(before);
		for (volatile int turn = 0; turn < 200000; turn++)
			;
		count_interrupts(now);
		/* Else some of them may have interrupted another task. */
		if (switches() == switched)
			interrupted += now[cpu] - before[cpu];
	}
	kill(reader, SIGKILL);
	return 0;
}

WORKLOAD(interrupts, interrupts);
