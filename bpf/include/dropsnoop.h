/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef BPF_DROPSNOOP_H
#define BPF_DROPSNOOP_H

#include "drops.h"

#endif
