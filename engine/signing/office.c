/* SPDX-License-Identifier: Apache-2.0 */
#include "signing/office.h"

#include "attest/envelope.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "signing/mark.h"
#include "store/decision.h"
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

struct asked {
    struct cm_handed handed;
    const struct cm_held_key *key;
};

static const struct cm_held_key *
key_of(const struct cm_holder *holder, const char *slug)
{
    for (size_t i = 0; slug != NULL && i < holder->key_count; i++)
        if (strcmp(holder->keys[i].of->slug, slug) == 0)
            return &holder->keys[i];
    return NULL;
}

static bool
is_word(const json_t *object, const char *key, const char *word)
{
    const char *text = cm_json_text(object, key);
    return text != NULL && strcmp(text, word) == 0;
}

static bool
read_request(const struct cm_holder *holder, const struct cm_packet *request, struct asked *ret,
             struct cm_err *err)
{
    const json_t *said = request->said;
    const char *project = cm_json_text(said, "project"), *policy = cm_json_text(said, "policy");
    const struct cm_held_key *key = key_of(holder, cm_json_text(said, "key"));
    if (!is_word(said, "format", CM_OFFICE_FORMAT) || !is_word(said, "wants", "attestations"))
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "this is not asked here: only attestations are signed");
    if (project == NULL || policy == NULL || request->file_count < 2 || request->file_count > 3)
        return cm_fail(err, CM_E_MALFORMED,
                       "a request names project, policy and key, and hands in two or three files");
    if (key == NULL)
        return cm_fail(err, CM_E_DENIED, "there is no key of that name here");
    *ret = (struct asked){
        .handed = {.project = project,
                   .policy = policy,
                   .failures = cm_json_bool(said, "failures", false),
                   .evidence = request->files[0],
                   .artifact = request->files[1],
                   .built = request->file_count > 2 ? request->files[2] : -1},
        .key = key,
    };
    return true;
}

/* ---- what is signed ---- */

/* Written down before it is signed: what is not in the journal does not exist. */
static bool
note(const struct cm_holder *holder, const struct asked *asked, const struct cm_accepted *accepted,
     const struct cm_buf *statement, const char *predicate, struct cm_err *err)
{
    char path[4096], sha256[CM_SHA256_HEX];
    if (!cm_sha256(cm_buf_text(statement), statement->size, sha256))
        return cm_fail(err, CM_E_INTERNAL, "a statement cannot be hashed");
    cm_log(holder->office.log, CM_LOG_INFO, "signing %s of %s by key %s: %s", predicate,
           accepted->artifact_sha256, asked->key->of->slug, sha256);
    if (holder->state == NULL)
        return true;
    CM_CLEANUP(cm_json_done)
    json_t *entry =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "key", asked->key->of->slug, "key_id",
                  cm_attest_key_id(asked->key->key), "predicate", predicate, "statement", sha256,
                  "artifact", accepted->artifact_sha256, "evidence", accepted->evidence_sha256,
                  "project", asked->handed.project, "policy", asked->handed.policy);
    int size = snprintf(path, sizeof path, "%s/" CM_OFFICE_JOURNAL, holder->state);
    if (entry == NULL || size < 0 || (size_t)size >= sizeof path)
        return cm_fail(err, CM_E_LIMIT, "no memory for the journal");
    return cm_folder_make(holder->state, err) && cm_journal_add(path, entry, err);
}

static bool
sign_one(const struct cm_holder *holder, const struct asked *asked,
         const struct cm_accepted *accepted, const struct cm_buf *statement, const char *predicate,
         struct cm_buf *to, struct cm_err *err)
{
    if (!note(holder, asked, accepted, statement, predicate, err) ||
        !cm_envelope_write(statement->at, statement->size, asked->key->key, to, err))
        return false;
    if (to->size > 0 && to->at[to->size - 1] != '\n')
        cm_buf_putc(to, '\n');
    return !to->failed || cm_fail(err, CM_E_LIMIT, "the attestations are too large");
}

