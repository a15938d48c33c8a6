// SPDX-License-Identifier: Apache-2.0
/*
 * workload rights [OPTION...] NUMBER FILE COUNT...
 *
 * So many times, passes a message with COUNT descriptors of the file to itself over a pair
 * of Unix sockets for each COUNT, takes it, and closes what came. FILE is a path, or pipe,
 * socket, eventfd, memfd, or deleted (a file without a name). Prints for up to 100 times
 * each descriptor, after 0 if it was sent and 1 if it was received. The options: --many
 * (sendmmsg and recvmmsg), --peek (looks at each message before, which passes them too),
 * --room COUNT (takes no more of a message), --empty COUNT (so many control messages
 * without descriptors precede them), --mixed (so does one that is for the socket),
 * --broken (nobody receives), --udp (over a socket that passes none).
 * Says its process, the descriptors of both sockets and their inodes.
 */
#include "workload.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define MOST_DESCRIPTORS 253
#define MOST_MESSAGES	 8
#define MOST_EMPTY	 400

static int sockets[2], descriptors[MOST_DESCRIPTORS];
static bool many, peeks, mixed, broken, udp, quiet;
static long room = MOST_DESCRIPTORS, empty;

static struct mmsghdr messages[MOST_MESSAGES];
static struct iovec part[MOST_MESSAGES];
static char bytes[MOST_MESSAGES];
static _Alignas(struct cmsghdr) char controls[MOST_MESSAGES]
					     [CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int)) +
					      (MOST_EMPTY + 2) * CMSG_SPACE(sizeof(struct ucred))];

static int open_file(const char *name)
{
	char path[] = "/tmp/workload-XXXXXX";
	int pair[2], file;

	if (!strcmp(name, "pipe"))
		return pipe(pair) ? -1 : pair[0];
	if (!strcmp(name, "socket"))
		return socket(AF_UNIX, SOCK_STREAM, 0);
	if (!strcmp(name, "eventfd"))
		return eventfd(0, 0);
	if (!strcmp(name, "memfd"))
		return memfd_create("a name", 0);
	if (strcmp(name, "deleted"))
		return open(name, O_RDONLY);
	file = mkstemp(path);
	unlink(path);
	return file;
}

static void show(bool received, const struct cmsghdr *control)
{
	const int *passed = (const void *)CMSG_DATA(control);

	for (size_t index = 0; CMSG_LEN((index + 1) * sizeof(int)) <= control->cmsg_len; index++) {
		if (!quiet)
			printf("%d %d\n", received, passed[index]);
		if (received)
			close(passed[index]);
	}
}

static void prepare_message(int index, size_t room_here)
{
	struct msghdr *message = &messages[index].msg_hdr;

	part[index] = (struct iovec){ &bytes[index], 1 };
	*message = (struct msghdr){ .msg_iov = &part[index],
				    .msg_iovlen = 1,
				    .msg_control = controls[index],
				    .msg_controllen = room_here };
}

static void send_messages(int number, char **counts, int first)
{
	struct cmsghdr *control;
	int result;

	for (int index = 0; index < number; index++) {
		size_t count = atoi(counts[first + index]);
		struct msghdr *message = &messages[index].msg_hdr;

		memset(controls[index], 0, sizeof(controls[index]));
		prepare_message(index, sizeof(controls[index]));
		control = CMSG_FIRSTHDR(message);
		for (long left = empty; left > 0; left--) {
			control->cmsg_level = SOL_SOCKET;
			control->cmsg_type = SCM_RIGHTS;
			control->cmsg_len = CMSG_LEN(0);
			control = CMSG_NXTHDR(message, control);
		}
		if (mixed) {
			struct ucred identity = { getpid(), getuid(), getgid() };

			control->cmsg_level = SOL_SOCKET;
			control->cmsg_type = SCM_CREDENTIALS;
			control->cmsg_len = CMSG_LEN(sizeof(identity));
			memcpy(CMSG_DATA(control), &identity, sizeof(identity));
			control = CMSG_NXTHDR(message, control);
		}
		control->cmsg_level = SOL_SOCKET;
		control->cmsg_type = SCM_RIGHTS;
		control->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(control), descriptors, count * sizeof(int));
		message->msg_controllen =
			(char *)control + CMSG_SPACE(count * sizeof(int)) - controls[index];
	}
	result = many ? sendmmsg(sockets[0], messages, number, MSG_NOSIGNAL)
		      : sendmsg(sockets[0], &messages[0].msg_hdr, MSG_NOSIGNAL);
	if (broken != (result < 0))
		die("send");
	for (int index = 0; !broken && !udp && index < number; index++) {
		struct msghdr *message = &messages[index].msg_hdr;

		for (control = CMSG_FIRSTHDR(message); control;
		     control = CMSG_NXTHDR(message, control)) {
			if (control->cmsg_type == SCM_RIGHTS)
				show(false, control);
		}
	}
}

