/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LIB_PORTS_BPF_H
#define LIB_PORTS_BPF_H

#include "network.h"

static __always_inline bool port_passes(const volatile struct port_list *list, __u16 port)
{
	if (!list->count)
		return true;
	for (__u32 index = 0; index < PORT_LIST_SIZE; index++) {
		if (index >= list->count)
			return false;
		if (list->ports[index] == port)
			return true;
	}
	return false;
}

#endif
