/* SPDX-License-Identifier: Apache-2.0
 *
 * OIDs and hashes, as people write them.
 */
#include "buildnode.h"
#include "kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define COLONS                                                                                     \
    "9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A" \
    ":08"

static void
oids_are_oids(void **state)
{
    static const char *const good[] = {"1.3.6.1.4.1.311.21.8.7638725.13898300.1.99",
                                       "2.5.4.3",
                                       "0.9.2342.19200300.100.1.25",
                                       "1.39",
                                       "2.40",
                                       "2.999.0"};
    static const char *const bad[] = {"",      "1",       "1.",    ".1",   "1..2",    "1.2.",
                                      "3.1",   "1.40",    "0.100", "1.01", "1.2.03",  "01.2",
                                      "1.2 ",  " 1.2",    "1.2.x", "1.-2", "Machine", "1.2.3\n",
                                      "1,2,3", "1.3.0x6", "10.1"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(bn_is_oid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(bn_is_oid(bad[i]));
    assert_false(bn_is_oid(NULL));
    assert_false(bn_is_oid("2.1234567890123456789012345678901234567890"));
}

static void
hashes_have_one_form(void **state)
{
    static const char *const bad[] = {
        "",
        "9f86",
        HASH "0",
        HASH " ",
        " " HASH,
        ":" HASH,
        HASH ":",
        "9f:" HASH,
        COLONS ":",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0g",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a0",
        "9:f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "9f::86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"};
    (void)state;
    struct kit *kit = kit_new();
    assert_string_equal(bn_hash(kit_call(kit), HASH), HASH);
    assert_string_equal(bn_hash(kit_call(kit), COLONS), HASH);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(bn_hash(kit_call(kit), bad[i]));
    assert_null(bn_hash(kit_call(kit), NULL));
    kit_free(kit);
}

static void
without_memory_there_is_no_hash(void **state)
{
    (void)state;
    struct kit *kit = kit_new();
    kit_allow(kit, 0);
    assert_null(bn_hash(kit_call(kit), HASH));
    kit_free(kit);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oids_are_oids),
        cmocka_unit_test(hashes_have_one_form),
        cmocka_unit_test(without_memory_there_is_no_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
