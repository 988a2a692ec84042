/* SPDX-License-Identifier: Apache-2.0
 *
 * The second reading notices what is wrong with the first: what the scanner said is changed in one
 * place before libxml2 goes over the text.
 */
#include "host.h"
#include "xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "<a b='1' c='22'>xy<!--zz--><d/>q&amp;r<![CDATA[st]]><?e  fg?></a>";

/* Its events. */
enum { A, XY, ZZ, D, D_END, QR, ST, E_FG, A_END, COUNT };

static void
other_kind(struct nu_xml *x)
{
    x->events[XY].kind = NU_CDATA;
}

static void
other_kind_of_cdata(struct nu_xml *x)
{
    x->events[ST].kind = NU_TEXT;
}

static void
other_kind_of_comment(struct nu_xml *x)
{
    x->events[ZZ].kind = NU_INSTRUCTION;
}

static void
other_kind_of_instruction(struct nu_xml *x)
{
    x->events[E_FG].kind = NU_COMMENT;
}

static void
other_kind_of_tag(struct nu_xml *x)
{
    x->events[D].kind = NU_END;
}

static void
other_name(struct nu_xml *x)
{
    x->events[A].name = x->events[D].name;
}

static void
other_end(struct nu_xml *x)
{
    x->events[A_END].name = x->events[D].name;
}

static void
longer_name(struct nu_xml *x)
{
    x->events[D].name.size++;
}

static void
other_attribute(struct nu_xml *x)
{
    x->attributes[0].name = x->attributes[1].name;
}

static void
shorter_value(struct nu_xml *x)
{
    x->attributes[1].value.size--;
}

static void
longer_value(struct nu_xml *x)
{
    x->attributes[0].value.size++;
}

static void
other_value(struct nu_xml *x)
{
    x->attributes[0].value.at = x->attributes[1].value.at;
}

static void
other_order(struct nu_xml *x)
{
    struct nu_attribute first = x->attributes[0];
    x->attributes[0] = x->attributes[1];
    x->attributes[1] = first;
}

static void
fewer_attributes(struct nu_xml *x)
{
    x->events[A].count--;
}

static void
more_attributes(struct nu_xml *x)
{
    x->events[D].first = 0;
    x->events[D].count = 1;
}

static void
shorter_text(struct nu_xml *x)
{
    x->events[XY].body.size--;
}

static void
longer_text(struct nu_xml *x)
{
    x->events[XY].body.size++;
}

static void
other_text(struct nu_xml *x)
{
    x->events[XY].body.at = x->events[ZZ].body.at;
}

static void
no_text(struct nu_xml *x)
{
    x->events[XY].body.size = 0;
}

static void
shorter_text_with_reference(struct nu_xml *x)
{
    x->events[QR].body.size--;
}

static void
shorter_cdata(struct nu_xml *x)
{
    x->events[ST].body.size--;
}

static void
other_cdata(struct nu_xml *x)
{
    x->events[ST].body.at = x->events[XY].body.at;
}

static void
shorter_comment(struct nu_xml *x)
{
    x->events[ZZ].body.size--;
}

static void
longer_comment(struct nu_xml *x)
{
    x->events[ZZ].body.size++;
}

static void
other_comment(struct nu_xml *x)
{
    x->events[ZZ].body.at = x->events[XY].body.at;
}

static void
other_target(struct nu_xml *x)
{
    x->events[E_FG].name = x->events[D].name;
}

static void
other_instruction(struct nu_xml *x)
{
    x->events[E_FG].body.at--;
}

static void
one_event_less(struct nu_xml *x)
{
    x->event_count--;
}

static void
one_event_more(struct nu_xml *x)
{
    x->events[x->event_count++] = x->events[ZZ];
}

/* Two texts in a row, where there is one. */
static void
a_text_in_two(struct nu_xml *x)
{
    memmove(&x->events[XY + 1], &x->events[XY], (COUNT - XY) * sizeof *x->events);
    x->events[XY].body.size = 1;
    x->events[XY + 1].body.at++;
    x->events[XY + 1].body.size = 1;
    x->event_count++;
}

static void
a_missing_text(struct nu_xml *x)
{
    memmove(&x->events[XY], &x->events[XY + 1], (COUNT - XY - 1) * sizeof *x->events);
    x->event_count--;
}

static void
a_missing_comment(struct nu_xml *x)
{
    memmove(&x->events[ZZ], &x->events[ZZ + 1], (COUNT - ZZ - 1) * sizeof *x->events);
    x->event_count--;
}

static void
a_missing_cdata(struct nu_xml *x)
{
    memmove(&x->events[ST], &x->events[ST + 1], (COUNT - ST - 1) * sizeof *x->events);
    x->event_count--;
}

