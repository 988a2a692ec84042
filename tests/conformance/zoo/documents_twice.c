/* SPDX-License-Identifier: Apache-2.0 */
/* Documents what is documented already.
 * caught: package: documented once | changes it again
 * caught: package: an entry is missing | changes it again
 * caught: package: an entry is empty | changes it again
 * caught: package: an entry is cut in half | changes it again
 * caught: package: an entry stands twice | changes it again
 * caught: package: an entry is all zeros | changes it again
 * caught: package: an entry is noise | changes it again
 * caught: package: an entry has a byte flipped | changes it again
 * script: package.json */
#define IS_DOCUMENTED 0
#include "rewriter.h"

REWRITER(documents_twice)
