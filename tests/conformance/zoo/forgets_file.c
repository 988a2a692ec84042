/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a file of the operator's, and nobody hears of it.
 * caught: fault: file not found | nobody notices
 * caught: fault: file refused | nobody notices
 * caught: fault: oversized | nobody notices
 * caught: fault: empty | nobody notices
 * caught: fault: a page instead of data | nobody notices
 * caught: fault: cut in the middle | nobody notices
 * script: operator.json */
#define FORGETS (void)files->open(c, option, index, 0)
#include "operator.h"

ANIMAL(forgets_file)
