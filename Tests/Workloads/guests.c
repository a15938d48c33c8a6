// SPDX-License-Identifier: Apache-2.0
/*
 * workload guests NUMBER [INTERRUPTED [VCPUS]]
 *
 * Runs a virtual machine whose guest writes a byte to a port so often, and then halts, on each
 * of its CPUs, which have a thread each. Before that each thread enters it so often in vain, as
 * if a signal came. Says the threads, and at the end how often all of them came back for the
 * port, the halt and the signal.
 */
#include "workload.h"

#ifdef __x86_64__

#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define MAX_VCPUS 16
#define PAGE	  0x1000

/* mov $16, %dx; again: out %al, %dx; dec %ecx; jnz again; hlt */
static const unsigned char code[] = { 0xba, 0x10, 0x00, 0xee, 0x66, 0x49, 0x75, 0xfb, 0xf4 };

static long count, interrupted, vcpus = 1;
static pid_t threads[MAX_VCPUS];
static long ports, halts, signals;
static int kvm, machine;
static pthread_barrier_t ready, go;

static struct kvm_run *make_vcpu(long index, int *vcpu)
{
	struct kvm_regs registers = { .rip = 0, .rcx = count, .rflags = 2 };
	struct kvm_sregs segments;
	struct kvm_run *run;

	*vcpu = ioctl(machine, KVM_CREATE_VCPU, index);
	if (*vcpu < 0 || ioctl(*vcpu, KVM_GET_SREGS, &segments))
		die("make a CPU");
	segments.cs.base = 0;
	segments.cs.selector = 0;
	if (ioctl(*vcpu, KVM_SET_SREGS, &segments) || ioctl(*vcpu, KVM_SET_REGS, &registers))
		die("set its registers");
	run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED,
		   *vcpu, 0);
	if (run == MAP_FAILED)
		die("map its state");
	return run;
}

static void *run_vcpu(void *argument)
{
	long index = (long)argument;
	int vcpu;
	struct kvm_run *run = make_vcpu(index, &vcpu);

	threads[index] = syscall(SYS_gettid);
	pthread_barrier_wait(&ready);
	pthread_barrier_wait(&go);
	run->immediate_exit = 1;
	for (long turn = 0; turn < interrupted; turn++) {
		if (ioctl(vcpu, KVM_RUN, 0) != -1 || errno != EINTR)
			die("enter in vain");
		__atomic_add_fetch(&signals, 1, __ATOMIC_RELAXED);
	}
	run->immediate_exit = 0;
	for (;;) {
		if (ioctl(vcpu, KVM_RUN, 0)) {
			if (errno != EINTR)
				die("run the guest");
			__atomic_add_fetch(&signals, 1, __ATOMIC_RELAXED);
		} else if (run->exit_reason == KVM_EXIT_IO) {
			__atomic_add_fetch(&ports, 1, __ATOMIC_RELAXED);
		} else if (run->exit_reason == KVM_EXIT_HLT) {
			__atomic_add_fetch(&halts, 1, __ATOMIC_RELAXED);
			return NULL;
		} else {
			errno = run->exit_reason;
			die("understand why the guest left");
		}
	}
}

static void make_machine(void)
{
	struct kvm_userspace_memory_region region = { .memory_size = PAGE };
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		die("open /dev/kvm");
	machine = ioctl(kvm, KVM_CREATE_VM, 0);
	if (machine < 0 || memory == MAP_FAILED)
		die("make a virtual machine");
	memcpy(memory, code, sizeof(code));
	region.userspace_addr = (unsigned long)memory;
	if (ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region))
		die("give it memory");
}

static int guests(int argument_count, char **arguments)
{
	pthread_t own[MAX_VCPUS];
	char list[MAX_VCPUS * 12] = "";

	if (argument_count < 1 || argument_count > 3)
		usage("guests NUMBER [INTERRUPTED [VCPUS]]");
	count = number(arguments[0]);
	interrupted = argument_count > 1 ? number(arguments[1]) : 0;
	vcpus = argument_count > 2 ? number(arguments[2]) : 1;
	if (count < 1 || vcpus < 1 || vcpus > MAX_VCPUS)
		usage("guests NUMBER [INTERRUPTED [VCPUS]]");
	make_machine();
	pthread_barrier_init(&ready, NULL, vcpus + 1);
	pthread_barrier_init(&go, NULL, vcpus + 1);
	for (long index = 0; index < vcpus; index++) {
		if (pthread_create(&own[index], NULL, run_vcpu, (void *)index))
			die("make a thread");
	}
	pthread_barrier_wait(&ready);
	for (long index = 0; index < vcpus; index++)
		snprintf(list + strlen(list), 12, " %d", threads[index]);
	await_go("%s", list + 1);
	pthread_barrier_wait(&go);
	for (long index = 0; index < vcpus; index++)
		pthread_join(own[index], NULL);
	printf("%ld %ld %ld\n", ports, halts, signals);
	return 0;
}

WORKLOAD(guests, guests);

#endif
