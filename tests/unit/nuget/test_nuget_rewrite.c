/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole packages: what is written, what is left alone, what is attached.
 */
#include "host.h"
#include "nuget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SYMBOLS "<packageTypes><packageType name=\"SymbolsPackage\" /></packageTypes>"
#define NUSPEC(more)                                                                               \
    "\xef\xbb\xbf<?xml version=\"1.0\"?>\r\n"                                                      \
    "<package xmlns=\"http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd\">\r\n"            \
    "  <metadata>\r\n    <id>Widget</id>\r\n    <version>1.0.0</version>" more "\r\n"              \
    "  </metadata>\r\n</package>"
#define TYPES                                                                                      \
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"></Types>"

static void
open_package(struct host *h, const char *nuspec)
{
    host_open(h);
    host_text(h, "_rels/.rels", "<Relationships/>");
    host_text(h, "Widget.nuspec", nuspec);
    host_text(h, "lib/net45/Widget.dll", "MZ");
    host_text(h, "[Content_Types].xml", TYPES);
    json_object_set_new(h->attachments, "Settings.json",
                        json_pack("{s:i, s:[s, n]}", "b", 1, "a", "\xc3\xa4"));
}

static void
a_package_is_documented(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_package(&h, NUSPEC(""));
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(host_edits(&h), 3);
    assert_int_equal(h.splice_count, 2);
    assert_string_equal(cm_buf_text(host_outcome(&h, "Settings.json")),
                        "{\"a\":[\"\xc3\xa4\",null],\"b\":1}");
    assert_false(h.entries[4].stored);
    assert_non_null(strstr(cm_buf_text(host_outcome(&h, "[Content_Types].xml")),
                           "><Default Extension=\"json\" ContentType=\"application/octet\" /></"));
    assert_string_equal(cm_buf_text(host_outcome(&h, "Widget.nuspec")),
                        NUSPEC("\r\n    <repository type=\"git\" url=\"" HOST_URL
                               "\" branch=\"main\" commit=\"" HOST_COMMIT "\" />"));
    assert_string_equal(cm_buf_text(&h.notes), "repository.type: - -> git\n"
                                               "repository.url: - -> " HOST_URL "\n"
                                               "repository.branch: - -> main\n"
                                               "repository.commit: - -> " HOST_COMMIT "\n"
                                               "attached: - -> Settings.json\n");
    assert_string_equal(cm_buf_text(&h.doubts), "");
    assert_int_equal(h.digests, 0);
}

/* The outcome, documented once more, is what it was. */
static void
twice_is_once(void **state)
{
    CM_CLEANUP(host_close) struct host h, again;
    (void)state;
    open_package(&h, NUSPEC(""));
    assert_int_equal(host_rewrite(&h), CMK_OK);
    host_open(&again);
    for (size_t i = 0; i < h.count; i++) {
        const struct cm_buf *content = host_outcome(&h, h.entries[i].name);
        host_entry(&again, h.entries[i].name, content->at, content->size);
    }
    (void)json_object_update(again.attachments, h.attachments);
    assert_int_equal(host_rewrite(&again), CMK_OK);
    assert_int_equal(host_edits(&again), 0);
    assert_string_equal(cm_buf_text(&again.notes),
                        "repository.type: git -> -\n"
                        "repository.url: " HOST_URL " -> -\n"
                        "repository.branch: main -> -\n"
                        "repository.commit: " HOST_COMMIT " -> -\n"
                        "attached: Settings.json -> -\n"
                        "documented: already, with the same facts -> -\n");
}

/* ---- attached files ---- */

