/* SPDX-License-Identifier: Apache-2.0
 *
 * animal.h: a small connector that does everything right. Each animal of the zoo is this, but for
 * one thing, which it says by a macro before it includes it:
 *
 *   IN_COLLECT  a statement in collect_origin, behind all that is asked
 *   IN_CHECK    a statement in the check `succeeded`
 *   SUCCEEDED   what that check answers, of `result`
 *   COUNTED     what the check `no-parameters` answers, of `given` and `count`
 *   THE_BUILD   the document of the build, as `no-parameters` has it
 *   THE_FILE    the document of the committed file, which is there
 *   NO_FILE     is it not there?
 *   RECORD      how the build is recorded, of the exchange `x`
 *   OPTIONS     one more option
 *   HOOKS       one more hook
 *   NAME        whose name the check `known` expects
 *
 * What countermark-conform must say of it stands in its second comment.
 */
#ifndef ANIMAL_H
#define ANIMAL_H

#include <countermark/plugin.h>
#include <string.h>

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

#ifndef IN_COLLECT
#define IN_COLLECT
#endif
#ifndef IN_CHECK
#define IN_CHECK
#endif
#ifndef SUCCEEDED
#define SUCCEEDED cmk_passes(strcmp(result, "success") == 0)
#endif
#ifndef COUNTED
#define COUNTED given == NULL ? CMK_UNKNOWN : cmk_passes(count == 0)
#endif
#ifndef THE_BUILD
#define THE_BUILD x->evidence->document(c, "build")
#endif
#ifndef THE_FILE
#define THE_FILE x->evidence->document(c, "file")
#endif
#ifndef NO_FILE
#define NO_FILE file == NULL
#endif
#ifndef RECORD
#define RECORD k->record->exchange(c, "build", x, keep_build)
#endif
#ifndef HOOKS
#define HOOKS
#endif
#ifndef NAME
#define NAME "bob"
#endif
#ifndef OPTIONS
#define OPTIONS
#endif

static const struct cmk_option options[] = {
    {.name = "url", .type = CMK_URL, .of = CMK_OF_SYSTEM, .flags = CMK_REQUIRED, .help = "it"},
    {.name = "key", .type = CMK_SECRET, .of = CMK_OF_LINK, .help = "its key"},
    {.name = "build", .type = CMK_TEXT, .of = CMK_OF_SUBMISSION, .help = "number of the build"},
    OPTIONS{.name = NULL},
};

static const char *const keep_who[] = {"name", NULL};
static const char *const keep_build[] = {"result", "commit", NULL};

static const char *const keep_all[] = {"**", NULL};

static struct cmk_exchange *
ask(struct cmk_call *c, const struct cmk_collect *k, const char *url)
{
    struct cmk_http_request request = {
        .size = sizeof request, .url = url, .auth = CMK_AUTH_BEARER, .secret = "key"};
    return k->http->start(c, &request);
}

static int32_t
authenticate(struct cmk_call *c, const struct cmk_collect *k)
{
    const char *url = cmk_url(c, cmk_text(c, c->options, "url"), "who");
    k->record->exchange(c, "who", ask(c, k, url), keep_who);
    return c->base->status(c);
}

static int32_t
collect_origin(struct cmk_call *c, const struct cmk_collect *k)
{
    const char *number = cmk_text(c, c->options, "build");
    struct cmk_exchange *x =
        ask(c, k, cmk_url(c, cmk_text(c, c->options, "url"), "builds", number));
    struct cmk_exchange *commit =
        k->git->commit(c, "https://git.example/acme/widget", "refs/heads/main", COMMIT);
    struct cmk_exchange *file = k->git->file(c, commit, "ci.yml", 1000);
    RECORD;
    k->record->exchange(c, "file", file, keep_all);
    IN_COLLECT;
    return c->base->status(c);
}

static int32_t
state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    const struct cmk_value *build = s->evidence->document(c, "build");
    s->origin(c, "commit", cmk_text(c, build, "commit"), "build", "commit");
    return c->base->status(c);
}

static int32_t
known(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *name = cmk_text(c, x->evidence->document(c, "who"), "name");
    return name == NULL ? CMK_UNKNOWN : cmk_passes(strcmp(name, NAME) == 0);
}

static int32_t
succeeded(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *result = cmk_text(c, x->evidence->document(c, "build"), "result");
    cmk_observe(c, x, "%s", result != NULL ? result : "none");
    IN_CHECK;
    return result == NULL ? CMK_UNKNOWN : SUCCEEDED;
}

static int32_t
no_parameters(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *given = cmk_get(c, THE_BUILD, "parameters");
    const struct cmk_value *file = THE_FILE;
    uint64_t count = c->json->count(c, given);
    if (NO_FILE)
        return CMK_UNKNOWN;
    return COUNTED;
}

static const struct cmk_check checks[] = {
    {.id = "known",
     .question = "Who is it?",
     .expected = "bob",
     .remedy = "Ask bob.",
     .ask = known},
    {.id = "succeeded",
     .question = "Did it end well?",
     .expected = "success",
     .remedy = "Submit another.",
     .ask = succeeded},
    {.id = "no-parameters",
     .question = "Was it built without parameters?",
     .expected = "none",
     .remedy = "Build without.",
     .ask = no_parameters},
    {.id = NULL},
};

static const struct cmk_connector connector = {.size = sizeof connector,
                                               .authenticate = authenticate,
                                               .collect_origin = collect_origin,
                                               .state_origin = state_origin,
                                               .verify = checks,
                                               HOOKS};

#define ANIMAL(name)                                                                               \
    CMK_PLUGIN(name, .version = "1.0", .summary = "of the zoo", .options = options,                \
               .connector = &connector)

#endif
