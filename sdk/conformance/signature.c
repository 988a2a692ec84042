/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done to an artifact that is signed, as the engine does it: signed, written, read again.
 */
#include "play.h"

#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct stage {
    struct cf_play *play;
    const struct cf_disturbance *how;
    struct cm_plugin_host *host;
    struct cf_outside *outside;
    json_t *out;
};

static uint32_t
flags(void)
{
    return cf_now.real->signer->flags;
}

static struct cm_host_work
work_of(const struct stage *s, struct cm_archive *archive)
{
    return (struct cm_host_work){.name = s->play->script->package_name,
                                 .archive = archive,
                                 .origin = cm_json_get(s->play->script->root, "origin")};
}

/* NULL for a signer that wants to have nothing to do with what is in it. */
static bool
open_file(const struct stage *s, int fd, struct cm_archive **ret, struct cm_err *err)
{
    return (flags() & CMK_ANY_FILE) != 0 ||
           cf_open_package(fd, s->play->script->package_name, ret, err);
}

/* ---- signing ---- */

static bool
is_untouched(const struct cm_host_signed *made, struct cm_err *err)
{
    return (made->edits == NULL && made->beside.size == 0 && made->instead < 0 &&
            made->changes == NULL && made->extension[0] == '\0') ||
           cm_fail(err, CM_E_INTERNAL, "a signer that fails leaves something");
}

static bool
sign(const struct stage *s, int fd, struct cm_archive *archive, struct cm_host_signed *made,
     bool *ret_done, struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    const struct cm_host_signing signing = {
        .work = work_of(s, archive), .file = fd, .cms = cf_outside_sign, .data = s->outside};
    s->outside->artifact = fd;
    *ret_done = cm_host_sign(s->host, &signing, made, &why);
    cf_note_failure(s->out, "sign", *ret_done, &why);
    if (!*ret_done)
        return is_untouched(made, err);
    (void)json_object_set(s->out, "changes", made->changes);
    return true;
}

static bool
copy(int from, int *ret, struct cm_err *err)
{
    *ret = memfd_create("artifact", MFD_CLOEXEC);
    return (*ret >= 0 || cm_fail(err, CM_E_INTERNAL, "no file can be made in memory")) &&
           cm_fd_copy(from, *ret, "artifact", NULL, err);
}

static bool
write_out(const struct stage *s, int fd, const struct cm_host_signed *made, int *ret,
          struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    bool ok = true;
    bool written = made->edits != NULL ? cf_write_edits(made->edits, ret, err)
                                       : copy(made->instead >= 0 ? made->instead : fd, ret, err);
    if (!written || !cf_note_digest(s->out, "written", *ret, err))
        return false;
    if (made->beside.size == 0)
        return true;
    ok = cm_sha256(made->beside.at, made->beside.size, sha256);
    cm_json_set_text(s->out, "beside", sha256, &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- reading it again ---- */

/* One more entry, or one more byte behind all others. */
static bool
add_something(const struct stage *s, int *fd, struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = NULL;
    int more = -1;
    if (!open_file(s, *fd, &archive, err))
        return false;
    if (archive == NULL)
        return (lseek(*fd, 0, SEEK_END) >= 0 && write(*fd, "x", 1) == 1) ||
               cm_fail(err, CM_E_INTERNAL, "a file in memory cannot be written");
    edits = cm_edits_new(archive);
    if (edits == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    bool done = cm_edits_add(edits, "conformance.txt", "x", 1, false, err) &&
                cf_write_edits(edits, &more, err);
    if (done) {
        (void)close(*fd);
        *fd = more;
    }
    return done;
}

static bool
note_signature(const struct stage *s, const struct cm_cms_facts *facts, struct cm_err *err)
{
    bool ok = true;
    json_t *as = json_pack("{s:s, s:s, s:I}", "key_id", facts->key_id, "certificate",
                           facts->certificate, "signed_at", (json_int_t)facts->signed_at);
    cm_json_set(s->out, "signed", as, &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
check(const struct stage *s, int fd, const struct cm_host_signed *made, struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    struct cm_err why = CM_ERR_INIT;
    struct cm_cms_facts facts;
    if (!open_file(s, fd, &archive, err))
        return false;
    const struct cm_host_signing again = {
        .work = work_of(s, archive),
        .file = fd,
        .beside = {cm_buf_text(&made->beside), made->beside.size},
        .made = made->made,
    };
    bool done = cm_host_check_signature(s->host, &again, &facts, &why);
    cf_note_failure(s->out, "check", done, &why);
    return !done || note_signature(s, &facts, err);
}

bool
cf_play_signature(struct cf_play *play, const struct cf_disturbance *how,
                  struct cm_plugin_host *host, struct cf_outside *outside, json_t *outcome,
                  struct cm_err *err)
{
    const struct stage s = {play, how, host, outside, outcome};
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_fd_done) int written = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_host_signed_done) struct cm_host_signed made = CM_HOST_SIGNED_INIT;
    bool done = false;
    if (!cf_pack(play->script, how, &fd, err) || !open_file(&s, fd, &archive, err) ||
        !sign(&s, fd, archive, &made, &done, err))
        return false;
    if (!done)
        return true;
    return write_out(&s, fd, &made, &written, err) &&
           (!how->adds || add_something(&s, &written, err)) && check(&s, written, &made, err);
}
