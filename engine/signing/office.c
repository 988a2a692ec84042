/* SPDX-License-Identifier: Apache-2.0 */
#include "signing/office_inside.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ANSWER_WITHIN (INT64_C(60) * CM_SECOND)
#define ASKED_WITHIN  (INT64_C(86400) * CM_SECOND)

/* ---- what is asked ---- */

static const struct cm_held_key *
key_of(const struct cm_holder *holder, const char *slug)
{
    for (size_t i = 0; slug != NULL && i < holder->key_count; i++)
        if (strcmp(holder->keys[i].of->slug, slug) == 0)
            return &holder->keys[i];
    return NULL;
}

bool
cm_office_says(const json_t *object, const char *key, const char *word)
{
    const char *text = cm_json_text(object, key);
    return text != NULL && strcmp(text, word) == 0;
}

bool
cm_office_may(const struct cm_office_asked *asked, const char *verb, const char *slug,
              struct cm_err *err)
{
    const char *quote = slug != NULL ? "\"" : "";
    return (slug != NULL && strcmp(slug, asked->key->of->slug) == 0) ||
           cm_fail(err, CM_E_DENIED, "the policy does not let this key %s (%s = %s%s%s)", verb,
                   verb, quote, slug != NULL ? slug : "nothing", quote);
}

static bool
read_request(const struct cm_holder *holder, const struct cm_packet *request,
             struct cm_office_asked *ret, struct cm_err *err)
{
    const json_t *said = request->said;
    const char *project = cm_json_text(said, "project"), *policy = cm_json_text(said, "policy");
    const struct cm_held_key *key = key_of(holder, cm_json_text(said, "key"));
    if (project == NULL || policy == NULL || request->file_count < 2 || request->file_count > 3)
        return cm_fail(err, CM_E_MALFORMED,
                       "a request names project, policy and key, and hands in two or three files");
    if (key == NULL)
        return cm_fail(err, CM_E_DENIED, "there is no key of that name here");
    *ret = (struct cm_office_asked){
        .said = said,
        .handed = {.project = project,
                   .policy = policy,
                   .evidence = request->files[0],
                   .artifact = request->files[1],
                   .built = request->file_count > 2 ? request->files[2] : -1},
        .key = key,
    };
    return true;
}

/* ---- what is written down ---- */

static json_t *
entry_json(const struct cm_office_asked *asked, const struct cm_accepted *accepted,
           const char *kind, const char *sha256, json_t *more)
{
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "key", asked->key->of->slug, "key_id",
                  cm_attest_key_id(asked->key->key), "predicate", kind, "statement", sha256,
                  "artifact", accepted->artifact_sha256, "evidence", accepted->evidence_sha256,
                  "project", asked->handed.project, "policy", asked->handed.policy);
    if (more != NULL && json_object_update(entry, more) != 0)
        cm_json_done(&entry);
    return entry;
}

bool
cm_office_note(const struct cm_holder *holder, const struct cm_office_asked *asked,
               const struct cm_accepted *accepted, const char *kind, const char *sha256,
               json_t *more, struct cm_err *err)
{
    char path[4096];
    CM_CLEANUP(cm_json_done) json_t *owned = more;
    cm_log(holder->office.log, CM_LOG_INFO, "signing %s of %s by key %s: %s", kind,
           accepted->artifact_sha256, asked->key->of->slug, sha256);
    if (holder->state == NULL)
        return true;
    CM_CLEANUP(cm_json_done) json_t *entry = entry_json(asked, accepted, kind, sha256, owned);
    int size = snprintf(path, sizeof path, "%s/" CM_OFFICE_JOURNAL, holder->state);
    if (entry == NULL || size < 0 || (size_t)size >= sizeof path)
        return cm_fail(err, CM_E_LIMIT, "no memory for the journal");
    return cm_folder_make(holder->state, err) && cm_journal_add(path, entry, err);
}

/* ---- the answer ---- */

static bool
to_file(const void *at, size_t size, int *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = memfd_create("signed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return cm_fail_errno(err, errno, "no place for what was signed");
    if (!cm_fd_write_all(fd, "what was signed", at, size, err))
        return false;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return cm_fail_errno(err, errno, "what was signed cannot be sealed");
    *ret = fd;
    fd = -1;
    return true;
}

bool
cm_office_give(json_t *owned_said, const void *at, size_t size, struct cm_packet *ret,
               struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *said = owned_said;
    if (said == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for the answer");
    if (!to_file(at, size, &ret->files[0], err))
        return false;
    ret->file_count = 1;
    ret->said = CM_TAKE(said);
    return true;
}

static bool
try_to_answer(const struct cm_holder *holder, const struct cm_packet *request,
              struct cm_packet *ret, struct cm_err *err)
{
    struct cm_office_asked asked;
    bool attest = cm_office_says(request->said, "wants", "attestations");
    bool cms = cm_office_says(request->said, "wants", "cms");
    if (!cm_office_says(request->said, "format", CM_OFFICE_FORMAT) || (!attest && !cms))
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "this is not asked here: attestations are signed, and forms (cms)");
    if (!read_request(holder, request, &asked, err))
        return false;
    return attest ? cm_office_attest(holder, &asked, ret, err)
                  : cm_office_cms(holder, &asked, ret, err);
}

/* Also with why not; false only if there can be no answer. */
static bool
answer(const struct cm_holder *holder, const struct cm_packet *request, struct cm_packet *ret,
       struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    if (try_to_answer(holder, request, ret, &why))
        return true;
    cm_packet_done(ret);
    cm_log(holder->office.log, CM_LOG_WARNING, "not signed: %s", why.text);
    ret->said = json_pack("{s:s, s:b, s:s, s:s}", "format", CM_OFFICE_FORMAT, "signed", 0, "class",
                          cm_class_name(why.class), "message", why.text);
    return ret->said != NULL || cm_fail(err, CM_E_LIMIT, "no memory for the answer");
}

bool
cm_office_serve(const struct cm_holder *holder, int socket, struct cm_err *err)
{
    for (;;) {
        struct cm_err why = CM_ERR_INIT;
        CM_CLEANUP(cm_packet_done) struct cm_packet request = CM_PACKET_INIT;
        CM_CLEANUP(cm_packet_done) struct cm_packet given = CM_PACKET_INIT;
        if (!cm_packet_receive(socket, cm_monotonic_now() + ASKED_WITHIN, &request, &why)) {
            if (why.class == CM_E_NOT_FOUND)
                return true;
            return cm_fail(err, why.class, "%s", why.text);
        }
        if (!answer(holder, &request, &given, err) ||
            !cm_packet_send(socket, given.said, given.files, given.file_count,
                            cm_monotonic_now() + ANSWER_WITHIN, err))
            return false;
    }
}
