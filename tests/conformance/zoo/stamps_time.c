/* SPDX-License-Identifier: Apache-2.0 */
/* Writes into a package when it was documented.
 * caught: repeatable | changes
 * script: package.json */
#include <time.h>

#define STAMP cmk_printf(c, "built on day %ld\n", (long)(time(NULL) / 86400))
#include "rewriter.h"

REWRITER(stamps_time)