/* Provenance where there is an origin, and a summary. */
static bool
sign(const struct cm_holder *holder, const struct asked *asked, const struct cm_accepted *accepted,
     struct cm_buf *to, struct cm_err *err)
{
    const struct cm_mark mark = {.trust = holder->office.trust,
                                 .accepted = accepted,
                                 .key = asked->key->of,
                                 .key_id = cm_attest_key_id(asked->key->key)};
    CM_CLEANUP(cm_buf_done) struct cm_buf provenance = CM_BUF_INIT(CM_OFFICE_MOST / 4);
    CM_CLEANUP(cm_buf_done) struct cm_buf summary = CM_BUF_INIT(CM_OFFICE_MOST / 4);
    bool origin = accepted->verdict.outcome == CM_ACCEPTED && !accepted->policy->system_only;
    if ((origin && !cm_mark_provenance(&mark, &provenance, err)) ||
        !cm_mark_summary(&mark, &summary, err))
        return false;
    return (!origin || sign_one(holder, asked, accepted, &provenance, "provenance", to, err)) &&
           sign_one(holder, asked, accepted, &summary, "summary", to, err);
}

/* ---- once ---- */

static const char *
origin_of(const struct cm_accepted *accepted, const char *field)
{
    for (size_t i = 0; i < accepted->verdict.origin_count; i++)
        if (strcmp(accepted->verdict.origin[i].field, field) == 0)
            return accepted->verdict.origin[i].text;
    return NULL;
}

/* That something was not accepted yet is no decision which a later one could not replace. */
static bool
is_kept(const struct cm_holder *holder, const struct cm_accepted *accepted)
{
    return holder->state != NULL && accepted->verdict.outcome == CM_ACCEPTED;
}

/* What was decided before; *ret NULL: nothing. */
static bool
find_first(const struct cm_holder *holder, const struct cm_accepted *accepted, const json_t *key,
           json_t **ret, struct cm_err *err)
{
    if (!is_kept(holder, accepted))
        return true;
    if (!cm_decision_find(holder->state, key, ret, err))
        return false;
    return *ret == NULL || !accepted->policy->attest_once ||
           cm_fail(err, CM_E_DENIED,
                   "this build of this artifact was attested before, and the policy wants it once "
                   "(attest_again = \"never\")");
}

static json_t *
decided_json(const struct asked *asked, const struct cm_accepted *accepted,
             const struct cm_buf *attestations)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "decided_at",
                     cm_json_text(accepted->opened.evidence, "decided_at"), "key_id",
                     cm_attest_key_id(asked->key->key), "evidence", accepted->evidence_sha256,
                     "artifact", accepted->artifact_sha256, "attestations",
                     cm_buf_text(attestations));
}

