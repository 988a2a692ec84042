/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dsse.h"

#include "base/json.h"

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

/* ---- the payload apart ---- */

#define LONG_16 "QUJDQUJDQUJDQUJD"
#define LONG_256                                                                                   \
    LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16        \
        LONG_16 LONG_16 LONG_16 LONG_16 LONG_16

/* What is read is what reading all of it gives, however it was read. */
static bool
is_apart(const char *text, const char *const *path)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_dsse_apart apart = {"x", 1};
    CM_CLEANUP(cm_json_done) json_t *one = NULL;
    CM_CLEANUP(cm_json_done) json_t *other = NULL;
    bool plain = cm_json_parse(text, strlen(text), "it", &other, &err);
    assert_int_equal(cm_dsse_parse(text, strlen(text), "it", &one, &apart, &err), plain);
    if (!plain) {
        assert_true(one == NULL && apart.size == 1);
        return false;
    }
    size_t size = 0;
    const json_t *at = one, *whole = other;
    for (; *path != NULL; path++) {
        at = json_object_get(at, *path);
        whole = json_object_get(whole, *path);
    }
    const char *payload = cm_dsse_text(at, &apart, &size);
    assert_int_equal(size, json_string_length(whole));
    assert_true(payload == NULL ? whole == NULL || !json_is_string(whole)
                                : memcmp(payload, json_string_value(whole), size) == 0);
    return apart.at != NULL;
}

static void
test_apart(void **state)
{
    (void)state;
    static const char *const here[] = {"payload", NULL}, *const deep[] = {"a", "payload", NULL};
    assert_true(is_apart("{\"payload\":\"" LONG_256 "\",\"b\":1}", here));
    assert_true(is_apart("{ \"payload\" : \"" LONG_256 "\"}", here));
    assert_true(is_apart("{\"b\":\"x\",\"payload\":\"" LONG_256 "\"}", here));
    assert_true(is_apart("{\"a\":{\"payload\":\"" LONG_256 "\"}}", deep));
    /* the payload of another object is not this one's */
    assert_true(is_apart("{\"a\":{\"payload\":\"" LONG_256 "\"},\"b\":\"\"}", here));
    assert_true(is_apart("{\"payload\":\"" LONG_256 "!\"}", here)); /* base64 or not */
}

static void
test_not_apart(void **state)
{
    (void)state;
    static const char *const here[] = {"payload", NULL};
    static const char *const rows[] = {
        "{\"payload\":\"short\"}",
        "{\"payload\":7}",
        "{\"payload\":\"" LONG_256,      /* ends nowhere */
        "{\"payload\":\"" LONG_256 "\"", /* nor does this */
        "{\"payload\":\"" LONG_256 "\"}x",
        "{\"payload\":\"" LONG_256 "\",\"c\":\"\\\\\"}", /* an escape */
        "{\"a\":\"*\",\"payload\":\"" LONG_256 "\"}",    /* the mark itself */
        "{\"payload\":\"*\",\"a\":{\"payload\":\"" LONG_256 "\"}}",
        "{\"payload\":\"" LONG_256 "\",\"payload\":\"" LONG_256 "\"}", /* twice */
        "{\"payload\":\"" LONG_256 "\",\"payload\":\"x\"}",
        "{\"payload\":\"" LONG_256 "\",\"Payload\":\"x\"}",
        "{\"payload\":\"" LONG_256 "\xc3\xa9\"}", /* is for JSON to judge */
        "{\"payload\":\"" LONG_256 "\n\"}",
        "{\"payload\":\"" LONG_256 "\xff\"}",
        "{\"x\\\"payload\":\"" LONG_256 "\"}", /* another name */
        "[\"payload\",\"" LONG_256 "\"]",
        "\"payload\":\"" LONG_256 "\"",
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        if (is_apart(rows[i], here))
            fail_msg("%s", rows[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector),    cmocka_unit_test(test_head),
        cmocka_unit_test(test_alphabets), cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_apart),     cmocka_unit_test(test_not_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
