/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done to a package: documented, documented again, inspected.
 */
#include "play.h"

#include "artifact/archive_write.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool
new_file(int *ret, const void *at, size_t size, struct cm_err *err)
{
    *ret = memfd_create("package", MFD_CLOEXEC);
    return (*ret >= 0 || cm_fail(err, CM_E_INTERNAL, "no file can be made in memory")) &&
           cm_fd_write_all(*ret, "package", at, size, err);
}

bool
cf_write_edits(struct cm_edits *edits, int *ret, struct cm_err *err)
{
    static const struct cm_edits_digests none = {false, false, false};
    struct cm_written facts;
    return new_file(ret, "", 0, err) && cm_edits_write(edits, *ret, &none, &facts, err);
}

bool
cf_pack(const struct cf_script *script, const struct cf_disturbance *how, int *ret,
        struct cm_err *err)
{
    static const char empty[22] = "PK\5\6";
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    const struct cf_entry *entries = how->entries != NULL ? how->entries : script->entries;
    size_t count = how->entries != NULL ? how->entry_count : script->entry_count;
    if (how->entries == NULL && script->package != NULL)
        return new_file(ret, script->package, script->package_size, err);
    if (!new_file(&fd, empty, sizeof empty, err) ||
        !cm_archive_open(fd, "the package", NULL, &archive, err))
        return false;
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    if (edits == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (size_t i = 0; i < count; i++)
        if (!cm_edits_add(edits, entries[i].name, entries[i].at, entries[i].size, false, err))
            return false;
    return cf_write_edits(edits, ret, err);
}

bool
cf_open_package(int fd, const char *name, struct cm_archive **ret, struct cm_err *err)
{
    return !cm_archive_looks_like_one(fd) ||
           (cm_archive_open(fd, name, NULL, ret, err) && cm_archive_check_contents(*ret, err));
}

struct stage {
    struct cf_play *play;
    struct cm_plugin_host *host;
    json_t *out;
};

static struct cm_host_work
work_of(const struct stage *s, struct cm_archive *archive)
{
    const json_t *root = s->play->script->root;
    return (struct cm_host_work){.name = s->play->script->package_name,
                                 .archive = archive,
                                 .origin = cm_json_get(root, "origin"),
                                 .attachments = cm_json_get(root, "attachments")};
}

bool
cf_note_digest(json_t *outcome, const char *member, int fd, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    bool ok = true;
    if (!cm_sha256_fd(fd, "package", sha256, err))
        return false;
    cm_json_set_text(outcome, member, sha256, &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* *ret stays -1 if there was nothing to write. */
static bool
rewrite(const struct stage *s, int fd, const char *changes_as, const char *written_as, int *ret,
        struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = NULL;
    struct cm_err why = CM_ERR_INIT;
    json_t *changes = NULL;
    if (!cf_open_package(fd, s->play->script->package_name, &archive, err))
        return false;
    const struct cm_host_work work = work_of(s, archive);
    bool done = cm_host_rewrite(s->host, &work, &edits, &changes, &why);
    cf_note_failure(s->out, "rewrite", done, &why);
    if (!done)
        return (edits == NULL && changes == NULL) ||
               cm_fail(err, CM_E_INTERNAL, "a rewriter that fails leaves edits");
    (void)json_object_set_new(s->out, changes_as, changes);
    if (edits == NULL || !cm_edits_any(edits))
        return true;
    return cf_write_edits(edits, ret, err) && cf_note_digest(s->out, written_as, *ret, err);
}

static bool
inspect(const struct stage *s, int fd, const char *as, struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    struct cm_err why = CM_ERR_INIT;
    json_t *found = NULL;
    if (cf_now.real->rewriter->inspect == NULL)
        return true;
    if (!cf_open_package(fd, s->play->script->package_name, &archive, err))
        return false;
    const struct cm_host_work work = work_of(s, archive);
    bool done = cm_host_inspect(s->host, &work, &found, &why);
    cf_note_failure(s->out, "inspect", done, &why);
    if (done)
        (void)json_object_set_new(s->out, as, found);
    return true;
}

bool
cf_play_package(struct cf_play *play, const struct cf_disturbance *how, struct cm_plugin_host *host,
                json_t *outcome, struct cm_err *err)
{
    const struct stage s = {play, host, outcome};
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_fd_done) int documented = -1;
    CM_CLEANUP(cm_fd_done) int again = -1;
    if (!cf_pack(play->script, how, &fd, err) || !inspect(&s, fd, "found", err) ||
        !rewrite(&s, fd, "changes", "written", &documented, err))
        return false;
    return documented < 0 || (rewrite(&s, documented, "again", "written again", &again, err) &&
                              inspect(&s, documented, "found then", err));
}
