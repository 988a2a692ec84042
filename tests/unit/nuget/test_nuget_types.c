/* SPDX-License-Identifier: Apache-2.0
 *
 * [Content_Types].xml: when a type is added, where, and which files are refused.
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

#define NUSPEC                                                                                     \
    "<package><metadata><repository type='git' url='" HOST_URL                                     \
    "' branch='main' commit='" HOST_COMMIT "'/></metadata></package>"
#define SPACE      "http://schemas.openxmlformats.org/package/2006/content-types"
#define IN(inside) "<Types xmlns=\"" SPACE "\">" inside "</Types>"
#define OF(ext)    "<Default Extension=\"" ext "\" ContentType=\"application/octet\" />"
#define RELS       "<Default ContentType=\"a/b\" Extension=\"rels\" />"
#define PART(n, t) "<Override PartName=\"" n "\" ContentType=\"" t "\"/>"
#define OCTET      "application/octet"

/* With Build.json to be attached. */
static void
open_with(struct host *h, const char *types)
{
    host_open(h);
    host_text(h, "Widget.nuspec", NUSPEC);
    host_text(h, "[Content_Types].xml", types);
    json_object_set_new(h->attachments, "Build.json", json_pack("{s:s}", "a", "b"));
}

static const struct {
    const char *before, *after; /* NULL: as before */
} rows[] = {
    {IN(""), IN(OF("json"))},
    {IN(RELS), IN(RELS OF("json"))},
    {"\xef\xbb\xbf<?xml version=\"1.0\"?>" IN(RELS),
     "\xef\xbb\xbf<?xml version=\"1.0\"?>" IN(RELS OF("json"))},
    {IN("\r\n  " RELS "\r\n"), IN("\r\n  " RELS "\r\n  " OF("json") "\r\n")},
    {IN("\n\t" RELS "\n\t" PART("/a", OCTET) "\n"),
     IN("\n\t" RELS "\n\t" PART("/a", OCTET) "\n\t" OF("json") "\n")},
    {"<t:Types xmlns:t='" SPACE "'><t:Default Extension='a' ContentType='b'/></t:Types>",
     "<t:Types xmlns:t='" SPACE "'><t:Default Extension='a' ContentType='b'/><t:Default "
     "Extension=\"json\" ContentType=\"application/octet\" /></t:Types>"},
    /* there is one already */
    {IN(OF("json")), NULL},
    {IN(OF("JSON") RELS), NULL},
    {IN("<Default Extension='js&#111;n' ContentType='application/json'/>"), NULL},
    {"<t:Types xmlns:t='" SPACE "'><t:Default Extension='json' ContentType='b'/></t:Types>", NULL},
    /* what only looks like one */
    {IN("<!--" OF("json") "-->"), IN("<!--" OF("json") "-->" OF("json"))},
    {IN(OF(".json") OF("json5") OF("jso")), IN(OF(".json") OF("json5") OF("jso") OF("json"))},
    {IN("<x xmlns='u:1'>" OF("json") "</x>"), IN("<x xmlns='u:1'>" OF("json") "</x>" OF("json"))},
    {IN("<Other Extension='json' ContentType='a'/>"),
     IN("<Other Extension='json' ContentType='a'/>" OF("json"))},
    {IN("<Default ContentType='a'/><Override ContentType='b'/>"),
     IN("<Default ContentType='a'/><Override ContentType='b'/>" OF("json"))},
    /* of the very file, but what NuGet would say */
    {IN(PART("/Build.json", OCTET)), IN(PART("/Build.json", OCTET) OF("json"))},
    {IN(PART("/Build.json.txt", "a/b") PART("/sub/Build.json", "a/b")),
     IN(PART("/Build.json.txt", "a/b") PART("/sub/Build.json", "a/b") OF("json"))},
};

