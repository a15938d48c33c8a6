/* SPDX-License-Identifier: Apache-2.0 */
/* What several workloads do with sockets. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include "workload.h"

#include <linux/tcp.h>

/* net/tcp_states.h of the kernel */
#define TCP_CLOSE 7

/* Goes into a network namespace of its own and brings up its loopback device. */
void own_network(void);

/* The number of the network namespace. */
unsigned long network_namespace(void);

/* A counter of a file of this namespace's, by the first word of its lines and its name. */
long network_counter(const char *path, const char *group, const char *wanted);

/* Brings up a device of this namespace. */
void bring_up(const char *device);

/* Makes a pair of devices of which each receives what the other one sends. */
void add_veth(const char *name, const char *peer, unsigned int queues);

/* The bytes of each segment of the packet `large4`. */
#define SEGMENT_SIZE 1000

/* Writes a frame of a kind, and returns its size; 0 where there is no such kind. */
int make_packet(const char *kind, unsigned char *bytes);

/* The port at this end of a socket. */
int socket_port(int descriptor);

struct tcp_info tcp_state(int descriptor);

/* Drops this percentage of what a socket receives, by chance; and none any more. */
void lose_packets(int descriptor, long part);
void receive_packets(int descriptor);

/* Closes a socket of TCP without a word to the other end. */
void end_in_silence(int descriptor);

#endif
