/* SPDX-License-Identifier: Apache-2.0
 *
 * What a rewriter is handed, and what becomes of what it says.
 */
#include "plum.h"

#include "plugin/call.h"

#include <countermark/signer.h>
#include <stdio.h>

/* ---- what it is handed ---- */

static void
look_at_facts(struct cmk_call *c, const struct cmk_work *w)
{
    assert_int_equal(w->size, sizeof *w);
    assert_string_equal(w->name, "p.zip");
    assert_string_equal(cmk_text(c, w->origin, "commit"), "abc");
    assert_string_equal(c->json->key(c, w->attachments, 0), "a.json");
    struct cmk_bytes text = c->json->canonical(c, c->json->at(c, w->attachments, 0));
    assert_string_equal(text.at, "{\"x\":{\"empty\":false,\"withheld\":\"string\"}}");
    assert_int_equal(c->base->status(c), CMK_OK);
}

/* Writing down that something was withheld is not reading it. */
static void
read_what_was_withheld(struct cmk_call *c, const struct cmk_work *w)
{
    assert_null(cmk_text(c, c->json->at(c, w->attachments, 0), "x"));
}

static void
look_at_no_facts(struct cmk_call *c, const struct cmk_work *w)
{
    assert_null(w->origin);
    assert_null(w->attachments);
    assert_null(cmk_text(c, w->origin, "commit"));
    assert_int_equal(c->json->count(c, w->attachments), 0);
    assert_int_equal(c->base->status(c), CMK_OK);
}

static void
what_a_rewriter_is_handed(void **state)
{
    PLUM_PACKAGE(p);
    (void)state;
    if (!plum_rewrites(&p, look_at_facts))
        fail_msg("%s", p.err.text);
    plum_refused(&p, read_what_was_withheld, CM_E_UNSUPPORTED, "was withheld");
    assert_true(plum_inspects(&p, look_at_no_facts));
}

/* ---- what it says ---- */

static void
note_all_kinds(struct cmk_call *c, const struct cmk_work *w)
{
    w->note(c, "kept", "as it was", NULL);
    w->note(c, "new", NULL, "is now");
    w->note(c, "changed", "was", "is");
    w->note(c, "unknown", NULL, NULL);
    w->note(c, "odd", "\xff line\n", "\xc3\xa9");
}

static void
notes(void **state)
{
    PLUM_PACKAGE(p);
    (void)state;
    assert_true(plum_rewrites(&p, note_all_kinds));
    plum_expect(&p, "notes",
                "[{\"after\":null,\"before\":\"as it was\",\"fact\":\"kept\"},"
                "{\"after\":\"is now\",\"before\":null,\"fact\":\"new\"},"
                "{\"after\":\"is\",\"before\":\"was\",\"fact\":\"changed\"},"
                "{\"after\":null,\"before\":null,\"fact\":\"unknown\"},"
                "{\"after\":\"\xc3\xa9\",\"before\":\"? line\\n\",\"fact\":\"odd\"}]");
}

static void
note_at_length(struct cmk_call *c, const struct cmk_work *w)
{
    static char text[CM_TEXT_MOST + 100];
    memset(text, 'x', sizeof text - 1);
    w->note(c, text, text, text);
}

static void
long_texts_are_cut(void **state)
{
    PLUM_PACKAGE(p);
    (void)state;
    assert_true(plum_rewrites(&p, note_at_length));
    const json_t *note = cm_json_path(p.changes, "notes.0");
    assert_int_equal(strlen(cm_json_text(note, "before")), CM_TEXT_MOST + 3);
    assert_int_equal(strlen(cm_json_text(note, "after")), CM_TEXT_MOST + 3);
    assert_int_equal(strlen(cm_json_text(note, "fact")), 203);
}

static void
note_and_doubt(struct cmk_call *c, const struct cmk_work *w)
{
    w->note(c, "commit", "abc", NULL);
    w->note(c, "branch", NULL, NULL);
    w->doubt(c, "it is \xff");
    w->doubt(c, NULL);
}

static void
an_inspection(void **state)
{
    PLUM_PACKAGE(p);
    (void)state;
    assert_true(plum_inspects(&p, note_and_doubt));
    plum_expect(&p, "",
                "{\"doubts\":[\"it is ?\"],\"notes\":[{\"fact\":\"commit\",\"text\":\"abc\"},"
                "{\"fact\":\"branch\",\"text\":null}]}");
}

/* ---- mistakes ---- */

static void
note_without_a_name(struct cmk_call *c, const struct cmk_work *w)
{
    w->note(c, NULL, "x", NULL);
}

static void
note_without_end(struct cmk_call *c, const struct cmk_work *w)
{
    for (int i = 0; i < 1000; i++)
        w->note(c, "fact", "x", NULL);
    assert_int_equal(c->base->status(c), CMK_OK);
    w->note(c, "fact", "x", NULL);
}

static void
doubt_while_rewriting(struct cmk_call *c, const struct cmk_work *w)
{
    w->doubt(c, "is it so?");
}

static void
note_what_should_be(struct cmk_call *c, const struct cmk_work *w)
{
    w->note(c, "commit", "abc", "def");
}

static void
doubt_without_end(struct cmk_call *c, const struct cmk_work *w)
{
    for (int i = 0; i <= 1000; i++)
        w->doubt(c, "again");
}

