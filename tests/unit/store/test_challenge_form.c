/* SPDX-License-Identifier: Apache-2.0 */
#include "store/challenge.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

#include "../base/unit.h"

#define NOW    (INT64_C(1795033600) * CM_SECOND)
#define DIGEST "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"

static const struct cm_challenge honest = {
    .verifier = "countermark:acme",
    .organization = "acme",
    .project = "widget",
    .policy = "nightly",
    .system = "farm",
    .artifact_sha256 = DIGEST,
};

/* The form, once and for all: what stands in it is what nodes sign and plug-ins read. */
#define TEXT                                                                                       \
    "{\"artifact_sha256\":\"" DIGEST "\",\"expires\":\"2026-11-18T20:36:40Z\",\"format\":"         \
    "\"countermark-node-challenge/1\",\"issued\":\"2026-11-18T20:26:40Z\",\"nonce\":\"" DIGEST     \
    "\",\"organization\":\"acme\",\"policy\":\"nightly\",\"project\":\"widget\",\"system\":"       \
    "\"farm\",\"verifier\":\"countermark:acme\"}"

static bool
read(const char *text, json_t **ret, struct cm_err *err)
{
    return cm_challenge_read(text, strlen(text), ret, err);
}

static void
test_write(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf other = CM_BUF_INIT(CM_CHALLENGE_MOST);
    CM_CLEANUP(cm_json_done) json_t *challenge = NULL;
    (void)state;
    assert_true(cm_challenge_write(&honest, NOW + 999, 90 * CM_SECOND, &text, &err));
    assert_true(cm_challenge_read(text.at, text.size, &challenge, &err));
    assert_string_equal(cm_json_text(challenge, "format"), "countermark-node-challenge/1");
    assert_string_equal(cm_json_text(challenge, "verifier"), "countermark:acme");
    assert_string_equal(cm_json_text(challenge, "organization"), "acme");
    assert_string_equal(cm_json_text(challenge, "project"), "widget");
    assert_string_equal(cm_json_text(challenge, "policy"), "nightly");
    assert_string_equal(cm_json_text(challenge, "system"), "farm");
    assert_string_equal(cm_json_text(challenge, "artifact_sha256"), DIGEST);
    assert_string_equal(cm_json_text(challenge, "issued"), "2026-11-18T20:26:40Z");
    assert_string_equal(cm_json_text(challenge, "expires"), "2026-11-18T20:28:10Z");
    assert_int_equal(strlen(cm_json_text(challenge, "nonce")), 64);
    assert_true(cm_challenge_write(&honest, NOW, 90 * CM_SECOND, &other, &err));
    assert_string_not_equal(cm_buf_text(&text), cm_buf_text(&other));
}

static void
test_write_too_much(void **state)
{
    static char name[CM_CHALLENGE_MOST];
    struct cm_err err = CM_ERR_INIT;
    struct cm_challenge large = honest;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf narrow = CM_BUF_INIT(10);
    (void)state;
    memset(name, 'a', sizeof name - 1);
    large.verifier = name;
    assert_false(cm_challenge_write(&large, NOW, CM_SECOND, &text, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_int_equal(text.size, 0);
    assert_false(cm_challenge_write(&honest, NOW, CM_SECOND, &narrow, &err));
}

static void
test_read(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } rows[] = {
        {"{", " {", "canonical"},
        {"}", "}\n", "canonical"},
        {"\"farm\"", "\"\\u0066arm\"", "canonical"},
        {"\"policy\":\"nightly\",\"project\":\"widget\"",
         "\"project\":\"widget\",\"policy\":\"nightly\"", "canonical"},
        {"\"farm\"", "\"farm\",\"system2\":\"x\"", "holds more"},
        {"\"farm\"", "\"farm\",\"system\":\"x\"", "duplicate"},
        {"\"system\":\"farm\",", "", "\"system\""},
        {"\"farm\"", "\"\"", "\"system\""},
        {"\"farm\"", "7", "\"system\""},
        {"challenge/1", "challenge/2", "this program knows countermark-node-challenge/1"},
        {"\"format\"", "\"formal\"", "has no \"format\""},
        {"artifact_sha256\":\"5", "artifact_sha256\":\"", "\"artifact_sha256\""},
        {"artifact_sha256\":\"5", "artifact_sha256\":\"F", "\"artifact_sha256\""},
        {"nonce\":\"5", "nonce\":\"55", "\"nonce\""},
        {"2026-11-18T20:26:40Z", "yesterday", "\"issued\""},
        {"2026-11-18T20:36:40Z", "tomorrow", "\"expires\""},
        {TEXT, "", "no challenge"},
        {TEXT, "[]", "has no \"format\""},
        {TEXT, "nonsense", "no challenge"},
    };
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *challenge = NULL;
    if (!read(TEXT, &challenge, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char text[2048];
        json_t *none = NULL;
        const char *at = strstr(TEXT, rows[i].from);
        assert_non_null(at);
        (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - TEXT), TEXT, rows[i].to,
                       at + strlen(rows[i].from));
        if (read(text, &none, &err))
            fail_msg("row %zu was read", i);
        assert_null(none);
        assert_int_equal(err.class, CM_E_MALFORMED);
        assert_contains(err.text, rows[i].says);
    }
}

static void
test_read_too_much(void **state)
{
    static char text[CM_CHALLENGE_MOST + 2];
    struct cm_err err = CM_ERR_INIT;
    json_t *none = NULL;
    (void)state;
    memset(text, ' ', sizeof text - 1);
    assert_false(read(text, &none, &err));
    assert_contains(err.text, "larger");
}

static void
test_times(void **state)
{
    static const struct {
        const char *issued, *expires;
        int64_t after; /* of NOW, in seconds */
        const char *says;
    } rows[] = {
        {"2026-11-18T20:26:40Z", "2026-11-18T20:36:40Z", 0, NULL},
        {"2026-11-18T20:26:40Z", "2026-11-18T20:36:40Z", 599, NULL},
        {"2026-11-18T20:26:40Z", "2026-11-18T20:36:40Z", 600,
         "has expired at 2026-11-18T20:36:40Z"},
        {"2026-11-18T20:26:40Z", "2026-11-18T20:36:40Z", -60, NULL}, /* a clock a little behind */
        {"2026-11-18T20:26:40Z", "2026-11-18T20:36:40Z", -61, "in the future"},
        {"2026-11-18T20:26:40Z", "2026-11-18T20:36:41Z", 0, "not up to 10 minutes"},
        {"2026-11-18T20:26:40Z", "2026-11-18T20:26:40Z", -1, "not up to 10 minutes"},
        {"2026-11-18T20:26:40Z", "2026-11-18T20:26:39Z", -2, "not up to 10 minutes"},
        {"2026-11-18T20:26:40Z", "never", 0, "no times"},
        {"2026-11-18T20:26:40Z", NULL, 0, "no times"},
        {NULL, "2026-11-18T20:26:40Z", 0, "no times"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_json_done)
        json_t *challenge =
            json_pack("{s:s*, s:s*}", "issued", rows[i].issued, "expires", rows[i].expires);
        bool good = cm_challenge_is_good(challenge, NOW + rows[i].after * CM_SECOND, &err);
        if (good != (rows[i].says == NULL))
            fail_msg("row %zu: %s", i, err.text);
        if (!good)
            assert_contains(err.text, rows[i].says);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write), cmocka_unit_test(test_write_too_much),
        cmocka_unit_test(test_read),  cmocka_unit_test(test_read_too_much),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
