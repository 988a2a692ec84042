/* SPDX-License-Identifier: Apache-2.0
 *
 * For signers: programs that the operator names, in a folder that ends with the call.
 */
#include "base/clock.h"
#include "base/fd.h"
#include "base/run/run.h"
#include "base/text.h"
#include "plugin/call.h"
#include "plugin/options.h"

#include <countermark/signer.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WITHIN    (INT64_C(600) * CM_SECOND)
#define MORE      ((uint64_t)16 << 20) /* bytes that a file may be larger than the artifact */
#define MOST_NAME 64

static const struct cmk_bytes none = {NULL, 0};

/* ---- the folder ---- */

static bool
is_name(const char *file)
{
    static const char *const first = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t size = file != NULL ? strspn(file, "abcdefghijklmnopqrstuvwxyz0123456789.-") : 0;
    return size > 0 && size <= MOST_NAME && file[size] == '\0' && strchr(first, file[0]) != NULL;
}

/* Made when it is needed; NULL fails the call. */
static const char *
folder_of(struct cm_call *call)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_scratch *scratch = &call->work->scratch;
    if (scratch->path[0] != '\0' || cm_scratch_make(NULL, "run", scratch, &err))
        return scratch->path;
    cm_call_fail(call, &err);
    return NULL;
}

/* Where it is, or is to be; false fails the call. */
static bool
place(struct cm_call *call, const char *file, char ret[PATH_MAX])
{
    if (!is_name(file)) {
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s names a file as none may be named",
                      call->host->is.plugin->id);
        return false;
    }
    const char *folder = folder_of(call);
    int size = folder != NULL ? snprintf(ret, PATH_MAX, "%s/%s", folder, file) : 0;
    if (size >= PATH_MAX)
        cm_call_failf(call, CM_E_LIMIT, "%s: the folder's name is too long", folder);
    return size > 0 && size < PATH_MAX;
}

int
cm_run_open(struct cm_call *call, const char *file)
{
    int fd = -1;
    char path[PATH_MAX];
    struct stat info;
    struct cm_err err = CM_ERR_INIT;
    if (!place(call, file, path))
        return -1;
    if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) && cm_file_open(path, &fd, &err))
        return fd;
    cm_call_failf(call, CM_E_MALFORMED, "the program has left no file %s", file);
    return -1;
}

static int32_t
put(struct cmk_call *c, const char *file, struct cmk_bytes content)
{
    char path[PATH_MAX];
    struct cm_err err = CM_ERR_INIT;
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || !place(call, file, path))
        return call->failure.class;
    if ((content.at == NULL && content.size > 0) || content.size > CM_CALL_MOST)
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s puts nothing, or too much, into a file",
                      call->host->is.plugin->id);
    else if (!cm_file_replace(path, 0600, content.at, (size_t)content.size, &err))
        cm_call_fail(call, &err);
    return call->failure.class;
}

static struct cmk_bytes
get(struct cmk_call *c, const char *file, uint64_t most)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c))
        return none;
    CM_CLEANUP(cm_buf_done)
    struct cm_buf content = CM_BUF_INIT(most < CM_CALL_MOST ? (size_t)most : CM_CALL_MOST);
    CM_CLEANUP(cm_fd_done) int own = file != NULL ? cm_run_open(call, file) : -1;
    int fd = file != NULL ? own : call->work->signing->file;
    if (fd < 0)
        return none;
    if (lseek(fd, 0, SEEK_SET) != 0 ||
        !cm_fd_read_all(fd, file != NULL ? file : "the artifact", &content, &err)) {
        cm_call_fail(call, &err);
        return none;
    }
    char *copy = cm_call_alloc(call, content.size + 1);
    if (copy == NULL)
        return none;
    memcpy(copy, cm_buf_text(&content), content.size);
    return (struct cmk_bytes){copy, content.size};
}

/* ---- the program ---- */

/* The operator's word; NULL fails the call. */
static const char *
program_of(struct cm_call *call, const char *name)
{
    const struct cm_plugin_host *host = call->host;
    const struct cmk_option *option =
        name != NULL ? cm_option_named(host->is.plugin->table->options, name) : NULL;
    const char *path =
        option != NULL && option->type == CMK_FILE ? cm_json_text(host->is.options, name) : NULL;
    if (path != NULL && host->is.run_helper == NULL)
        path = NULL;
    if (path == NULL)
        cm_call_failf(call, CM_E_CONFIG, "plug-in %s runs a program that no option names",
                      host->is.plugin->id);
    return path;
}

/* The files that the operator names in options of this plug-in: it may hand them to the program.
 * NULL fails the call. */
static const char *const *
readable_by(struct cm_call *call)
{
    size_t count = 0;
    const struct cm_plugin_host *host = call->host;
    const char **list = cm_call_alloc(call, (CM_RUN_READABLE + 1) * sizeof *list);
    for (const struct cmk_option *o = host->is.plugin->table->options;
         list != NULL && o->name != NULL && count < CM_RUN_READABLE; o++) {
        const char *path = o->type == CMK_FILE ? cm_json_text(host->is.options, o->name) : NULL;
        if (path != NULL)
            list[count++] = path;
    }
    return list;
}

static bool
bound(const struct cm_working *work, uint64_t *ret, struct cm_err *err)
{
    struct stat info;
    if (fstat(work->signing->file, &info) != 0)
        return cm_fail(err, CM_E_INTERNAL, "the size of the artifact cannot be had");
    *ret = (uint64_t)info.st_size + MORE;
    return true;
}

/* As text that can be shown. */
static void
give_said(struct cm_call *call, const struct cm_buf *said, const char **ret)
{
    const char *text =
        cm_clean_text(call->arena, cm_buf_text(said), strlen(cm_buf_text(said)), CM_RUN_SAID_MOST);
    if (text == NULL)
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
    else if (ret != NULL)
        *ret = text;
}

static int32_t
program(struct cmk_call *c, const char *option, const char *const *arguments, const char **ret_said)
{
    int status = -1;
    uint64_t most = 0;
    struct cm_err err = CM_ERR_INIT;
    struct cm_call *call = cm_call_of(c);
    CM_CLEANUP(cm_buf_done) struct cm_buf said = CM_BUF_INIT(CM_RUN_SAID_MOST);
    const char *path = cm_call_failed(c) ? NULL : program_of(call, option);
    const char *folder = path != NULL ? folder_of(call) : NULL;
    if (folder == NULL)
        return -1;
    if (arguments == NULL) {
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s runs a program without arguments",
                      call->host->is.plugin->id);
        return -1;
    }
    int64_t deadline = call->host->is.deadline;
    struct cm_run run = {
        .helper = call->host->is.run_helper,
        .readable = readable_by(call),
        .program = path,
        .arguments = arguments,
        .folder = folder,
        .input = call->work->signing->file,
        .deadline = deadline != 0 ? deadline : cm_monotonic_now() + WITHIN,
    };
    if (run.readable == NULL)
        return -1;
    if (!bound(call->work, &most, &err)) {
        cm_call_fail(call, &err);
        return -1;
    }
    run.most = most;
    if (!cm_run(&run, &said, &status, &err)) {
        cm_call_fail(call, &err);
        return -1;
    }
    give_said(call, &said, ret_said);
    return cm_call_failed(c) ? -1 : status;
}

const struct cmk_run cm_host_run = {
    .size = sizeof(struct cmk_run),
    .program = program,
    .put = put,
    .get = get,
};
