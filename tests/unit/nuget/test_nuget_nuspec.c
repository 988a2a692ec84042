/* SPDX-License-Identifier: Apache-2.0
 *
 * The repository element: where it is put in, what is corrected in it, and which nuspecs are none.
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

#define SCHEMA(year) "http://schemas.microsoft.com/packaging/" year "/nuspec.xsd"
#define SPACE        SCHEMA("2010/07")
#define ATTRIBUTES   "type=\"git\" url=\"" HOST_URL "\" branch=\"main\" commit=\"" HOST_COMMIT "\""
#define ELEMENT      "<repository " ATTRIBUTES " />"
#define IN(inside)   "<package><metadata>" inside "</metadata></package>"

static void
open_with(struct host *h, const char *nuspec)
{
    host_open(h);
    host_text(h, "Widget.nuspec", nuspec);
}

static void
becomes(struct host *h, const char *before, const char *after)
{
    if (host_rewrite(h) != CMK_OK)
        fail_msg("%s: %s", before, h->why);
    assert_string_equal(cm_buf_text(host_outcome(h, "Widget.nuspec")), after);
    assert_int_equal(h->splice_count > 0, strcmp(before, after) != 0);
}

/* ---- put in ---- */

static const struct {
    const char *before, *after;
} put_in[] = {
    /* white space as it is there */
    {IN("<id>a</id>"), IN("<id>a</id>" ELEMENT)},
    {"<package>\n  <metadata>\n    <id>a</id>\n  </metadata>\n</package>\n",
     "<package>\n  <metadata>\n    <id>a</id>\n    " ELEMENT "\n  </metadata>\n</package>\n"},
    {"<package>\r\n\t<metadata>\r\n\t\t<id>a</id>\r\n\t</metadata>\r\n</package>",
     "<package>\r\n\t<metadata>\r\n\t\t<id>a</id>\r\n\t\t" ELEMENT
     "\r\n\t</metadata>\r\n</package>"},
    {IN("\r <id>a</id>\r"), IN("\r <id>a</id>\r " ELEMENT "\r")},
    {IN("\n\n\n  <id>a</id>\n\n"), IN("\n\n\n  <id>a</id>\n  " ELEMENT "\n\n")},
    {IN("\n  <id>a</id>"), IN("\n  <id>a</id>\n  " ELEMENT)},
    {IN("\n  <id>a</id> <b/>\n"), IN("\n  <id>a</id> <b/>\n" ELEMENT)},
    {IN("\n  <id>a</id> "), IN("\n  <id>a</id> \n  " ELEMENT)},
    {IN("<id>a</id>\n"), IN("<id>a</id>\n" ELEMENT)},
    {IN("\n<id>a</id>\n"), IN("\n<id>a</id>\n" ELEMENT "\n")},
    {IN("\n  "), IN("\n  " ELEMENT)},
    {IN(""), IN(ELEMENT)},
    {IN("\n  <id>a</id>\n  text  \n"), IN("\n  <id>a</id>\n  text\n  " ELEMENT "  \n")},
    {IN("\n  <id>a</id>\n  <!-- x -->\n"), IN("\n  <id>a</id>\n  <!-- x -->\n  " ELEMENT "\n")},
    {IN("\n <id>a</id><![CDATA[ \n]]>"), IN("\n <id>a</id><![CDATA[ \n]]>\n " ELEMENT)},
    {IN("\n <id>a</id>&#10;"), IN("\n <id>a</id>&#10;\n " ELEMENT)},
    {IN("\n <id>a\n</id>\n"), IN("\n <id>a\n</id>\n " ELEMENT "\n")},
    {"<package><metadata>\n <id/>\n</metadata ></package >",
     "<package><metadata>\n <id/>\n " ELEMENT "\n</metadata ></package >"},
    {"<?xml version=\"1.0\"?>\n<!-- c -->\n<package><metadata>\n</metadata></package>\n<!-- d -->",
     "<?xml version=\"1.0\"?>\n<!-- c -->\n<package><metadata>\n" ELEMENT
     "</metadata></package>\n<!-- d -->"},
    {"\xef\xbb\xbf" IN("<id>\xc3\xa4\xf0\x9f\x98\x80</id>"),
     "\xef\xbb\xbf" IN("<id>\xc3\xa4\xf0\x9f\x98\x80</id>" ELEMENT)},

    /* what only looks like one */
    {IN("<!--<repository/></metadata>--><id/>"),
     IN("<!--<repository/></metadata>--><id/>" ELEMENT)},
    {IN("<id/><![CDATA[<repository/></metadata>]]>"),
     IN("<id/><![CDATA[<repository/></metadata>]]>" ELEMENT)},
    {IN("<?x <repository/></metadata>?>"), IN("<?x <repository/></metadata>?>" ELEMENT)},
    {IN("<id a=\"/>\" b='\">repository'>&lt;repository/></id>"),
     IN("<id a=\"/>\" b='\">repository'>&lt;repository/></id>" ELEMENT)},
    {IN("<b><repository/></b>"), IN("<b><repository/></b>" ELEMENT)},
    {IN("<repositories/><repositor/><b repository='1'/>"),
     IN("<repositories/><repositor/><b repository='1'/>" ELEMENT)},
    {"<package><metadata></metadata><files><repository/></files><repository/></package>",
     "<package><metadata>" ELEMENT
     "</metadata><files><repository/></files><repository/></package>"},
    {"<package><files><metadata/></files><metadata></metadata></package>",
     "<package><files><metadata/></files><metadata>" ELEMENT "</metadata></package>"},

    /* namespaces */
    {"<package xmlns='" SPACE "'><metadata></metadata></package>",
     "<package xmlns='" SPACE "'><metadata>" ELEMENT "</metadata></package>"},
    {"<package><metadata xmlns='" SPACE "'></metadata></package>",
     "<package><metadata xmlns='" SPACE "'>" ELEMENT "</metadata></package>"},
    {"<package xmlns='" SPACE "'><metadata xmlns=''></metadata></package>",
     "<package xmlns='" SPACE "'><metadata xmlns=''>" ELEMENT "</metadata></package>"},
    {"<package xmlns='" SCHEMA("2011/08") "'><metadata></metadata></package>",
     "<package xmlns='" SCHEMA("2011/08") "'><metadata>" ELEMENT "</metadata></package>"},
    {"<package xmlns='" SCHEMA("2011/10") "'><metadata></metadata></package>",
     "<package xmlns='" SCHEMA("2011/10") "'><metadata>" ELEMENT "</metadata></package>"},
    {"<package xmlns='" SCHEMA("2012/06") "'><metadata></metadata></package>",
     "<package xmlns='" SCHEMA("2012/06") "'><metadata>" ELEMENT "</metadata></package>"},
    {"<package xmlns='" SCHEMA("2013/01") "'><metadata></metadata></package>",
     "<package xmlns='" SCHEMA("2013/01") "'><metadata>" ELEMENT "</metadata></package>"},
    {"<package xmlns='" SCHEMA("2013/05") "'><metadata></metadata></package>",
     "<package xmlns='" SCHEMA("2013/05") "'><metadata>" ELEMENT "</metadata></package>"},
    {"<p:package xmlns:p='" SPACE "'><p:metadata><p:id/></p:metadata></p:package>",
     "<p:package xmlns:p='" SPACE "'><p:metadata><p:id/>" ELEMENT "</p:metadata></p:package>"},
    {IN("<b xmlns='urn:x'><repository/></b>"), IN("<b xmlns='urn:x'><repository/></b>" ELEMENT)},
};

