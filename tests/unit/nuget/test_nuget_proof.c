/* SPDX-License-Identifier: Apache-2.0
 *
 * An edit that does not do what it should is found by the plug-in itself. The linker puts
 * __wrap_nu_xml_edit in front of the function that makes edits, and that one makes others.
 */
#include "host.h"
#include "nuget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOOD     "type=\"git\" url=\"" HOST_URL "\" branch=\"main\" commit=\"" HOST_COMMIT "\""
#define OTHER    "fedcba9876543210fedcba9876543210fedcba98"
#define SPACE    "http://schemas.openxmlformats.org/package/2006/content-types"
#define DEFAULT  "<Default Extension=\"json\" ContentType=\"application/octet\" />"
#define IN(text) "<package><metadata>" text "</metadata></package>"

static const char *instead; /* of what is put in; NULL: what it should be */
static uint32_t moved;      /* by so many bytes */

bool __real_nu_xml_edit(struct cmk_call *c, const struct nu_xml *x, const struct nu_edits *edits,
                        struct nu_xml *ret, struct nu_why *why);
bool __wrap_nu_xml_edit(struct cmk_call *c, const struct nu_xml *x, const struct nu_edits *edits,
                        struct nu_xml *ret, struct nu_why *why);

bool
__wrap_nu_xml_edit(struct cmk_call *c, const struct nu_xml *x, const struct nu_edits *edits,
                   struct nu_xml *ret, struct nu_why *why)
{
    struct nu_edits others = *edits;
    if (instead != NULL)
        others.list[0].instead = instead;
    others.list[0].range.at -= moved;
    return __real_nu_xml_edit(c, x, &others, ret, why);
}

/* ---- two documents ---- */

