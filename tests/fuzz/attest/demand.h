/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/attest/demand.h: what the targets of this floor share.
 */
#ifndef CM_TESTS_FUZZ_DEMAND_H
#define CM_TESTS_FUZZ_DEMAND_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

static inline void
demand(bool holds)
{
    if (!holds)
        abort();
}

/* A refusal has a class and says why. */
static inline void
demand_reason(const struct cm_err *err)
{
    demand(err->class != CM_OK && err->text[0] != '\0');
}

#endif