static void
it_is_put_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(put_in); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, put_in[i].before);
        becomes(&h, put_in[i].before, put_in[i].after);
        assert_int_equal(h.splice_count, 1);
        assert_int_equal(h.splices[0].size, 0);
        assert_int_equal(host_edits(&h), 1);
    }
}

static void
without_a_branch(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, IN(""));
    host_set(h.origin, "ref", "refs/tags/v1");
    becomes(&h, "",
            IN("<repository type=\"git\" url=\"" HOST_URL "\" commit=\"" HOST_COMMIT "\" />"));
    assert_null(strstr(cm_buf_text(&h.notes), "repository.branch"));
    host_set(h.origin, "ref", NULL);
    becomes(&h, "",
            IN("<repository type=\"git\" url=\"" HOST_URL "\" commit=\"" HOST_COMMIT "\" />"));
}

static void
values_are_escaped(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, IN(""));
    host_set(h.origin, "repository", "https://git.example/a&b/'c'");
    host_set(h.origin, "ref", "refs/heads/\"<\xc3\xa4>");
    becomes(&h, "",
            IN("<repository type=\"git\" url=\"https://git.example/a&amp;b/&apos;c&apos;\" "
               "branch=\"&quot;&lt;\xc3\xa4&gt;\" commit=\"" HOST_COMMIT "\" />"));
}

