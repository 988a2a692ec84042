/* SPDX-License-Identifier: Apache-2.0
 *
 * What is signed of a file whose format only a program knows: the operator names it in the form,
 * and it is run here, on a copy of the file that was accepted: whoever has handed that in could
 * write to it meanwhile. So nobody else says what is made of it.
 */
#include "signing/office_inside.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/run.h"
#include "base/scratch.h"
#include "trust/form.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define WITHIN  (INT64_C(600) * CM_SECOND)
#define CONTENT "content" /* the file that it writes */

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

/* The file again, if it is still the one that was accepted. */
static bool
copy(int artifact, const struct cm_accepted *accepted, int *ret, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(cm_fd_done) int fd = -1;
    if (!cm_file_unlinked(NULL, &fd, err) || !cm_fd_copy(artifact, fd, "the artifact", NULL, err) ||
        !cm_sha256_fd(fd, "the artifact", sha256, err))
        return false;
    if (strcmp(sha256, accepted->artifact_sha256) != 0)
        return cm_fail(err, CM_E_DENIED, "the artifact has changed while it was looked at");
    *ret = fd;
    fd = -1;
    return true;
}

static bool
run(const struct cm_key_form *form, int artifact, const char *folder, struct cm_err *err)
{
    int status;
    CM_CLEANUP(cm_buf_done) struct cm_buf said = CM_BUF_INIT(CM_RUN_SAID_MOST);
    const struct cm_run program = {
        .program = form->program.at[0],
        .arguments = form->program.at + 1,
        .folder = folder,
        .input = artifact,
        .deadline = cm_monotonic_now() + WITHIN,
        .most = CM_CMS_MOST,
    };
    if (!cm_run(&program, &said, &status, err))
        return false;
    const char *last = last_line(cm_buf_text(&said));
    return status == 0 ||
           cm_fail(err, CM_E_MALFORMED, "%s does not take the artifact (status %d): %.*s",
                   form->program.at[0], status, (int)strcspn(last, "\n"), last);
}

static bool
read_content(const struct cm_key_form *form, const char *folder, struct cm_buf *to,
             struct cm_err *err)
{
    char path[PATH_MAX], type[CM_FORM_TYPE_SIZE];
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    int size = snprintf(path, sizeof path, "%s/" CONTENT, folder);
    if (size < 0 || (size_t)size >= sizeof path || !cm_form_is_made(form->content, type))
        return cm_fail(err, CM_E_INTERNAL, "a content has no place, or no type");
    if (!cm_file_open(path, &fd, err) || !cm_fd_read_all(fd, path, &der, err) ||
        !cm_cms_made_read(cm_buf_text(&der), der.size, type, to, err)) {
        err->class = err->class == CM_E_NOT_FOUND ? CM_E_CONFIG : err->class;
        return cm_context(err, "what %s has made", form->program.at[0]);
    }
    return true;
}

bool
cm_office_make(const struct cm_key_form *form, const struct cm_office_asked *asked,
               const struct cm_accepted *accepted, struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int artifact = -1;
    struct cm_scratch scratch = {.lock = -1};
    if (form->program.count == 0)
        return true;
    if (!copy(asked->handed.artifact, accepted, &artifact, err) ||
        !cm_scratch_make(NULL, "keys", &scratch, err))
        return false;
    bool done = run(form, artifact, scratch.path, err) && read_content(form, scratch.path, to, err);
    cm_scratch_remove(&scratch);
    return done;
}
