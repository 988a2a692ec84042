/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the token itself, whichever build is meant.
 */
#include "jenkins.h"

int32_t
jk_key_valid(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *user = cmk_text(c, c->options, "user");
    if (x->evidence->refused(c, "who") != CMK_OK)
        return jk_fail(c, x, "Jenkins refuses it");
    const struct cmk_value *who = x->evidence->document(c, "who");
    const char *name = cmk_text(c, who, "name");
    if (name == NULL || cmk_get(c, who, "authenticated") == NULL)
        return jk_unknown(c, x, "Jenkins does not state whose token it is");
    cmk_expect(c, x, "%s", user);
    cmk_observe(c, x, "%s", name);
    return cmk_passes(cmk_truth(c, who, "authenticated", 0) && !cmk_truth(c, who, "anonymous", 0) &&
                      jk_same(name, user));
}

int32_t
jk_key_reads_job(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *job = cmk_text(c, c->options, "job");
    if (x->evidence->refused(c, "job") != CMK_OK)
        return jk_fail(c, x, "Jenkins shows the user no job %s", job);
    const char *name = cmk_text(c, x->evidence->document(c, "job"), "fullName");
    if (name == NULL)
        return jk_unknown(c, x, "Jenkins does not state the job's full name");
    cmk_expect(c, x, "%s", job);
    cmk_observe(c, x, "%s", name);
    return cmk_passes(jk_same(name, job));
}

int32_t
jk_key_reads_config(struct cmk_call *c, const struct cmk_exam *x)
{
    if (x->evidence->refused(c, "config") != CMK_OK)
        return jk_fail(c, x, "Jenkins refuses the user the job's configuration");
    return x->evidence->document(c, "config") != NULL ? jk_pass(c, x, "it can be read")
                                                      : CMK_UNKNOWN;
}

/* A page for administrators: refused, or, for all that the user can see, not there. A token that is
 * refused altogether tells nothing; nor does a page that does not state whose token it is. */
static int32_t
judge_hidden(struct cmk_call *c, const struct cmk_exam *x, const char *document, const char *what)
{
    if (x->evidence->refused(c, "who") != CMK_OK)
        return jk_unknown(c, x, "Jenkins refuses the token altogether");
    if (cmk_text(c, x->evidence->document(c, "who"), "name") == NULL)
        return jk_unknown(c, x, "Jenkins does not state whose token it is");
    if (x->evidence->refused(c, document) == CMK_OK)
        return jk_fail(c, x, "the user can see %s", what);
    return jk_pass(c, x, "Jenkins does not show %s", what);
}

int32_t
jk_key_not_admin(struct cmk_call *c, const struct cmk_exam *x)
{
    return judge_hidden(c, x, "plugins", "the plug-ins of the controller");
}

int32_t
jk_key_no_credentials(struct cmk_call *c, const struct cmk_exam *x)
{
    return judge_hidden(c, x, "credentials", "the credentials of the controller");
}
