/* SPDX-License-Identifier: Apache-2.0 */
/* Does everything right: nothing is caught.
 * script: package.json */

#include "rewriter.h"

REWRITER(documents_well)
