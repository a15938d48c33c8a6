// SPDX-License-Identifier: Apache-2.0
/*
 * The compiled programs as data. Each lies in a section of its own, so that the
 * linker keeps in an executable only the object that it asks for; libbpf wants
 * them aligned to eight bytes.
 */
#include "objects.h"

#define EMBEDDED(NAME)                                   \
	__attribute__((section(".rodata.object." #NAME), \
		       aligned(8))) static const unsigned char NAME##_object[]

#define IMAGE(NAME)                                                                            \
	__attribute__((section(".text.object." #NAME))) struct object_image NAME##_image(void) \
	{                                                                                      \
		return (struct object_image){ #NAME, NAME##_object, sizeof(NAME##_object) };   \
	}

EMBEDDED(capable) = {
#embed "build/capable.bpf.o"
};
IMAGE(capable)

EMBEDDED(opensnoop) = {
#embed "build/opensnoop.bpf.o"
};
IMAGE(opensnoop)

EMBEDDED(execsnoop) = {
#embed "build/execsnoop.bpf.o"
};
IMAGE(execsnoop)

EMBEDDED(funclatency) = {
#embed "build/funclatency.bpf.o"
};
IMAGE(funclatency)

EMBEDDED(gethostlatency) = {
#embed "build/gethostlatency.bpf.o"
};
IMAGE(gethostlatency)

EMBEDDED(biolatency) = {
#embed "build/biolatency.bpf.o"
};
IMAGE(biolatency)

EMBEDDED(biosnoop) = {
#embed "build/biosnoop.bpf.o"
};
IMAGE(biosnoop)

EMBEDDED(biotop) = {
#embed "build/biotop.bpf.o"
};
IMAGE(biotop)

EMBEDDED(offcputime) = {
#embed "build/offcputime.bpf.o"
};
IMAGE(offcputime)

EMBEDDED(profile) = {
#embed "build/profile.bpf.o"
};
IMAGE(profile)

EMBEDDED(cachestat) = {
#embed "build/cachestat.bpf.o"
};
IMAGE(cachestat)

EMBEDDED(fsdist) = {
#embed "build/fsdist.bpf.o"
};
IMAGE(fsdist)

EMBEDDED(fsslower) = {
#embed "build/fsslower.bpf.o"
};
IMAGE(fsslower)

EMBEDDED(runqlat) = {
#embed "build/runqlat.bpf.o"
};
IMAGE(runqlat)

EMBEDDED(syscount) = {
#embed "build/syscount.bpf.o"
};
IMAGE(syscount)

EMBEDDED(tcpconnect) = {
#embed "build/tcpconnect.bpf.o"
};
IMAGE(tcpconnect)

EMBEDDED(tcplife) = {
#embed "build/tcplife.bpf.o"
};
IMAGE(tcplife)

EMBEDDED(tcpretrans) = {
#embed "build/tcpretrans.bpf.o"
};
IMAGE(tcpretrans)
