/* SPDX-License-Identifier: 0BSD
 *
 * acme_ci: a connector for Acme CI, a build server that you do not have. Copy it, and make it speak
 * of the one that you have. docs/writing-a-connector.md walks through it.
 *
 * What Acme CI answers, with `Authorization: Bearer TOKEN`:
 *   GET /api/projects/NAME       { "id", "name" }
 *   GET /api/builds/NUMBER       { "project_id", "status", "repository", "branch", "commit",
 *                                  "started", "parameters": { ... }, "artifact": { "name" },
 *                                  "pull_request": "..." (only if it is one), ... }
 *   GET /api/builds/NUMBER/file  the artifact
 */
#include <countermark/plugin.h>
#include <string.h>

/* ---- options: what may be said, and whose word it is ---- */

static const struct cmk_option options[] = {
    {.name = "url",
     .type = CMK_URL,
     .of = CMK_OF_SYSTEM,
     .flags = CMK_REQUIRED,
     .help = "where Acme CI answers"},
    {.name = "project",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .flags = CMK_REQUIRED,
     .help = "name of the project on Acme CI"},
    {.name = "project_id",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .flags = CMK_REQUIRED,
     .help = "its id, which stays when it is renamed and is never given to another"},
    {.name = "token",
     .type = CMK_SECRET,
     .of = CMK_OF_LINK,
     .flags = CMK_REQUIRED,
     .help = "a token that may read the project"},
    {.name = "build", .type = CMK_TEXT, .of = CMK_OF_SUBMISSION, .help = "number of the build"},
    {.name = NULL},
};

static const char *
option(struct cmk_call *c, const char *name)
{
    return cmk_text(c, c->options, name);
}

/* ---- asking: all that touches the outside ---- */

static const char *const keep_project[] = {"id", "name", NULL};

/* Not the values of `parameters`, which may be secrets: that there are some can be seen without.
 * Not `pull_request` either: that it is there can be seen. */
static const char *const keep_build[] = {"number",        "project_id", "status",
                                         "repository",    "branch",     "commit",
                                         "artifact.name", "started",    NULL};

static struct cmk_exchange *
ask(struct cmk_call *c, const struct cmk_collect *k, const char *url, uint32_t flags)
{
    struct cmk_http_request request = {.size = sizeof request, .flags = flags};
    request.url = url;
    request.auth = CMK_AUTH_BEARER;
    request.secret = "token";
    if ((flags & CMK_HTTP_ARTIFACT) != 0)
        request.most = (uint64_t)1 << 30;
    return k->http->start(c, &request);
}

static int32_t
authenticate(struct cmk_call *c, const struct cmk_collect *k)
{
    const char *url = cmk_url(c, option(c, "url"), "api", "projects", option(c, "project"));
    k->record->exchange(c, "project", ask(c, k, url, 0), keep_project);
    return c->base->status(c);
}

/* The branch as git calls it; "main" alone could be a tag, too. */
static const char *
ref_of(struct cmk_call *c, const struct cmk_value *build)
{
    const char *branch = cmk_text(c, build, "branch");
    return branch != NULL ? cmk_printf(c, "refs/heads/%s", branch) : NULL;
}

/* The order of the lines is the schedule: what is started goes on while the next is asked. */
static int32_t
collect_origin(struct cmk_call *c, const struct cmk_collect *k)
{
    const char *base = option(c, "url"), *number = option(c, "build");
    struct cmk_exchange *file =
        ask(c, k, cmk_url(c, base, "api", "builds", number, "file"), CMK_HTTP_ARTIFACT);
    struct cmk_exchange *asked = ask(c, k, cmk_url(c, base, "api", "builds", number), 0);
    const struct cmk_value *build = k->record->exchange(c, "build", asked, keep_build);
    k->git->commit(c, cmk_text(c, build, "repository"), ref_of(c, build),
                   cmk_text(c, build, "commit"));
    k->record->exchange(c, "file", file, NULL);
    return c->base->status(c);
}

/* ---- judging: documents, and nothing else ---- */

