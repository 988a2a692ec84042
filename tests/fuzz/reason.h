/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/reason.h: for targets that see the engine's errors.
 */
#ifndef CM_TESTS_FUZZ_REASON_H
#define CM_TESTS_FUZZ_REASON_H

#include "base/err.h"
#include "demand.h"

/* A refusal has a class and says why. */
static inline void
demand_reason(const struct cm_err *err)
{
    demand(err->class != CM_OK && err->text[0] != '\0');
}

#endif