/* ---- corrected ---- */

#define URL    "url=\"" HOST_URL "\""
#define COMMIT "commit=\"" HOST_COMMIT "\""
#define OTHER  "fedcba9876543210fedcba9876543210fedcba98"

static const struct {
    const char *before, *after;
    size_t edits;
} corrected[] = {
    /* the same facts, however they are written */
    {IN(ELEMENT), NULL, 0},
    {IN("<repository branch='main' " COMMIT " type=\"GIT\"\n url='" HOST_URL
        ".git/'></repository>"),
     NULL, 0},
    {IN("<repository type='git' url='HTTPS://GIT.Example:443/acme/widget.git' "
        "commit='0123456789ABCDEF0123456789ABCDEF01234567' branch='refs/heads/main'/>"),
     NULL, 0},
    {IN("<repository type='&#103;it' url='https://git.example&#x2F;acme/widget' "
        "commit='" HOST_COMMIT "' branch='main'>\n<!-- a --></repository>"),
     NULL, 0},
    {"<package xmlns:n='" SPACE "' xmlns='" SPACE "'><metadata><n:repository " ATTRIBUTES
     "/></metadata></package>",
     NULL, 0},

    /* what is missing is put behind the rest */
    {IN("<repository/>"), IN("<repository " ATTRIBUTES "/>"), 1},
    {IN("<repository />"), IN("<repository " ATTRIBUTES " />"), 1},
    {IN("<repository></repository>"), IN("<repository " ATTRIBUTES "></repository>"), 1},
    {IN("<repository\n  type='git'\n  " URL "\n/>"),
     IN("<repository\n  type='git'\n  " URL " branch=\"main\" " COMMIT "\n/>"), 1},
    {IN("<repository " COMMIT " a='b'/>"),
     IN("<repository " COMMIT " a='b' type=\"git\" " URL " branch=\"main\"/>"), 1},
    {IN("<repository a='>' b=\"/>\" c='/>'/>"),
     IN("<repository a='>' b=\"/>\" c='/>' " ATTRIBUTES "/>"), 1},

    /* what is empty is filled in: it says nothing */
    {IN("<repository type='' url=\"\" branch='' commit=\"\" />"),
     IN("<repository type='git' " URL " branch='main' " COMMIT " />"), 4},

    /* what contradicts is replaced where it stands */
    {IN("<repository type='svn' url='http://git.example/acme/widget' branch='dev' commit='" OTHER
        "'/>"),
     IN("<repository type='git' url='" HOST_URL "' branch='main' commit='" HOST_COMMIT "'/>"), 4},
    {IN("<repository commit=\"abc&amp;\" x='1' branch='a&#10;b' " URL " type='git'/>"),
     IN("<repository commit=\"" HOST_COMMIT "\" x='1' branch='main' " URL " type='git'/>"), 2},
    {IN("<repository commit='" OTHER "' type='git'/>"),
     IN("<repository commit='" HOST_COMMIT "' type='git' " URL " branch=\"main\"/>"), 2},
    {IN("<repository type='git' commit='" OTHER "'/>"),
     IN("<repository type='git' commit='" HOST_COMMIT "' " URL " branch=\"main\"/>"), 2},
    {IN("<repository type='git' " URL " branch='Main' " COMMIT "/>"),
     IN("<repository type='git' " URL " branch='main' " COMMIT "/>"), 1},
    {IN("<repository type='git' " URL " branch='heads/main' " COMMIT "/>"),
     IN("<repository type='git' " URL " branch='main' " COMMIT "/>"), 1},
};

static void
it_is_corrected(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(corrected); i++) {
        CM_CLEANUP(host_close) struct host h;
        const char *before = corrected[i].before;
        open_with(&h, before);
        host_set(h.options, "contradiction", "replace");
        becomes(&h, before, corrected[i].after != NULL ? corrected[i].after : before);
        assert_int_equal(h.splice_count, corrected[i].edits);
    }
}

