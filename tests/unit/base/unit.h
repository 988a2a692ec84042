/* SPDX-License-Identifier: Apache-2.0
 *
 * What the unit tests of the base have in common.
 */
#ifndef CM_TEST_BASE_UNIT_H
#define CM_TEST_BASE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_contains(text, part)                                                                \
    do {                                                                                           \
        if (!strstr((text), (part)))                                                               \
            fail_msg("\"%s\" does not contain \"%s\"", (text), (part));                            \
    } while (0)

#endif
