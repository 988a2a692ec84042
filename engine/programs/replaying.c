/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/replaying.h"

#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "evidence/evidence.h"
#include "pipeline/admit.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

void
cm_remark(struct cm_remarks *remarks, const char *format, ...)
{
    va_list args;
    if (remarks->count + 1 >= CM_MOST_REMARKS)
        return;
    va_start(args, format);
    const char *text = cm_arena_vprintf(remarks->arena, format, args);
    va_end(args);
    if (text != NULL)
        remarks->at[remarks->count++] = text;
}

static bool
same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Another digest is another build, most often of the same version. */
static void
remark_build(struct cm_remarks *remarks, const char *by, const char *what, const char *recorded,
             const char *now)
{
    if (same(recorded, now))
        cm_remark(remarks, "recorded %s another build of %s %s", by, what, now);
    else
        cm_remark(remarks, "recorded %s another %s: %s; this is %s", by, what, recorded, now);
}

bool
cm_remark_versions(struct cm_session *session, const json_t *evidence, struct cm_remarks *remarks,
                   struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    const char *program = session->installation.program;
    CM_CLEANUP(cm_fd_done) int fd = open(program, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || !cm_sha256_fd(fd, program, sha256, err))
        return cm_fail(err, CM_E_INTERNAL, "%s cannot be read", program);
    if (!same(cm_json_text(cm_json_get(evidence, "engine"), "sha256"), sha256))
        remark_build(remarks, "by", "engine",
                     cm_json_text(cm_json_get(evidence, "engine"), "version"), CM_VERSION);

    size_t index;
    json_t *recorded;
    json_array_foreach(cm_json_get(evidence, "plugins"), index, recorded)
    {
        const struct cm_plugin *plugin;
        const char *id = cm_json_text(recorded, "id");
        if (id == NULL || !cm_plugins_load(session->plugins, id, &plugin, err))
            return id != NULL ? false : cm_fail(err, CM_E_MALFORMED, "a plug-in without an id");
        if (!same(cm_json_text(recorded, "sha256"), plugin->sha256))
            remark_build(remarks, "with", cm_arena_printf(remarks->arena, "plug-in %s", id),
                         cm_json_text(recorded, "version"), plugin->table->version);
    }
    return true;
}

bool
cm_remark_answers(const json_t *evidence, const struct cm_verdict *verdict,
                  struct cm_remarks *remarks, struct cm_err *err)
{
    const json_t *recorded = cm_json_get(evidence, "answers");
    const char *const *differences = NULL;
    if (recorded == NULL) {
        cm_remark(remarks, "the evidence holds no recorded answers to compare with");
        return true;
    }
    if (!cm_verdict_compare(recorded, verdict, remarks->arena, &differences))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (; differences != NULL && *differences != NULL; differences++)
        cm_remark(remarks, "%s", *differences);
    return true;
}

bool
cm_remark_policy(struct cm_session *session, const json_t *evidence, struct cm_remarks *remarks,
                 struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    if (session->trust == NULL)
        return true;
    CM_CLEANUP(cm_admitted_done) struct cm_admitted admitted = {0};
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    struct cm_err gone = CM_ERR_INIT;
    if (!cm_admit_again(session->trust, session->plugins, evidence, &admitted, &complaints,
                        &gone)) {
        cm_remark(remarks, "policy changed: %s", gone.text);
        return true;
    }
    if (!cm_json_sha256(admitted.effective, sha256))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!same(cm_json_text(evidence, "effective_sha256"), sha256))
        cm_remark(remarks, "policy changed: decided by %s, the configuration now says %s",
                  cm_json_text(evidence, "effective_sha256"), sha256);
    return true;
}

/* Nothing is made of the file but its digest: it is read where it lies. */
static bool
hash_of(const char *path, char ret_sha256[CM_SHA256_HEX], struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    if (cm_file_open(path, &fd, err) && cm_sha256_fd(fd, path, ret_sha256, err))
        return true;
    err->class = CM_E_NOT_FOUND; /* the wrong file, whatever is wrong with it */
    return cm_context(err, "--artifact");
}

bool
cm_remark_artifact(struct cm_session *session, const json_t *evidence,
                   const struct cm_verdict *verdict, bool *ret_matches, struct cm_remarks *remarks,
                   struct cm_err *err)
{
    const char *path = cm_said(session->said, "artifact");
    char sha256[CM_SHA256_HEX] = "";
    if (path != NULL && !hash_of(path, sha256, err))
        return false;
    bool found = path == NULL || same(cm_verdict_artifact(evidence, verdict), sha256);
    if (!found)
        cm_remark(remarks, "%s is not the artifact that this evidence is about (its SHA-256 is %s)",
                  path, sha256);
    *ret_matches = found;
    return true;
}