static void
a_type_is_added(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, rows[i].before);
        if (host_rewrite(&h) != CMK_OK)
            fail_msg("%s: %s", rows[i].before, h.why);
        assert_string_equal(cm_buf_text(host_outcome(&h, "[Content_Types].xml")),
                            rows[i].after != NULL ? rows[i].after : rows[i].before);
        assert_int_equal(h.splice_count, rows[i].after != NULL ? 1 : 0);
        assert_string_equal(cm_buf_text(host_outcome(&h, "Build.json")), "{\"a\":\"b\"}");
    }
}

static void
utf16_stays_utf16(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    CM_CLEANUP(cm_buf_done) struct cm_buf before = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf after = CM_BUF_INIT(1 << 16);
    (void)state;
    host_utf16(&before, IN("<!--~^-->\n " RELS "\n"), true);
    host_utf16(&after, IN("<!--~^-->\n " RELS "\n " OF("json") "\n"), true);
    host_open(&h);
    host_text(&h, "Widget.nuspec", NUSPEC);
    host_entry(&h, "[Content_Types].xml", before.at, before.size);
    json_object_set_new(h.attachments, "Build.json", json_object());
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(host_outcome(&h, "[Content_Types].xml")->size, after.size);
    assert_memory_equal(h.outcome.at, after.at, after.size);
}

/* Of a package that is documented but for that. */
static void
a_type_alone_is_added(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, IN(""));
    host_text(&h, "Build.json", "{\"a\":\"b\"}");
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(host_edits(&h), 1);
    assert_string_equal(cm_buf_text(host_outcome(&h, "[Content_Types].xml")), IN(OF("json")));
}

static void
each_extension_gets_one(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, IN("\n " RELS "\n"));
    json_object_set_new(h.attachments, "Other.json", json_object());
    json_object_set_new(h.attachments, "Log.txt", json_string("a\n"));
    json_object_set_new(h.attachments, "Job.xml", json_string("<a/>"));
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_string_equal(cm_buf_text(host_outcome(&h, "[Content_Types].xml")),
                        IN("\n " RELS "\n " OF("json") "\n " OF("txt") "\n " OF("xml") "\n"));
    assert_int_equal(h.splice_count, 1);
    assert_int_equal(host_edits(&h), 5);
}

static const struct {
    const char *types, *says;
    int32_t status;
} refused[] = {
    {"<!DOCTYPE Types>" IN(""), "a document type", CMK_E_UNSUPPORTED},
    {"x", "white space outside", CMK_E_MALFORMED},
    {"<Types xmlns='" SPACE "'/>", "<Types> is empty", CMK_E_UNSUPPORTED},
    {"<Types></Types>", "no <Types> of OPC's namespace", CMK_E_UNSUPPORTED},
    {"<Types xmlns='u:1'></Types>", "no <Types> of OPC's namespace", CMK_E_UNSUPPORTED},
    {"<types xmlns='" SPACE "'></types>", "no <Types> of OPC's namespace", CMK_E_UNSUPPORTED},
    {"<x><Types xmlns='" SPACE "'></Types></x>", "no <Types> of OPC's", CMK_E_UNSUPPORTED},
    {IN(OF("json") "\n" OF("json")), "line 2: a second default", CMK_E_UNSUPPORTED},
    {IN(OF("json") OF("Json")), "a second default", CMK_E_UNSUPPORTED},
    {IN("<default Extension='json' ContentType='a'/>"), "may take this for the default",
     CMK_E_UNSUPPORTED},
    {IN("<Default extension='json' ContentType='a'/>"), "may take this for the default",
     CMK_E_UNSUPPORTED},
    {IN("<Default xmlns:x='u:1' x:Extension='json' ContentType='a'/>"),
     "may take this for the default", CMK_E_UNSUPPORTED},
    {IN("<Default xmlns='' Extension='json' ContentType='a'/>"), "may take this for the default",
     CMK_E_UNSUPPORTED},
    {IN(PART("/Build.json", "text/html")), "a type is said of the very file", CMK_E_UNSUPPORTED},
    {IN(PART("/build.JSON", "text/html")), "a type is said of the very file", CMK_E_UNSUPPORTED},
    {IN(PART("/%42uild.json", "text/html")), "a type is said of the very file", CMK_E_UNSUPPORTED},
    {IN(PART("Build.json", "text/html")), "a type is said of the very file", CMK_E_UNSUPPORTED},
    {IN("<Override PartName='/Build.json'/>"), "a type is said of the very file",
     CMK_E_UNSUPPORTED},
    {IN("<override PartName='/Build.json' ContentType='" OCTET "'/>"), "a type is said of the very",
     CMK_E_UNSUPPORTED},
    {IN("<Override partname='/Build.json' ContentType='" OCTET "'/>"), "a type is said of the very",
     CMK_E_UNSUPPORTED},
    {IN("<Override xmlns='' PartName='/Build.json' ContentType='" OCTET "'/>"),
     "a type is said of the very", CMK_E_UNSUPPORTED},
    {IN(PART("/Build.json", OCTET) PART("/Build.json", "text/html")), "a type is said of the very",
     CMK_E_UNSUPPORTED},
};

