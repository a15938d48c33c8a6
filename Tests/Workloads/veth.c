// SPDX-License-Identifier: Apache-2.0
#include "sockets.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

struct message {
	struct nlmsghdr header;
	struct ifinfomsg device;
	char attributes[512];
};

static struct rtattr *add(struct message *message, int type, const void *value, size_t size)
{
	struct rtattr *attribute =
		(void *)((char *)message + NLMSG_ALIGN(message->header.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attribute), value, size);
	message->header.nlmsg_len =
		NLMSG_ALIGN(message->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
	return attribute;
}

static void end(struct message *message, struct rtattr *nest)
{
	nest->rta_len = (char *)message + message->header.nlmsg_len - (char *)nest;
}

static void describe(struct message *message, const char *name, unsigned int queues)
{
	add(message, IFLA_IFNAME, name, strlen(name) + 1);
	add(message, IFLA_NUM_TX_QUEUES, &queues, sizeof(queues));
	add(message, IFLA_NUM_RX_QUEUES, &queues, sizeof(queues));
}

void add_veth(const char *name, const char *peer, unsigned int queues)
{
	struct message message = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			    .nlmsg_type = RTM_NEWLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK },
	};
	struct ifinfomsg other = {};
	struct rtattr *link, *data, *end_of_pair;
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} answer = {};
	int descriptor = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	describe(&message, name, queues);
	link = add(&message, IFLA_LINKINFO, NULL, 0);
	add(&message, IFLA_INFO_KIND, "veth", 4);
	data = add(&message, IFLA_INFO_DATA, NULL, 0);
	end_of_pair = add(&message, VETH_INFO_PEER, &other, sizeof(other));
	describe(&message, peer, queues);
	end(&message, end_of_pair);
	end(&message, data);
	end(&message, link);
	if (descriptor < 0 || send(descriptor, &message, message.header.nlmsg_len, 0) < 0 ||
	    recv(descriptor, &answer, sizeof(answer), MSG_TRUNC) < 0)
		die("ask for a pair of devices");
	errno = -answer.error.error;
	if (errno)
		die("make a pair of devices");
	close(descriptor);
}