/* Of a tag there is no branch: one that is named is dropped, with the space in front of it. */
static void
a_branch_is_dropped(void **state)
{
    static const struct {
        const char *ref, *before, *after;
        size_t edits;
    } rows[] = {
        {"refs/tags/v1", IN("<repository type='git' " URL " branch='main' " COMMIT " />"),
         IN("<repository type='git' " URL " " COMMIT " />"), 1},
        {"refs/tags/v1", IN("<repository type='git' " URL "\r\n\tbranch = 'v1' />"),
         IN("<repository type='git' " URL " " COMMIT " />"), 1},
        {"refs/tags/v1", IN("<repository branch='x'/>"),
         IN("<repository type=\"git\" " URL " " COMMIT "/>"), 1},
        {"refs/tags/v1", IN("<repository branch='x' type='git' url='' commit='" OTHER "'/>"),
         IN("<repository type='git' url='" HOST_URL "' commit='" HOST_COMMIT "'/>"), 3},
        {"refs/tags/v1", IN("<repository type='git' " URL " branch='refs/tags/v1' " COMMIT " />"),
         NULL, 0},
        {"refs/tags/v1", IN("<repository type='git' " URL " branch='' " COMMIT " />"), NULL, 0},
        {"refs/pull/1/head", IN("<repository type='git' " URL " branch='1/head' " COMMIT " />"),
         IN("<repository type='git' " URL " " COMMIT " />"), 1},
        {NULL, IN("<repository type='git' " URL " branch='main' " COMMIT " />"),
         IN("<repository type='git' " URL " " COMMIT " />"), 1},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, rows[i].before);
        host_set(h.options, "contradiction", "replace");
        host_set(h.origin, "ref", rows[i].ref);
        becomes(&h, rows[i].before, rows[i].after != NULL ? rows[i].after : rows[i].before);
        assert_int_equal(h.splice_count, rows[i].edits);
    }
}

/* ---- UTF-16 ---- */

static void
utf16_stays_utf16(void **state)
{
    static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n";
    static const struct {
        const char *before, *after;
    } rows[] = {
        {IN("\r\n  <id>~^</id>\r\n"), IN("\r\n  <id>~^</id>\r\n  " ELEMENT "\r\n")},
        {IN("<a>^^</a><repository type='git' url='~^' branch='main' commit='" OTHER "'/>^"),
         IN("<a>^^</a><repository type='git' url='" HOST_URL "' branch='main' commit='" HOST_COMMIT
            "'/>^")},
    };
    (void)state;
    for (size_t i = 0; i < 2 * CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        CM_CLEANUP(cm_buf_done) struct cm_buf before = CM_BUF_INIT(1 << 16);
        CM_CLEANUP(cm_buf_done) struct cm_buf after = CM_BUF_INIT(1 << 16);
        char text[2048];
        bool little = i % 2 == 0;
        (void)snprintf(text, sizeof text, "%s%s", i < 2 ? head : "", rows[i / 2].before);
        host_utf16(&before, text, little);
        (void)snprintf(text, sizeof text, "%s%s", i < 2 ? head : "", rows[i / 2].after);
        host_utf16(&after, text, little);
        host_open(&h);
        host_entry(&h, "Widget.nuspec", before.at, before.size);
        host_set(h.options, "contradiction", "replace");
        if (host_rewrite(&h) != CMK_OK)
            fail_msg("%s: %s", rows[i / 2].before, h.why);
        const struct cm_buf *outcome = host_outcome(&h, "Widget.nuspec");
        assert_int_equal(outcome->size, after.size);
        assert_memory_equal(outcome->at, after.at, after.size);
    }
}

/* Characters of more than two bytes are written in pairs. */
static void
utf16_is_written_in_pairs(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    CM_CLEANUP(cm_buf_done) struct cm_buf before = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf after = CM_BUF_INIT(1 << 16);
    (void)state;
    host_utf16(&before, IN("<repository branch='main'/>"), false);
    host_utf16(&after, IN("<repository branch='~^' type=\"git\" " URL " " COMMIT "/>"), false);
    host_open(&h);
    host_entry(&h, "Widget.nuspec", before.at, before.size);
    host_set(h.origin, "ref", "refs/heads/\xc3\xa4\xf0\x9f\x98\x80");
    host_set(h.options, "contradiction", "replace");
    assert_int_equal(host_rewrite(&h), CMK_OK);
    assert_int_equal(host_outcome(&h, "Widget.nuspec")->size, after.size);
    assert_memory_equal(h.outcome.at, after.at, after.size);
}

