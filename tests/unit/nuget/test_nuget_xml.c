/* SPDX-License-Identifier: Apache-2.0
 *
 * What is read, what is refused, and where things stand.
 */
#include "host.h"
#include "xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST (1u << 20)

/* ---- reading ---- */

static struct nu_why why;

static bool
reads(struct host *h, const void *at, size_t size, struct nu_xml *x)
{
    struct cmk_call *c = host_call(h);
    why = (struct nu_why){CMK_OK, ""};
    bool done = nu_xml_read(c, "a.xml", (struct cmk_bytes){at, size}, MOST, x, &why);
    assert_int_equal(c->base->status(c), CMK_OK);
    assert_int_equal(done, why.status == CMK_OK);
    return done;
}

static void
is_read(struct host *h, const char *text)
{
    struct nu_xml x;
    if (!reads(h, text, strlen(text), &x))
        fail_msg("%s: %s", text, why.text);
}

static const char *const accepted[] = {
    "<a/>",
    "<a></a>",
    " \r\n\t<a/>\n",
    "<?xml version=\"1.0\"?><a/>",
    "<?xml version='1.0' encoding='UTF-8'?><a/>",
    "<?xml version = \"1.0\"\nencoding\t=\r\n\"utf-8\" standalone=\"yes\" ?>\n<a/>",
    "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"Utf-8\"?><a/>",
    "\xef\xbb\xbf<a/>",
    "<a>text &amp; &lt;&gt;&quot;&apos; &#65;&#x41;&#x1F600;&#xaf;&#xEf; b#38; ] ]] > &#13;</a>",
    "<a>a\r\nb\rc\nd\n\re\r\r\nf</a>",
    "<a b=\"x\r\ny\rz\t&#10;&#9; '&gt;>\"/>",
    "<a b='\">' c='' d = \"/>\"\n/>",
    "<a xmlns=\"urn:x\"><b xmlns=\"\" xmlns:c='urn:c' c:d='1' d='2'><c:b/></b></a>",
    "<p:a xmlns:p='urn:p'><p:b p:c='&amp;'/></p:a >",
    "<a xml:lang='en' xml:space=\"preserve\"> </a>",
    "<!-- <b> & ]]> --><a><!---->x<!-- \r\n\r\n -->y</a><!--\r-->",
    "<?b?><?b c?><?b  c d?><?b-1 \r\n?><a><?b <c> & ?></a><?b ?\?>",
    "<a><![CDATA[]]>x<![CDATA[<b>&amp;\r\n]] ]]><![CDATA[y]]></a>",
    "<a>\xc3\xa4\xf0\x9f\x98\x80\xef\xbb\xbf\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbd\x7f\xc2\x85</a>",
    "<a><b><c/></b><b><c></c></b>x<b/></a>",
    "<a names='1' xmlnsx='2' xmln='3'/>",
    "<_a.b-c:d xmlns:_a.b-c='u:1'/>",
};

static void
good_files_are_read(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    for (size_t i = 0; i < CM_COUNT(accepted); i++)
        is_read(&h, accepted[i]);
}

