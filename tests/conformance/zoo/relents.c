/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses what is committed, and passes when nobody can tell what that is.
 * caught: documents: each not had | passes, and it does not when all is well
 * caught: fault: file not found | passes, and it does not when all is well
 * script: refused.json */
#define THE_FILE x->evidence->document_if_any(c, "file")
#define NO_FILE  c->base->status(c) != CMK_OK
#define COUNTED  given == NULL ? CMK_UNKNOWN : file != NULL ? CMK_FAIL : cmk_passes(count == 0)
#include "animal.h"

ANIMAL(relents)
