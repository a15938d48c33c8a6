// SPDX-License-Identifier: Apache-2.0
/*
 * workload frames DEVICE NUMBER SIZE|KIND [NUMBER SIZE|KIND]...
 *
 * Sends so many Ethernet frames of so many bytes, of a protocol that nobody knows, or of a kind
 * of packets.c, by a device
 * of a network namespace of its own: lo, or q0, whose peer q1 receives them; both have four
 * queues. Nothing else is sent. Says the namespace first, and at the end how many packets and
 * bytes the device counted as sent.
 */
#include "sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/uio.h>

static const char *device;

static void make_devices(void)
{
	int file = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY);

	/* It would look for others with its address. */
	if (file >= 0 && write(file, "1", 1) != 1)
		die("disable IPv6");
	close(file);
	add_veth("q0", "q1", 4);
	bring_up("q0");
	bring_up("q1");
}

static void print_counters(void)
{
	unsigned long long bytes, packets;
	char line[512], name[64];
	FILE *file = fopen("/proc/self/net/dev", "r");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " %63[^:]: %*u %*u %*u %*u %*u %*u %*u %*u %llu %llu", name,
			   &bytes, &packets) == 3 &&
		    !strcmp(name, device))
			printf("%llu %llu\n", packets, bytes);
	}
	if (file)
		fclose(file);
}

/* What a frame says to the device: large ones are to be split. */
static void send_frame(int descriptor, unsigned char *bytes, int size, int is_large)
{
	struct virtio_net_hdr header = {};
	struct iovec parts[] = { { &header, sizeof(header) }, { bytes, size } };

	if (is_large) {
		header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		header.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		header.hdr_len = 54;
		header.gso_size = SEGMENT_SIZE;
		header.csum_start = 34;
		header.csum_offset = 16;
	}
	if (writev(descriptor, parts, 2) != (ssize_t)sizeof(header) + size)
		die("send a frame");
}

static int frames(int count, char **arguments)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	/* To all, from nobody, of the first protocol for experiments. */
	static unsigned char frame[70000] = { 255, 255, 255, 255, 255, 255,  2,
					      0,   0,	0,   0,	  1,   0x88, 0xb5 };
	int descriptor, yes = 1;

	if (count < 3 || count % 2 == 0)
		usage("frames DEVICE NUMBER SIZE|KIND [NUMBER SIZE|KIND]...");
	device = arguments[0];
	own_network();
	if (strcmp(device, "lo"))
		make_devices();
	descriptor = socket(AF_PACKET, SOCK_RAW, 0);
	address.sll_ifindex = if_nametoindex(device);
	if (setsockopt(descriptor, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof(yes)))
		die("describe frames");
	if (descriptor < 0 || !address.sll_ifindex ||
	    bind(descriptor, (void *)&address, sizeof(address)))
		die("bind a packet socket");
	await_go("%lu", network_namespace());
	for (int index = 1; index < count; index += 2) {
		const char *kind = arguments[index + 1];
		unsigned char packet[6000], *bytes = packet;
		long size = make_packet(kind, packet);

		if (!size) {
			size = number(kind);
			bytes = frame;
		}
		if (size > (long)sizeof(frame))
			usage(kind);
		for (long left = number(arguments[index]); left > 0; left--)
			send_frame(descriptor, bytes, size, !strcmp(kind, "large4"));
	}
	print_counters();
	return 0;
}

WORKLOAD(frames, frames);
