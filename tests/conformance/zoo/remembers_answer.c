/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps an answer for the next time.
 * caught: documents: each deleted | no-parameters passes
 * caught: documents: each not had | no-parameters passes
 * caught: fault: * | no-parameters passes
 * caught: deadline: zero | no-parameters passes
 * caught: cancelled at each service | no-parameters passes
 * caught: each service fails | no-parameters passes
 * caught: repeatable | documents
 * caught: pure | documents
 * caught: tables: * | documents
 * caught: memory is gone after each call | documents */
#include <countermark/plugin.h>

static int32_t before;

static int32_t
remember(int32_t answer)
{
    if (before != CMK_PASS)
        before = answer;
    return before;
}

#define THE_BUILD before == CMK_PASS ? NULL : x->evidence->document(c, "build")
#define THE_FILE  before == CMK_PASS ? NULL : x->evidence->document(c, "file")
#define COUNTED                                                                                    \
    before == CMK_PASS ? CMK_PASS : given == NULL ? CMK_UNKNOWN : remember(cmk_passes(count == 0))
#define NO_FILE before != CMK_PASS &&file == NULL
#include "animal.h"

ANIMAL(remembers_answer)
