/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a build that is not there for one without parameters.
 * caught: fault: 404 Not Found | which is not there
 * caught: fault: 410 Gone | which is not there
 * caught: documents: each not had | not-found */
#define THE_BUILD x->evidence->document_if_any(c, "build")
#define COUNTED                                                                                    \
    given == NULL && x->evidence->document_if_any(c, "build") == NULL ? CMK_PASS                   \
    : given == NULL                                                   ? CMK_UNKNOWN                \
                                                                      : cmk_passes(count == 0)
#include "animal.h"

ANIMAL(passes_on_absent)