/* What an edit must not do is found: two documents that differ in more than one element. */
static void
other_documents_are_noticed(void **state)
{
    static const struct {
        const char *before, *after;
        bool put_in, same;
        uint32_t indent;
    } rows[] = {
        {"<a>x</a>", "<a>x<b/></a>", true, true, 0},
        {"<a>x</a>", "<a>x <b/></a>", true, true, 1},
        {"<a>x\n</a>", "<a>x\r\n\t<b/>\n</a>", true, true, 2},
        {"<a>x</a>", "<a>x <b/></a>", true, false, 0},
        {"<a>x</a>", "<a>xy<b/></a>", true, false, 1},
        {"<a>x</a>", "<a>x<b/></a>", true, false, 1},
        {"<a/>", "<a><b/></a>", true, true, 0},
        {"<a/>", "<a><b/></a>", true, false, 9},
        {"<a/>", "<a><b/></a><!--c-->", true, false, 0},
        {"<a/><!--c-->", "<a><b/></a>", true, false, 0},
        {"<a>x</a>", "<a>y<b/></a>", true, false, 0},
        {"<a>x</a>", "<a>x<b/>y</a>", true, false, 0},
        {"<a>x</a>", "<a>x<b/><c/></a>", true, false, 0},
        {"<a>x</a>", "<a>x<b/><!--c--></a>", true, false, 0},
        {"<a>x</a>", "<a>x<b/><?c?></a>", true, false, 0},
        {"<a>x</a>", "<a>x<b/><![CDATA[]]></a>", true, false, 0},
        {"<a c='1'/>", "<a c='2'><b/></a>", true, false, 0},
        {"<a c='1'/>", "<a d='1'><b/></a>", true, false, 0},
        {"<a c='1'/>", "<a c=\"&#49;\"><b/></a>", true, true, 0},
        {"<a c='1' d='2'/>", "<a d='2' c='1'><b/></a>", true, false, 0},
        {"<a><!--x--></a>", "<a><!--y--><b/></a>", true, false, 0},
        {"<a><![CDATA[x]]></a>", "<a>x<b/></a>", true, false, 0},
        {"<a><?x y?></a>", "<a><?x z?><b/></a>", true, false, 0},
        {"<a><?x y?></a>", "<a><?y y?><b/></a>", true, false, 0},
        {"<a><c>x</c></a>", "<a><c/>x<b/></a>", true, false, 0},

        {"<a><b url='1'/></a>", "<a><b url='2'/></a>", false, true, 0},
        {"<a><b url='1'/></a>", "<a><b type='' url='2' commit='3'/></a>", false, true, 0},
        {"<a><b url='1'/></a>", "<a><b/></a>", false, true, 0},
        {"<a><b x='1'/></a>", "<a><b x='2'/></a>", false, false, 0},
        {"<a><b x='1'/></a>", "<a><b/></a>", false, false, 0},
        {"<a><b/></a>", "<a><b x='1'/></a>", false, false, 0},
        {"<a><b/></a>", "<a><b>x</b></a>", false, false, 0},
        {"<a><b/></a>", "<a> <b/></a>", false, false, 0},
        {"<a url='1'><b/></a>", "<a url='2'><b/></a>", false, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        struct nu_xml a, b;
        struct nu_why why;
        host_open(&h);
        struct cmk_call *c = host_call(&h);
        const char *before = rows[i].before, *after = rows[i].after;
        assert_true(nu_xml_read(c, "a", (struct cmk_bytes){before, strlen(before)}, 99, &a, &why));
        assert_true(nu_xml_read(c, "b", (struct cmk_bytes){after, strlen(after)}, 99, &b, &why));
        uint32_t new = nu_xml_child(&b, b.root, NU_NONE);
        while (new != NU_NONE && !nu_xml_is(&b, b.events[new].name, "b"))
            new = nu_xml_child(&b, b.root, new);
        const struct nu_exempt exempt = {
            .before = rows[i].put_in ? NU_NONE : nu_xml_child(&a, a.root, NU_NONE),
            .after = new,
            .attributes = rows[i].put_in ? NULL : nu_fact_names,
            .indent = rows[i].indent};
        if (nu_xml_same_but(c, &a, &b, &exempt) != rows[i].same)
            fail_msg("%s and %s", before, after);
    }
}

/* ---- edits ---- */

static void
is_noticed(struct host *h, int32_t status, const char *what)
{
    int32_t is = host_rewrite(h);
    instead = NULL;
    moved = 0;
    if (is != status)
        fail_msg("%s: %d, %s", what, is, h->why);
    assert_int_equal(host_edits(h), status == CMK_OK ? 1 : 0);
    if (status == CMK_E_INTERNAL)
        assert_non_null(strstr(h->why, "the edit would not say what it should"));
}

static void
a_wrong_nuspec_is_noticed(void **state)
{
    static const struct {
        const char *put_in;
        int32_t status;
    } rows[] = {
        {NULL, CMK_OK},
        {"<repository " GOOD "/>", CMK_OK},
        {"", CMK_E_INTERNAL},
        {"<repository/>", CMK_E_INTERNAL},
        {"<repository type=\"git\" url=\"" HOST_URL "\" branch=\"main\"/>", CMK_E_INTERNAL},
        {"<repository type=\"git\" url=\"" HOST_URL "\" branch=\"dev\" commit=\"" HOST_COMMIT
         "\"/>",
         CMK_E_INTERNAL},
        {"<repository type=\"git\" url=\"" HOST_URL "\" branch=\"main\" commit=\"" OTHER "\"/>",
         CMK_E_INTERNAL},
        {"<repository type=\"git\" url=\"" HOST_URL ".git\" branch=\"main\" commit=\"" HOST_COMMIT
         "\"/>",
         CMK_E_INTERNAL},
        {"<repository " GOOD "/>x", CMK_E_INTERNAL},
        {" <repository " GOOD "/>", CMK_E_INTERNAL},
        {"<repository " GOOD "/><license/>", CMK_E_INTERNAL},
        {"<repository " GOOD "/><repository/>", CMK_E_MALFORMED},
        {"<repository " GOOD, CMK_E_MALFORMED},
        {"</metadata><metadata>", CMK_E_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        host_open(&h);
        host_text(&h, "Widget.nuspec", IN("<id>a</id>"));
        instead = rows[i].put_in;
        is_noticed(&h, rows[i].status, rows[i].put_in);
    }
}

static void
a_wrong_place_is_noticed(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    host_text(&h, "Widget.nuspec", IN("<id>a</id>"));
    moved = 5; /* into <id> */
    is_noticed(&h, CMK_E_INTERNAL, "moved");
    host_close(&h);

    host_open(&h);
    host_text(&h, "Widget.nuspec", IN("<repository a='12' type='hg'/>"));
    host_set(h.options, "contradiction", "replace");
    moved = 10; /* into another attribute: 12 becomes git */
    is_noticed(&h, CMK_E_INTERNAL, "moved");
}

/* Corrected where the values stand, and nowhere else. */
static void
a_wrong_value_is_noticed(void **state)
{
    static const struct {
        const char *value;
        int32_t status;
    } rows[] = {
        {NULL, CMK_OK},
        {HOST_URL, CMK_OK},
        {HOST_URL "/", CMK_E_INTERNAL},
        {HOST_URL "' x='1", CMK_E_INTERNAL},
        {HOST_URL "'>x</repository><repository a='", CMK_E_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        host_open(&h);
        host_text(&h, "Widget.nuspec",
                  IN("<repository type='git' branch='main' commit='" HOST_COMMIT "' url='x'/>"));
        host_set(h.options, "contradiction", "replace");
        instead = rows[i].value;
        is_noticed(&h, rows[i].status, rows[i].value);
    }
}

static void
wrong_types_are_noticed(void **state)
{
    static const struct {
        const char *put_in;
        int32_t status;
    } rows[] = {
        {NULL, CMK_OK},
        {DEFAULT, CMK_OK},
        {"", CMK_E_INTERNAL},
        {"<Default Extension=\"jso\" ContentType=\"application/octet\" />", CMK_E_INTERNAL},
        {"<Default Extension=\"JSON\" ContentType=\"application/octet\" />", CMK_E_INTERNAL},
        {"<Default Extension=\"json\" ContentType=\"text/html\" />", CMK_E_INTERNAL},
        {"<Default Extension=\"json\" />", CMK_E_INTERNAL},
        {"<Default ContentType=\"json\" Extension=\"application/octet\" />", CMK_E_INTERNAL},
        {"<Default Extension=\"json\" ContentType=\"application/octet\" x='1'/>", CMK_E_INTERNAL},
        {"<default Extension=\"json\" ContentType=\"application/octet\" />", CMK_E_INTERNAL},
        {"<Default xmlns='' Extension=\"json\" ContentType=\"application/octet\"/>",
         CMK_E_INTERNAL},
        {DEFAULT "x", CMK_E_INTERNAL},
        {" " DEFAULT, CMK_E_INTERNAL},
        {"<Default Extension=\"a\" ContentType=\"b\" />" DEFAULT, CMK_E_INTERNAL},
        {"</Types>", CMK_E_MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < 2 * CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        host_open(&h);
        host_text(&h, "Widget.nuspec", IN("<repository " GOOD "/>"));
        host_text(&h, "[Content_Types].xml",
                  i % 2 == 0 ? "<Types xmlns=\"" SPACE "\"></Types>"
                             : "<Types xmlns=\"" SPACE "\"><Default Extension=\"rels\" "
                               "ContentType=\"a\" /></Types>");
        host_text(&h, "Build.json", "{}");
        json_object_set_new(h.attachments, "Build.json", json_object());
        instead = rows[i / 2].put_in;
        is_noticed(&h, rows[i / 2].status, rows[i / 2].put_in);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_documents_are_noticed), cmocka_unit_test(a_wrong_nuspec_is_noticed),
        cmocka_unit_test(a_wrong_place_is_noticed),    cmocka_unit_test(a_wrong_value_is_noticed),
        cmocka_unit_test(wrong_types_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
