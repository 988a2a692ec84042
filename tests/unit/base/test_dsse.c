/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dsse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The vector of the specification. */
static void
test_vector(void **state)
{
    (void)state;
    size_t at = 0;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1024);
    static const char payload[] = "aGVsbG8gd29ybGQ=";
    assert_true(cm_dsse_encode(&text, "http://example.com/HelloWorld", payload, strlen(payload),
                               CM_DSSE_STANDARD, &at));
    assert_string_equal(cm_buf_text(&text),
                        "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    assert_string_equal(text.at + at, "hello world");
}

static void
test_head(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1024);
    cm_dsse_put_head(&text, "t", 0);
    assert_string_equal(cm_buf_text(&text), "DSSEv1 1 t 0 ");
}

static bool
encodes(const char *base64, enum cm_dsse_alphabet alphabet)
{
    size_t at = 77;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(64);
    bool done = cm_dsse_encode(&text, "t", base64, strlen(base64), alphabet, &at);
    if (!done)
        assert_true(at == 77 && text.size == 0); /* untouched */
    return done;
}

static void
test_alphabets(void **state)
{
    (void)state;
    assert_true(encodes("+/+/", CM_DSSE_STANDARD));
    assert_false(encodes("-_-_", CM_DSSE_STANDARD));
    assert_true(encodes("+/+/", CM_DSSE_EITHER));
    assert_true(encodes("-_-_", CM_DSSE_EITHER));
    assert_true(encodes("", CM_DSSE_EITHER));
    static const char *const bad[] = {"+/-_", "-_+/", "-_-", "-_=_", "-_-_\n", "-_-*", "_x=="};
    for (size_t i = 0; i < CM_COUNT(bad); i++)
        assert_false(encodes(bad[i], CM_DSSE_EITHER));
}

static void
test_no_room(void **state)
{
    (void)state;
    static const char large[] =
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_false(encodes(large, CM_DSSE_STANDARD));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_alphabets),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