static const struct {
    const char *text, *says;
    int32_t status;
} refused[] = {
    /* no document */
    {"", "there is no element", CMK_E_MALFORMED},
    {" \n", "there is no element", CMK_E_MALFORMED},
    {"<!-- x -->", "there is no element", CMK_E_MALFORMED},
    {"x<a/>", "white space outside", CMK_E_MALFORMED},
    {"<a/>x", "white space outside", CMK_E_MALFORMED},
    {"<a/>&#32;", "white space outside", CMK_E_MALFORMED},
    {"\xef\xbb\xbf\xef\xbb\xbf<a/>", "white space outside", CMK_E_MALFORMED},
    {"<a/><b/>", "a second root", CMK_E_MALFORMED},
    {"<![CDATA[]]><a/>", "CDATA section outside", CMK_E_MALFORMED},

    /* document types, wherever */
    {"<!DOCTYPE a><a/>", "a document type", CMK_E_UNSUPPORTED},
    {"<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "line 2: a document type",
     CMK_E_UNSUPPORTED},
    {"<!doctype a><a/>", "a document type", CMK_E_UNSUPPORTED},
    {"<a><!DOCTYPE a></a>", "a document type", CMK_E_UNSUPPORTED},
    {"<a><!ENTITY b 'c'></a>", "a document type", CMK_E_UNSUPPORTED},
    {"<a/><!DOCTYPE a>", "a document type", CMK_E_UNSUPPORTED},
    {"<a><![cdata[]]></a>", "a document type", CMK_E_UNSUPPORTED},

    /* references */
    {"<a>&b;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>& </a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&amp</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&AMP;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#x;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#X41;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#65 ;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#6A;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#0;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#xD800;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#xFFFF;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#x110000;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#4294967361;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#18446744073709551681;</a>", "a & that begins", CMK_E_MALFORMED},
    {"<a>&#65", "a & that begins", CMK_E_MALFORMED},
    {"<a b='&c;'/>", "a & that begins", CMK_E_MALFORMED},
    {"<a b='&amp'/>", "a & that begins", CMK_E_MALFORMED},

    /* tags */
    {"<a", "a tag that does not end", CMK_E_MALFORMED},
    {"<a ", "a tag that does not end", CMK_E_MALFORMED},
    {"<a>", "an element that does not end", CMK_E_MALFORMED},
    {"<a><b></a>", "another name", CMK_E_MALFORMED},
    {"<a><b></a></b>", "another name", CMK_E_MALFORMED},
    {"<a></A>", "another name", CMK_E_MALFORMED},
    {"<a></ab>", "another name", CMK_E_MALFORMED},
    {"<ab></a>", "another name", CMK_E_MALFORMED},
    {"<a></a", "an end tag that does not end", CMK_E_MALFORMED},
    {"<a></a b='c'>", "an end tag that does not end", CMK_E_MALFORMED},
    {"<a/></a>", "an end tag without a start", CMK_E_MALFORMED},
    {"</a>", "an end tag without a start", CMK_E_MALFORMED},
    {"< a/>", "a name should stand", CMK_E_MALFORMED},
    {"<a></ a>", "a name should stand", CMK_E_MALFORMED},
    {"<1a/>", "a name should stand", CMK_E_MALFORMED},
    {"<-a/>", "a name should stand", CMK_E_MALFORMED},
    {"<[a/>", "a name should stand", CMK_E_MALFORMED},
    {"<{a/>", "a name should stand", CMK_E_MALFORMED},
    {"<a{/>", "no white space in front", CMK_E_MALFORMED},
    {"<a[/>", "no white space in front", CMK_E_MALFORMED},
    {"<:a/>", "a name should stand", CMK_E_MALFORMED},
    {"<a/ >", "no white space in front", CMK_E_MALFORMED},
    {"<a / >", "a name should stand", CMK_E_MALFORMED},
    {"<a><</a>", "a name should stand", CMK_E_MALFORMED},
    {"<\xc3\xa4/>", "not ASCII", CMK_E_UNSUPPORTED},
    {"<a\xc3\xa4/>", "no white space in front", CMK_E_MALFORMED},
    {"<a \xc3\xa4='1'/>", "not ASCII", CMK_E_UNSUPPORTED},
    {"<a><?\xc3\xa4?></a>", "not ASCII", CMK_E_UNSUPPORTED},
    {"<a b='1'c='2'/>", "no white space in front", CMK_E_MALFORMED},
    {"<a b/>", "an attribute without a value", CMK_E_MALFORMED},
    {"<a b >", "an attribute without a value", CMK_E_MALFORMED},
    {"<a b=/>", "a value without quotes", CMK_E_MALFORMED},
    {"<a b=c/>", "a value without quotes", CMK_E_MALFORMED},
    {"<a b='c/>", "a value that does not end", CMK_E_MALFORMED},
    {"<a b='c\"/>", "a value that does not end", CMK_E_MALFORMED},
    {"<a b='<'/>", "a < in a value", CMK_E_MALFORMED},
    {"<a>]]></a>", "a ]]> in a text", CMK_E_MALFORMED},
    {"<a>]]]></a>", "a ]]> in a text", CMK_E_MALFORMED},

    /* what is neither tag nor text */
    {"<a><!-- </a>", "a comment", CMK_E_MALFORMED},
    {"<a><!-- -- --></a>", "a comment", CMK_E_MALFORMED},
    {"<a><!-- ---></a>", "a comment", CMK_E_MALFORMED},
    {"<a><![CDATA[ ]] ></a>", "CDATA section that does not end", CMK_E_MALFORMED},
    {"<a><?b </a>", "instruction that does not end", CMK_E_MALFORMED},
    {"<a><?b", "without a space", CMK_E_MALFORMED},
    {"<a><?b+c?></a>", "without a space", CMK_E_MALFORMED},
    {"<a><? b?></a>", "a name should stand", CMK_E_MALFORMED},
    {" <?xml version='1.0'?><a/>", "declaration that is not at the beginning", CMK_E_MALFORMED},
    {"<a><?xml version='1.0'?></a>", "not at the beginning", CMK_E_MALFORMED},
    {"<a><?XmL?></a>", "not at the beginning", CMK_E_MALFORMED},
    {"<?xml?><a/>", "not at the beginning", CMK_E_MALFORMED},

    /* the declaration */
    {"<?xml version='1.1'?><a/>", "another version", CMK_E_UNSUPPORTED},
    {"<?xml encoding='utf-8'?><a/>", "another version", CMK_E_UNSUPPORTED},
    {"<?xml version='1.0' encoding='utf-16'?><a/>", "another encoding", CMK_E_UNSUPPORTED},
    {"<?xml version='1.0' encoding='iso-8859-1'?><a/>", "another encoding", CMK_E_UNSUPPORTED},
    {"<?xml version='1.0' encoding='us-ascii'?><a/>", "another encoding", CMK_E_UNSUPPORTED},
    {"<?xml version='1.0' encoding='utf-7'?><a/>", "another encoding", CMK_E_UNSUPPORTED},
    {"<?xml version='1.0' encoding='utf-8 '?><a/>", "another encoding", CMK_E_UNSUPPORTED},
    {"<?xml version='1.0' encoding=''?><a/>", "another encoding", CMK_E_UNSUPPORTED},
    {"<?xml version='1.0' encoding='utf-8' encoding='utf-8'?><a/>", "declaration that does not end",
     CMK_E_MALFORMED},
    {"<?xml version='1.0' standalone='yes' encoding='utf-8'?><a/>", "does not end",
     CMK_E_MALFORMED},
    {"<?xml version='1.0'", "does not end", CMK_E_MALFORMED},
    {"<?xml version=1.0?><a/>", "a value without quotes", CMK_E_MALFORMED},
    {"<?xml version='1.0' encoding?><a/>", "an attribute without a value", CMK_E_MALFORMED},

    /* what the witness knows */
    {"<a b='1' b='1'/>", "libxml2 says", CMK_E_MALFORMED},
    {"<a xmlns:x='u:1' xmlns:y='u:1' x:b='1' y:b='2'/>", "libxml2 says", CMK_E_MALFORMED},
    {"<a xmlns='u:1' xmlns='u:1'/>", "libxml2 says", CMK_E_MALFORMED},
    {"<b:a/>", "libxml2 says", CMK_E_MALFORMED},
    {"<a b:c='1'/>", "libxml2 says", CMK_E_MALFORMED},
    {"<a xmlns:b=''/>", "libxml2 says", CMK_E_MALFORMED},
    {"<a xmlns:xmlns='u:1'/>", "libxml2 says", CMK_E_MALFORMED},
    {"<a xmlns='http://www.w3.org/XML/1998/namespace'/>", "libxml2 says", CMK_E_MALFORMED},
    {"<a:b:c xmlns:a='u:1'/>", "libxml2 says", CMK_E_MALFORMED},
    {"<a: xmlns:a='u:1'/>", "libxml2 says", CMK_E_MALFORMED},
    {"<a><?b:c d?></a>", "libxml2 says", CMK_E_MALFORMED},
    {"<?xml version='1.0' standalone='maybe'?><a/>", "libxml2 says", CMK_E_MALFORMED},
    /* which it does not tell, because nothing follows from it */
    {"<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>", "readers of XML differ",
     CMK_E_MALFORMED},

    /* characters */
    {"<a>\x01</a>", "byte 3: the character U+0001", CMK_E_MALFORMED},
    {"<a>\x0c</a>", "U+000C", CMK_E_MALFORMED},
    {"<a>\xef\xbf\xbe</a>", "U+FFFE", CMK_E_MALFORMED},
    {"<a>\xef\xbf\xbf</a>", "U+FFFF", CMK_E_MALFORMED},
    {"<a>\x80</a>", "byte 3: this is not UTF-8", CMK_E_MALFORMED},
    {"<a>\xc0\x80</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xc1\xbf</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xc3</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xe0\x9f\xbf</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xed\xa0\x80</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xf0\x8f\xbf\xbf</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xf4\x90\x80\x80</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xf8\x88\x80\x80\x80</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xfc\x80\x80\x80</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xff</a>", "not UTF-8", CMK_E_MALFORMED},
    {"<a>\xf0\x9f\x98", "not UTF-8", CMK_E_MALFORMED},
};

