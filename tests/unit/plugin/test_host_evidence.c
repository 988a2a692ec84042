/* SPDX-License-Identifier: Apache-2.0
 *
 * The host to pure hooks: documents, the origin, the operator's word, names.
 */
#include "base/json.h"
#include "evidence/evidence.h"
#include "pear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- documents ---- */

static const char *const *wanted;
static bool if_any;

static int32_t
reads_documents(struct cmk_call *c, const struct cmk_exam *x)
{
    for (const char *const *name = wanted; *name != NULL; name++) {
        if (if_any)
            (void)x->evidence->document_if_any(c, *name);
        else
            (void)x->evidence->document(c, *name);
    }
    return cmk_passes(c->base->status(c) == CMK_OK);
}

static void
documents_are_followed(void **state)
{
    static const char *const twice[] = {"b", "a", "b", NULL};
    static const char *const denied[] = {"a", "closed", "b", NULL};
    static const char *const nowhere[] = {"nowhere", NULL};
    static const char *const none[] = {"none", "a", NULL};
    static const char *const later[] = {"later", NULL};
    const struct cm_document facts = {.of = CM_OF_SYSTEM, .size = -1};
    struct cm_err why = CM_ERR_INIT, err = CM_ERR_INIT;
    (void)state;
    PURE_SCENE(s, "{}");
    scene_document(&s, "a", "1", CM_OK);
    scene_document(&s, "b", "1", CM_OK);
    scene_document(&s, "closed", NULL, CM_E_AUTH);
    scene_document(&s, "none", NULL, CM_E_NOT_FOUND);
    (void)cm_fail(&why, CM_E_NOT_FOUND, "not asked");
    assert_true(cm_evidence_add(s.evidence, "later", &facts, NULL, &why, "none", &err));

    if_any = false;
    wanted = twice;
    struct cm_answer a = pear_answer(&s, reads_documents);
    assert_int_equal(a.word, CM_PASS);
    assert_string_equal(a.documents[0], "b");
    assert_string_equal(a.documents[1], "a");
    assert_null(a.documents[2]);

    wanted = denied;
    a = pear_answer(&s, reads_documents);
    assert_unknown(&a, CM_E_AUTH, "because of closed");
    assert_string_equal(a.cause, "closed");
    assert_non_null(strstr(a.remedy, "secret that the reason names"));
    assert_string_equal(a.documents[1], "closed");
    assert_null(a.documents[2]);

    wanted = nowhere;
    for (int i = 0; i < 2; i++) {
        if_any = i == 1;
        a = pear_answer(&s, reads_documents);
        assert_unknown(&a, CM_E_NOT_FOUND, "no document 'nowhere'");
        assert_string_equal(a.cause, "nowhere");
    }

    if_any = true;
    wanted = none;
    a = pear_answer(&s, reads_documents);
    assert_int_equal(a.word, CM_PASS);
    if_any = false;
    a = pear_answer(&s, reads_documents);
    assert_unknown(&a, CM_E_NOT_FOUND, "because of none");

    /* what was not asked because another is missing says nothing about itself */
    wanted = later;
    if_any = true;
    a = pear_answer(&s, reads_documents);
    assert_unknown(&a, CM_E_NOT_FOUND, "not asked");
    assert_string_equal(a.cause, "none");
}

static int32_t
reads_facts(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *f = x->evidence->facts(c, "got");
    assert_int_equal(cmk_integer(c, f, "status", 0), 200);
    assert_int_equal(cmk_integer(c, f, "size", 0), 12);
    assert_string_equal(cmk_text(c, f, "hmac"), "aa");
    assert_null(cmk_text(c, f, "sha256"));
    assert_int_equal(cmk_time(c, f, "at"), FAKE_TIME);
    assert_int_equal(c->json->count(c, f), 4);
    assert_null(x->evidence->facts(c, "closed"));
    return CMK_PASS;
}

static void
facts_tell_how_it_was_had(void **state)
{
    const struct cm_document facts = {
        .of = CM_OF_SYSTEM, .at = FAKE_TIME, .status = 200, .size = 12, .hmac = "aa"};
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    PURE_SCENE(s, "{}");
    assert_true(cm_evidence_add(s.evidence, "got", &facts, NULL, NULL, NULL, &err));
    scene_document(&s, "closed", NULL, CM_E_TRANSIENT);
    struct cm_answer a = pear_answer(&s, reads_facts);
    assert_unknown(&a, CM_E_TRANSIENT, "because of closed");
}

