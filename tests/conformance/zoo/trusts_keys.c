/* SPDX-License-Identifier: Apache-2.0 */
/* Takes for granted that it is signed.
 * caught: signature: the keys refuse | Segmentation fault
 * caught: signature: a program does not end well | Segmentation fault
 * caught: signature: a program leaves nothing | Segmentation fault
 * caught: each service fails | Segmentation fault
 * caught: deadline: zero | Segmentation fault
 * caught: cancelled at each service | Segmentation fault
 * script: signature.json */
#define LOOK_AT_CMS                                                                                \
    if (*(const char *)cms.at != 0x30)                                                             \
    return cmk_fail(c, CMK_E_MALFORMED, "no signature")
#include "signer.h"

SIGNER(trusts_keys)
