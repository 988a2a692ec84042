/* SPDX-License-Identifier: Apache-2.0 */
/* Takes for granted that the program has left its file.
 * caught: signature: a program leaves nothing | Segmentation fault
 * caught: signature: a program does not end well | Segmentation fault
 * caught: each service fails | Segmentation fault
 * caught: deadline: zero | Segmentation fault
 * caught: cancelled at each service | Segmentation fault
 * script: signature.json */
#define LOOK                                                                                       \
    if (*(const char *)report.at == 0)                                                             \
    return cmk_fail(c, CMK_E_MALFORMED, "an odd report")
#include "signer.h"

SIGNER(trusts_file)
