// SPDX-License-Identifier: GPL-2.0
/* The frequencies at which CPUs run, by samples of all tasks and of each command. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "cpufreq.h"

#define HISTOGRAM_KEY  struct cpufreq_key
#define HISTOGRAM_STEP CPUFREQ_STEP

#include "lib/filter.bpf.h"
#include "lib/histogram.bpf.h"

const volatile struct cpufreq_config config;

/* User space sets those at the start. */
struct cpufreq_table frequencies;

/* The place of a CPU; NULL where it has none. */
static __always_inline __u32 *frequency_of(__u64 cpu)
{
	/* Else half of the register is compared, of which older kernels learn nothing. */
	barrier_var(cpu);
	if (cpu >= CPUFREQ_CPUS)
		return NULL;
	return &frequencies.khz[cpu];
}

#define FREQUENCY_HOOK(KIND)                                               \
	SEC(#KIND "/cpu_frequency")                                        \
	int BPF_PROG(KIND##_frequency, unsigned int khz, unsigned int cpu) \
	{                                                                  \
		__u32 *frequency = frequency_of(cpu);                      \
                                                                           \
		if (frequency)                                             \
			*frequency = khz;                                  \
		return 0;                                                  \
	}

FREQUENCY_HOOK(tp_btf)
FREQUENCY_HOOK(raw_tp)

SEC("perf_event")
int sample(void *context)
{
	/* An idle task is the one of its CPU, with the number 0. */
	bool is_idle = !(__u32)bpf_get_current_pid_tgid();
	__u32 *frequency = frequency_of(bpf_get_smp_processor_id()), khz;
	struct cpufreq_key key = {};

	if (config.trace.filter.enabled && (is_idle || !current_passes(&config.trace.filter)))
		return 0;
	khz = frequency ? *frequency : 0;
	if (!khz)
		return 0;
	histogram_add_keyed(&key, khz / 1000);
	if (is_idle)
		return 0;
	key.of_command = 1;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	histogram_add_keyed(&key, khz / 1000);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
