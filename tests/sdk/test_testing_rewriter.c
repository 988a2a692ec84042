/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark/testing.h, as the author of a rewriter uses it: bytes of a package in, bytes out, and
 * what was noted, doubted and changed.
 */
#include <countermark/testing.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

extern const struct cmk_plugin cmk_plugin_fixture_notes;

static struct cmk_bytes
text(const char *at)
{
    return (struct cmk_bytes){at, strlen(at)};
}

static struct cmk_test *
begin(const char *about)
{
    struct cmk_test *t = cmk_test_new(&cmk_plugin_fixture_notes);
    cmk_test_origin_says(t, "commit", COMMIT);
    cmk_test_attach(t, "ci.json", "{ \"b\": 1, \"a\": { \"withheld\": \"string\" } }");
    cmk_test_pack(t, "about.txt", text(about));
    cmk_test_pack(t, "draft.txt", text("not yet"));
    return t;
}

static void
assert_entry(struct cmk_test *t, const char *name, const char *content)
{
    struct cmk_bytes entry = cmk_test_entry(t, name);
    assert_non_null(entry.at);
    assert_int_equal(entry.size, strlen(content));
    assert_memory_equal(entry.at, content, entry.size);
}

static void
a_package_goes_in_and_out(void **state)
{
    struct cmk_test *t = begin("a note\n");
    (void)state;
    struct cmk_bytes before = cmk_test_packed(t);
    assert_int_equal(cmk_test_rewrite(t, "a.note", before), CMK_OK);
    assert_string_equal(cmk_test_why(t), "");
    assert_string_equal(cmk_test_noted(t, "commit"), COMMIT);
    assert_null(cmk_test_noted(t, "colour"));
    assert_entry(t, "about.txt", "a note\ncommit: " COMMIT "\n");
    assert_entry(t, "origin/ci.json", "{\"a\":{\"withheld\":\"string\"},\"b\":1}");
    assert_null(cmk_test_entry(t, "draft.txt").at);
    const char *changes = cmk_test_changes(t);
    assert_non_null(strstr(changes, "\"removed\":[{\"entry\":\"draft.txt\",\"size\":7}]"));
    assert_non_null(strstr(changes, "\"new\":\"commit: " COMMIT "\\n\",\"offset\":7,\"old\":\"\""));

    struct cmk_bytes documented = cmk_test_written(t);
    assert_int_equal(cmk_test_inspect(t, "a.note", documented), CMK_OK);
    assert_string_equal(cmk_test_noted(t, "document"), "ci.json");
    assert_string_equal(cmk_test_doubts(t), "");
    assert_int_equal(cmk_test_rewrite(t, "a.note", documented), CMK_OK);
    struct cmk_bytes again = cmk_test_written(t);
    assert_true(again.size == documented.size && memcmp(again.at, documented.at, again.size) == 0);
    cmk_test_free(t);
}

static void
options_and_refusals(void **state)
{
    struct cmk_test *t = begin("commit: abc\n");
    (void)state;
    struct cmk_bytes package = cmk_test_packed(t);
    assert_int_equal(cmk_test_rewrite(t, "a.note", package), CMK_E_DENIED);
    assert_non_null(strstr(cmk_test_why(t), "names the commit abc"));
    assert_int_equal(cmk_test_inspect(t, "a.note", package), CMK_OK);
    assert_string_equal(cmk_test_doubts(t), "'abc' is no id of a commit\n");
    cmk_test_option(t, "contradiction", "replace");
    assert_int_equal(cmk_test_rewrite(t, "a.note", package), CMK_OK);
    assert_entry(t, "about.txt", "commit: " COMMIT "\n");
    cmk_test_option(t, "title", "none");
    assert_int_equal(cmk_test_configure(t), CMK_E_CONFIG);
    cmk_test_origin_says(t, "commit", NULL);
    cmk_test_attach(t, "ci.json", NULL);
    assert_int_equal(cmk_test_rewrite(t, "a.note", package), CMK_E_UNSUPPORTED);
    assert_string_equal(cmk_test_changes(t), "");
    cmk_test_free(t);
}

/* What the engine does not read never gets to the rewriter. */
static void
archives_that_are_refused(void **state)
{
    struct cmk_test *t = begin("a note\n");
    char bytes[4096];
    (void)state;
    struct cmk_bytes package = cmk_test_packed(t);
    assert_true(package.size < sizeof bytes);
    memcpy(bytes, package.at, package.size);
    bytes[package.size] = 'x';
    assert_int_equal(cmk_test_rewrite(t, "a.note", (struct cmk_bytes){bytes, package.size + 1}),
                     CMK_E_MALFORMED);
    assert_int_equal(cmk_test_rewrite(t, "a.note", text("no archive")), CMK_E_UNSUPPORTED);
    assert_string_equal(cmk_test_why(t), "a.note is no archive");
    cmk_test_free(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_goes_in_and_out),
        cmocka_unit_test(options_and_refusals),
        cmocka_unit_test(archives_that_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
