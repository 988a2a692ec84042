/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right: nothing is caught.
 * script: signature.json */

#include "signer.h"

SIGNER(signs_well)