static void
bad_files_are_refused(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    (void)state;
    host_open(&h);
    for (size_t i = 0; i < CM_COUNT(refused); i++) {
        if (reads(&h, refused[i].text, strlen(refused[i].text), &x))
            fail_msg("%s: it was read", refused[i].text);
        if (why.status != refused[i].status || strstr(why.text, refused[i].says) == NULL ||
            strncmp(why.text, "a.xml", 5) != 0)
            fail_msg("%s: %d, %s", refused[i].text, why.status, why.text);
    }
    assert_false(reads(&h, "<a>\0</a>", 8, &x));
    assert_non_null(strstr(why.text, "U+0000"));
    assert_false(reads(&h, NULL, 7, &x));
    assert_non_null(strstr(why.text, "could not be read"));
    assert_false(reads(&h, NULL, 0, &x));
    assert_non_null(strstr(why.text, "there is no element"));
}

/* ---- UTF-16 ---- */

static void
utf16_is_read(void **state)
{
    static const char *const texts[] = {
        "<a/>",
        "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<a b='~^'>^~^<c/>~</a>",
        "<?xml version=\"1.0\"?><a>&#x1F600;</a>",
    };
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    for (size_t i = 0; i < 2 * CM_COUNT(texts); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf f = CM_BUF_INIT(MOST);
        struct nu_xml x;
        host_utf16(&f, texts[i / 2], i % 2 == 0);
        if (!reads(&h, f.at, f.size, &x))
            fail_msg("%s", why.text);
        assert_int_equal(x.encoding, i % 2 == 0 ? NU_UTF16_LE : NU_UTF16_BE);
        /* each place of the text is found in the file again */
        for (uint32_t at = 0, place = 2; at < x.size;) {
            uint32_t code = 0;
            assert_int_equal(nu_text_place(&x, at), place);
            at += nu_utf8(x.text + at, x.size - at, &code);
            place += code >= 0x10000 ? 4 : 2;
        }
        assert_int_equal(nu_text_place(&x, x.size), f.size);
        struct cmk_bytes again = nu_text_write(&h.call.face, &x, x.text);
        assert_int_equal(again.size, f.size - 2);
        assert_memory_equal(again.at, f.at + 2, again.size);
    }
}