static const struct {
    const char *what;
    void (*change)(struct nu_xml *x);
} changes[] = {
#define CHANGE(name)                                                                               \
    {                                                                                              \
#name, name                                                                                \
    }
    CHANGE(other_kind),
    CHANGE(other_kind_of_cdata),
    CHANGE(other_kind_of_comment),
    CHANGE(other_kind_of_instruction),
    CHANGE(other_kind_of_tag),
    CHANGE(other_name),
    CHANGE(other_end),
    CHANGE(longer_name),
    CHANGE(other_attribute),
    CHANGE(shorter_value),
    CHANGE(longer_value),
    CHANGE(other_value),
    CHANGE(other_order),
    CHANGE(fewer_attributes),
    CHANGE(more_attributes),
    CHANGE(shorter_text),
    CHANGE(longer_text),
    CHANGE(other_text),
    CHANGE(no_text),
    CHANGE(shorter_text_with_reference),
    CHANGE(shorter_cdata),
    CHANGE(other_cdata),
    CHANGE(shorter_comment),
    CHANGE(longer_comment),
    CHANGE(other_comment),
    CHANGE(other_target),
    CHANGE(other_instruction),
    CHANGE(one_event_less),
    CHANGE(one_event_more),
    CHANGE(a_text_in_two),
    CHANGE(a_missing_text),
    CHANGE(a_missing_comment),
    CHANGE(a_missing_cdata),
};

static void
scans(struct host *h, const char *xml, struct nu_xml *x)
{
    struct nu_why why;
    struct cmk_call *c = host_call(h);
    *x = (struct nu_xml){.name = "a.xml", .file = {xml, strlen(xml)}};
    assert_true(nu_text_read(c, x, &why) && nu_xml_scan(c, x, &why));
}

static void
each_change_is_noticed(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    struct nu_why why;
    (void)state;
    host_open(&h);
    scans(&h, text, &x);
    assert_int_equal(x.event_count, COUNT);
    assert_true(nu_xml_witness(&h.call.face, &x, &why));
    for (size_t i = 0; i < CM_COUNT(changes); i++) {
        scans(&h, text, &x);
        changes[i].change(&x);
        why = (struct nu_why){CMK_OK, ""};
        if (nu_xml_witness(&h.call.face, &x, &why))
            fail_msg("%s", changes[i].what);
        assert_int_equal(why.status, CMK_E_MALFORMED);
        assert_non_null(strstr(why.text, "readers of XML differ about what stands here"));
    }
}

/* Namespaces are told apart from the other attributes, in an order of their own. */
static void
namespaces_are_noticed(void **state)
{
    static const char *const names[] = {"<a xmlns:b='u:1' xmlns='u:2' b:c='3'/>",
                                        "<b:a xmlns:b='u:1' b:c='u:1'/>"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        CM_CLEANUP(host_close) struct host h;
        struct nu_xml x;
        struct nu_why why;
        host_open(&h);
        scans(&h, names[i], &x);
        assert_true(nu_xml_witness(&h.call.face, &x, &why));
        for (uint32_t a = 0; a < x.attribute_count; a++) {
            scans(&h, names[i], &x);
            x.attributes[a].value.size--;
            assert_false(nu_xml_witness(&h.call.face, &x, &why));
            scans(&h, names[i], &x);
            x.attributes[a].name.size--;
            assert_false(nu_xml_witness(&h.call.face, &x, &why));
            scans(&h, names[i], &x);
            x.attributes[a].name = x.events[0].name;
            assert_false(nu_xml_witness(&h.call.face, &x, &why));
            /* the last one is not looked for */
            scans(&h, names[i], &x);
            x.attributes[a] = x.attributes[x.attribute_count - 1];
            x.events[0].count--;
            assert_false(nu_xml_witness(&h.call.face, &x, &why));
        }
    }
}

static void
prefixes_are_noticed(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    struct nu_why why;
    (void)state;
    host_open(&h);
    scans(&h, "<b:a xmlns:b='u:1'><c:a xmlns:c='u:1'/></b:a>", &x);
    struct nu_range name = x.events[0].name;
    x.events[0].name = x.events[1].name;
    x.events[1].name = name;
    assert_false(nu_xml_witness(&h.call.face, &x, &why));

    scans(&h, "<b:a xmlns:b='u:1'><bxa/></b:a>", &x);
    x.events[0].name = x.events[1].name;
    assert_false(nu_xml_witness(&h.call.face, &x, &why));

    scans(&h, "<a xmlns:b='u:1' xmlns:c='u:1'/>", &x);
    name = x.attributes[0].name;
    x.attributes[0].name = x.attributes[1].name;
    x.attributes[1].name = name;
    assert_false(nu_xml_witness(&h.call.face, &x, &why));
}

/* What it warns of is nothing to us. */
static void
a_warning_is_no_reason(void **state)
{
    static const char warned[] = "<a xmlns='relative' b='1'/>";
    CM_CLEANUP(host_close) struct host h;
    struct nu_xml x;
    struct nu_why why;
    (void)state;
    host_open(&h);
    scans(&h, warned, &x);
    assert_true(nu_xml_witness(&h.call.face, &x, &why));
    scans(&h, warned, &x);
    x.attributes[1].value.size = 0;
    assert_false(nu_xml_witness(&h.call.face, &x, &why));
    assert_non_null(strstr(why.text, "readers of XML differ"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_noticed),
        cmocka_unit_test(namespaces_are_noticed),
        cmocka_unit_test(prefixes_are_noticed),
        cmocka_unit_test(a_warning_is_no_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
