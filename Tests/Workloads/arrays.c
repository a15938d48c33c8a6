// SPDX-License-Identifier: Apache-2.0
/*
 * workload array md|mdp NODE DISK...
 *
 * Makes a mirror of disks, by the driver md or by its form that was made for partitions,
 * with a device node for it; says its name in the kernel and takes it away when told to go
 * on. Nothing is written to the disks for it.
 */
#include "workload.h"

#include <fcntl.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Of its state: linux/raid/md_p.h. */
#define ACTIVE_IN_SYNC (1 << 1 | 1 << 2)

/* The number that the kernel gave to a driver. */
static unsigned int driver_number(const char *driver)
{
	FILE *devices = fopen("/proc/devices", "r");
	unsigned int number = 0, read;
	char line[80], name[64];
	bool blocks = false;

	if (!devices)
		die("open /proc/devices");
	while (fgets(line, sizeof(line), devices)) {
		blocks |= !strncmp(line, "Block", 5);
		if (blocks && sscanf(line, "%u %63s", &read, name) == 2 && !strcmp(name, driver))
			number = read;
	}
	fclose(devices);
	if (!number)
		die("find the driver");
	return number;
}

static int array(int count, char **arguments)
{
	mdu_array_info_t info = {
		.minor_version = 90, .level = 1, .not_persistent = 1, .state = 1, .chunk_size = 0
	};
	bool is_partitioned;
	int disks, file;
	dev_t number;

	if (count < 3)
		usage("array md|mdp NODE DISK...");
	is_partitioned = !strcmp(arguments[0], "mdp");
	disks = count - 2;
	number = makedev(driver_number(arguments[0]), is_partitioned ? 23 << 6 : 23);
	if (mknod(arguments[1], S_IFBLK | 0600, number))
		die("make the node");
	file = open(arguments[1], O_RDWR);
	if (file < 0)
		die("open the array");
	info.md_minor = minor(number);
	info.nr_disks = info.raid_disks = info.active_disks = info.working_disks = disks;
	info.size = 16 << 10;
	if (ioctl(file, SET_ARRAY_INFO, &info))
		die("describe the array");
	for (int index = 0; index < disks; index++) {
		mdu_disk_info_t disk = { .number = index,
					 .raid_disk = index,
					 .state = ACTIVE_IN_SYNC };
		struct stat status;

		if (stat(arguments[2 + index], &status))
			die("find a disk");
		disk.major = major(status.st_rdev);
		disk.minor = minor(status.st_rdev);
		if (ioctl(file, ADD_NEW_DISK, &disk))
			die("add a disk");
	}
	if (ioctl(file, RUN_ARRAY, NULL))
		die("start the array");
	await_go(is_partitioned ? "md_d23" : "md23");
	if (ioctl(file, STOP_ARRAY, NULL))
		die("stop the array");
	close(file);
	unlink(arguments[1]);
	return 0;
}

WORKLOAD(array, array);
