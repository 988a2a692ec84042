/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/statement.h"

#include "attest/digests.h"
#include "base/text.h"
#include "sample.h"

#define STATEMENT                                                                                  \
    "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"a\",\"digest\":{"     \
    "\"sha256\":\"" SHA "\"}}],\"predicateType\":\"t\",\"predicate\":{}}"

static bool
reads(const char *text, struct cm_statement *ret, struct cm_err *err)
{
    *err = (struct cm_err)CM_ERR_INIT;
    return cm_statement_read(text, strlen(text), "it", ret, err);
}

static void
test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *words; /* words NULL: it is taken */
    } rows[] = {
        {"Statement/v1", "Statement/v0.1", NULL},
        {"\"name\":\"a\",", "", NULL},
        {"\"name\":\"a\",", "\"uri\":\"u\",\"other\":7,", NULL},
        {",\"predicate\":{}", "", NULL},
        {"\"sha256\":\"" SHA "\"", "\"gce_image_id\":\"89700\"", NULL},
        {"\"sha256\":\"" SHA "\"", "\"gitCommit\":\"" SHA "\"", NULL},
        {"\"sha256\":\"" SHA "\"", "\"md5\":\"d41d8cd98f00b204e9800998ecf8427e\"", NULL},
        {"Statement/v1", "Statement/v2", "_type is"},
        {"Statement/v1", "Statement/V1", "_type is"},
        {"\"_type\"", "\"_Type\"", "take it for '_type'"},
        {"\"subject\"", "\"Subject\"", "take it for 'subject'"},
        {"\"subject\"", "\"\xc5\xbfubject\"", "take it for 'subject'"},
        {"\"name\"", "\"Name\"", "take it for 'name'"},
        {"\"predicateType\":\"t\"", "\"predicateType\":\"\"", "no predicateType"},
        {"\"predicateType\":\"t\"", "\"predicateType\":1", "predicateType is no text"},
        {"\"predicate\":{}", "\"predicate\":[]", "predicate is no object"},
        {"\"name\":\"a\"", "\"name\":1", "name is no text"},
        {"\"name\":\"a\"", "\"uri\":1", "uri is no text"},
        {"{\"sha256\":\"" SHA "\"}", "{}", "no digest in its digest"},
        {"{\"sha256\":\"" SHA "\"}", "null", "there is no digest"},
        {"{\"sha256\":\"" SHA "\"}", "\"" SHA "\"", "digest is no object"},
        {"\"" SHA "\"", "7", "no digest by it"},
        {"\"" SHA "\"", "\"\"", "no digest by it"},
        {SHA, "F05eaf3a5ce240cbfa72d9f7ec163c58cdda7ec86fed43220b0116c654aaaab0",
         "no digest by it"},
        {SHA, "05eaf3a5ce240cbfa72d9f7ec163c58cdda7ec86fed43220b0116c654aaaab0", "no digest by it"},
        {"\"sha256\"", "\"sha512\"", "no digest by it"},
        {"[{\"name\":\"a\",\"digest\":{\"sha256\":\"" SHA "\"}}]", "[]", "there is no subject"},
        {"[{\"name\":\"a\",\"digest\":{\"sha256\":\"" SHA "\"}}]", "{}", "subject is no list"},
        {"[{\"name\":\"a\",\"digest\":{\"sha256\":\"" SHA "\"}}]", "[7]", "subject 1 is no object"},
        {"\"predicate\":{}}", "\"predicate\":{}}x", "line 1"},
        {"\"predicate\":{}", "\"predicate\":{},\"predicate\":{}", "line 1"},
        {"{\"_type\"", "[{\"_type\"", "line 1"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
        CM_CLEANUP(cm_text_done) char *text = changed(STATEMENT, rows[i].from, rows[i].to);
        bool done = reads(text, &statement, &err);
        if (rows[i].words != NULL)
            refused(done, &err, CM_E_MALFORMED, rows[i].words, text);
        else if (!done)
            fail_msg("%s: %s", text, err.text);
    }
}

