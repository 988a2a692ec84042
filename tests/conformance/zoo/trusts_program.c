/* SPDX-License-Identifier: Apache-2.0 */
/* Takes for granted that the program has said something.
 * caught: signature: a program does not end well | Segmentation fault
 * caught: each service fails | Segmentation fault
 * caught: deadline: zero | Segmentation fault
 * caught: cancelled at each service | Segmentation fault
 * script: signature.json */
#define SAID NULL
#define LOOK                                                                                       \
    if (strlen(said) > 100)                                                                        \
    return cmk_fail(c, CMK_E_LIMIT, "it says too much")
#include "signer.h"

SIGNER(trusts_program)
