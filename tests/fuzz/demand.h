/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/demand.h: what all targets share.
 */
#ifndef CM_TESTS_FUZZ_DEMAND_H
#define CM_TESTS_FUZZ_DEMAND_H

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

#endif
