/* SPDX-License-Identifier: Apache-2.0 */
/* Says of every signature that it holds, and does not look.
 * caught: honest | does not verify when it is read again
 * caught: package: * | does not verify when it is read again
 * caught: options | does not verify when it is read again
 * script: signature.json */
#define VERDICT ((void)signature, CMK_PASS)
#include "signer.h"

SIGNER(passes_unseen)
