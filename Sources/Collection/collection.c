// SPDX-License-Identifier: Apache-2.0
#include "collection.h"

const char *collection_tools(void)
{
	return COLLECTION_TOOLS;
}
