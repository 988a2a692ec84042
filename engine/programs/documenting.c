/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/documenting.h"

#include "base/json.h"

#include <sys/resource.h>

/* Each package in an archive is a file until all are written. */
#define DESCRIPTORS ((rlim_t)1200)

/* As many as may be; where these do not suffice, that is said by the file that is one too many. */
static void
allow_descriptors(void)
{
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur >= DESCRIPTORS)
        return;
    now.rlim_cur = now.rlim_max < DESCRIPTORS ? now.rlim_max : DESCRIPTORS;
    (void)setrlimit(RLIMIT_NOFILE, &now);
}

int
cm_not_documented(const struct cm_session *session, struct cm_err *err)
{
    (void)cm_context(err, "the artifact cannot be written (another place may have room for it)");
    (void)cm_session_failed(session, err);
    return CM_EXIT_OUTPUT;
}

static int
status_of(const struct cm_session *session, const struct cm_documenting *d,
          struct cm_rewritten *rewritten)
{
    switch (rewritten->outcome) {
    case CM_REWRITE_REFUSED:
        cm_log(session->log, CM_LOG_ERROR, "not documented, nothing was written: %s",
               rewritten->why.text);
        return CM_EXIT_REJECTED;
    case CM_REWRITE_OTHER:
        cm_log(session->log, CM_LOG_ERROR, "%s", rewritten->why.text);
        return CM_EXIT_USAGE;
    case CM_REWRITE_UNWRITTEN:
        return cm_not_documented(session, &rewritten->why);
    case CM_REWRITE_NONE:
        return d->needs_rewriter ? cm_session_usage(session, "%s", rewritten->why.text) : 0;
    default:
        return 0;
    }
}

int
cm_document(struct cm_session *session, const struct cm_documenting *d, struct cm_outgoing *ret)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_rewritten_done) struct cm_rewritten rewritten = {.draft = NULL};
    const struct cm_rewriting rewriting = {
        .evidence = d->evidence,
        .verdict = d->verdict,
        .rewriters = d->rewriters,
        .log = session->log,
        .from = d->from,
        .name = d->name,
        .target = d->target,
        .skip_contents = d->skip_contents,
    };
    allow_descriptors();
    if (!cm_rewrite(&rewriting, &rewritten, &err))
        return cm_session_failed(session, &err);
    int status = status_of(session, d, &rewritten);
    *ret = (struct cm_outgoing){.target = d->target};
    ret->documentation = CM_TAKE(rewritten.documentation);
    if (status == 0)
        ret->draft = CM_TAKE(rewritten.draft);
    return status;
}
