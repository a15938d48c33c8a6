// SPDX-License-Identifier: Apache-2.0
/* Compiled so that the layouts' assertions hold on this side too. */
#include "wire.h"
#include "disk.h"
#include "endpoints.h"
#include "file_operations.h"
#include "histogram.h"
#include "stacks.h"
#include "tally.h"
#include "tasks.h"
