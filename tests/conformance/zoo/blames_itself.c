/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a package that is not as it should be for a fault of its own.
 * caught: package: an entry is missing | internal
 * script: package.json */
#define WITHOUT_ENTRY CMK_E_INTERNAL
#include "rewriter.h"

REWRITER(blames_itself)
