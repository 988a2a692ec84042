/* SPDX-License-Identifier: Apache-2.0
 *
 * What packages say of themselves: rewriters that only look.
 */
#include "base/json.h"
#include "pipeline/rewrite_inside.h"
#include "plugin/host.h"

struct inspection {
    const struct cm_rewriters *rewriters;
    struct cm_log *log;
    json_t *list;
};

static bool
look(const struct inspection *i, const struct cm_rewriter *rewriter, const char *name,
     struct cm_archive *archive, json_t **ret, struct cm_err *err)
{
    struct cm_plugin_host *host = NULL;
    CM_CLEANUP(cm_json_done) json_t *evidence = json_object();
    const struct cm_host_work work = {.name = name, .archive = archive};
    const struct cm_host_settings settings = {.plugin = rewriter->plugin,
                                              .options = rewriter->options,
                                              .evidence = evidence,
                                              .log = i->log};
    bool done = cm_host_new(&settings, &host, err) && cm_host_inspect(host, &work, ret, err);
    cm_host_free(host);
    return done;
}

static bool
append(const struct inspection *i, const struct cm_plugin *plugin, const char *path,
       const json_t *found, struct cm_err *err)
{
    json_t *object =
        json_pack("{s:s?, s:{s:s, s:s, s:s}, s:O, s:O}", "path", path, "rewriter", "id", plugin->id,
                  "version", plugin->table->version, "sha256", plugin->sha256, "notes",
                  cm_json_get(found, "notes"), "doubts", cm_json_get(found, "doubts"));
    return json_array_append_new(i->list, object) == 0 || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
look_at(const struct inspection *i, const char *path, const char *name, int fd, struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    if (!cm_package_open(fd, name, true, &archive, err))
        return false;
    for (size_t n = 0; n < i->rewriters->count; n++) {
        const struct cm_rewriter *rewriter = &i->rewriters->at[n];
        CM_CLEANUP(cm_json_done) json_t *found = NULL;
        if (!cm_rewriter_matches(rewriter->plugin, name))
            continue;
        if (!look(i, rewriter, name, archive, &found, err) ||
            !append(i, rewriter->plugin, path, found, err))
            return false;
    }
    return true;
}

static bool
look_at_entry(void *data, uint32_t entry, const char *path, const char *name, int fd,
              struct cm_err *err)
{
    (void)entry;
    return look_at(data, path, name, fd, err) || cm_context(err, "%s", path);
}

bool
cm_inspect(const char *name, int from, const struct cm_rewriters *rewriters, struct cm_log *log,
           json_t **ret, struct cm_err *err)
{
    size_t count = 0;
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    struct inspection i = {rewriters, log, list};
    if (list == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (cm_rewriters_match(rewriters, name)) {
        if (!look_at(&i, NULL, name, from, err))
            return false;
    } else if (rewriters->packages.count > 0) {
        if (!cm_package_open(from, name, false, &archive, err) ||
            (archive != NULL &&
             !cm_packages_each(archive, rewriters, look_at_entry, &i, &count, err)))
            return false;
    }
    if (json_array_size(list) == 0)
        return cm_fail(err, CM_E_NOT_FOUND,
                       rewriters->packages.count > 0
                           ? "no rewriter is for files like %s, and no package is in it"
                           : "no rewriter is for files like %s",
                       name);
    *ret = CM_TAKE(list);
    return true;
}
