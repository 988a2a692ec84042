/* SPDX-License-Identifier: Apache-2.0
 *
 * Where no build is meant: the examination of a key, and what becomes of the address of a page.
 */
#include "base/json.h"
#include "evidence/evidence.h"
#include "pear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- a refusal that is the answer ---- */

static const char *asked_about;

static int32_t
is_refused(struct cmk_call *c, const struct cmk_exam *x)
{
    return cmk_passes(x->evidence->refused(c, asked_about) == CMK_E_AUTH);
}

static void
only_an_answer_refuses(void **state)
{
    const struct cm_document facts = {.of = CM_OF_SYSTEM, .size = -1};
    static const struct {
        const char *document;
        enum cm_word word;
        enum cm_class class;
    } rows[] = {{"had", CM_FAIL, CM_OK},
                {"closed", CM_PASS, CM_OK},
                {"none", CM_FAIL, CM_OK},
                {"down", CM_UNKNOWN, CM_E_TRANSIENT},
                {"late", CM_UNKNOWN, CM_E_AUTH},
                {"odd", CM_UNKNOWN, CM_E_MALFORMED},
                {"unasked", CM_UNKNOWN, CM_E_AUTH},
                {NULL, CM_FAIL, CM_OK},
                {"nowhere", CM_UNKNOWN, CM_E_NOT_FOUND}};
    struct cm_err why = CM_ERR_INIT, err = CM_ERR_INIT;
    (void)state;
    PURE_SCENE(s, "{}");
    scene_document(&s, "had", "1", CM_OK);
    scene_document(&s, "closed", NULL, CM_E_AUTH);
    scene_document(&s, "none", NULL, CM_E_NOT_FOUND);
    scene_document(&s, "down", NULL, CM_E_TRANSIENT);
    scene_document(&s, "odd", NULL, CM_E_MALFORMED);
    /* not asked, because another one was refused */
    (void)cm_fail(&why, CM_E_AUTH, "not asked");
    assert_true(cm_evidence_add(s.evidence, "late", &facts, NULL, &why, "closed", &err));
    /* not asked, because there was nothing to ask with */
    assert_true(cm_evidence_add(s.evidence, "unasked", &facts, NULL, &why, NULL, &err));
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        asked_about = rows[i].document;
        struct cm_answer a = pear_answer(&s, is_refused);
        if (a.word != rows[i].word || a.reason_class != rows[i].class)
            fail_msg("%s: %d, class %d", asked_about, (int)a.word, (int)a.reason_class);
        if (asked_about != NULL)
            assert_string_equal(a.documents[0], asked_about);
    }
}

/* ---- the examination ---- */

static int32_t
passes(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)c;
    (void)x;
    return CMK_PASS;
}

static void
it_has_checks_of_its_own(void **state)
{
    (void)state;
    CM_CLEANUP(scene_done) struct scene s;
    scene_begin(&s, &pear, "{}");
    s.examination = true;
    scene_open_inside(&s);
    assert_int_equal(cm_host_check_count(s.host), 1);
    assert_true(cm_host_check(s.host, 0)->advice);
    struct cm_answer a = pear_examination(&s, passes);
    assert_int_equal(a.word, CM_PASS);
    assert_int_equal(a.weight, CM_ADVICE);
}

static void
asks_the_repository(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *commit =
        k->git->commit(c, "https://git.example/acme/widget", "refs/heads/main", ID);
    k->record->exchange(c, "file", k->git->file(c, commit, "a", 100), keep_all);
    k->record->exchange(c, "page", get(c, k, SITE "/page", CMK_AUTH_BEARER), keep_all);
}

static void
it_asks_the_system_only(void **state)
{
    const struct fake_page pages[] = {{.url = SITE "/page", .body = "1"}, {.url = NULL}};
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    OUTSIDE_SCENE(s, pages, NULL);
    s.examination = true;
    scene_open_outside(&s);
    pear_collects = asks_the_repository;
    assert_true(cm_host_examine(s.host, &err));
    assert_missing(&s, "file", "denied", "an examination asks no repository", NULL);
    assert_had(&s, "page", "1");
    assert_null(s.out.id);
}

