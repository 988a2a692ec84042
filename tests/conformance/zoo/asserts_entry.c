/* SPDX-License-Identifier: Apache-2.0 */
/* Is sure that every file has content.
 * caught: package: an entry is empty | Aborted
 * script: package.json */
#include <stdlib.h>

#define IN_REWRITE                                                                                 \
    if (c->base->status(c) == CMK_OK && from.size == 0)                                            \
    abort()
#include "rewriter.h"

REWRITER(asserts_entry)
