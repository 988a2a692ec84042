/* SPDX-License-Identifier: Apache-2.0 */
#include "signing/accept.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "pipeline/admit.h"

#include <countermark/signer.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
opened_done(struct cm_opened *opened)
{
    cm_json_done(&opened->evidence);
}

void
cm_accepted_done(struct cm_accepted *accepted)
{
    opened_done(&accepted->opened);
    cm_arena_done(&accepted->arena);
}

static bool
same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* ---- what was handed in ---- */

/* Nothing else is sure to end: a pipe, a socket or a device may keep the keys waiting. */
static bool
check_file(int fd, const char *what, struct cm_err *err)
{
    struct stat file;
    if (fstat(fd, &file) != 0)
        return cm_fail_errno(err, errno, "the %s that was handed in", what);
    return S_ISREG(file.st_mode) ||
           cm_fail(err, CM_E_DENIED, "the %s that was handed in is no regular file", what);
}

/* From the beginning, whoever else moves the offset meanwhile. */
static bool
read_whole(int fd, struct cm_buf *to, struct cm_err *err)
{
    char part[65536];
    for (off_t at = 0;;) {
        ssize_t got = pread(fd, part, sizeof part, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cm_fail_errno(err, errno, "the evidence that was handed in");
        if (got == 0)
            return true;
        cm_buf_add(to, part, (size_t)got);
        if (to->failed)
            return cm_fail(err, CM_E_LIMIT, "the evidence is larger than evidence may be");
        at += got;
    }
}

static bool
open_evidence(const struct cm_office *office, int fd, struct cm_accepted *to, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(2 * (size_t)CM_EVIDENCE_MOST);
    if (!check_file(fd, "evidence", err) || !read_whole(fd, &text, err))
        return false;
    if (!cm_sha256(cm_buf_text(&text), text.size, to->evidence_sha256))
        return cm_fail(err, CM_E_INTERNAL, "the evidence cannot be hashed");
    if (!cm_seal_open(cm_buf_text(&text), text.size, office->seals, office->seal_count, &to->opened,
                      err))
        return false;
    if (to->opened.seal != CM_SEALED || to->opened.evidence == NULL)
        return cm_fail(err, CM_E_DENIED, "the evidence is not sealed by a key that counts here");
    return cm_evidence_check(to->opened.evidence, err);
}

/* ---- what it says of itself ---- */

static bool
check_names(const struct cm_handed *handed, const json_t *evidence, struct cm_err *err)
{
    const json_t *request = cm_json_get(evidence, "request");
    return (same(handed->project, cm_json_text(request, "project")) &&
            same(handed->policy, cm_json_text(request, "policy"))) ||
           cm_fail(err, CM_E_DENIED, "the evidence is of another project or policy than was named");
}

static bool
check_time(const struct cm_office *office, const json_t *evidence, struct cm_err *err)
{
    int64_t decided;
    int64_t now = office->now != 0 ? office->now : cm_wall_now();
    const char *text = cm_json_text(evidence, "decided_at");
    if (text == NULL || !cm_parse_time(text, &decided))
        return cm_fail(err, CM_E_MALFORMED, "the evidence does not say when it was decided");
    if (decided > now + CM_SIGN_AHEAD)
        return cm_fail(err, CM_E_DENIED, "it was decided at %s, which is still to come", text);
    return decided >= now - CM_SIGN_WITHIN ||
           cm_fail(err, CM_E_DENIED, "it was decided at %s, too long ago to be signed for", text);
}

/* ---- what the configuration says ---- */

static bool
check_policy(const struct cm_office *office, const json_t *evidence, struct cm_accepted *to,
             struct cm_err *err)
{
    char now[CM_SHA256_HEX];
    struct cm_err why = CM_ERR_INIT;
    CM_CLEANUP(cm_admitted_done) struct cm_admitted admitted = {0};
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    if (!cm_admit_again(office->trust, office->plugins, evidence, &admitted, &complaints, &why))
        return cm_fail(err, CM_E_DENIED, "the configuration does not admit this request now: %s",
                       why.text);
    if (!cm_json_sha256(admitted.effective, now))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!same(cm_json_text(evidence, "effective_sha256"), now))
        return cm_fail(err, CM_E_DENIED,
                       "it was decided by another policy (%s) than the configuration has now (%s)",
                       cm_json_text(evidence, "effective_sha256"), now);
    to->policy = admitted.policy;
    return true;
}

