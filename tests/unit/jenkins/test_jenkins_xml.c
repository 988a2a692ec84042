/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration, from XML to JSON: what it becomes, and what is refused.
 */
#include "base/buf.h"
#include "base/json.h"
#include "jenkins.h"
#include "kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
elements_become_lists(void **state)
{
    static const struct {
        const char *xml, *json;
    } rows[] = {
        {"<a/>", "{\"root\":\"a\",\"body\":{}}"},
        {"<a></a>", "{\"root\":\"a\",\"body\":{}}"},
        {"<?xml version='1.1' encoding='UTF-8'?>\n<a>\n  <b>x</b>\n</a>\n",
         "{\"root\":\"a\",\"body\":{\"b\":[{\"#\":\"x\"}]}}"},
        {"<a c=\"d&amp;&quot;\" e='f'/>",
         "{\"root\":\"a\",\"body\":{\"@c\":\"d&\\\"\",\"@e\":\"f\"}}"},
        {"<a><b>1</b><c/><b d=\"2\">3</b></a>",
         "{\"root\":\"a\",\"body\":{\"b\":[{\"#\":\"1\"},{\"@d\":\"2\",\"#\":\"3\"}],\"c\":[{}]}}"},
        {"<a><b> x\n</b></a>", "{\"root\":\"a\",\"body\":{\"b\":[{\"#\":\" x\\u000a\"}]}}"},
        {"<a> </a>", "{\"root\":\"a\",\"body\":{\"#\":\" \"}}"},
        {"<a>x<b/>y</a>", "{\"root\":\"a\",\"body\":{\"#\":\"xy\",\"b\":[{}]}}"},
        {"<?no a?><a><!-- <b>no</b> --><b><![CDATA[<yes>]]></b></a><?no b?>",
         "{\"root\":\"a\",\"body\":{\"b\":[{\"#\":\"<yes>\"}]}}"},
        {"<a>x<!-- no --><![CDATA[y]]>z</a>", "{\"root\":\"a\",\"body\":{\"#\":\"xyz\"}}"},
        {"<a__.b c__.d='e'><f_-g/><_/></a__.b>",
         "{\"root\":\"a__.b\",\"body\":{\"@c__.d\":\"e\",\"f_-g\":[{}],\"_\":[{}]}}"},
        {"<a.b><c.d>\xc3\xa9\\</c.d></a.b>",
         "{\"root\":\"a.b\",\"body\":{\"c.d\":[{\"#\":\"\xc3\xa9\\\\\"}]}}"},
        {"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xc3\xa9</a>",
         "{\"root\":\"a\",\"body\":{\"#\":\"\xc3\xa9\"}}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kit *kit = kit_new();
        struct jk_json read = jk_xml_read(kit_call(kit), rows[i].xml, strlen(rows[i].xml));
        assert_non_null(read.text);
        assert_string_equal(read.text, rows[i].json);
        assert_int_equal(read.size, strlen(rows[i].json));
        kit_free(kit);
    }
}

static void
assert_refused(const char *xml, const char *why)
{
    struct kit *kit = kit_new();
    struct jk_json read = jk_xml_read(kit_call(kit), xml, strlen(xml));
    assert_null(read.text);
    if (strstr(read.wrong, why) == NULL)
        fail_msg("'%s' does not say '%s'", read.wrong, why);
    kit_free(kit);
}

static void
what_is_odd_is_refused(void **state)
{
    (void)state;
    assert_refused("", "well-formed");
    assert_refused("<a>", "well-formed");
    assert_refused("<a></b>", "well-formed");
    assert_refused("<a/><b/>", "well-formed");
    assert_refused("<a>\xff</a>", "well-formed");
    assert_refused("<a>&x;</a>", "well-formed");
    assert_refused("<a>&#27;</a>", "well-formed");
    assert_refused("<a b='1' b='2'/>", "well-formed");
    assert_refused("<!DOCTYPE a><a/>", "document type");
    assert_refused("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "document type");
    assert_refused("<a xmlns='urn:x'/>", "namespaces");
    assert_refused("<a><b xmlns:c='urn:x'/></a>", "namespaces");
    assert_refused("<a><b><d/></b><c><b xmlns='u'/></c></a>", "namespaces");
}

/* What XStream would read as another name, or as another text. */
static void
what_jenkins_would_read_otherwise_is_refused(void **state)
{
    (void)state;
    assert_refused("<a xml:class='x'/>", "namespaces");
    assert_refused("<a class='y' xml:class='x'/>", "namespaces");
    assert_refused("<a><b x:reference='..'/></a>", "namespaces");
    assert_refused("<a><x:b/></a>", "namespaces");
    assert_refused("<x:a/>", "namespaces");
    assert_refused("<a>x<?y?>z</a>", "processing instruction");
    assert_refused("<a><b/><?y z?></a>", "processing instruction");
    assert_refused("<_.0061/>", "coded letters");
    assert_refused("<a><_.0064efinition/></a>", "coded letters");
    assert_refused("<a><d_.0065finition/></a>", "coded letters");
    assert_refused("<a><d___.0065/></a>", "coded letters");
    assert_refused("<a><d_-_.0065/></a>", "coded letters");
}

static void
a_nul_is_refused(void **state)
{
    static const char text[] = "<a/>\0<b/>";
    (void)state;
    struct kit *kit = kit_new();
    struct jk_json read = jk_xml_read(kit_call(kit), text, sizeof text - 1);
    assert_null(read.text);
    assert_non_null(strstr(read.wrong, "NUL"));
    kit_free(kit);
}

static void
repeat(struct cm_buf *to, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        cm_buf_puts(to, text);
}

static void
limits_hold(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf deep = CM_BUF_INIT(4096);
    repeat(&deep, "<a>", 30);
    repeat(&deep, "</a>", 30);
    assert_refused(cm_buf_text(&deep), "too deep");
    CM_CLEANUP(cm_buf_done) struct cm_buf wide = CM_BUF_INIT(65536);
    cm_buf_puts(&wide, "<a>");
    repeat(&wide, "<b/>", 4000);
    cm_buf_puts(&wide, "</a>");
    assert_refused(cm_buf_text(&wide), "too many");
    CM_CLEANUP(cm_buf_done) struct cm_buf large = CM_BUF_INIT(2 << 20);
    cm_buf_puts(&large, "<a>");
    repeat(&large, "0123456789abcdef", 1 << 16);
    cm_buf_puts(&large, "</a>");
    assert_refused(cm_buf_text(&large), "too large");
}

/* The deepest that is read can still be read as JSON by the host. */
static void
the_deepest_is_json(void **state)
{
    (void)state;
    json_t *json = NULL;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf deep = CM_BUF_INIT(4096);
    repeat(&deep, "<a>", 29);
    cm_buf_puts(&deep, "x");
    repeat(&deep, "</a>", 29);
    struct kit *kit = kit_new();
    struct jk_json read = jk_xml_read(kit_call(kit), cm_buf_text(&deep), deep.size);
    assert_non_null(read.text);
    assert_true(cm_json_parse(read.text, read.size, "it", &json, &err));
    json_decref(json);
    kit_free(kit);
}

static void
without_memory_it_says_so(void **state)
{
    static const char text[] = "<a><b c='d'>e</b><b/></a>";
    (void)state;
    long count = 0;
    for (;; count++) {
        struct kit *kit = kit_new();
        kit_allow(kit, count);
        struct jk_json read = jk_xml_read(kit_call(kit), text, sizeof text - 1);
        bool done = read.text != NULL;
        if (!done)
            assert_non_null(strstr(read.wrong, "no memory"));
        kit_free(kit);
        if (done)
            break;
    }
    assert_true(count > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_become_lists),
        cmocka_unit_test(what_is_odd_is_refused),
        cmocka_unit_test(what_jenkins_would_read_otherwise_is_refused),
        cmocka_unit_test(a_nul_is_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(the_deepest_is_json),
        cmocka_unit_test(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
