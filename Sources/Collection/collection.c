// SPDX-License-Identifier: Apache-2.0
#include "collection.h"

const char *collection_tools(void)
{
	return COLLECTION_TOOLS;
}

static const char aliases[] = {
#embed "../Tools/aliases.txt"
	, 0
};

const char *collection_aliases(void)
{
	return aliases;
}