/* ---- the operator's word ---- */

static const char *assumption;

static int32_t
assumes(struct cmk_call *c, const struct cmk_exam *x)
{
    return cmk_passes(x->assumed(c, assumption));
}

static void
only_declared_words_are_assumed(void **state)
{
    (void)state;
    PURE_SCENE(s, "{}");
    assert_int_equal(json_object_set_new(s.evidence, "effective",
                                         json_pack("{s:{s:[s]}}", "link", "assume", "no-magic")),
                     0);
    assumption = "no-magic";
    struct cm_answer a = pear_answer(&s, assumes);
    assert_int_equal(a.word, CM_PASS);
    assert_string_equal(a.assumed[0], "no-magic");
    assert_null(a.assumed[1]);
    assumption = "no-luck"; /* declared, not said */
    a = pear_answer(&s, assumes);
    assert_int_equal(a.word, CM_FAIL);
    assert_null(a.assumed[0]);
    assumption = "anything";
    a = pear_answer(&s, assumes);
    assert_unknown(&a, CM_E_INTERNAL, "not in its list");
}

/* ---- the origin ---- */

static int state_step;

static int32_t
states(struct cmk_call *c, const struct cmk_statement *s)
{
    s->origin(c, "repository", "https://git.example/a", "build", "repo");
    s->origin(c, "commit", NULL, "build", "commit");
    s->origin(c, "ref", "refs/heads/main", "file", "");
    s->attach(c, "build.json", "build");
    s->attach(c, "none.json", "closed");
    s->parameter(c, "CLEAN", "true", "build", "parameters.0");
    s->parameter(c, "secret:1", NULL, "build", "");
    switch (state_step) {
    case 1:
        s->origin(c, "colour", "red", "build", "");
        break;
    case 2:
        s->origin(c, "ref", "refs/heads/other", "build", "");
        break;
    case 3:
        s->origin(c, "commit", "abc", "closed", "");
        break;
    case 4:
        s->origin(c, "commit", "abc", "nowhere", "");
        break;
    case 5:
        s->origin(c, "commit", "abc", NULL, "");
        break;
    case 6:
        s->attach(c, "build.json", "file");
        break;
    case 7:
        s->attach(c, "../build.json", "build");
        break;
    case 8:
        s->attach(c, "build.exe", "build");
        break;
    case 9:
        s->attach(c, "x.json", "nowhere");
        break;
    case 10:
        s->origin(c, "commit", "\xff", "build", "");
        break;
    case 11:
        return (c->base->fail)(c, CMK_E_MALFORMED, "it does not hold");
    case 12:
        (void)s->evidence->document(c, "closed");
        break;
    case 13:
        return CMK_E_UNSUPPORTED;
    case 14:
        s->attach(c, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json",
                  "build");
        break;
    case 15:
        s->parameter(c, "CLEAN", NULL, "build", "");
        break;
    case 16:
        s->parameter(c, "a\nb", "x", "build", "");
        break;
    case 17:
        s->parameter(c, "", "x", "build", "");
        break;
    case 18:
        s->parameter(c, "a", "x", "closed", "");
        break;
    case 19:
        s->parameter(c, "a", "\xff", "build", "");
        break;
    case 20:
        s->parameter(c, NULL, "x", "build", "");
        break;
    case 21:
        s->parameter(c,
                     "a23456789012345678901234567890123456789012345678901234567890123456789012345"
                     "678901234567890123456789012345678901234567890123456789012345",
                     "x", "build", "");
        break;
    default:
        break;
    }
    return c->base->status(c);
}

