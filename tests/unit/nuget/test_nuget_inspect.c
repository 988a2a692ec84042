/* SPDX-License-Identifier: Apache-2.0
 *
 * What an inspection says of a package, and what it doubts.
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

#define ID         "<id>Widget</id><version>1.0.0</version>"
#define IN(inside) "<package><metadata>" ID inside "</metadata></package>"
#define GOOD                                                                                       \
    IN("<repository type='git' url='" HOST_URL "' branch='main' commit='" HOST_COMMIT "'/>")
#define TYPES(inside)                                                                              \
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">" inside        \
    "</Types>"
#define JSON "<Default Extension='json' ContentType='application/octet'/>"

static void
open_with(struct host *h, const char *nuspec)
{
    host_open(h);
    host_text(h, "Widget.nuspec", nuspec);
}

static void
inspects(struct host *h)
{
    if (host_inspect(h) != CMK_OK)
        fail_msg("%s", h->why);
}

static void
a_good_package_has_no_doubts(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, GOOD);
    host_text(&h, "[Content_Types].xml", TYPES(JSON));
    host_text(&h, "Settings.json", "{\"commit\":\"" HOST_COMMIT "\"}");
    host_text(&h, "a/Other.json", "broken");
    host_text(&h, ".signature.p7s", "x");
    inspects(&h);
    assert_string_equal(cm_buf_text(&h.doubts), "");
    assert_string_equal(cm_buf_text(&h.notes), "package.id: Widget -> -\n"
                                               "package.version: 1.0.0 -> -\n"
                                               "repository.type: git -> -\n"
                                               "repository.url: " HOST_URL " -> -\n"
                                               "repository.branch: main -> -\n"
                                               "repository.commit: " HOST_COMMIT " -> -\n"
                                               "signature: there -> -\n"
                                               "document: Settings.json -> -\n");
}

/* ---- doubts about the nuspec ---- */

static const struct {
    const char *nuspec, *doubt;
} doubtful[] = {
    {"x", "white space outside of the root"},
    {"<!DOCTYPE a><a/>", "a document type"},
    {"<package/>", "there is no <metadata>"},
    {"<package><metadata/></package>", "it says no id"},
    {"<package><metadata><version>1</version></metadata></package>", "it says no id"},
    {"<package><metadata><id>a</id></metadata></package>", "it says no version"},
    {"<package><metadata><id> </id><version>1</version></metadata></package>", "it says no id"},
    {IN(""), "it names no repository"},
    {IN("<repository/><repository/>"), "a second <repository>"},
    {IN("<Repository/>"), "<repository> in another case"},
    {IN("<repository xmlns='u:1'/>"), "<repository> in another namespace"},
    {IN("<repository Url='x'/>"), "may take for 'url'"},
    {IN("<repository type='git' commit='" HOST_COMMIT "'/>"), "<repository> has no url"},
    {IN("<repository type='git' url='' commit='" HOST_COMMIT "'/>"), "<repository> has no url"},
    {IN("<repository type='git' url='../widget' commit='" HOST_COMMIT "'/>"),
     "repository.url '../widget' is relative"},
    {IN("<repository type='git' url='http://git.example/a' commit='" HOST_COMMIT "'/>"),
     "repository.url 'http://git.example/a' is no https address"},
    {IN("<repository type='git' url='https://git.example/' commit='" HOST_COMMIT "'/>"),
     "is no https address of a repository"},
    {IN("<repository url='" HOST_URL "' commit='" HOST_COMMIT "'/>"), "<repository> has no type"},
    {IN("<repository type='' url='" HOST_URL "' commit='" HOST_COMMIT "'/>"), "has no type"},
    {IN("<repository type='tfs' url='" HOST_URL "' commit='" HOST_COMMIT "'/>"),
     "repository.type is 'tfs'"},
    {IN("<repository type='git' url='" HOST_URL "'/>"), "<repository> names no commit"},
    {IN("<repository type='git' url='" HOST_URL "' commit=''/>"), "<repository> names no commit"},
    {IN("<repository type='git' url='" HOST_URL "' commit='0123456'/>"),
     "repository.commit '0123456' is no commit id"},
    {IN("<repository type='git' url='" HOST_URL "' commit='" HOST_COMMIT "'/><packageTypes>"
        "<packageType name='SymbolsPackage'/></packageTypes>"),
     "and the file is not named like one"},
};

static void
each_doubt_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(doubtful); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, doubtful[i].nuspec);
        inspects(&h);
        if (!host_doubted(&h, doubtful[i].doubt))
            fail_msg("%s: %s", doubtful[i].nuspec, cm_buf_text(&h.doubts));
        /* one thing is wrong, one is said; of an empty nuspec there is more to be said */
        if (i > 6)
            assert_ptr_equal(strchr(cm_buf_text(&h.doubts), '\n'),
                             strrchr(cm_buf_text(&h.doubts), '\n'));
    }
}