static int32_t
state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    const struct cmk_value *build = s->evidence->document(c, "build");
    s->origin(c, "repository", cmk_text(c, build, "repository"), "build", "repository");
    s->origin(c, "commit", cmk_text(c, build, "commit"), "build", "commit");
    s->origin(c, "ref", ref_of(c, build), "build", "branch");
    s->origin(c, "build", c->json->show(c, cmk_get(c, build, "number")), "build", "number");
    s->origin(c, "built_at", cmk_text(c, build, "started"), "build", "started");
    s->origin(c, "artifact", cmk_text(c, build, "artifact.name"), "build", "artifact.name");
    return c->base->status(c);
}

/* Is it, in that document, the id that the operator wrote down? */
static int32_t
is_linked(struct cmk_call *c, const struct cmk_exam *x, const char *document, const char *path)
{
    const struct cmk_value *said = x->evidence->document(c, document);
    const char *linked = option(c, "project_id"), *id = cmk_text(c, said, path);
    cmk_expect(c, x, "project %s", linked);
    cmk_observe(c, x, "project %s", id != NULL ? id : "unknown");
    return id == NULL ? CMK_UNKNOWN : cmk_passes(strcmp(id, linked) == 0);
}

static int32_t
project_linked(struct cmk_call *c, const struct cmk_exam *x)
{
    return is_linked(c, x, "project", "id");
}

static int32_t
build_of_project(struct cmk_call *c, const struct cmk_exam *x)
{
    return is_linked(c, x, "build", "project_id");
}

static int32_t
succeeded(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *status = cmk_text(c, x->evidence->document(c, "build"), "status");
    cmk_observe(c, x, "%s", status != NULL ? status : "no status");
    if (status == NULL || strcmp(status, "running") == 0)
        return CMK_UNKNOWN;
    return cmk_passes(strcmp(status, "success") == 0);
}

/* Acme CI leaves the member out where there is no pull request, so absent is an answer. It can only
 * be one because a member that was withheld would still be there. */
static int32_t
not_pull_request(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    const struct cmk_value *request = cmk_get(c, build, "pull_request");
    cmk_observe(c, x, "%s", request != NULL ? "built from a pull request" : "no pull request");
    return cmk_passes(request == NULL);
}

static int32_t
no_parameters(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    const struct cmk_value *given = cmk_get(c, build, "parameters");
    unsigned long long count = c->json->count(c, given);
    if (given == NULL)
        return CMK_UNKNOWN; /* Acme CI always says; this is something else */
    cmk_observe(c, x, "parameters: %llu", count);
    return cmk_passes(count == 0);
}

static const struct cmk_check checks[] = {
    {.id = "project-linked",
     .question = "Is it the project that is linked?",
     .expected = "the project_id of the link",
     .remedy = "Correct the link: see who has the project's name on Acme CI now.",
     .flags = CMK_BINDING | CMK_GATE,
     .ask = project_linked},
    {.id = "build-of-project",
     .question = "Is the build one of that project?",
     .expected = "the project_id of the link",
     .remedy = "Submit a build of the linked project.",
     .flags = CMK_BINDING,
     .ask = build_of_project},
    {.id = "succeeded",
     .question = "Did the build end well?",
     .expected = "success",
     .remedy = "Submit a build that succeeded.",
     .ask = succeeded},
    {.id = "not-pull-request",
     .question = "Was a branch built, and not somebody's pull request?",
     .expected = "no pull request",
     .remedy = "Merge it, and submit the build of the branch.",
     .ask = not_pull_request},
    {.id = "no-parameters",
     .question = "Was the build determined by the repository alone?",
     .expected = "parameters: 0",
     .remedy = "Build again without parameters.",
     .ask = no_parameters},
    {.id = NULL},
};

/* ---- the plug-in ---- */

static const struct cmk_connector connector = {
    .size = sizeof connector,
    .authenticate = authenticate,
    .collect_origin = collect_origin,
    .state_origin = state_origin,
    .verify = checks,
};

CMK_PLUGIN(acme_ci, .version = "1.0", .summary = "builds of Acme CI", .options = options,
           .connector = &connector)