static void
other_files_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(refused); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, refused[i].types);
        int32_t status = host_rewrite(&h);
        if (status != refused[i].status || strstr(h.why, refused[i].says) == NULL ||
            strncmp(h.why, "[Content_Types].xml, ", 21) != 0)
            fail_msg("%s: %d, %s", refused[i].types, status, h.why);
        assert_int_equal(host_edits(&h), 0);
        /* where nothing is attached nobody asks */
        json_object_clear(h.attachments);
        assert_int_equal(host_rewrite(&h), CMK_OK);
    }
}

static void
none_is_made(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    host_text(&h, "Widget.nuspec", NUSPEC);
    json_object_set_new(h.attachments, "Build.json", json_object());
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(host_edits(&h), 1);
    assert_non_null(host_outcome(&h, "Build.json"));
}

static void
one_alike_is_refused(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    host_text(&h, "Widget.nuspec", NUSPEC);
    host_text(&h, "[content_types].xml", IN(OF("json")));
    json_object_set_new(h.attachments, "Build.json", json_object());
    assert_int_equal(host_rewrite(&h), CMK_E_MALFORMED);
    assert_non_null(strstr(h.why, "[content_types].xml: readers differ"));
}

/* What an honest package may have of files without an extension. */
static void
many_files_have_room(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    CM_CLEANUP(cm_buf_done) struct cm_buf types = CM_BUF_INIT(NU_MOST_TYPES);
    (void)state;
    cm_buf_puts(&types, "<Types xmlns=\"" SPACE "\">\n");
    for (int i = 0; i < 65000; i++)
        cm_buf_printf(&types, "<Override PartName=\"/%05d\" ContentType=\"a/b\"/>\n", i);
    cm_buf_puts(&types, "</Types>");
    open_with(&h, cm_buf_text(&types));
    if (host_rewrite(&h) != CMK_OK)
        fail_msg("%s", h.why);
    assert_int_equal(h.splice_count, 1);
}

static void
it_may_be_too_large(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    char *text = calloc(1, NU_MOST_TYPES + 1);
    (void)state;
    assert_non_null(text);
    memset(text, ' ', NU_MOST_TYPES + 1);
    host_open(&h);
    host_text(&h, "Widget.nuspec", NUSPEC);
    host_entry(&h, "[Content_Types].xml", text, NU_MOST_TYPES + 1);
    json_object_set_new(h.attachments, "Build.json", json_object());
    assert_int_equal(host_rewrite(&h), CMK_E_LIMIT);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_type_is_added),         cmocka_unit_test(utf16_stays_utf16),
        cmocka_unit_test(a_type_alone_is_added),   cmocka_unit_test(each_extension_gets_one),
        cmocka_unit_test(other_files_are_refused), cmocka_unit_test(none_is_made),
        cmocka_unit_test(one_alike_is_refused),    cmocka_unit_test(many_files_have_room),
        cmocka_unit_test(it_may_be_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
