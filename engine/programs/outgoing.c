/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/outgoing.h"

#include "base/json.h"

/* The draft last: where signals wait from the beginning on, the first that made them wait lets them
 * go. */
void
cm_outgoing_done(struct cm_outgoing *out)
{
    cm_signed_done(&out->made);
    cm_draft_done(&out->draft);
    cm_json_done(&out->documentation);
}

bool
cm_outgoing_begin(const char *target, int artifact, struct cm_outgoing *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_draft_done) struct cm_draft *draft = NULL;
    if (!cm_draft_begin(target, &draft, err) ||
        !cm_fd_copy(artifact, cm_draft_fd(draft), target, NULL, err))
        return false;
    *ret = (struct cm_outgoing){.target = target, .draft = CM_TAKE(draft)};
    return true;
}

static struct cm_draft *
last_of(const struct cm_outgoing *out)
{
    return out->made.artifact != NULL ? out->made.artifact : out->draft;
}

int
cm_outgoing_fd(const struct cm_outgoing *out)
{
    return out->draft != NULL ? cm_draft_fd(last_of(out)) : -1;
}

bool
cm_outgoing_publish(struct cm_outgoing *out, struct cm_err *err)
{
    bool ok = true;
    if ((out->made.beside != NULL && !cm_draft_publish(out->made.beside, 0644, err)) ||
        !cm_draft_publish(last_of(out), 0644, err))
        return false;
    if (out->documentation != NULL)
        cm_json_set_text(out->documentation, "file", out->target, &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}
