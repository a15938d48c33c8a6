// SPDX-License-Identifier: Apache-2.0
#include "sockets.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

void bring_up(const char *device)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	int any = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	if (any < 0 || ioctl(any, SIOCSIFFLAGS, &request))
		die("bring up a device");
	close(any);
}

void own_network(void)
{
	if (unshare(CLONE_NEWNET))
		die("unshare the network namespace");
	bring_up("lo");
}

unsigned long network_namespace(void)
{
	struct stat status;

	if (stat("/proc/self/ns/net", &status))
		die("read the network namespace");
	return status.st_ino;
}

int socket_port(int descriptor)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(descriptor, (void *)&address, &size))
		die("find a port");
	/* It is at the same place in both families. */
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

struct tcp_info tcp_state(int descriptor)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size))
		die("read the state of a socket");
	return info;
}

/* A socket that is repaired ends so. */
void end_in_silence(int descriptor)
{
	int on = 1;

	if (setsockopt(descriptor, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		die("end in silence");
	close(descriptor);
}

long network_counter(const char *path, const char *group, const char *wanted)
{
	char name[4096], value[4096], *names = name, *values = value;
	FILE *file = fopen(path, "r");

	while (file && fgets(name, sizeof(name), file) && fgets(value, sizeof(value), file)) {
		char *word, *count;

		if (strncmp(name, group, strlen(group)))
			continue;
		while ((word = strsep(&names, " \n")) && (count = strsep(&values, " \n"))) {
			if (!strcmp(word, wanted)) {
				fclose(file);
				return atol(count);
			}
		}
	}
	die(wanted);
}

void lose_packets(int descriptor, long part)
{
	struct sock_filter instructions[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_RANDOM),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, UINT32_MAX / 100 * part, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = { 4, instructions };

	if (part && setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
		die("attach a filter");
}

void receive_packets(int descriptor)
{
	int none = 0;

	if (setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)))
		die("detach the filter");
}