static void
two_nuspecs_are_doubted(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, GOOD);
    host_text(&h, "z.nuspec", IN(""));
    inspects(&h);
    assert_string_equal(cm_buf_text(&h.doubts),
                        "Widget.nuspec and z.nuspec: two .nuspec files, and readers differ about "
                        "which one counts; pack it anew with one\n");
    assert_true(host_noted(&h, "repository.url: " HOST_URL " -> -"));
}

static void
texts_are_found_and_cut(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    char nuspec[2048];
    (void)state;
    (void)snprintf(nuspec, sizeof nuspec,
                   "<package><metadata><x:id xmlns:x='u:1'>\n <!-- -->a&amp;<b>no</b><![CDATA[c]]>"
                   "</x:id><version>%0300d</version><packageTypes><packageType name='DotnetTool'/>"
                   "</packageTypes></metadata></package>",
                   0);
    open_with(&h, nuspec);
    inspects(&h);
    assert_true(host_noted(&h, "package.id: a&c -> -"));
    assert_true(host_noted(&h, "package.type: DotnetTool -> -"));
    assert_non_null(strstr(cm_buf_text(&h.notes), "000... -> -\n"));
}

/* ---- symbols ---- */

static void
symbols_with_documents_are_doubted(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, GOOD);
    h.name = "Widget.1.0.0.snupkg";
    inspects(&h);
    assert_true(host_doubted(&h, "named like a symbols package"));
    assert_false(host_doubted(&h, "with documentation"));
    host_text(&h, "Settings.json", "{}");
    inspects(&h);
    assert_true(host_doubted(&h, "a symbols package with documentation"));
    host_close(&h);

    open_with(&h, IN("<repository type='git' url='" HOST_URL "' commit='" HOST_COMMIT
                     "'/><packageTypes><packageType name='SymbolsPackage'/></packageTypes>"));
    h.name = "Widget.1.0.0.snupkg";
    inspects(&h);
    assert_string_equal(cm_buf_text(&h.doubts), "");
    host_text(&h, "Settings.json", "{}");
    h.name = "Widget.1.0.0.nupkg";
    inspects(&h);
    assert_true(host_doubted(&h, "a symbols package with documentation"));
}

/* ---- documents ---- */

static void
types_may_be_missing(void **state)
{
    static const struct {
        const char *types, *doubt; /* NULL: none */
    } rows[] = {
        {NULL, NULL},
        {TYPES(JSON), NULL},
        {TYPES("<Override PartName='/Settings.json' ContentType='a/b'/>"), NULL},
        {TYPES("<Override PartName='/other.json' ContentType='a/b'/>"), "knows no type for it"},
        {TYPES(""), "Settings.json: [Content_Types].xml knows no type for it"},
        {TYPES(JSON JSON), "a second default"},
        {"<Types/>", "no <Types> of OPC's namespace"},
        {"<!DOCTYPE a><Types/>", "a document type"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, GOOD);
        host_text(&h, "Settings.json", "{}");
        if (rows[i].types != NULL)
            host_text(&h, "[Content_Types].xml", rows[i].types);
        inspects(&h);
        if (rows[i].doubt == NULL ? h.doubts.size > 0 : !host_doubted(&h, rows[i].doubt))
            fail_msg("%s: %s", rows[i].types, cm_buf_text(&h.doubts));
    }
}

static const struct {
    const char *json, *doubt; /* NULL: none */
} documents[] = {
    {"{}", NULL},
    {"\xef\xbb\xbf {\"a\" : [ 1, {\"b\": null}, \"}\" ] }\r\n", NULL},
    {"[\"commit\", \"0000000000000000000000000000000000000000\"]", NULL},
    {"7", NULL},
    {"", NULL},
    {"{\"repository\":\"" HOST_URL
     ".git\",\"commit\":\"0123456789ABCDEF0123456789ABCDEF01234567\"}",
     NULL},
    {"{\"repository\":\"https://evil.example/a\"}",
     "names the repository 'https://evil.example/a'"},
    {"{\"x\":[{}],\"repositoryUrl\" : \"https://evil.example/a\"}", "names the repository"},
    {"{\"commit\":\"fedcba9876543210fedcba9876543210fedcba98\"}",
     "names the commit 'fedcba9876543210fedcba9876543210fedcba98', the nuspec '" HOST_COMMIT "'"},
    {"{\"a\":\"\\\"\",\"commitId\":\"fedcba9876543210fedcba9876543210fedcba98\"}",
     "names the commit"},
    {"{\"commit\"\t:\r\n \"fedcba9876543210fedcba9876543210fedcba98\"}", "names the commit"},
    {"{\"a\":{},\"commit\":\"fedcba9876543210fedcba9876543210fedcba98\"}", "names the commit"},
    /* what is no such fact */
    {"{\"commit\":\"fedcba9\"}", NULL},
    {"{\"commit\":{\"id\":\"fedcba9876543210fedcba9876543210fedcba98\"}}", NULL},
    {"{\"commit\":7,\"x\":\"fedcba9876543210fedcba9876543210fedcba98\"}", NULL},
    {"{\"commit\":[\"fedcba9876543210fedcba9876543210fedcba98\"]}", NULL},
    {"{\"a\":{\"commit\":\"fedcba9876543210fedcba9876543210fedcba98\"}}", NULL},
    {"{\"commits\":\"fedcba9876543210fedcba9876543210fedcba98\"}", NULL},
    {"{\"a\":\"commit\",\"b\":\"fedcba9876543210fedcba9876543210fedcba98\"}", NULL},
    {"{\"a\":[\"commit\",\"fedcba9876543210fedcba9876543210fedcba98\"]}", NULL},
    {"{\"commit\":,\"fedcba9876543210fedcba9876543210fedcba98\":1}", NULL},
    {"{\"repository\":\"acme/widget\"}", NULL},
    {"{\"repository\":{\"url\":\"https://evil.example/a\"}}", NULL},
    {"{\"commit\":\"fedcba9876543210fedcba9876543210fedcb\\u0061\"}", NULL},
    /* no JSON */
    {"{", "Settings.json: no JSON"},
    {"}", "no JSON"},
    {"{]}", "no JSON"},
    {"{\"a", "no JSON"},
    {"{\"a\\", "no JSON"},
    {"{\"a\\\"", "no JSON"},
    {"\"a", "no JSON"},
    {"\"a\\\"", "no JSON"},
};