static void
other_files_of_that_name_are_refused(void **state)
{
    static const struct {
        const char *name, *content;
    } rows[] = {
        {"Settings.json", "{\"a\":[\"\xc3\xa4\",null],\"b\":1} "},
        {"Settings.json", "{\"a\":[\"\xc3\xa4\",null],\"b\":2}"},
        {"Settings.json", ""},
        {"settings.JSON", "{\"a\":[\"\xc3\xa4\",null],\"b\":1}"},
        {"Settings%2Ejson", "{\"a\":[\"\xc3\xa4\",null],\"b\":1}"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_package(&h, NUSPEC(""));
        host_text(&h, rows[i].name, rows[i].content);
        assert_int_equal(host_rewrite(&h), CMK_E_UNSUPPORTED);
        if (strncmp(h.why, rows[i].name, strlen(rows[i].name)) != 0 ||
            strstr(h.why, "the package has this file already") == NULL)
            fail_msg("%s", h.why);
        assert_int_equal(host_edits(&h), 0);
    }
}

/* The type that it lacks is added even so: old clients would drop it. */
static void
the_same_file_stays(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_package(&h, NUSPEC(""));
    host_text(&h, "Settings.json", "{\"a\":[\"\xc3\xa4\",null],\"b\":1}");
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(h.splice_count, 2);
    assert_int_equal(host_edits(&h), 2);
    assert_true(host_noted(&h, "attached: Settings.json -> -"));
}

static void
texts_are_written_as_they_are(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_package(&h, NUSPEC(""));
    json_object_clear(h.attachments);
    json_object_set_new(h.attachments, "Job.xml", json_string("<a b='c'>\r\n</a>"));
    json_object_set_new(h.attachments, "Log.txt", json_string(""));
    json_object_set_new(h.attachments, "Text.json", json_string("a"));
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_string_equal(cm_buf_text(host_outcome(&h, "Job.xml")), "<a b='c'>\r\n</a>");
    assert_int_equal(host_outcome(&h, "Log.txt")->size, 0);
    assert_string_equal(cm_buf_text(host_outcome(&h, "Text.json")), "\"a\"");
}

static void
what_is_no_text_is_refused(void **state)
{
    static const struct {
        const char *name, *json;
        int32_t status;
    } rows[] = {
        {"Job.xml", "{\"a\":1}", CMK_E_MALFORMED},
        {"Log.txt", "[1]", CMK_E_MALFORMED},
        {"Log.txt", "null", CMK_E_UNSUPPORTED},
        {"Build.json", "null", CMK_E_UNSUPPORTED},
        {"Build.exe", "\"a\"", CMK_E_UNSUPPORTED},
        {"json", "\"a\"", CMK_E_UNSUPPORTED},
        {"Build.json", "{\"a\":{\"withheld\":\"string\",\"empty\":false}}", CMK_E_UNSUPPORTED},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_package(&h, NUSPEC(""));
        json_object_set_new(h.attachments, rows[i].name,
                            json_loads(rows[i].json, JSON_DECODE_ANY, NULL));
        int32_t status = host_rewrite(&h);
        if (status != rows[i].status)
            fail_msg("%s: %d, %s", rows[i].json, status, h.why);
        assert_int_equal(host_edits(&h), 0);
    }
}

/* Behind one that is refused nothing more is asked. */
static void
the_first_refusal_counts(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_package(&h, NUSPEC(""));
    json_object_clear(h.attachments);
    json_object_set_new(h.attachments, "A.exe", json_string("a"));
    json_object_set_new(h.attachments, "B.dll", json_string("b"));
    assert_int_equal(host_rewrite(&h), CMK_E_UNSUPPORTED);
    assert_non_null(strstr(h.why, "A.exe"));
}

/* ---- symbols ---- */

static void
symbols_get_no_file(void **state)
{
    static const struct {
        const char *name, *nuspec, *note;
    } rows[] = {
        {"Widget.1.0.0.snupkg", NUSPEC(""), "package.type: SymbolsPackage -> -"},
        {"Widget.1.0.0.SNUPKG", NUSPEC(SYMBOLS), "package.type: SymbolsPackage -> -"},
        {"Widget.1.0.0.nupkg", NUSPEC(SYMBOLS), "package.type: SymbolsPackage -> -"},
        {"Widget.1.0.0.symbols.nupkg", NUSPEC(""), NULL},
        {"snupkg", NUSPEC(""), NULL},
        {NULL, NUSPEC(""), NULL},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_package(&h, rows[i].nuspec);
        h.name = rows[i].name;
        assert_int_equal(host_rewrite(&h), CMK_OK);
        assert_int_equal(host_edits(&h), rows[i].note != NULL ? 1 : 3);
        if (rows[i].note != NULL)
            assert_true(host_noted(&h, rows[i].note));
        assert_int_equal(host_outcome(&h, "Settings.json") == NULL, rows[i].note != NULL);
    }
}

/* ---- the hash ---- */

static void
the_hash_is_of_the_outcome(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_package(&h, NUSPEC(""));
    json_object_set_new(h.options, "content_hash", json_true());
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(h.digests, 1);
    assert_int_equal(h.digested_after, 3);
    assert_true(host_noted(&h, "content-hash: - -> /wECAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="));
}

/* A package that is signed no longer has one, too. */
static void
the_hash_is_without_a_signature(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_package(&h, NUSPEC(""));
    host_text(&h, ".signature.p7s", "x");
    json_object_set_new(h.options, "content_hash", json_true());
    host_set(h.options, "signed", "strip");
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(h.digested_after, 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_package_is_documented),
        cmocka_unit_test(twice_is_once),
        cmocka_unit_test(other_files_of_that_name_are_refused),
        cmocka_unit_test(the_same_file_stays),
        cmocka_unit_test(texts_are_written_as_they_are),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(the_first_refusal_counts),
        cmocka_unit_test(symbols_get_no_file),
        cmocka_unit_test(the_hash_is_of_the_outcome),
        cmocka_unit_test(the_hash_is_without_a_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