static bool
reads_utf16(struct host *h, const char *text, bool little, size_t from, size_t less)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf f = CM_BUF_INIT(MOST);
    struct nu_xml x;
    host_utf16(&f, text, little);
    return reads(h, f.at + from, f.size - from - less, &x);
}

static void
bad_utf16_is_refused(void **state)
{
    static const struct {
        uint32_t units[8];
        const char *says;
    } rows[] = {
        {{'<', 'a', '>', 0xd83d, '<', '/', 'a', '>'}, "byte 8: this is not UTF-16"},
        {{'<', 'a', '>', 0xde00, '<', '/', 'a', '>'}, "byte 8: this is not UTF-16"},
        {{'<', 'a', '>', 0xdbff, 0xdbff, '/', 'a', '>'}, "byte 8: this is not UTF-16"},
        {{'<', 'a', '>', 0xd83d, 0xe000, '/', 'a', '>'}, "byte 8: this is not UTF-16"},
        {{'<', 'a', '>', 0xd83d, 0xdbff, '/', 'a', '>'}, "byte 8: this is not UTF-16"},
        {{'<', 'a', '>', 0xffff, '<', '/', 'a', '>'}, "U+FFFF"},
        {{'<', 'a', '/', '>', ' ', ' ', ' ', 0xd83d}, "byte 16: this is not UTF-16"},
        {{'<', 'a', '>', 0, '<', '/', 'a', '>'}, "U+0000"},
    };
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    (void)state;
    host_open(&h);
    for (size_t i = 0; i < 2 * CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf f = CM_BUF_INIT(MOST);
        host_utf16(&f, "", i % 2 == 0);
        for (size_t u = 0; u < 8; u++)
            host_unit(&f, rows[i / 2].units[u], i % 2 == 0);
        assert_false(reads(&h, f.at, f.size, &x));
        assert_int_equal(why.status, CMK_E_MALFORMED);
        if (strstr(why.text, rows[i / 2].says) == NULL)
            fail_msg("%zu: %s", i, why.text);
    }
    assert_true(reads_utf16(&h, "<a/>", true, 0, 0));
    assert_false(reads_utf16(&h, "<a/>", true, 0, 1)); /* half a unit */
    assert_false(reads_utf16(&h, "<?xml version='1.0' encoding='utf-8'?><a/>", true, 0, 0));
    assert_non_null(strstr(why.text, "another encoding"));
    assert_false(reads_utf16(&h, "<?xml version='1.0' encoding='utf-16le'?><a/>", true, 0, 0));
    /* without a mark nobody says that it is UTF-16 */
    assert_false(reads_utf16(&h, "<a/>", true, 2, 0));
    assert_non_null(strstr(why.text, "U+0000"));
}

