/* SPDX-License-Identifier: Apache-2.0
 *
 * What the key can do, as far as reading tells: every question is a GET that changes nothing.
 * AppVeyor has no question for a key's own rights; so each list that it need not see is asked for,
 * and a refusal is the good answer.
 */
#include "appveyor.h"

#define MOST_LIST (32u << 20)

static const struct cmk_http_request plain = {.size = sizeof plain};
static const struct cmk_http_request list = {.size = sizeof list, .most = MOST_LIST};

/* Under a name that tells of which version the key is. */
static void
record_projects(struct cmk_call *c, const struct cmk_collect *k, struct av_ask *projects, bool v2)
{
    av_settle(c, k, projects);
    k->record->exchange(c, v2 ? "account-projects" : "projects", projects->exchange,
                        av_keep_projects);
    k->record->absent(c, v2 ? "projects" : "account-projects", CMK_E_NOT_FOUND,
                      v2 ? "the key is of version 2" : "the key is of version 1");
}

static void
record(struct cmk_call *c, const struct cmk_collect *k, const char *name, struct av_ask *ask,
       const char *const *keep)
{
    av_settle(c, k, ask);
    k->record->exchange(c, name, ask->exchange, keep);
}

/* The page that everybody sees says nothing of a key; but it tells AppVeyor's time. */
static void
examine_no_key(struct cmk_call *c, const struct cmk_collect *k)
{
    static const char *const names[] = {"settings", "projects", "account-projects",
                                        "users",    "roles",    "environments"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        av_without_key(c, k, names[i]);
    struct av_ask page = av_path(c, k, &plain, "projects", cmk_text(c, c->options, "account"),
                                 cmk_text(c, c->options, "project"));
    record(c, k, "project", &page, NULL);
}

int32_t
av_examine(struct cmk_call *c, const struct cmk_collect *k)
{
    if (!av_has_key(c, k)) {
        examine_no_key(c, k);
        return c->base->status(c);
    }
    bool v2 = k->secret_begins(c, "api_key", "v2.") == 1;
    struct av_ask settings = av_path(c, k, &plain, "projects", cmk_text(c, c->options, "account"),
                                     cmk_text(c, c->options, "project"), "settings");
    struct av_ask projects = av_path(c, k, &list, "projects");
    struct av_ask users = av_path(c, k, &list, "users");
    struct av_ask roles = av_path(c, k, &list, "roles");
    struct av_ask environments = av_path(c, k, &list, "environments");
    record(c, k, "settings", &settings, av_keep_rights);
    record_projects(c, k, &projects, v2);
    record(c, k, "users", &users, av_keep_none);
    record(c, k, "roles", &roles, av_keep_none);
    record(c, k, "environments", &environments, av_keep_environments);
    return c->base->status(c);
}
