/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of Linux and glibc that Swift's own module of the C library leaves
 * out: extensions that need _GNU_SOURCE, macros, and calls without a wrapper.
 */
#ifndef CLINUX_H
#define CLINUX_H

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* errno is a macro. */
int linux_errno(void);
const char *linux_errno_name(int number); /* "ENOENT", or NULL */
const char *linux_errno_text(int number); /* "No such file or directory", or NULL */
const char *linux_signal_name(int number); /* "KILL", or NULL */

/* A file in memory, closed by exec. */
int linux_memory_file(const char *name);

/*
 * Waits until every BPF program that was running when it was called has ended:
 * no program acts on a value any more that it read before.
 */
void linux_wait_for_programs(void);

/*
 * Writes what a pipe has room for, without waiting, whoever shares it. Returns how many bytes,
 * or -1 with errno: EAGAIN where there is no room, EOPNOTSUPP and others where the kernel
 * cannot (before 6.4: "pipe: set FMODE_NOWAIT on pipes").
 */
ssize_t linux_write_now(int descriptor, const void *bytes, size_t count);

/* How many CPUs this thread may use. */
int linux_usable_processors(void);

/*
 * Starts a thread that nobody waits for, on another CPU than the caller's where there is
 * one that it may use: the kernel often puts a new thread behind its creator, where it
 * would wait for a whole time slice. It gets no signals: one that ends the run would end the
 * process there, if the thread was started before the signals are watched. Returns 0 or an
 * errno.
 */
int linux_start_elsewhere(void *(*work)(void *), void *argument);

/* Waits for a semaphore for so long. Returns whether it was posted. */
bool linux_await(sem_t *semaphore, uint64_t nanoseconds);

/* Blocks SIGINT, SIGTERM and SIGHUP, also in the threads that this one starts. */
void linux_hold_signals(void);
/*
 * Starts a thread that waits for them, once they are blocked. Returns a descriptor, which
 * becomes readable with the first one, or an errno below zero. The second one, which comes
 * later than some milliseconds after it, ends the process.
 */
int linux_watch_signals(void);

/*
 * Has SIGUSR1 and SIGUSR2 wait in a descriptor, which is returned; or an errno below zero.
 */
int linux_collect_user_signals(void);

/* The next of them that waits: 1 or 2; or 0. */
int linux_next_user_signal(int signals);

/* The number of the network namespace whose file a path names, or 0 with errno. */
uint32_t linux_network_namespace(const char *path);

/* How many bytes are before the protocol's header in packets of a device of this namespace. */
uint32_t linux_link_size(const char *name);

/* Moves this thread to the network namespace of an open file; 0, or -1 with errno. */
int linux_enter_network(int file);

/*
 * A packet socket of this network namespace that receives answers of DNS over
 * UDP, from the IP header on; -1 with errno.
 */
int linux_dns_socket(void);

/* Where the code lies that the kernel lends to this process, or 0. */
uint64_t linux_vdso(void);

/* The root folder of a process (a number, or "self"), to be passed to the next only; -1 with errno. */
int linux_open_root(const char *process);

/* A descriptor that names a directory, which need not be readable for that; -1 with errno. */
int linux_open_directory(const char *path);

/*
 * Opens a regular file for reading: of others, such as FIFOs and devices, the opening alone
 * may wait or do something. With a root directory, no link leads out of that; without one
 * (-1) the path is this process's. The path is itself a link only if such are followed.
 * Returns a descriptor, or -1 with errno.
 */
int linux_open_regular(int root, const char *path, bool follow);

/*
 * A perf event that samples a CPU; linux/perf_event.h has its types. Value is how many
 * samples there are a second, or else how many events or nanoseconds lie between two.
 * Returns a descriptor, or -1 with errno.
 */
int linux_open_sampler(int cpu, uint32_t type, uint64_t event, bool by_frequency, uint64_t value);

/* Where the bytes of one place are first found in another; NULL: nowhere. */
const void *linux_find(const void *bytes, size_t size, const void *sought, size_t sought_size);

/* A file that a process has mapped to be executed. */
struct linux_mapping {
	uint64_t time_ns; /* of CLOCK_MONOTONIC */
	uint64_t start;
	uint64_t size;
	uint64_t inode;
	uint64_t generation; /* another one where the number of the inode is given out again */
	uint32_t major; /* of its device */
	uint32_t minor;
	uint32_t pid; /* as this process's namespace numbers it */
	uint32_t padding;
};
#define LINUX_PATH_ROOM 4097

/*
 * Collects the files that any process maps on a CPU from now on. The descriptor becomes
 * readable when there is one, and the area is its buffer. Returns the descriptor, or -1 with
 * errno.
 */
int linux_collect_mappings(int cpu, void **area);
/*
 * Takes the next, with the path of its file as the process sees it, for which there is
 * LINUX_PATH_ROOM. Returns 1; 0: there is none; -1: some were lost.
 */
int linux_next_mapping(void *area, struct linux_mapping *mapping, char *path);
void linux_end_mappings(int descriptor, void *area);

/*
 * Compresses bytes in the form of gzip (RFC 1952). Returns the size of what is at
 * *compressed, to be freed; 0: they are more than 4 GB, or there is no memory.
 */
size_t linux_gzip(const void *bytes, size_t size, void **compressed);

/* The capabilities that this thread may use, as a mask. */
uint64_t linux_effective_capabilities(void);

/*
 * Gives up all capabilities of this thread but those of a mask, and CAP_BPF where the kernel asks for
 * it even to read an open map: before 5.19 with kernel.unprivileged_bpf_disabled
 * (c8644cd0efe7 "bpf: refine kernel.unprivileged_bpf_disabled behaviour"). Which
 * of the two this kernel is, is found by trying with a map. Returns 0 or an errno.
 */
int linux_drop_capabilities(int map, uint64_t kept);

/* Gives up all capabilities of this thread but those of a mask. Returns 0 or an errno. */
int linux_keep_capabilities(uint64_t kept);

/*
 * Turns the terminal of standard input to single keys without echo, and back when told
 * so or when a signal ends or stops this process. Returns 0 or an errno.
 */
int linux_take_terminal(void);
void linux_release_terminal(void);
/* The lines of a terminal, or 0 where it does not say. */
int linux_terminal_lines(int descriptor);

/* A command that this process started. */
struct linux_command {
	int pid;
	int ended; /* becomes readable when it has ended; -1 where the kernel cannot */
	int go;
	int failure;
};

/*
 * Starts a command that waits before its first instruction, as the user who
 * called sudo. Returns 0 or an errno.
 */
int linux_start_stopped(char *const arguments[], struct linux_command *command);
/* Lets it go. Returns 0, or the errno of an exec that failed. */
int linux_let_go(struct linux_command *command);
/* Waits for its end and returns its status as a shell would. */
int linux_await_command(const struct linux_command *command);

/*
 * Starts a program with nothing to read, in a process group of its own, so that a signal of
 * the terminal reaches it by this process only. The kernel kills it when this thread ends.
 * The descriptors become its standard output, its standard error and, unless below zero, its
 * descriptor 3. Returns its ID, or an errno below zero; status 127: it could not be executed.
 */
int linux_start_beside(char *const arguments[], int output, int errors, int file);

/* A new descriptor that becomes readable again and again after this time, or -1 with errno. */
int linux_ticker(unsigned int milliseconds);

/* A new descriptor that is readable while one of these is, or -1 with errno. */
int linux_watch_all(const int descriptors[], int count);

/* Whether some bytes have others in them: memmem(3), which Swift does not see. */
bool linux_contains(const void *bytes, size_t count, const void *others, size_t other_count);

#endif