/* ---- limits ---- */

static char *
repeated(const char *head, const char *part, size_t times, const char *tail)
{
    size_t size = strlen(part), at = strlen(head);
    char *text = malloc(at + size * times + strlen(tail) + 1);
    assert_non_null(text);
    memcpy(text, head, at);
    for (size_t i = 0; i < times; i++, at += size)
        memcpy(text + at, part, size);
    memcpy(text + at, tail, strlen(tail) + 1);
    return text;
}

static void
is_limit(struct host *h, char *text, bool within)
{
    struct nu_xml x;
    bool done = reads(h, text, strlen(text), &x);
    if (done != within)
        fail_msg("%.20s...: %s", text, why.text);
    if (!within)
        assert_int_equal(why.status, CMK_E_LIMIT);
    free(text);
}

static void
limits_hold(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    char *in = repeated("", "<a>", NU_MOST_DEPTH, ""),
         *out = repeated("", "</a>", NU_MOST_DEPTH, "");
    is_limit(&h, repeated(in, out, 1, ""), true);
    is_limit(&h, repeated("<a>", in, 1, out), false);
    free(in);
    free(out);

    char many[NU_MOST_OF_ONE * 8] = "<a";
    for (size_t i = 0; i < NU_MOST_OF_ONE; i++)
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), " b%zu=''", i);
    is_limit(&h, repeated(many, "/>", 1, ""), true);
    is_limit(&h, repeated(many, " c=''/>", 1, ""), false);

    is_limit(&h, repeated("<a>", "<b/>", 124000, "</a>"), true);
    is_limit(&h, repeated("<a>", "<b/>", 125000, "</a>"), false);
    is_limit(&h, repeated("<a>", "x<b/>", 83400, "</a>"), false);
    is_limit(&h, repeated("<a><!---->", "<b/>", 125000, "</a>"), false);
    is_limit(&h, repeated("<a b='", "x", MOST - 9, "'/>"), true);
    is_limit(&h, repeated("<a b='", "x", MOST - 8, "'/>"), false);

    char spaces[1 << 13] = "<a>";
    for (size_t i = 0; i < NU_MOST_SPACES - 1; i++) /* the root's is none */
        (void)snprintf(spaces + strlen(spaces), sizeof spaces - strlen(spaces),
                       "<b xmlns='u:%zu'/>", i);
    is_limit(&h, repeated(spaces, "</a>", 1, ""), true);
    struct nu_xml x;
    char *more = repeated(spaces, "<b xmlns='u:x'/></a>", 1, "");
    assert_false(reads(&h, more, strlen(more), &x));
    free(more);
}