/* ---- contradictions ---- */

static void
a_contradiction_is_refused(void **state)
{
    static const struct {
        const char *before, *says, *note;
    } rows[] = {
        {IN("<repository type='git' url='https://evil.example/acme/widget' branch='main' " COMMIT
            "/>"),
         "repository.url is 'https://evil.example/acme/widget' there, and '" HOST_URL
         "' by the origin",
         "repository.url: https://evil.example/acme/widget -> " HOST_URL},
        {IN("<repository type='git' " URL " branch='main' commit='" OTHER "'/>"),
         "repository.commit is '" OTHER "' there, and '" HOST_COMMIT "' by the origin",
         "repository.commit: " OTHER " -> " HOST_COMMIT},
        {IN("<repository type='git' " URL " branch='main' commit='0123456'/>"),
         "repository.commit is '0123456' there", "repository.commit: 0123456 -> " HOST_COMMIT},
        {IN("<repository type='hg' " URL " branch='main' " COMMIT "/>"),
         "repository.type is 'hg' there, and 'git' by the origin", "repository.type: hg -> git"},
        {IN("<repository type='git' " URL " branch='dev' " COMMIT "/>"),
         "repository.branch is 'dev' there, and 'main' by the origin",
         "repository.branch: dev -> main"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, rows[i].before);
        assert_int_equal(host_rewrite(&h), CMK_E_DENIED);
        if (strstr(h.why, rows[i].says) == NULL || strncmp(h.why, "Widget.nuspec", 13) != 0)
            fail_msg("%s", h.why);
        assert_non_null(strstr(h.why, "contradiction = \"replace\""));
        assert_int_equal(host_edits(&h), 0);
        assert_true(host_noted(&h, rows[i].note));

        host_set(h.options, "contradiction", "replace");
        assert_int_equal(host_rewrite(&h), CMK_OK);
        assert_true(host_noted(&h, rows[i].note));
        assert_int_equal(h.splice_count, 1);
    }
}

static void
what_is_empty_contradicts_nothing(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, IN("<repository type='' url='' branch='' commit='' />"));
    becomes(
        &h, "",
        IN("<repository type='git' url='" HOST_URL "' branch='main' commit='" HOST_COMMIT "' />"));
    assert_true(host_noted(&h, "repository.branch:  -> main"));
}

static void
all_contradictions_are_named(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    open_with(&h, IN("<repository type='hg' url='a' branch='b' commit='c'/>"));
    host_set(h.origin, "ref", "refs/tags/v1");
    assert_int_equal(host_rewrite(&h), CMK_E_DENIED);
    assert_non_null(strstr(h.why, "repository.type is 'hg' there, and 'git' by the origin; "
                                  "repository.url is 'a' there, and '" HOST_URL
                                  "' by the origin; repository.branch is 'b' there, and nothing by "
                                  "the origin; repository.commit is 'c' there"));
    assert_true(host_noted(&h, "repository.branch: b -> "));
}

/* A long value leaves room for what to do about it. */
static void
long_values_are_cut(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    char nuspec[4096];
    (void)state;
    (void)snprintf(nuspec, sizeof nuspec, IN("<repository url='%01000d\xc3\xa4'/>"), 0);
    open_with(&h, nuspec);
    assert_int_equal(host_rewrite(&h), CMK_E_DENIED);
    assert_non_null(strstr(h.why, "000...' there, and '" HOST_URL "' by the origin"));
    assert_true(strlen(h.why) < 800);
}

/* ---- no nuspec that can be edited ---- */

