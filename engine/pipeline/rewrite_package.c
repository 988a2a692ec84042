/* SPDX-License-Identifier: Apache-2.0
 *
 * One package, through the hands of each rewriter that is for it.
 */
#include "base/json.h"
#include "pipeline/rewrite_inside.h"
#include "plugin/host.h"

#include <string.h>

/* ---- files ---- */

void
cm_outlet_done(struct cm_outlet *outlet)
{
    if (outlet->draft != NULL)
        outlet->fd = -1; /* the draft's */
    cm_draft_done(&outlet->draft);
    cm_fd_done(&outlet->fd);
}

bool
cm_outlet_open(struct cm_outlet *outlet, struct cm_err *err)
{
    if (outlet->target == NULL)
        return cm_file_unlinked(NULL, &outlet->fd, err);
    if (!cm_draft_begin(outlet->target, &outlet->draft, err))
        return false;
    outlet->fd = cm_draft_fd(outlet->draft);
    return true;
}

bool
cm_package_open(int fd, const char *name, bool contents, struct cm_archive **ret,
                struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    if (cm_archive_looks_like_one(fd) && (!cm_archive_open(fd, name, NULL, &archive, err) ||
                                          (contents && !cm_archive_check_contents(archive, err))))
        return false;
    *ret = CM_TAKE(archive);
    return true;
}

bool
cm_rewrite_blame(struct cm_rewrite_job *job, const struct cm_err *err)
{
    if (job->refused || job->unwritten)
        return false;
    job->unwritten = err->class == CM_E_TRANSIENT;
    job->refused = err->class == CM_E_DENIED || err->class == CM_E_MALFORMED ||
                   err->class == CM_E_UNSUPPORTED || err->class == CM_E_LIMIT ||
                   err->class == CM_E_NOT_FOUND;
    return false;
}

/* An input that others have changed meanwhile is not ours to answer for, and a full disk is. */
static bool
write_all(struct cm_rewrite_job *job, struct cm_edits *edits, struct cm_outlet *to,
          struct cm_written *ret, struct cm_err *err)
{
    const struct cm_edits_digests both = {.of_input = true, .of_output = true};
    if (cm_outlet_open(to, err) && cm_edits_write(edits, to->fd, &both, ret, err))
        return true;
    job->refused = err->class == CM_E_MALFORMED;
    job->unwritten = !job->refused && err->class != CM_E_INTERNAL;
    return false;
}

/* Written, and read again by the strict rules. */
static bool
deliver(struct cm_rewrite_job *job, struct cm_edits *edits, const char *name, struct cm_outlet *to,
        struct cm_written *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *again = NULL;
    if (!write_all(job, edits, to, ret, err))
        return false;
    if (cm_archive_open(to->fd, name, NULL, &again, err))
        return true;
    err->class = CM_E_INTERNAL;
    return cm_context(err, "what was written cannot be read again");
}

/* ---- one rewriter ---- */

static bool
run_hook(const struct cm_rewrite_job *job, const struct cm_rewriter *rewriter,
         const struct cm_host_work *work, struct cm_edits **ret_edits, json_t **ret_changes,
         struct cm_err *err)
{
    struct cm_plugin_host *host = NULL;
    CM_CLEANUP(cm_json_done) json_t *evidence = json_object();
    const struct cm_host_settings settings = {.plugin = rewriter->plugin,
                                              .options = rewriter->options,
                                              .evidence = evidence,
                                              .log = job->log};
    bool done = cm_host_new(&settings, &host, err) &&
                cm_host_rewrite(host, work, ret_edits, ret_changes, err);
    cm_host_free(host);
    return done;
}

static bool
note(struct cm_package *package, const struct cm_plugin *plugin, bool changed, json_t *changes,
     struct cm_err *err)
{
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s}", "id", plugin->id, "version", plugin->table->version,
                  "sha256", plugin->sha256, "outcome", changed ? "documented" : "unchanged");
    bool ok = object != NULL && json_object_update(object, changes) == 0;
    if (ok)
        ok = json_array_append_new(package->rewriters, object) == 0;
    else
        json_decref(object);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* What was written takes the place of what was written before. Of a copy, what it holds is what
 * counts for the artifact. */
static void
take(struct cm_package *package, bool copy, struct cm_outlet *outlet,
     const struct cm_written *written)
{
    if (package->to.fd < 0)
        memcpy(package->input, copy ? written->sha256 : written->input_sha256,
               sizeof package->input);
    cm_outlet_done(&package->to);
    package->to = *outlet;
    package->written = *written;
    *outlet = (struct cm_outlet){.fd = -1};
}

bool
cm_package_write(struct cm_rewrite_job *job, struct cm_package *package, struct cm_edits *edits,
                 struct cm_err *err)
{
    struct cm_written written = {.size = 0};
    CM_CLEANUP(cm_outlet_done) struct cm_outlet outlet = {.target = package->to.target, .fd = -1};
    bool any = cm_edits_any(edits), ours = package->to.fd >= 0 || package->path != NULL;
    if (!any && ours)
        return true;
    if (!deliver(job, edits, package->name, &outlet, &written, err))
        return false;
    package->changed = package->changed || any;
    take(package, !any, &outlet, &written);
    return true;
}

static bool
run_one(struct cm_rewrite_job *job, const struct cm_rewriter *rewriter, struct cm_package *package,
        struct cm_err *err)
{
    bool first = package->to.fd < 0; /* what we wrote ourselves is not inflated again */
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = NULL;
    CM_CLEANUP(cm_json_done) json_t *changes = NULL;
    if (!cm_package_open(first ? package->from : package->to.fd, package->name,
                         first && !job->skip_contents, &archive, err))
        return cm_rewrite_blame(job, err);
    const struct cm_host_work work = {.name = package->name,
                                      .archive = archive,
                                      .origin = job->origin,
                                      .attachments = job->attachments};
    if (!run_hook(job, rewriter, &work, &edits, &changes, err))
        return cm_rewrite_blame(job, err);
    bool any = cm_edits_any(edits);
    return note(package, rewriter->plugin, any, changes, err) &&
           (edits == NULL || cm_package_write(job, package, edits, err));
}

/* ---- the package ---- */

void
cm_package_done(struct cm_package *package)
{
    cm_outlet_done(&package->to);
    cm_json_done(&package->rewriters);
}

bool
cm_rewriters_match(const struct cm_rewriters *rewriters, const char *name)
{
    for (size_t i = 0; i < rewriters->count; i++)
        if (cm_rewriter_matches(rewriters->at[i].plugin, name))
            return true;
    return false;
}

bool
cm_package_rewrite(struct cm_rewrite_job *job, struct cm_package *package, struct cm_err *err)
{
    package->rewriters = json_array();
    if (package->rewriters == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (size_t i = 0; i < job->rewriters->count; i++) {
        const struct cm_rewriter *rewriter = &job->rewriters->at[i];
        if (cm_rewriter_matches(rewriter->plugin, package->name) &&
            !run_one(job, rewriter, package, err))
            return package->path == NULL ? false : cm_context(err, "%s", package->path);
    }
    return true;
}

json_t *
cm_package_json(const struct cm_package *package)
{
    json_t *object = json_object();
    bool ok = object != NULL;
    cm_json_set(object, "path", package->path ? json_string(package->path) : json_null(), &ok);
    cm_json_set(object, "sha256",
                package->changed ? json_string(package->written.sha256) : json_null(), &ok);
    cm_json_set(object, "rewriters", json_incref(package->rewriters), &ok);
    if (!ok)
        cm_json_done(&object);
    return object;
}
