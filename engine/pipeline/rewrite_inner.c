/* SPDX-License-Identifier: Apache-2.0
 *
 * An archive of packages: each of them by itself, and put back in its place.
 */
#include "base/json.h"
#include "pipeline/rewrite_inside.h"

#include <string.h>

#define MOST_PACKAGES 1000

static const char *
file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Whoever chose it wants it documented: left as it is, it would pass for that. */
static bool
has_rewriter(const struct cm_rewriters *rewriters, const char *path, struct cm_err *err)
{
    return cm_rewriters_match(rewriters, file_name(path)) ||
           cm_fail(err, CM_E_UNSUPPORTED,
                   "%s is among the packages that are to be rewritten, and no rewriter is for "
                   "files of that name",
                   path);
}

/* Into a file of its own, to be closed by the caller whatever comes. But for a content that lies,
 * what fails is the machine's: it may go well in another folder. */
static bool
unpack(struct cm_archive *archive, uint32_t entry, int *fd, struct cm_err *err)
{
    if (cm_file_unlinked(NULL, fd, err) &&
        cm_archive_unpack(archive, entry, *fd, cm_archive_entry(archive, entry)->size, err))
        return true;
    if (err->class == CM_E_NOT_FOUND || err->class == CM_E_CONFIG || err->class == CM_E_LIMIT)
        err->class = CM_E_TRANSIENT;
    return err->class == CM_E_TRANSIENT
               ? cm_context(err, "no package can be unpacked (set TMPDIR to a folder with room)")
               : false;
}

bool
cm_packages_each(struct cm_archive *archive, const struct cm_rewriters *rewriters,
                 cm_entry_fn *call, void *data, size_t *ret_count, struct cm_err *err)
{
    size_t count = 0;
    for (uint32_t i = 0; i < cm_archive_count(archive); i++) {
        const struct cm_archive_entry *entry = cm_archive_entry(archive, i);
        CM_CLEANUP(cm_fd_done) int fd = -1;
        if (entry->is_folder || !cm_packages_match(&rewriters->packages, entry->name))
            continue;
        if (++count > MOST_PACKAGES)
            return cm_fail(err, CM_E_LIMIT, "more than %d packages in one archive", MOST_PACKAGES);
        if (!has_rewriter(rewriters, entry->name, err) || !unpack(archive, i, &fd, err) ||
            !call(data, i, entry->name, file_name(entry->name), fd, err))
            return false;
    }
    *ret_count = count;
    return true;
}

/* ---- rewriting them ---- */

struct inner {
    struct cm_rewrite_job *job;
    struct cm_edits *edits; /* of the outer one */
    json_t *list;
};

static bool
rewrite_one(void *data, uint32_t entry, const char *path, const char *name, int fd,
            struct cm_err *err)
{
    const struct inner *inner = data;
    CM_CLEANUP(cm_package_done)
    struct cm_package package = {.name = name, .path = path, .from = fd, .to.fd = -1};
    if (!cm_package_rewrite(inner->job, &package, err))
        return false;
    if (json_array_append_new(inner->list, cm_package_json(&package)) != 0)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    return !package.changed || cm_edits_replace_from(inner->edits, entry, package.to.fd, err);
}

bool
cm_packages_rewrite(struct cm_rewrite_job *job, struct cm_package *outer, json_t *list,
                    size_t *ret_count, struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = NULL;
    if (!cm_package_open(outer->from, outer->name, !job->skip_contents, &archive, err))
        return cm_rewrite_blame(job, err);
    *ret_count = 0;
    if (archive == NULL)
        return true;
    if ((edits = cm_edits_new(archive)) == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    struct inner inner = {job, edits, list};
    if (!cm_packages_each(archive, job->rewriters, rewrite_one, &inner, ret_count, err))
        return cm_rewrite_blame(job, err);
    return cm_package_write(job, outer, edits, err);
}