static void
an_origin_that_does_not_hold_is_none(void **state)
{
    const struct cm_document of_repository = {.of = CM_OF_REPOSITORY, .size = -1};
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    PURE_SCENE(s, "{}");
    CM_CLEANUP(cm_json_done) json_t *text = json_string("x");
    scene_document(&s, "build", "{}", CM_OK);
    scene_document(&s, "closed", NULL, CM_E_AUTH);
    assert_true(cm_evidence_add(s.evidence, "file", &of_repository, text, NULL, NULL, &err));
    pear_states = states;
    for (state_step = 0; state_step <= 21; state_step++) {
        struct cm_verdict v = {.arena = s.arena};
        bool done = cm_host_state_origin(s.host, &v, &err);
        if (done != (state_step == 0))
            fail_msg("step %d", state_step);
        /* only a document that is missing leaves standing what was stated before it */
        bool stands = done || state_step == 12;
        assert_int_equal(v.origin_count, stands ? 2 : 0);
        assert_int_equal(v.attachment_count, stands ? 1 : 0);
        assert_int_equal(v.parameter_count, stands ? 2 : 0);
        if (!stands)
            continue;
        assert_string_equal(v.origin[0].field, "repository");
        assert_string_equal(v.origin[0].of, "system");
        assert_string_equal(v.origin[0].path, "repo");
        assert_string_equal(v.origin[1].field, "ref");
        assert_string_equal(v.origin[1].of, "repository");
        assert_string_equal(v.origin[1].document, "file");
        assert_string_equal(v.attachments[0].file_name, "build.json");
        assert_string_equal(v.attachments[0].document, "build");
        assert_string_equal(v.parameters[0].field, "CLEAN");
        assert_string_equal(v.parameters[0].text, "true");
        assert_string_equal(v.parameters[0].of, "system");
        assert_string_equal(v.parameters[0].path, "parameters.0");
        assert_string_equal(v.parameters[1].field, "secret:1");
        assert_null(v.parameters[1].text);
    }
}

static int32_t returned;

/* ---- names and configuration ---- */

static const char *named_option, *named_text;

static int32_t
names(struct cmk_call *c, const struct cmk_naming *n, struct cmk_bytes body)
{
    const struct cmk_value *json = c->json->parse(c, body);
    n->name(c, "build", cmk_text(c, json, "id"));
    if (named_option != NULL)
        n->name(c, named_option, named_text);
    return c->base->status(c);
}

static void
names_are_options_of_the_submission(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    PURE_SCENE(s, "{}");
    CM_CLEANUP(cm_json_done) json_t *found = json_object();
    pear_names = names;
    named_option = NULL;
    assert_true(cm_host_read_names(s.host, "{\"id\":\"42\"}", 11, found, &err));
    assert_string_equal(cm_json_text(found, "build"), "42");

    static const char *const rows[][2] = {
        {"account", "x"}, {"nothing", "x"}, {"build", ""}, {"build", "a\nb"}, {"build", "\xff"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        named_option = rows[i][0];
        named_text = rows[i][1];
        assert_false(cm_host_read_names(s.host, "{\"id\":\"43\"}", 11, found, &err));
        assert_string_equal(cm_json_text(found, "build"), "42"); /* untouched */
    }
    assert_false(cm_host_read_names(s.host, "no JSON", 7, found, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
}

static int32_t
refuses(struct cmk_call *c)
{
    return returned != 0
               ? returned
               : (c->base->fail)(c, CMK_E_CONFIG,
                                 cmk_printf(c, "%s is wrong", cmk_text(c, c->options, "o")));
}

static void
a_hooks_status_counts(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    PURE_SCENE(s, "{\"o\":\"this\"}");
    pear_configures = refuses;
    returned = 0;
    assert_false(cm_host_configure(s.host, CM_CONNECTOR, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    assert_string_equal(err.text, "this is wrong");
    returned = CMK_E_DENIED;
    assert_false(cm_host_configure(s.host, CM_CONNECTOR, &err));
    assert_int_equal(err.class, CM_E_DENIED);
    assert_non_null(strstr(err.text, "hook configure of plug-in pear ended with denied"));
    returned = 1;
    assert_false(cm_host_configure(s.host, CM_CONNECTOR, &err));
    assert_int_equal(err.class, CM_E_INTERNAL);
}

static void
a_pure_host_has_no_outside(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    PURE_SCENE(s, "{}");
    assert_false(cm_host_begin(s.host, &err));
    assert_false(cm_host_authenticate(s.host, &err));
    assert_false(cm_host_collect(s.host, &err));
    assert_false(cm_host_finish(s.host, &err));
    assert_int_equal(err.class, CM_E_INTERNAL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_followed),
        cmocka_unit_test(facts_tell_how_it_was_had),
        cmocka_unit_test(only_declared_words_are_assumed),
        cmocka_unit_test(an_origin_that_does_not_hold_is_none),
        cmocka_unit_test(names_are_options_of_the_submission),
        cmocka_unit_test(a_hooks_status_counts),
        cmocka_unit_test(a_pure_host_has_no_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
