/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_TCPDROP_H
#define BPF_TCPDROP_H

#include "drops.h"

#endif
