/* SPDX-License-Identifier: Apache-2.0
 *
 * What is signed of a file whose format only a program knows: the operator names it in the form,
 * and it is run here, on a copy of the file that was accepted: whoever has handed that in could
 * write to it meanwhile. So nobody else says what is made of it.
 */
#include "signing/office_inside.h"

#include "artifact/stage.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/run/run.h"
#include "base/scratch.h"
#include "trust/form.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WITHIN  (INT64_C(600) * CM_SECOND)
#define MORE    ((uint64_t)16 << 20) /* bytes that a file may be larger than the artifact */
#define CONTENT "content"            /* the file that it writes */

/* The last line of what it had to say, for people. */
static const char *
last_line(const char *text)
{
    const char *last = text;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        if (at[1] != '\0')
            last = at + 1;
    return last;
}

static bool
copy_bytes(int from, off_t size, int to, struct cm_err *err)
{
    char block[65536];
    for (off_t at = 0; at < size;) {
        ssize_t got = pread(from, block, sizeof block, at);
        if (got <= 0)
            return cm_fail(err, CM_E_DENIED, "the artifact has become shorter meanwhile");
        if (!cm_fd_write_all(to, "a copy of the artifact", block, (size_t)got, err))
            return false;
        at += got;
    }
    return true;
}

/* The file again, if it is still the one that was accepted, and not longer than it was at first. */
static bool
copy(int artifact, const struct cm_accepted *accepted, int *ret, off_t *ret_size,
     struct cm_err *err)
{
    struct stat info;
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(cm_fd_done) int fd = -1;
    if (fstat(artifact, &info) != 0 || info.st_size > CM_ARTIFACT_MOST)
        return cm_fail(err, CM_E_DENIED, "the artifact has become too large meanwhile");
    if (!cm_file_unlinked(NULL, &fd, err) || !copy_bytes(artifact, info.st_size, fd, err) ||
        !cm_sha256_fd(fd, "the artifact", sha256, err))
        return false;
    if (strcmp(sha256, accepted->artifact_sha256) != 0)
        return cm_fail(err, CM_E_DENIED, "the artifact has changed while it was looked at");
    *ret = fd;
    *ret_size = info.st_size;
    fd = -1;
    return true;
}

/* What the operator names by its path the program may read. */
static void
find_readable(const struct cm_words *program, const char *ret[CM_FORM_PROGRAM_MOST + 1])
{
    size_t count = 0;
    for (size_t i = 1; i < program->count; i++)
        if (program->at[i][0] == '/')
            ret[count++] = program->at[i];
    ret[count] = NULL;
}

static bool
run(const struct cm_key_form *form, const char *helper, int artifact, off_t size,
    const char *folder, struct cm_err *err)
{
    int status;
    const char *readable[CM_FORM_PROGRAM_MOST + 1];
    CM_CLEANUP(cm_buf_done) struct cm_buf said = CM_BUF_INIT(CM_RUN_SAID_MOST);
    find_readable(&form->program, readable);
    const struct cm_run program = {
        .helper = helper,
        .program = form->program.at[0],
        .arguments = form->program.at + 1,
        .readable = readable,
        .folder = folder,
        .input = artifact,
        .deadline = cm_monotonic_now() + WITHIN,
        .most = (uint64_t)size + MORE,
    };
    if (!cm_run(&program, &said, &status, err))
        return false;
    const char *last = last_line(cm_buf_text(&said));
    return status == 0 ||
           cm_fail(err, CM_E_MALFORMED, "%s does not take the artifact (status %d): %.*s",
                   form->program.at[0], status, (int)strcspn(last, "\n"), last);
}

/* The beginning of the file: osslsigncode 2.9 puts a cabinet behind what it makes of it. */
static bool
read_beginning(const char *path, struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    if (!cm_file_open(path, &fd, err))
        return false;
    char *room = cm_buf_extend(to, CM_CMS_MOST);
    ssize_t size = room != NULL ? pread(fd, room, CM_CMS_MOST, 0) : -1;
    if (size < 0)
        return cm_fail(err, CM_E_LIMIT, "%s cannot be read", path);
    cm_buf_cut(to, (size_t)size);
    return true;
}

static bool
read_content(const struct cm_key_form *form, const char *folder, struct cm_buf *to,
             struct cm_err *err)
{
    char path[PATH_MAX], type[CM_FORM_TYPE_SIZE];
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    int size = snprintf(path, sizeof path, "%s/" CONTENT, folder);
    if (size < 0 || (size_t)size >= sizeof path || !cm_form_is_made(form->content, type))
        return cm_fail(err, CM_E_INTERNAL, "a content has no place, or no type");
    if (!read_beginning(path, &der, err) ||
        !cm_cms_made_read(cm_buf_text(&der), der.size, type, to, err)) {
        err->class = err->class == CM_E_NOT_FOUND ? CM_E_CONFIG : err->class;
        return cm_context(err, "what %s has made", form->program.at[0]);
    }
    return true;
}

bool
cm_office_make(const struct cm_holder *holder, const struct cm_key_form *form,
               const struct cm_office_asked *asked, const struct cm_accepted *accepted,
               struct cm_buf *to, struct cm_err *err)
{
    off_t size = 0;
    CM_CLEANUP(cm_fd_done) int artifact = -1;
    struct cm_scratch scratch = {.lock = -1};
    if (form->program.count == 0)
        return true;
    if (!copy(asked->handed.artifact, accepted, &artifact, &size, err) ||
        !cm_scratch_make(NULL, "keys", &scratch, err))
        return false;
    bool done = run(form, holder->run_helper, artifact, size, scratch.path, err) &&
                read_content(form, scratch.path, to, err);
    cm_scratch_remove(&scratch);
    return done;
}