static void
check_count(bool of_subjects, size_t count, bool taken)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)1 << 20);
    cm_buf_puts(&text, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"t\","
                       "\"subject\":[{\"digest\":{\"d0\":\"x\"");
    for (size_t i = 1; i < count; i++)
        cm_buf_printf(&text, of_subjects ? "}},{\"digest\":{\"d%zu\":\"x\"" : ",\"d%zu\":\"x\"", i);
    cm_buf_puts(&text, "}}]}");
    bool done = reads(cm_buf_text(&text), &statement, &err);
    if (!taken)
        refused(done, &err, CM_E_MALFORMED, of_subjects ? "more than 1024" : "too many digests",
                "many");
    else if (!done)
        fail_msg("%s", err.text);
}

static void
test_limits(void **state)
{
    (void)state;
    check_count(true, 1024, true);
    check_count(true, 1025, false);
    check_count(false, 32, true);
    check_count(false, 33, false);
}

#define OTHER "005eaf3a5ce240cbfa72d9f7ec163c58cdda7ec86fed43220b0116c654aaaab0"
#define LONG  SHA SHA

static void
test_finding(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    assert_true(reads("{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"t\","
                      "\"subject\":[{\"digest\":{\"sha256\":\"" OTHER "\"}},{\"digest\":{"
                      "\"sha256\":\"" SHA "\",\"sha512\":\"" LONG "\"}}]}",
                      &statement, &err));
    const json_t *second = json_array_get(statement.subjects, 1);
    const struct cm_known_digest both[] = {{"sha256", SHA}, {"sha512", LONG}};
    const struct cm_known_digest torn[] = {{"sha256", SHA}, {"sha512", OTHER OTHER}};
    const struct cm_known_digest none[] = {{"sha384", SHA "0123456789abcdef0123456789abcdef"}};
    assert_ptr_equal(cm_statement_find(&statement, both, 2), second);
    assert_ptr_equal(cm_statement_find(&statement, both, 1), second);
    assert_ptr_equal(cm_statement_find(&statement, both + 1, 1), second);
    assert_null(cm_statement_find(&statement, torn, 2)); /* one that fits does not make up for it */
    assert_null(cm_statement_find(&statement, none, 1));
    assert_null(cm_statement_find(&statement, both, 0));
    assert_true(cm_statement_has(&statement, "sha512"));
    assert_false(cm_statement_has(&statement, "sha384"));
}

static void
test_known_digests(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum cm_class class;
    } rows[] = {
        {"sha256:" SHA, CM_OK},
        {"gce_image_id:8970095005306000053", CM_OK},
        {"gitCommit:7fd1a60b01f91b314f59955a4e4d4e80d8edf11d", CM_OK},
        {"sha256:" OTHER SHA, CM_E_MALFORMED},
        {"sha256:F05eaf3a5ce240cbfa72d9f7ec163c58cdda7ec86fed43220b0116c654aaaab0", CM_E_MALFORMED},
        {"sha256", CM_E_MALFORMED},
        {"sha256:", CM_E_MALFORMED},
        {":" SHA, CM_E_MALFORMED},
        {SHA, CM_E_MALFORMED},
        {"md5:d41d8cd98f00b204e9800998ecf8427e", CM_E_UNSUPPORTED},
        {"sha1:7fd1a60b01f91b314f59955a4e4d4e80d8edf11d", CM_E_UNSUPPORTED}};
    char room[CM_DIGEST_ROOM];
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_known_digest digest = {NULL, NULL};
        bool done = cm_known_digest_read(rows[i].text, room, &digest, &err);
        assert_int_equal(done, rows[i].class == CM_OK);
        assert_int_equal(err.class, rows[i].class);
        assert_true(done == (digest.text != NULL));
    }
    struct cm_err err = CM_ERR_INIT;
    struct cm_known_digest digest;
    char text[600] = "x:";
    memset(text + 2, 'a', sizeof text - 3);
    text[sizeof text - 1] = '\0';
    assert_false(cm_known_digest_read(text, room, &digest, &err));
    assert_true(cm_digest_is_weak("md5") && !cm_digest_is_weak("sha256"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_finding),
        cmocka_unit_test(test_known_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