static void
there_may_be_none(void **state)
{
    struct cmk_connector without = *pear.connector;
    struct cmk_plugin plain = pear;
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    without.examine = NULL;
    without.examination = NULL;
    without.start = NULL;
    plain.connector = &without;
    CM_CLEANUP(scene_done) struct scene s;
    CM_CLEANUP(cm_start_done) struct cm_start found = {NULL, NULL};
    scene_begin(&s, &plain, "{}");
    s.examination = true;
    scene_open_outside(&s);
    assert_int_equal(cm_host_check_count(s.host), 0);
    assert_false(cm_host_examine(s.host, &err));
    assert_int_equal(err.class, CM_E_UNSUPPORTED);
    assert_false(cm_host_start(s.host, SITE, false, &found, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
}

/* ---- the address of a page ---- */

static const char *said[4]; /* of setting(), then of about() */

static int32_t
starts(struct cmk_call *c, const struct cmk_starter *starter)
{
    starter->setting(c, said[0], said[1]);
    starter->about(c, said[2], said[3]);
    if (starter->evidence != NULL) {
        (void)starter->evidence->document(c, "closed");
        starter->setting(c, "text", "behind the missing one");
    }
    return c->base->status(c);
}

static enum cm_class
proposed(struct scene *s, bool asked, const char *expected)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_start_done) struct cm_start found = {NULL, NULL};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(4096);
    pear_starts = starts;
    if (!cm_host_start(s->host, SITE, asked, &found, &err)) {
        assert_null(found.settings);
        return err.class;
    }
    assert_true(cm_json_canonical(found.settings, &text) && cm_json_canonical(found.about, &text));
    assert_string_equal(cm_buf_text(&text), expected);
    return CM_OK;
}

static void
proposals_are_looked_through(void **state)
{
    static const struct {
        const char *said[4], *expected;
        enum cm_class class;
    } rows[] = {
        {{"text", "a", "organization", "Acme"},
         "{\"text\":\"a\"}{\"organization\":\"Acme\"}",
         CM_OK},
        {{"url", "https://ci.example/x", "ref", "refs/heads/main"},
         "{\"url\":\"https://ci.example/x\"}{\"ref\":\"refs/heads/main\"}",
         CM_OK},
        {{"build", "7", "repository", "https://git.example/a"},
         "{\"build\":\"7\"}{\"repository\":\"https://git.example/a\"}",
         CM_OK},
        {{"text", NULL, NULL, "x"}, "{}{}", CM_OK},
        {{NULL, "x", "ref", NULL}, "{}{}", CM_OK},
        {{"key", "env:HOME", NULL, NULL}, NULL, CM_E_INTERNAL},
        {{"nothing", "x", NULL, NULL}, NULL, CM_E_INTERNAL},
        {{"url", "ftp://ci.example", NULL, NULL}, NULL, CM_E_MALFORMED},
        {{"text", "a\nb", "system", "x"}, NULL, CM_E_INTERNAL},
        {{NULL, NULL, "ref", "refs/heads/*"}, NULL, CM_E_MALFORMED},
        {{NULL, NULL, "ref", "main"}, NULL, CM_E_MALFORMED},
        {{NULL, NULL, "repository", "https://u:p@git.example/a"}, NULL, CM_E_MALFORMED},
        {{NULL, NULL, "project", "\xff"}, NULL, CM_E_MALFORMED},
    };
    (void)state;
    PURE_SCENE(s, "{}");
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        memcpy(said, rows[i].said, sizeof said);
        enum cm_class class = proposed(&s, false, rows[i].expected);
        if (class != rows[i].class)
            fail_msg("row %zu: class %d", i, (int)class);
    }
}

/* What the system refused to tell takes nothing away from what the address told. */
static void
a_missing_document_ends_it_well(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    scene_document(&s, "closed", NULL, CM_E_AUTH);
    memcpy(said, (const char *[]){"account", "acme", NULL, NULL}, sizeof said);
    assert_int_equal(proposed(&s, true, "{\"account\":\"acme\"}{}"), CM_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_an_answer_refuses),
        cmocka_unit_test(it_has_checks_of_its_own),
        cmocka_unit_test(it_asks_the_system_only),
        cmocka_unit_test(there_may_be_none),
        cmocka_unit_test(proposals_are_looked_through),
        cmocka_unit_test(a_missing_document_ends_it_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