/* *ret_first: was somebody else the first? */
static bool
decide(const struct cm_holder *holder, const struct asked *asked,
       const struct cm_accepted *accepted, json_t **ret, bool *ret_first, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *key = NULL;
    CM_CLEANUP(cm_json_done) json_t *first = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf signed_now = CM_BUF_INIT(CM_OFFICE_MOST);
    if (!cm_decision_key(accepted->opened.evidence, origin_of(accepted, "build"),
                         origin_of(accepted, "job"), &key, err) ||
        !find_first(holder, accepted, key, &first, err))
        return false;
    *ret_first = first != NULL;
    if (first != NULL) {
        *ret = CM_TAKE(first);
        return true;
    }
    if (!sign(holder, asked, accepted, &signed_now, err))
        return false;
    CM_CLEANUP(cm_json_done) json_t *ours = decided_json(asked, accepted, &signed_now);
    if (ours == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for the decision");
    if (!is_kept(holder, accepted)) {
        *ret = CM_TAKE(ours);
        return true;
    }
    if (!cm_decision_keep(holder->state, key, ours, &first, err))
        return false;
    *ret_first = !json_equal(first, ours);
    *ret = CM_TAKE(first);
    return true;
}

/* A file as it was first delivered: the same build may have been documented otherwise since. */
static bool
check_first(const json_t *decided, const struct cm_accepted *accepted, struct cm_err *err)
{
    return is_word(decided, "artifact", accepted->artifact_sha256) ||
           cm_fail(err, CM_E_DENIED,
                   "this build was attested before, as another file (%s): deliver that one",
                   cm_json_text(decided, "artifact"));
}

/* ---- the answer ---- */

/* Sealed: who gets it reads what was signed, whatever else happens. */
static bool
to_file(const char *text, int *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done)
    int fd = memfd_create("attestations", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return cm_fail_errno(err, errno, "no place for the attestations");
    if (!cm_fd_write_all(fd, "the attestations", text, strlen(text), err))
        return false;
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return cm_fail_errno(err, errno, "the attestations cannot be sealed");
    *ret = fd;
    fd = -1;
    return true;
}

static bool
answer_signed(const struct asked *asked, const struct cm_accepted *accepted, const json_t *decided,
              bool first, bool kept, struct cm_packet *ret, struct cm_err *err)
{
    char hint[CM_KEY_HINT_SIZE];
    const char *text = cm_json_text(decided, "attestations");
    CM_CLEANUP(cm_fd_done) int file = -1;
    if (text == NULL)
        return cm_fail(err, CM_E_MALFORMED, "the decision that was kept has no attestations");
    if (!check_first(decided, accepted, err) || !to_file(text, &file, err))
        return false;
    cm_attest_key_hint(asked->key->key, hint);
    ret->said = json_pack(
        "{s:s, s:b, s:b, s:b, s:s, s:s, s:s, s:s}", "format", CM_OFFICE_FORMAT, "signed", 1,
        "first", (int)first, "kept", (int)kept, "decided_at", cm_json_text(decided, "decided_at"),
        "key_id", cm_json_text(decided, "key_id"), "name", cm_mark_name(accepted), "hint", hint);
    if (ret->said == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for the answer");
    ret->files[ret->file_count++] = file;
    file = -1;
    return true;
}

static bool
try_to_answer(const struct cm_holder *holder, const struct cm_packet *request,
              struct cm_packet *ret, struct cm_err *err)
{
    bool first = false;
    struct asked asked;
    CM_CLEANUP(cm_json_done) json_t *decided = NULL;
    CM_CLEANUP(cm_accepted_done) struct cm_accepted accepted = {.arena = NULL};
    if (!read_request(holder, request, &asked, err) ||
        !cm_accept(&holder->office, &asked.handed, &accepted, err))
        return false;
    const char *attest = accepted.policy->attest;
    if (attest == NULL || strcmp(attest, asked.key->of->slug) != 0)
        return cm_fail(err, CM_E_DENIED,
                       "the policy does not let this key attest (attest = %s%s%s)",
                       attest != NULL ? "\"" : "", attest != NULL ? attest : "nothing",
                       attest != NULL ? "\"" : "");
    return decide(holder, &asked, &accepted, &decided, &first, err) &&
           answer_signed(&asked, &accepted, decided, first, is_kept(holder, &accepted), ret, err);
}

bool
cm_office_answer(const struct cm_holder *holder, const struct cm_packet *request,
                 struct cm_packet *ret, struct cm_err *err)
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
        CM_CLEANUP(cm_packet_done) struct cm_packet answer = CM_PACKET_INIT;
        if (!cm_packet_receive(socket, cm_monotonic_now() + ASKED_WITHIN, &request, &why)) {
            if (why.class == CM_E_NOT_FOUND)
                return true;
            return cm_fail(err, why.class, "%s", why.text);
        }
        if (!cm_office_answer(holder, &request, &answer, err) ||
            !cm_packet_send(socket, answer.said, answer.files, answer.file_count,
                            cm_monotonic_now() + ANSWER_WITHIN, err))
            return false;
    }
}