/* ---- the verdict, and what it is about ---- */

static bool
judge(const struct cm_office *office, bool failures, struct cm_accepted *to, struct cm_err *err)
{
    to->arena = cm_arena_new((size_t)32 << 20);
    if (to->arena == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!cm_judge(to->opened.evidence, office->plugins, office->log, to->arena, &to->verdict, err))
        return false;
    return to->verdict.outcome == CM_ACCEPTED || failures ||
           cm_fail(err, CM_E_DENIED, "judged again, it is %s",
                   cm_outcome_name(to->verdict.outcome));
}

/* One that takes files of any kind has no way to edit one. */
static bool
signer_embeds(const struct cm_office *office, const json_t *evidence)
{
    struct cm_err ignored = CM_ERR_INIT;
    const struct cm_plugin *plugin;
    const char *id = cm_json_text(cm_json_path(evidence, "effective.artifact.signer"), "plugin");
    if (id == NULL || !cm_find_signer(office->plugins, id, &plugin, &ignored))
        return false;
    uint32_t flags = plugin->table->signer->flags;
    return (flags & CMK_ANY_FILE) == 0 || (flags & CMK_REPLACES) != 0;
}

static bool
may_differ(const struct cm_office *office, const struct cm_handed *handed,
           const struct cm_accepted *to)
{
    const json_t *evidence = to->opened.evidence;
    bool documented = json_array_size(cm_json_path(evidence, "effective.artifact.rewriters")) > 0;
    return to->verdict.outcome == CM_ACCEPTED &&
           (documented || (handed->may_be_signed && signer_embeds(office, evidence)));
}

static bool
check_files(const struct cm_office *office, const struct cm_handed *handed, struct cm_accepted *to,
            struct cm_err *err)
{
    const json_t *evidence = to->opened.evidence;
    int built = handed->built >= 0 ? handed->built : handed->artifact;
    if (!check_file(handed->artifact, "artifact", err) ||
        !check_file(built, "artifact as it was built", err) ||
        !cm_sha256_fd(handed->artifact, "the artifact", to->artifact_sha256, err))
        return false;
    if (handed->built < 0)
        memcpy(to->built_sha256, to->artifact_sha256, sizeof to->built_sha256);
    else if (!cm_sha256_fd(built, "the artifact as it was built", to->built_sha256, err))
        return false;
    to->rewritten = !same(to->artifact_sha256, to->built_sha256);
    if (!same(cm_verdict_artifact(evidence, &to->verdict), to->built_sha256))
        return cm_fail(err, CM_E_DENIED, "the evidence is about another artifact (this is %s)",
                       to->built_sha256);
    return !to->rewritten || may_differ(office, handed, to) ||
           cm_fail(err, CM_E_DENIED,
                   "another file than was built is to be delivered, and no rewriter is configured "
                   "for it");
}

bool
cm_accept(const struct cm_office *office, const struct cm_handed *handed, struct cm_accepted *ret,
          struct cm_err *err)
{
    CM_CLEANUP(cm_accepted_done) struct cm_accepted accepted = {.arena = NULL};
    if (!open_evidence(office, handed->evidence, &accepted, err))
        return false;
    const json_t *evidence = accepted.opened.evidence;
    if (!check_names(handed, evidence, err) || !check_time(office, evidence, err) ||
        !check_policy(office, evidence, &accepted, err) ||
        !judge(office, handed->failures, &accepted, err) ||
        !check_files(office, handed, &accepted, err))
        return false;
    *ret = accepted;
    accepted = (struct cm_accepted){.arena = NULL};
    return true;
}