static void
what_is_not_to_be_said(void **state)
{
    static const struct {
        plum_hook *hook;
        enum cm_class class;
        const char *text;
    } rows[] = {{note_what_should_be, CM_E_INTERNAL, "something else that the package should say"},
                {note_without_a_name, CM_E_INTERNAL, "a fact without a name"},
                {doubt_without_end, CM_E_LIMIT, "more than 1000 things"}};
    PLUM_PACKAGE(p);
    (void)state;
    plum_refused(&p, note_without_a_name, CM_E_INTERNAL, "a fact without a name");
    plum_refused(&p, note_without_end, CM_E_LIMIT, "more than 1000 things to say");
    plum_refused(&p, doubt_while_rewriting, CM_E_INTERNAL, "doubts where nothing is inspected");
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        assert_false(plum_inspects(&p, rows[i].hook));
        if (p.err.class != rows[i].class || strstr(p.err.text, rows[i].text) == NULL)
            fail_msg("%zu: %s", i, p.err.text);
        assert_null(p.changes);
    }
}

/* ---- what it answers ---- */

static int32_t said;

static int32_t
say(struct cmk_call *c, const struct cmk_work *w)
{
    w->archives->splice(c, w->archive, 0, 0, 3, (struct cmk_bytes){"1", 1});
    return said;
}

static void
a_status_without_a_reason(void **state)
{
    static const struct cmk_rewriter rewriter = {
        .size = sizeof rewriter, .patterns = plum_patterns, .rewrite = say};
    struct cmk_plugin blunt = plum;
    struct cm_err err = CM_ERR_INIT;
    struct cm_edits *edits = NULL;
    json_t *changes = NULL;
    PLUM_PACKAGE(p);
    (void)state;
    blunt.rewriter = &rewriter;
    CM_CLEANUP(scene_done) struct scene s;
    scene_begin(&s, &blunt, "{}");
    scene_open_inside(&s);
    const struct cm_host_work work = {.name = "p.zip", .archive = p.archive};
    said = CMK_E_DENIED;
    assert_false(cm_host_rewrite(s.host, &work, &edits, &changes, &err));
    assert_int_equal(err.class, CM_E_DENIED);
    assert_non_null(strstr(err.text, "hook rewrite of plug-in plum ended with denied"));
    said = 1;
    assert_false(cm_host_rewrite(s.host, &work, &edits, &changes, &err));
    assert_int_equal(err.class, CM_E_INTERNAL);
    assert_true(edits == NULL && changes == NULL);
    said = CMK_OK;
    assert_true(cm_host_rewrite(s.host, &work, &edits, &changes, &err));
    assert_true(cm_edits_any(edits));
    cm_edits_done(&edits);
    cm_json_done(&changes);
    assert_false(cm_host_inspect(s.host, &work, &changes, &err));
    assert_int_equal(err.class, CM_E_UNSUPPORTED);
    assert_non_null(strstr(err.text, "plug-in plum inspects nothing"));
}

/* ---- configuring ---- */

static int32_t
configure_well(struct cmk_call *c)
{
    return c->base->status(c);
}

static int32_t
configure_badly(struct cmk_call *c)
{
    return cmk_fail(c, CMK_E_CONFIG, "this does not fit");
}

/* Each part of a plug-in looks at the options that it is told, and at no other's. */
static void
parts_are_configured_apart(void **state)
{
    struct cmk_rewriter rewriter = plum_rewriter;
    struct cmk_plugin plugin = plum;
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    rewriter.configure = configure_badly;
    plugin.rewriter = &rewriter;
    CM_CLEANUP(scene_done) struct scene s;
    scene_begin(&s, &plugin, "{}");
    scene_open_inside(&s);
    assert_true(cm_host_configure(s.host, CM_CONNECTOR, &err));
    assert_true(cm_host_configure(s.host, CM_SIGNER, &err));
    assert_false(cm_host_configure(s.host, CM_REWRITER, &err));
    assert_string_equal(err.text, "this does not fit");
    scene_done(&s);
    rewriter.configure = configure_well;
    scene_begin(&s, &plugin, "{}");
    scene_open_inside(&s);
    assert_true(cm_host_configure(s.host, CM_REWRITER, &err));
}

static int32_t
sign(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *k)
{
    (void)w;
    (void)k;
    return c->base->status(c);
}

static int32_t
check(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    (void)c;
    (void)w;
    (void)signature;
    return CMK_PASS;
}

/* Nobody asks one that has no such hooks. */
static void
a_plug_in_without_a_rewriter(void **state)
{
    PLUM_PACKAGE(p);
    struct cmk_plugin plugin = plum;
    CM_CLEANUP(scene_done) struct scene s;
    const struct cm_host_work work = {.name = "p.zip", .archive = p.archive};
    (void)state;
    const struct cmk_signer signer = {
        .size = sizeof signer, .patterns = plum_patterns, .sign = sign, .check = check};
    plugin.rewriter = NULL;
    plugin.signer = &signer;
    scene_begin(&s, &plugin, "{}");
    scene_open_inside(&s);
    assert_false(cm_host_rewrite(s.host, &work, &p.edits, &p.changes, &p.err));
    assert_int_equal(p.err.class, CM_E_INTERNAL);
    assert_string_equal(p.err.text, "plug-in plum is no rewriter");
    assert_false(cm_host_inspect(s.host, &work, &p.changes, &p.err));
    assert_int_equal(p.err.class, CM_E_UNSUPPORTED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_rewriter_is_handed),
        cmocka_unit_test(notes),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(an_inspection),
        cmocka_unit_test(what_is_not_to_be_said),
        cmocka_unit_test(a_status_without_a_reason),
        cmocka_unit_test(parts_are_configured_apart),
        cmocka_unit_test(a_plug_in_without_a_rewriter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
