// SPDX-License-Identifier: Apache-2.0
#include "groups.h"
#include "workload.h"

#include <fcntl.h>
#include <sys/stat.h>

bool put_text(const char *folder, const char *name, const char *text)
{
	char path[600];
	int file;
	bool done;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	done = write(file, text, strlen(text)) == (ssize_t)strlen(text);
	close(file);
	return done;
}

/* Where the controller of memory is mounted. */
static bool find_hierarchy(char *root, size_t size)
{
	FILE *mounts = fopen("/proc/self/mounts", "r");
	char path[400], type[64], options[256], unified[400] = "";
	bool is_unified;

	if (!mounts)
		die("read the mounts");
	*root = '\0';
	while (fscanf(mounts, "%*s %399s %63s %255s %*d %*d", path, type, options) == 3) {
		if (!strcmp(type, "cgroup2"))
			strcpy(unified, path);
		if (!strcmp(type, "cgroup") && strstr(options, ",memory"))
			snprintf(root, size, "%s", path);
	}
	fclose(mounts);
	is_unified = !*root;
	if (is_unified)
		snprintf(root, size, "%s", unified);
	return is_unified;
}

bool make_memory_group(char *group, size_t size, const char *kind)
{
	char root[400];
	bool is_unified = find_hierarchy(root, sizeof(root));

	if (is_unified && !put_text(root, "cgroup.subtree_control", "+memory"))
		die("have groups with memory");
	snprintf(group, size, "%s/%s-%d", root, kind, getpid());
	if (mkdir(group, 0755))
		die(group);
	return is_unified;
}
