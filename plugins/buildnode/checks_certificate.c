/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the certificate itself: what is it for, and by which template was it made?
 */
#include "buildnode.h"

#include <string.h>

#define CLIENT_AUTH "1.3.6.1.5.5.7.3.2"

/* The node's own certificate, and not one of the authorities above it. */
bool
bn_is_for_something_else(struct cmk_call *c, const struct bn_chain *chain)
{
    return bn_same(chain->class, "purpose") && cmk_integer(c, chain->built, "at", -1) == 0;
}

/* Without the extension a certificate is good for all, and one that is good for all was not made
 * for this: it has to be said. */
int32_t
bn_client_auth(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *leaf = bn_leaf(c, x);
    const struct cmk_value *purposes = cmk_get(c, leaf, "extended_key_usage");
    const struct cmk_value *usage = cmk_get(c, leaf, "key_usage");
    if (cmk_truth(c, leaf, "ca", 0))
        return bn_fail(c, x, "it is the certificate of an authority");
    if (purposes == NULL)
        return bn_fail(c, x, "it does not say what it is for");
    if (!bn_has(c, purposes, CLIENT_AUTH))
        return bn_fail(c, x, "it is for something else");
    if (usage != NULL && !bn_has(c, usage, "digitalSignature"))
        return bn_fail(c, x, "its key is not for signing");
    struct bn_chain chain = bn_chain_judged(c, x);
    if (bn_is_for_something_else(c, &chain))
        return bn_fail(c, x, "%s", chain.error);
    return bn_pass(c, x, "client authentication");
}

/* ---- templates of Active Directory ---- */

/* A later major version is another text of the template, which has the earlier one behind it. */
static bool
is_recent(struct cmk_call *c, const struct cmk_value *template)
{
    int64_t major = cmk_integer(c, c->options, "template_major", -1);
    int64_t minor = cmk_integer(c, c->options, "template_minor", 0);
    int64_t has_major = cmk_integer(c, template, "major", -1);
    int64_t has_minor = cmk_integer(c, template, "minor", -1);
    return major < 0 || has_major > major || (has_major == major && has_minor >= minor);
}

static int32_t
judge_id(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *template,
         const char *wanted)
{
    const char *id = cmk_text(c, template, "id");
    if (id == NULL)
        return bn_fail(c, x, "a template of version 1: %s", cmk_show(c, template, "name"));
    if (cmk_get(c, c->options, "template_major") != NULL)
        cmk_expect(c, x, "%s, version %s.%s or later", wanted,
                   cmk_show(c, c->options, "template_major"),
                   cmk_get(c, c->options, "template_minor") != NULL
                       ? cmk_show(c, c->options, "template_minor")
                       : "0");
    else
        cmk_expect(c, x, "%s", wanted);
    cmk_observe(c, x, "%s, version %s.%s", id, cmk_show(c, template, "major"),
                cmk_show(c, template, "minor"));
    return cmk_passes(bn_same(id, wanted) && is_recent(c, template));
}

int32_t
bn_template(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *id = cmk_text(c, c->options, "template");
    const char *name = cmk_text(c, c->options, "template_name");
    if (id == NULL && name == NULL)
        return bn_pass(c, x, "not demanded");
    const struct cmk_value *template = cmk_get(c, bn_leaf(c, x), "template");
    cmk_expect(c, x, "%s", id != NULL ? id : name);
    if (template == NULL)
        return bn_fail(c, x, "it was made by no template");
    if (cmk_get(c, template, "broken") != NULL)
        return bn_fail(c, x, "its template cannot be read: %s", cmk_show(c, template, "broken"));
    if (id != NULL)
        return judge_id(c, x, template, id);
    cmk_observe(c, x, "%s", cmk_show(c, template, "name"));
    return cmk_passes(bn_same(cmk_text(c, template, "name"), name));
}
