/* SPDX-License-Identifier: Apache-2.0
 *
 * What the token can do, as far as reading tells: every question is a GET that changes nothing.
 * Jenkins has no question for a token's rights; so pages that it need not see are asked for, and a
 * refusal is the good answer.
 */
#include "jenkins.h"

static void
without_token(struct cmk_call *c, const struct cmk_collect *k, const char *name)
{
    k->record->absent(c, name, CMK_E_AUTH,
                      "not asked, because no token was given: give --api-token, in a configuration "
                      "the link's api_token");
}

static void
examine_no_token(struct cmk_call *c, const struct cmk_collect *k)
{
    static const char *const names[] = {"who", "job", "config", "plugins", "credentials"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        without_token(c, k, names[i]);
}

int32_t
jk_examine(struct cmk_call *c, const struct cmk_collect *k)
{
    const char *base = jk_base(c), *job = cmk_text(c, c->options, "job");
    if (!jk_has_token(c, k)) {
        examine_no_token(c, k);
        return c->base->status(c);
    }
    struct cmk_exchange *who =
        jk_ask_tree(c, k, cmk_url(c, base, "whoAmI"), "name,authenticated,anonymous");
    struct cmk_exchange *named = jk_ask_tree(c, k, jk_job_url(c, job), jk_tree_job);
    struct cmk_exchange *config = jk_ask(c, k, cmk_url(c, jk_job_url(c, job), "config.xml"));
    struct cmk_exchange *plugins =
        jk_ask_tree(c, k, cmk_url(c, base, "pluginManager"), "plugins[shortName]");
    struct cmk_exchange *credentials = jk_ask_tree(
        c, k, cmk_url(c, base, "credentials", "store", "system", "domain", "_"), "credentials[id]");
    k->record->exchange(c, "who", who, jk_keep_who);
    k->record->exchange(c, "job", named, jk_keep_job);
    (void)jk_record_config(c, k, "config", config);
    k->record->exchange(c, "plugins", plugins, jk_keep_none);
    k->record->exchange(c, "credentials", credentials, jk_keep_none);
    return c->base->status(c);
}
