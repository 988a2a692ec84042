/* SPDX-License-Identifier: Apache-2.0 */
#include "pear.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static pear_checking *checking;
pear_collecting *pear_collects;
int32_t (*pear_states)(struct cmk_call *, const struct cmk_statement *);
int32_t (*pear_names)(struct cmk_call *, const struct cmk_naming *, struct cmk_bytes);
int32_t (*pear_configures)(struct cmk_call *);
int32_t (*pear_starts)(struct cmk_call *, const struct cmk_starter *);

const char *const keep_all[] = {"**", NULL};

static int32_t
check(struct cmk_call *c, const struct cmk_exam *x)
{
    return checking(c, x);
}

static int32_t
state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    return pear_states(c, s);
}

static int32_t
read_names(struct cmk_call *c, const struct cmk_naming *n, struct cmk_bytes body)
{
    return pear_names(c, n, body);
}

static int32_t
configure(struct cmk_call *c)
{
    return pear_configures(c);
}

static int32_t
collect_origin(struct cmk_call *c, const struct cmk_collect *k)
{
    pear_collects(c, k);
    return c->base->status(c);
}

static int32_t
start(struct cmk_call *c, const struct cmk_starter *starter)
{
    return pear_starts(c, starter);
}

static const struct cmk_option options[] = {
    {.name = "url", .type = CMK_URL, .of = CMK_OF_SYSTEM, .help = "h"},
    {.name = "mirrors", .type = CMK_URL | CMK_LIST, .of = CMK_OF_SYSTEM, .help = "h"},
    {.name = "text", .type = CMK_TEXT, .of = CMK_OF_SYSTEM, .help = "h"},
    {.name = "list", .type = CMK_FILE, .of = CMK_OF_SYSTEM, .help = "h"},
    {.name = "trusted", .type = CMK_FILE | CMK_LIST, .of = CMK_OF_SYSTEM, .help = "h"},
    {.name = "account", .type = CMK_TEXT, .of = CMK_OF_LINK, .help = "h"},
    {.name = "key", .type = CMK_SECRET, .of = CMK_OF_LINK, .help = "h"},
    {.name = "other_key", .type = CMK_SECRET, .of = CMK_OF_LINK, .help = "h"},
    {.name = "build", .type = CMK_TEXT, .of = CMK_OF_SUBMISSION, .help = "h"},
    {.name = NULL},
};

static const struct cmk_check checks[] = {
    {.id = "it",
     .question = "Is it?",
     .expected = "it is",
     .remedy = "Make it so.",
     .flags = CMK_BINDING,
     .ask = check},
    {.id = NULL},
};

static const struct cmk_check examination[] = {
    {.id = "key",
     .question = "Is it?",
     .expected = "it is",
     .remedy = "Make it so.",
     .flags = CMK_ADVICE,
     .ask = check},
    {.id = NULL},
};

static const char *const assumptions[] = {"no-magic", "no-luck", NULL};

static const struct cmk_connector connector = {
    .size = sizeof connector,
    .assumptions = assumptions,
    .configure = configure,
    .read_names = read_names,
    .collect_origin = collect_origin,
    .state_origin = state_origin,
    .verify = checks,
    .examine = collect_origin,
    .examination = examination,
    .start = start,
};

const struct cmk_plugin pear = {
    .size = sizeof pear,
    .sdk_target = CMK_SDK_1_0,
    .sdk_least = CMK_SDK_1_0,
    .id = "pear",
    .version = "1",
    .summary = "s",
    .options = options,
    .connector = &connector,
};

/* ---- judging ---- */

struct cm_answer
pear_answer(struct scene *s, pear_checking *hook)
{
    checking = hook;
    return scene_ask(s, "pear.it");
}

struct cm_answer
pear_examination(struct scene *s, pear_checking *hook)
{
    checking = hook;
    return scene_ask(s, "pear.key");
}

void
assert_unknown(const struct cm_answer *a, enum cm_class class, const char *reason)
{
    assert_int_equal(a->word, CM_UNKNOWN);
    assert_int_equal(a->reason_class, class);
    if (strstr(a->reason, reason) == NULL)
        fail_msg("'%s' does not say '%s'", a->reason, reason);
    assert_non_null(a->remedy);
}

/* ---- collecting ---- */

struct cmk_exchange *
get(struct cmk_call *c, const struct cmk_collect *k, const char *url, int32_t auth)
{
    const struct cmk_http_request ask = {
        .size = sizeof ask, .url = url, .auth = auth, .secret = "key", .user = "bob"};
    return k->http->start(c, &ask);
}

bool
collect(struct scene *s, pear_collecting *hook, struct cm_err *err)
{
    scene_open_outside(s);
    pear_collects = hook;
    return cm_host_begin(s->host, err) && cm_host_collect(s->host, err) &&
           cm_host_finish(s->host, err);
}

void
collect_well(struct scene *s, pear_collecting *hook)
{
    struct cm_err err = CM_ERR_INIT;
    if (!collect(s, hook, &err))
        fail_msg("%s", err.text);
}

void
assert_had(const struct scene *s, const char *name, const char *content)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    const json_t *document = scene_got(s, name);
    if (*scene_error(s, name) != '\0')
        fail_msg("%s: %s", name, cm_json_text(cm_json_get(document, "error"), "message"));
    const json_t *got = cm_json_get(document, "content");
    assert_true((got == NULL) == (content == NULL));
    if (content == NULL)
        return;
    assert_true(cm_json_canonical(got, &text));
    assert_string_equal(cm_buf_text(&text), content);
}

void
assert_missing(const struct scene *s, const char *name, const char *class, const char *message,
               const char *cause)
{
    const json_t *error = cm_json_get(scene_got(s, name), "error");
    const char *said = cm_json_text(error, "message");
    assert_string_equal(scene_error(s, name), class);
    if (strstr(said, message) == NULL)
        fail_msg("%s: '%s' does not say '%s'", name, said, message);
    const char *got_cause = cm_json_text(error, "cause");
    assert_true((cause == NULL) == (got_cause == NULL));
    if (cause != NULL)
        assert_string_equal(got_cause, cause);
}
