/* SPDX-License-Identifier: Apache-2.0
 *
 * A connector that is written for a level of the future and can live with the one of today. The
 * test gives each table a last member `of_the_future`.
 */
#include <countermark/plugin.h>

static int32_t
collect_origin(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_http_request ask = {.size = sizeof ask, .of_the_future = "unknown today"};
    static const char *const keep[] = {"result", NULL};
    if (CMK_HAS(k, of_the_future) || CMK_HAS(k->http, of_the_future))
        return cmk_fail(c, CMK_E_INTERNAL, "the outside has what does not exist yet");
    ask.url = "https://ci.example/build";
    k->record->exchange(c, "build", k->http->start(c, &ask), keep);
    return c->base->status(c);
}

static int32_t
state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    if (!CMK_HAS(s, of_the_future))
        s->origin(c, "build", "7", "build", "result");
    return c->base->status(c);
}

static int32_t
looks(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *result = cmk_text(c, x->evidence->document(c, "build"), "result");
    return cmk_passes(result != NULL && CMK_HAS(c->base, url) && !CMK_HAS(c->base, of_the_future) &&
                      !CMK_HAS(c->json, of_the_future) && !CMK_HAS(x, of_the_future) &&
                      !CMK_HAS(x->evidence, of_the_future) && !CMK_HAS(c, of_the_future));
}

static const struct cmk_option options[] = {
    {.name = "url",
     .type = CMK_URL,
     .of = CMK_OF_SYSTEM,
     .otherwise = "https://ci.example",
     .help = "where it answers"},
    {.name = NULL},
};

static const struct cmk_check checks[] = {
    {.id = "looks",
     .question = "Is the future not there yet?",
     .expected = "not yet",
     .remedy = "Wait.",
     .ask = looks},
    {.id = NULL},
};

static const struct cmk_connector connector = {
    .size = sizeof connector,
    .collect_origin = collect_origin,
    .state_origin = state_origin,
    .verify = checks,
    .of_the_future = checks,
};

CMK_PLUGIN(future, .version = "1.0", .summary = "of the future", .options = options,
           .connector = &connector, .of_the_future = checks)