static void
documents_are_compared(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(documents); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, GOOD);
        host_text(&h, "Settings.json", documents[i].json);
        inspects(&h);
        if (documents[i].doubt == NULL ? h.doubts.size > 0 : !host_doubted(&h, documents[i].doubt))
            fail_msg("%s: %s", documents[i].json, cm_buf_text(&h.doubts));
    }
}

/* What the nuspec does not say, or not as an address, contradicts nothing. */
static void
one_fact_is_compared_without_the_other(void **state)
{
    static const char json[] = "{\"repository\":\"https://evil.example/a\",\"commit\":"
                               "\"fedcba9876543210fedcba9876543210fedcba98\"}";
    static const struct {
        const char *nuspec;
        bool url, commit;
    } rows[] = {
        {IN("<repository url='" HOST_URL "'/>"), true, false},
        {IN("<repository commit='" HOST_COMMIT "'/>"), false, true},
        {IN("<repository commit='0123'/>"), false, true},
        {IN("<repository url='../widget'/>"), false, false},
        {IN("<repository branch='main'/>"), false, false},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, rows[i].nuspec);
        host_text(&h, "Settings.json", json);
        inspects(&h);
        assert_int_equal(host_doubted(&h, "names the repository"), rows[i].url);
        assert_int_equal(host_doubted(&h, "names the commit"), rows[i].commit);
    }
}

static void
nothing_is_compared_with_nothing(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, IN(""));
    host_text(&h, "Settings.json", "{");
    inspects(&h);
    assert_string_equal(cm_buf_text(&h.doubts), "Widget.nuspec: it names no repository\n");
    assert_true(host_noted(&h, "document: Settings.json -> -"));
}

/* Not a byte behind the text is looked at. */
static void
a_document_ends_where_it_ends(void **state)
{
    static const char *const texts[] = {"7", "{", "\"", "\"a\\", "\xef\xbb\xbf", "{\"a\":1", "{}"};
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    for (size_t i = 0; i < CM_COUNT(texts); i++) {
        struct nu_document document;
        size_t size = strlen(texts[i]);
        char *exact = malloc(size);
        assert_non_null(exact);
        memcpy(exact, texts[i], size);
        bool read = nu_document_read(host_call(&h), (struct cmk_bytes){exact, size}, &document);
        assert_int_equal(read, i == 0 || i == 4 || i == 6);
        free(exact);
    }
}

static void
a_nul_is_no_json(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, GOOD);
    host_entry(&h, "Settings.json", "{\"a\":1\0}", 8);
    inspects(&h);
    assert_true(host_doubted(&h, "no JSON"));
    host_close(&h);
    open_with(&h, GOOD);
    host_entry(&h, "Settings.json", "{\0", 2);
    inspects(&h);
    assert_true(host_doubted(&h, "no JSON"));
}

static void
not_all_documents_are_read(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, GOOD);
    for (int i = 0; i < 16; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "%d.JSON", i);
        host_text(&h, name, "{}");
    }
    inspects(&h);
    assert_int_equal(h.doubts.size, 0);
    host_text(&h, "last.json", "{}");
    inspects(&h);
    assert_string_equal(cm_buf_text(&h.doubts),
                        "more than 16 .json files in its root: the others were not looked at\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_package_has_no_doubts),
        cmocka_unit_test(each_doubt_is_said),
        cmocka_unit_test(two_nuspecs_are_doubted),
        cmocka_unit_test(texts_are_found_and_cut),
        cmocka_unit_test(symbols_with_documents_are_doubted),
        cmocka_unit_test(types_may_be_missing),
        cmocka_unit_test(documents_are_compared),
        cmocka_unit_test(one_fact_is_compared_without_the_other),
        cmocka_unit_test(nothing_is_compared_with_nothing),
        cmocka_unit_test(a_document_ends_where_it_ends),
        cmocka_unit_test(a_nul_is_no_json),
        cmocka_unit_test(not_all_documents_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