static void receive_messages(int number, int flags)
{
	for (int index = 0; index < number; index++)
		prepare_message(index, CMSG_LEN(room * sizeof(int)));
	if ((many ? recvmmsg(sockets[1], messages, number, flags, NULL)
		  : recvmsg(sockets[1], &messages[0].msg_hdr, flags)) < 0)
		die("receive");
	for (int index = 0; index < number; index++) {
		struct cmsghdr *control = CMSG_FIRSTHDR(&messages[index].msg_hdr);

		if (control && control->cmsg_type == SCM_RIGHTS)
			show(true, control);
	}
}

static void connect_to_itself(void)
{
	struct sockaddr_in address = { AF_INET, 0, { htonl(INADDR_LOOPBACK) }, {} };
	socklen_t size = sizeof(address);

	sockets[0] = sockets[1] = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(sockets[0], (void *)&address, size) ||
	    getsockname(sockets[0], (void *)&address, &size) ||
	    connect(sockets[0], (void *)&address, size))
		die("connect");
}

static unsigned long inode(int descriptor)
{
	struct stat status;

	if (fstat(descriptor, &status))
		die("read an inode");
	return status.st_ino;
}

static int rights(int count, char **arguments)
{
	int file, at_once;
	long rounds;

	for (; count && !strncmp(arguments[0], "--", 2); count--, arguments++) {
		if (!strcmp(arguments[0], "--many")) {
			many = true;
		} else if (!strcmp(arguments[0], "--peek")) {
			peeks = true;
		} else if (!strcmp(arguments[0], "--mixed")) {
			mixed = true;
		} else if (!strcmp(arguments[0], "--broken")) {
			broken = true;
		} else if (!strcmp(arguments[0], "--udp")) {
			udp = true;
		} else if (!strcmp(arguments[0], "--room") && count > 1) {
			room = number(arguments[1]);
			count--, arguments++;
		} else if (!strcmp(arguments[0], "--empty") && count > 1) {
			empty = number(arguments[1]);
			count--, arguments++;
		} else {
			usage(arguments[0]);
		}
	}
	if (count < 3 || count - 2 > MOST_MESSAGES || empty > MOST_EMPTY)
		usage("rights [OPTION...] NUMBER FILE COUNT...");
	rounds = number(arguments[0]);
	quiet = rounds > 100;
	file = open_file(arguments[1]);
	for (int index = 0; index < MOST_DESCRIPTORS; index++) {
		descriptors[index] = dup(file);
		if (descriptors[index] < 0)
			die(arguments[1]);
	}
	if (udp)
		connect_to_itself();
	else if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets))
		die("make sockets");
	await_go("%d %d %d %lu %lu", getpid(), sockets[0], sockets[1], inode(sockets[0]),
		 inode(sockets[1]));
	if (broken)
		close(sockets[1]);
	arguments += 2;
	count -= 2;
	at_once = many ? count : 1;
	for (; rounds > 0; rounds--) {
		for (int first = 0; first < count; first += at_once) {
			send_messages(at_once, arguments, first);
			if (peeks)
				receive_messages(at_once, MSG_PEEK);
			if (!broken)
				receive_messages(at_once, 0);
		}
	}
	return 0;
}

WORKLOAD(rights, rights);
