/* SPDX-License-Identifier: Apache-2.0
 *
 * From the address of a build's page to the beginning of a configuration.
 */
#include "jenkins.h"

#include <string.h>

static const char *
last_part(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash != NULL ? slash + 1 : name;
}

static const char *
first_part(struct cmk_call *c, const char *name)
{
    return cmk_printf(c, "%.*s", (int)strcspn(name, "/"), name);
}

/* A revision that was scheduled is that of a branch of a multibranch project. */
static void
propose_job(struct cmk_call *c, const struct cmk_starter *s, const char *job,
            const struct cmk_value *build)
{
    const char *project = jk_scheduled_of(c, build).there ? jk_parent(c, job) : NULL;
    s->setting(c, "job", project != NULL ? project : job);
    s->setting(c, "branch", project != NULL ? jk_decode(c, last_part(job)) : NULL);
    s->about(c, "organization", first_part(c, job));
    s->about(c, "project", last_part(project != NULL ? project : job));
}

/* What Jenkins shows; each may be missing. */
static void
propose_origin(struct cmk_call *c, const struct cmk_starter *s, const struct cmk_value *build)
{
    const char *remote = jk_only_remote(c, build);
    struct jk_checkout checkout = jk_checkout_of(c, build, remote);
    struct jk_scheduled scheduled = jk_scheduled_of(c, build);
    const struct jk_config config = {
        .kind = scheduled.there ? JK_MULTIBRANCH : JK_FROM_SCM,
        .spec = "**", /* so that the branch that was checked out tells */
    };
    s->about(c, "repository", jk_remote(c, remote));
    s->about(c, "ref", jk_ref_of(c, build, &config, &checkout));
}

int32_t
jk_start(struct cmk_call *c, const struct cmk_starter *s)
{
    const char *said = jk_base(c);
    struct jk_page page = jk_read_page(c, s->address);
    const struct cmk_value *build = NULL;
    if (page.base == NULL || (said != NULL && !jk_same(page.base, said)))
        return cmk_fail(c, CMK_E_NOT_FOUND,
                        "the address is not that of a build's page of Jenkins "
                        "(https://.../job/NAME/NUMBER/)");
    if (s->evidence != NULL && s->evidence->refused(c, "build") == CMK_OK)
        build = s->evidence->document(c, "build");
    s->setting(c, "url", page.base);
    propose_job(c, s, page.job, build);
    s->setting(c, "build", page.build);
    if (build != NULL)
        propose_origin(c, s, build);
    return c->base->status(c);
}