/* Attributes are counted over all elements. */
static void
attributes_are_limited(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    (void)state;
    host_open(&h);
    struct cmk_call *c = host_call(&h);
    const char ten[] = "<b a='' b='' c='' d='' e='' f='' g='' h='' i='' j=''/>";
    char *text = repeated("<a>", ten, NU_MOST_ATTRIBUTES / 10, "</a>");
    assert_true(nu_xml_read(c, "a.xml", (struct cmk_bytes){text, strlen(text)}, 1 << 24, &x, &why));
    free(text);
    text = repeated("<a k=''>", ten, NU_MOST_ATTRIBUTES / 10, "</a>");
    c = host_call(&h);
    assert_false(
        nu_xml_read(c, "a.xml", (struct cmk_bytes){text, strlen(text)}, 1 << 24, &x, &why));
    assert_int_equal(why.status, CMK_E_LIMIT);
    assert_non_null(strstr(why.text, "too many attributes"));
    free(text);
}

/* A file that is full of what is searched for is read in no time that anybody notices. */
static void
nothing_takes_long(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    is_limit(&h, repeated("<a>", "x<b/>", 80000, "<![CDATA[]]></a>"), true);
    is_limit(&h, repeated("<a>", "]]<![CDATA[ ]]>", 40000, "</a>"), true);
    is_limit(&h, repeated("<a>", "&amp;", 200000, "</a>"), true);
    is_limit(&h, repeated("<a b='", "&#10;", 200000, "'/>"), true);
}

/* ---- where things stand ---- */

/* Outside of a root and its prologue nothing is left over between the events. */
static void
events_cover_the_text(void **state)
{
    static const char text[] =
        "<a b='1'>x<!-- - --><c:d xmlns:c=\"u:1\" e=\"&gt;>\"/>\r\n<?p q?><![CDATA[z]]></a>";
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    uint32_t at = 0;
    (void)state;
    host_open(&h);
    assert_true(reads(&h, text, sizeof text - 1, &x));
    assert_int_equal(x.root, 0);
    for (uint32_t i = 0; i < x.event_count; i++) {
        assert_int_equal(x.events[i].markup.at, at);
        at += x.events[i].markup.size;
    }
    assert_int_equal(at, x.size);
    assert_int_equal(x.event_count, 9);
    const struct nu_event *d = &x.events[3];
    assert_int_equal(d->kind, NU_START);
    assert_true(d->closed);
    assert_int_equal(d->partner, 4);
    assert_int_equal(x.events[4].partner, 3);
    assert_string_equal(nu_xml_space(&x, 3), "u:1");
    assert_string_equal(nu_xml_space(&x, 0), "");
    assert_int_equal(x.space_count, 2);
    assert_true(nu_xml_is(&x, d->name, "c:d"));
    assert_true(nu_xml_is(&x, nu_xml_local(&x, d->name), "d"));
    assert_false(nu_xml_is(&x, d->name, "c:D"));
    assert_true(nu_xml_is_alike(&x, d->name, "C:D"));
    assert_false(nu_xml_is_alike(&x, d->name, "c:"));
    assert_string_equal(nu_xml_value(&h.call.face, &x, nu_xml_attribute(&x, 3, "e")), ">>");
    assert_int_equal(nu_xml_attribute(&x, 3, "E"), NU_NONE);
    assert_null(nu_xml_value(&h.call.face, &x, NU_NONE));
    assert_int_equal(nu_xml_line_of(&x, 4), 1);
    assert_int_equal(nu_xml_line_of(&x, 6), 2);
    assert_string_equal(nu_xml_content(&h.call.face, &x, 0), "x\nz");
}