static const struct {
    const char *nuspec, *says;
    int32_t status;
} refused[] = {
    {"<!DOCTYPE package>" IN(""), "a document type", CMK_E_UNSUPPORTED},
    {"not XML", "white space outside", CMK_E_MALFORMED},
    {"", "there is no element", CMK_E_MALFORMED},
    {"<package/>", "there is no <metadata>", CMK_E_MALFORMED},
    {"<package><metadata/></package>", "<metadata> is empty", CMK_E_MALFORMED},
    {"<package><package><metadata></metadata></package></package>", "there is no <metadata>",
     CMK_E_MALFORMED},
    {"<nuspec><metadata></metadata></nuspec>", "may take for <package>", CMK_E_MALFORMED},
    {"<pack><metadata></metadata></pack>", "may take for <package>", CMK_E_MALFORMED},
    {"<Package><metadata></metadata></Package>", "may take for <package>", CMK_E_MALFORMED},
    {"<metadata></metadata>", "may take for <package>", CMK_E_MALFORMED},
    {"<package><Metadata></Metadata></package>", "may take for <metadata>", CMK_E_MALFORMED},
    {"<package><metadata></metadata>\n<metadata></metadata></package>",
     "line 2: a second <metadata>", CMK_E_MALFORMED},
    {"<package><metadata></metadata><METADATA/></package>", "a second <metadata>", CMK_E_MALFORMED},
    {"<package><metadata></metadata><x:metadata xmlns:x='u:1'/></package>", "a second <metadata>",
     CMK_E_MALFORMED},
    {"<package xmlns='u:1'><metadata xmlns=''></metadata></package>",
     "<package> in the namespace 'u:1'", CMK_E_UNSUPPORTED},
    {"<package><metadata xmlns='" SCHEMA("2014/01") "'></metadata></package>",
     "<metadata> in the namespace 'http://schemas.microsoft.com/packaging/2014/01/nuspec.xsd'",
     CMK_E_UNSUPPORTED},
    {"<p:package xmlns:p='" SPACE "' xmlns='u:1'><p:metadata></p:metadata></p:package>",
     "the default namespace", CMK_E_UNSUPPORTED},
    {"<p:package xmlns:p='" SPACE "'><p:metadata xmlns='u:1'></p:metadata></p:package>",
     "the default namespace", CMK_E_UNSUPPORTED},

    {IN(ELEMENT "\n" ELEMENT), "line 2: a second <repository>", CMK_E_MALFORMED},
    {IN(ELEMENT "<Repository/>"), "a second <repository>", CMK_E_MALFORMED},
    {IN("<repository xmlns='u:1'/>" ELEMENT), "a second <repository>", CMK_E_MALFORMED},
    {IN("<Repository " ATTRIBUTES "/>"), "<repository> in another case", CMK_E_MALFORMED},
    {IN("<REPOSITORY/>"), "<repository> in another case", CMK_E_MALFORMED},
    {IN("<repository xmlns='u:1' " ATTRIBUTES "/>"), "<repository> in another namespace",
     CMK_E_UNSUPPORTED},
    {IN("<repository xmlns='" SPACE "' " ATTRIBUTES "/>"), "<repository> in another namespace",
     CMK_E_UNSUPPORTED},
    {"<package xmlns='" SPACE "'><metadata><repository xmlns=''/></metadata></package>",
     "<repository> in another namespace", CMK_E_UNSUPPORTED},
    {"<p:package xmlns:p='" SPACE "'><p:metadata><p:repository/></p:metadata></p:package>",
     "<repository> in another namespace", CMK_E_UNSUPPORTED},
    {IN("<repository URL='x'/>"), "may take for 'url'", CMK_E_MALFORMED},
    {IN("<repository " ATTRIBUTES " Commit='x'/>"), "may take for 'commit'", CMK_E_MALFORMED},
    {IN("<repository xmlns:x='u:1' x:type='x'/>"), "may take for 'type'", CMK_E_MALFORMED},
    {IN("<repository " ATTRIBUTES " xmlns:branch='u:1'/>"), "may take for 'branch'",
     CMK_E_MALFORMED},
};

static void
other_nuspecs_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(refused); i++) {
        CM_CLEANUP(host_close) struct host h;
        open_with(&h, refused[i].nuspec);
        host_set(h.options, "contradiction", "replace");
        int32_t status = host_rewrite(&h);
        if (status != refused[i].status || strstr(h.why, refused[i].says) == NULL ||
            strncmp(h.why, "Widget.nuspec", 13) != 0)
            fail_msg("%s: %d, %s", refused[i].nuspec, status, h.why);
        assert_int_equal(host_edits(&h), 0);
    }
}

