/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/attesting.h"

#include "base/digest.h"
#include "base/fd.h"
#include "base/text.h"
#include "verdict/report_lines.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_TEXT   16
#define MOST_REASONS 8

/* ---- what was said ---- */

void
cm_attest_keys_done(struct cm_attest_keys *keys)
{
    while (keys->count > 0)
        cm_attest_key_free(keys->at[--keys->count]);
}

/* A file that is no key, or none that we take, is the wrong file. */
static int
wrong_key(const struct cm_session *session, const char *option, struct cm_err *err)
{
    (void)cm_context(err, "--%s", option);
    int status = cm_session_failed(session, err);
    return status == CM_EXIT_INTERNAL && err->class == CM_E_INTERNAL ? status : CM_EXIT_USAGE;
}

int
cm_attest_keys_said(const struct cm_session *session, const char *option,
                    struct cm_attest_keys *ret)
{
    const char *path, *hash = cm_said(session->said, "hash");
    for (size_t i = 0; (path = cm_said_at(session->said, option, i)) != NULL; i++) {
        struct cm_err err = CM_ERR_INIT;
        if (i == CM_MOST_ATTEST_KEYS)
            return cm_session_usage(session, "at most %d keys", CM_MOST_ATTEST_KEYS);
        if (!cm_attest_key_read_public(path, &ret->at[i], &err))
            return wrong_key(session, option, &err);
        ret->count = i + 1;
        if (hash != NULL && strcmp(hash, "sha256") == 0)
            cm_attest_key_use_sha256(ret->at[i]);
    }
    return ret->count > 0
               ? 0
               : cm_session_usage(session, "there is no key that it has to be signed by: --%s FILE",
                                  option);
}

int
cm_threshold_said(const struct cm_session *session, const struct cm_attest_keys *keys, size_t *ret)
{
    int64_t number = 1;
    const char *said = cm_said(session->said, "threshold");
    if (said != NULL && !cm_parse_int(said, 1, CM_MOST_ATTEST_KEYS, &number))
        return cm_session_usage(session, "--threshold is a number from 1 to %d, not '%s'",
                                CM_MOST_ATTEST_KEYS, said);
    if ((size_t)number > keys->count)
        return cm_session_usage(session, "--threshold %s, and there are only %zu keys", said,
                                keys->count);
    *ret = (size_t)number;
    return 0;
}

int
cm_digest_said(const struct cm_session *session, const char *option, const char *text, bool bare,
               struct cm_digest_said *ret)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf whole = CM_BUF_INIT(1 << 16);
    cm_buf_printf(&whole, "%s%s", bare && strchr(text, ':') == NULL ? "sha256:" : "", text);
    if (cm_known_digest_read(cm_buf_text(&whole), ret->room, &ret->digest, &err))
        return 0;
    return cm_session_usage(session, "%s: %s", option, err.text);
}

/* ---- files ---- */

static void
digests_done(struct cm_digest *(*digests)[3])
{
    for (size_t i = 0; i < 3; i++)
        cm_digest_done(&(*digests)[i]);
}

static bool
hash(int fd, const char *path, const char *const *names, size_t count, struct cm_file_digests *ret,
     struct cm_err *err)
{
    CM_CLEANUP(digests_done) struct cm_digest *digests[3] = {NULL};
    for (size_t i = 0; i < count; i++)
        if ((digests[i] = cm_digest_new(names[i])) == NULL)
            return cm_fail(err, CM_E_LIMIT, "%s: no memory for its digest", path);
    if (!cm_digest_fd(fd, path, digests, count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!cm_digest_end(CM_TAKE(digests[i]), ret->text[i]))
            return cm_fail(err, CM_E_INTERNAL, "%s: %s is not available", path, names[i]);
        ret->at[i] = (struct cm_known_digest){names[i], ret->text[i]};
    }
    ret->count = count;
    return true;
}

int
cm_file_digests_of(const struct cm_session *session, const char *path, bool sha384, bool sha512,
                   struct cm_file_digests *ret)
{
    size_t count = 0;
    const char *names[3];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    names[count++] = "sha256";
    if (sha384)
        names[count++] = "sha384";
    if (sha512)
        names[count++] = "sha512";
    if (cm_file_open(path, &fd, &err) && hash(fd, path, names, count, ret, &err))
        return 0;
    int status = cm_session_failed(session, &err);
    return status == CM_EXIT_INTERNAL ? status : CM_EXIT_USAGE;
}

int
cm_attest_exit(const struct cm_err *err)
{
    return err->class == CM_E_DENIED     ? CM_EXIT_REJECTED
           : err->class == CM_E_INTERNAL ? CM_EXIT_INTERNAL
                                         : CM_EXIT_USAGE;
}

/* ---- the way ---- */

/* Those of a file that are signed as they have to be, and why the others do not count. */
struct found {
    struct {
        const struct cm_attestation *from;
        struct cm_statement statement;
    } at[CM_MOST_ATTESTATIONS];
    size_t count;
    struct cm_err reasons[MOST_REASONS];
    size_t reason_count;
};

static void
keep_reason(struct found *found, const struct cm_err *err)
{
    if (found->reason_count < MOST_REASONS)
        found->reasons[found->reason_count] = *err;
    found->reason_count++;
}