static void
children_are_found(void **state)
{
    static const char text[] =
        "<a>\n<!-- <x/> --><b><b1/></b> t <c>\r \t u<d>no</d> v<e/>\n</c></a>";
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    (void)state;
    host_open(&h);
    assert_true(reads(&h, text, sizeof text - 1, &x));
    uint32_t b = nu_xml_child(&x, x.root, NU_NONE), c = nu_xml_child(&x, x.root, b);
    assert_true(nu_xml_is(&x, x.events[b].name, "b"));
    assert_true(nu_xml_is(&x, x.events[c].name, "c"));
    assert_int_equal(nu_xml_child(&x, x.root, c), NU_NONE);
    assert_int_equal(x.space_count, 1);
    uint32_t b1 = nu_xml_child(&x, b, NU_NONE);
    assert_int_equal(nu_xml_child(&x, b1, NU_NONE), NU_NONE);
    assert_string_equal(nu_xml_content(&h.call.face, &x, c), "u v");
    assert_string_equal(nu_xml_content(&h.call.face, &x, b), "");
}

static void
lines_are_counted(void **state)
{
    static const char text[] = "<a\r\n\r\n>\r\n\n\r&b;</a>";
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    (void)state;
    host_open(&h);
    assert_false(reads(&h, text, sizeof text - 1, &x));
    assert_non_null(strstr(why.text, "line 6:"));
}

/* ---- values that are written ---- */

static void
values_are_encoded(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    struct cmk_call *c = host_call(&h);
    assert_string_equal(nu_encode(c, ""), "");
    assert_string_equal(nu_encode(c, "a<b>&\"'\t\n\r\xc3\xa4"),
                        "a&lt;b&gt;&amp;&quot;&apos;&#9;&#10;&#13;\xc3\xa4");
    assert_null(nu_encode(c, "a\x01"));
    assert_null(nu_encode(c, "\xef\xbf\xbf"));
    assert_null(nu_encode(c, "\xc3"));
    assert_int_equal(c->base->status(c), CMK_OK);
}

/* A lack of memory is no doubt: the call fails. */
static void
memory_may_end(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    (void)state;
    host_open(&h);
    struct cmk_call *c = host_call(&h);
    assert_non_null(c->base->alloc(c, CM_CALL_MOST - 60));
    assert_false(nu_xml_read(c, "a.xml", (struct cmk_bytes){"<a/>", 4}, MOST, &x, &why));
    assert_int_equal(why.status, CMK_E_LIMIT);
    assert_int_equal(c->base->status(c), CMK_E_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_are_read), cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(utf16_is_read),       cmocka_unit_test(bad_utf16_is_refused),
        cmocka_unit_test(limits_hold),         cmocka_unit_test(attributes_are_limited),
        cmocka_unit_test(nothing_takes_long),  cmocka_unit_test(events_cover_the_text),
        cmocka_unit_test(children_are_found),  cmocka_unit_test(lines_are_counted),
        cmocka_unit_test(values_are_encoded),  cmocka_unit_test(memory_may_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
