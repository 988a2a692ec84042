/* SPDX-License-Identifier: Apache-2.0 */
#include "git/helper/helper.h"

#include "base/fd.h"
#include "git/helper/graph.h"

#include <errno.h>
#include <fcntl.h>
#include <git2/sys/odb_backend.h>
#include <string.h>
#include <unistd.h>

#define OBJECT_MOST ((size_t)128 * 1024 * 1024) /* bytes of one object */
#define WINDOW      ((size_t)64 * 1024 * 1024)
#define MAPPED      ((size_t)1024 * 1024 * 1024)
#define OPEN_MOST   ((size_t)48) /* packs; more than a mirror has, less than confine.c allows */

/* libgit2 clears errno and leaves the system's words for it. */
static bool
is_full(const git_error *error)
{
    static const int numbers[] = {ENOSPC, EDQUOT};
    for (size_t i = 0; i < CM_COUNT(numbers); i++) {
        const char *words = strerrordesc_np(numbers[i]);
        if (error && error->klass == GIT_ERROR_OS && words && strstr(error->message, words))
            return true;
    }
    return false;
}

bool
cm_helper_fail(struct cm_err *err, const char *what)
{
    const git_error *error = git_error_last();
    bool memory = error && error->klass == GIT_ERROR_NOMEMORY;
    if (is_full(error))
        return cm_fail(err, CM_E_TRANSIENT,
                       "%s (there must be room in TMPDIR, and for mirrors): %s", what,
                       error->message);
    return cm_fail(err, memory ? CM_E_LIMIT : CM_E_MALFORMED, "%s: %s", what,
                   error ? error->message : "libgit2 does not say why");
}

/* Nothing that anybody wrote into a configuration file has a say here. Each object is read once, so
 * a cache would only grow. */
static bool
begin_libgit2(bool strict, struct cm_err *err)
{
    static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                                 GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL};
    if (git_libgit2_init() < 0)
        return cm_helper_fail(err, "libgit2 does not start");
    for (size_t i = 0; i < CM_COUNT(levels); i++) {
        if (git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "") < 0)
            return cm_helper_fail(err, "libgit2 does not forget its configuration");
    }
    if (git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0) < 0 ||
        git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, strict) < 0 ||
        git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, OBJECT_MOST) < 0 ||
        git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, WINDOW) < 0 ||
        git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, MAPPED) < 0 ||
        git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, OPEN_MOST) < 0)
        return cm_helper_fail(err, "libgit2 does not take its limits");
    return true;
}

bool
cm_helper_store_begin(bool strict, git_odb **ret, struct cm_err *err)
{
    if (!begin_libgit2(strict, err))
        return false;
    return git_odb_new(ret) == 0 || cm_helper_fail(err, "the store cannot be made");
}

bool
cm_helper_store_limit(size_t objects_most, struct cm_err *err)
{
    return git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, objects_most) == 0 ||
           cm_helper_fail(err, "libgit2 does not take its limits");
}

static int
on_first(const git_oid *id, void *data)
{
    *(git_oid *)data = *id;
    return GIT_EUSER;
}

/* libgit2 opens a pack when the first of its objects is read. */
static bool
is_readable(git_odb_backend *backend)
{
    git_oid id;
    size_t size;
    git_object_t type;
    int result = backend->foreach (backend, on_first, &id);
    return result == GIT_EUSER && backend->read_header(&size, &type, backend, &id) == 0;
}

bool
cm_helper_store_add(git_odb *odb, const char *idx, bool now, struct cm_err *err)
{
    git_odb_backend *backend = NULL;
    if (git_odb_backend_one_pack(&backend, idx) < 0)
        return cm_helper_fail(err, "the pack cannot be opened");
    if ((now && !is_readable(backend)) || git_odb_add_backend(odb, backend, 1) < 0) {
        backend->free(backend);
        return cm_helper_fail(err, "the pack cannot be opened");
    }
    return true;
}

/* The last entry of the fan-out table of an .idx of version 2. */
bool
cm_helper_store_count(const char *idx, size_t *ret, struct cm_err *err)
{
    enum { HEAD = 8, ENTRIES = 256, ENTRY = 4 };
    unsigned char last[ENTRY];
    CM_CLEANUP(cm_fd_done) int fd = open(idx, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || pread(fd, last, ENTRY, HEAD + (ENTRIES - 1) * ENTRY) != ENTRY)
        return cm_fail(err, CM_E_INTERNAL, "%s cannot be read", idx);
    *ret = (size_t)last[0] << 24 | (size_t)last[1] << 16 | (size_t)last[2] << 8 | last[3];
    return true;
}

static void
indexer_done(git_indexer **indexer)
{
    git_indexer_free(*indexer);
}

static bool
append_all(git_indexer *indexer, struct cm_helper_pieces *pack, struct cm_helper_beside *beside,
           git_indexer_progress *progress, struct cm_err *err)
{
    static char own[CM_HELPER_BLOCK]; /* one thread, one pack */
    for (;;) {
        size_t got = 0;
        char *block = beside ? cm_helper_beside_room(beside) : own;
        if (!cm_helper_pieces_read(pack, block, CM_HELPER_BLOCK, &got, err))
            return false;
        if (got == 0)
            return true;
        if (beside)
            cm_helper_beside_give(beside, got);
        if (git_indexer_append(indexer, block, got, progress) < 0)
            return cm_helper_fail(err, "the pack cannot be indexed");
    }
}

static bool
append_beside(git_indexer *indexer, struct cm_helper_pieces *pack, struct cm_helper_beside *beside,
              struct cm_helper_graph *graph, size_t *ret_objects, struct cm_err *err)
{
    git_indexer_progress progress = {.total_objects = 0};
    struct cm_helper_beside *reader = graph ? beside : NULL;
    if (reader)
        cm_helper_beside_begin(reader, graph);
    bool good = append_all(indexer, pack, reader, &progress, err);
    if (reader)
        cm_helper_beside_end(reader);
    if (good && git_indexer_commit(indexer, &progress) < 0)
        return cm_helper_fail(err, "the pack cannot be indexed");
    *ret_objects = progress.total_objects;
    return good;
}

/* What the pack refers to need not be in it: it holds commits only, or one tree. */
bool
cm_helper_index(struct cm_helper_pieces *pack, const char *folder, struct cm_helper_beside *beside,
                struct cm_helper_graph *graph, char ret_idx[PATH_MAX], size_t *ret_objects,
                struct cm_err *err)
{
    CM_CLEANUP(indexer_done) git_indexer *indexer = NULL;
    git_indexer_options options = {.version = GIT_INDEXER_OPTIONS_VERSION, .verify = 0};
    if (git_indexer_new(&indexer, folder, 0600, NULL, &options) < 0)
        return cm_helper_fail(err, "the pack cannot be indexed");
    if (!append_beside(indexer, pack, beside, graph, ret_objects, err))
        return false;
    int size = snprintf(ret_idx, PATH_MAX, "%s/pack-%s.idx", folder, git_indexer_name(indexer));
    if (size < 0 || (size_t)size >= PATH_MAX)
        return cm_fail(err, CM_E_LIMIT, "%s: the folder's name is too long", folder);
    return true;
}