static void
say_reasons(const struct cm_session *session, const struct found *found)
{
    for (size_t i = 0; i < found->reason_count && i < MOST_REASONS; i++)
        cm_log(session->log, CM_LOG_ERROR, "%s", found->reasons[i].text);
    if (found->reason_count > MOST_REASONS)
        cm_log(session->log, CM_LOG_ERROR, "and %zu more like these",
               found->reason_count - MOST_REASONS);
}

static void
found_done(struct found **found)
{
    for (size_t i = 0; *found != NULL && i < (*found)->count; i++)
        cm_statement_done(&(*found)->at[i].statement);
    free(*found);
}

/* 0, or the exit status where the file is not what it should be. */
static int
find_signed(const struct cm_session *session, const struct cm_attestations *attestations,
            const struct cm_asked_signers *signers, struct found *ret)
{
    for (size_t i = 0; i < attestations->count; i++) {
        struct cm_err err = CM_ERR_INIT;
        if (cm_attestation_statement(&attestations->at[i], signers, &ret->at[ret->count].statement,
                                     &err))
            ret->at[ret->count++].from = &attestations->at[i];
        else if (err.class != CM_E_DENIED) {
            (void)cm_session_failed(session, &err);
            return cm_attest_exit(&err);
        } else
            keep_reason(ret, &err);
    }
    return 0;
}

/* What its statements name the file by, besides SHA-256. */
static int
hash_artifact(const struct cm_session *session, const char *path, const struct found *found,
              struct cm_file_digests *ret)
{
    bool sha384 = false, sha512 = false;
    for (size_t i = 0; i < found->count; i++) {
        sha384 = sha384 || cm_statement_has(&found->at[i].statement, "sha384");
        sha512 = sha512 || cm_statement_has(&found->at[i].statement, "sha512");
    }
    return cm_file_digests_of(session, path, sha384, sha512, ret);
}

static int
print_statement(const struct cm_session *session, const struct cm_attestation *from)
{
    size_t size = 0;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_ENVELOPE_MOST + 1);
    const char *payload = cm_envelope_payload(&from->bundle.envelope, &size);
    cm_buf_add(&text, payload, size);
    cm_buf_putc(&text, '\n');
    return cm_session_print(session, &text);
}

static void
put_signers(struct cm_page *page, const struct cm_attestation *from,
            const struct cm_asked_signers *signers)
{
    bool first = true;
    for (size_t i = 0; i < signers->key_count; i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(256);
        if (cm_envelope_signers(&from->bundle.envelope, &signers->keys[i], 1, signers->key_id) == 0)
            continue;
        cm_buf_printf(&text, "%s (%s)", cm_attest_key_id(signers->keys[i]),
                      cm_attest_key_name(signers->keys[i]));
        cm_page_labelled(page, 2, LABEL_TEXT, first ? "signed by" : "", CM_FOREIGN,
                         cm_buf_text(&text));
        first = false;
    }
}

static int
accept(const struct cm_session *session, const struct cm_attest_question *question,
       const struct cm_attestation *from, const struct cm_statement *statement)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    const struct cm_look look = cm_session_look(session);
    struct cm_page page = {&text, &look, cm_page_width(&look)};
    if (cm_said(session->said, "print-attestation") != NULL)
        return print_statement(session, from);
    if (cm_said(session->said, "quiet") != NULL)
        return 0;
    cm_buf_puts(&text, "accepted\n");
    cm_page_labelled(&page, 2, LABEL_TEXT, "attestation", CM_OPERATORS, from->where);
    put_signers(&page, from, &question->signers);
    question->put(statement, &page);
    return cm_session_print(session, &text);
}

static int
judge(const struct cm_session *session, const struct cm_attest_question *question,
      const struct cm_asked *asked, struct found *found)
{
    int status = CM_EXIT_REJECTED;
    for (size_t i = 0; i < found->count; i++) {
        struct cm_err err = CM_ERR_INIT;
        const struct cm_attestation *from = found->at[i].from;
        if (cm_statement_satisfies(&found->at[i].statement, asked, from->where, &err))
            return accept(session, question, from, &found->at[i].statement);
        if (cm_attest_exit(&err) > status)
            status = cm_attest_exit(&err);
        keep_reason(found, &err);
    }
    say_reasons(session, found);
    return status;
}

int
cm_attest_answer(const struct cm_session *session, const struct cm_attest_question *question)
{
    int status;
    struct cm_err err = CM_ERR_INIT;
    struct cm_asked asked = question->asked;
    struct cm_file_digests file = {.count = 0};
    CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.at = NULL};
    CM_CLEANUP(found_done) struct found *found = calloc(1, sizeof *found);
    if (found == NULL)
        return CM_EXIT_INTERNAL;
    if (!cm_attestations_read_file(question->path, &attestations, &err)) {
        status = cm_session_failed(session, &err);
        return err.class == CM_E_INTERNAL ? status : CM_EXIT_USAGE;
    }
    if ((status = find_signed(session, &attestations, &question->signers, found)) != 0)
        return status;
    if (found->count > 0 && question->artifact != NULL &&
        (status = hash_artifact(session, question->artifact, found, &file)) != 0)
        return status;
    asked.subjects.file = file.at;
    asked.subjects.file_count = file.count;
    return judge(session, question, &asked, found);
}