static void
a_large_nuspec_is_refused(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    static char text[NU_MOST_NUSPEC + 1];
    static const char head[] = "<package><metadata></metadata><!--", tail[] = "--></package>";
    (void)state;
    memset(text, 'x', sizeof text);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + NU_MOST_NUSPEC - sizeof tail + 1, tail, sizeof tail - 1);
    host_open(&h);
    host_entry(&h, "Widget.nuspec", text, NU_MOST_NUSPEC);
    assert_int_equal(host_rewrite(&h), CMK_OK);
    host_close(&h);
    memcpy(text + NU_MOST_NUSPEC - sizeof tail + 2, tail, sizeof tail - 1);
    host_open(&h);
    host_entry(&h, "Widget.nuspec", text, NU_MOST_NUSPEC + 1);
    assert_int_equal(host_rewrite(&h), CMK_E_LIMIT);
}

/* ---- kinds ---- */

static void
types_are_read(void **state)
{
    static const struct {
        const char *inside, *types;
        bool symbols;
    } rows[] = {
        {"", "", false},
        {"<packageTypes/>", "", false},
        {"<packageTypes><packageType/></packageTypes>", "", false},
        {"<packageTypes><packageType name='Dependency'/><packageType name=\"DotnetTool\"/>"
         "</packageTypes>",
         "Dependency, DotnetTool", false},
        {"<packageTypes><packageType name='SymbolsPackage'/></packageTypes>", "SymbolsPackage",
         true},
        {"<packageTypes><packageType name='Dependency'/><packageType name='symbolspackage'/>"
         "</packageTypes>",
         "Dependency, symbolspackage", true},
        {"<packageTypes><packageType name='SymbolsPackage'/><packageType name='Dependency'/>"
         "</packageTypes>",
         "SymbolsPackage, Dependency", true},
        {"<PackageTypes><PACKAGETYPE xmlns:x='u:1' x:Name='Symbol&#115;Package'/></PackageTypes>",
         "SymbolsPackage", true},
        {"<packageTypes/><x:packageTypes xmlns:x='u:1'><packageType name='SymbolsPackage'/>"
         "</x:packageTypes>",
         "SymbolsPackage", true},
        {"<b><packageTypes><packageType name='SymbolsPackage'/></packageTypes></b>", "", false},
        {"<packageTypes><b><packageType name='SymbolsPackage'/></b></packageTypes>", "", false},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        struct nu_xml x;
        struct nu_nuspec n;
        struct nu_why why;
        bool symbols = false;
        char text[1024];
        host_open(&h);
        struct cmk_call *c = host_call(&h);
        (void)snprintf(text, sizeof text, IN("%s"), rows[i].inside);
        assert_true(nu_xml_read(c, "a", (struct cmk_bytes){text, strlen(text)}, 4096, &x, &why));
        assert_true(nu_nuspec_read(c, &x, &n, &why));
        assert_string_equal(nu_nuspec_types(c, &n, &symbols), rows[i].types);
        assert_int_equal(symbols, rows[i].symbols);
    }
}

/* They are for people to read. */
static void
many_types_are_cut(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    struct nu_xml x;
    struct nu_nuspec n;
    struct nu_why why;
    bool symbols = false;
    (void)state;
    cm_buf_puts(&text, "<package><metadata><packageTypes>");
    for (int i = 0; i < 90; i++)
        cm_buf_printf(&text, "<packageType name='%0100d'/>", i);
    cm_buf_puts(&text, "<packageType name='SymbolsPackage'/></packageTypes></metadata></package>");
    host_open(&h);
    struct cmk_call *c = host_call(&h);
    assert_true(nu_xml_read(c, "a", (struct cmk_bytes){text.at, text.size}, 1 << 16, &x, &why));
    assert_true(nu_nuspec_read(c, &x, &n, &why));
    assert_true(strlen(nu_nuspec_types(c, &n, &symbols)) < 1300);
    assert_true(symbols);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_put_in),
        cmocka_unit_test(without_a_branch),
        cmocka_unit_test(values_are_escaped),
        cmocka_unit_test(it_is_corrected),
        cmocka_unit_test(a_branch_is_dropped),
        cmocka_unit_test(utf16_stays_utf16),
        cmocka_unit_test(utf16_is_written_in_pairs),
        cmocka_unit_test(a_contradiction_is_refused),
        cmocka_unit_test(what_is_empty_contradicts_nothing),
        cmocka_unit_test(all_contradictions_are_named),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(other_nuspecs_are_refused),
        cmocka_unit_test(a_large_nuspec_is_refused),
        cmocka_unit_test(types_are_read),
        cmocka_unit_test(many_types_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
