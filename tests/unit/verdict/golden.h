/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts against files in tests/fixtures/verdict. With CM_UPDATE_GOLDENS set the files are written
 * instead, to be looked at.
 */
#ifndef CM_TESTS_GOLDEN_H
#define CM_TESTS_GOLDEN_H

#include "base/buf.h"

void golden_compare(const char *file, const struct cm_buf *text);

#endif
