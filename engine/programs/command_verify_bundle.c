/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark verify-bundle: the protocol of sigstore's conformance tests, for bundles by a key. */
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "programs/attesting.h"

#include <string.h>

#define LABEL_TEXT 16

static const struct cm_flag flags[] = {
    {"bundle", 0, CM_TAKES_FILE, "FILE", "sigstore bundle, envelope, or lines of them"},
    {"key", 0, CM_TAKES_FILES, "FILE", "public key (PEM) that it is signed by"},
    CM_HASH_FLAG,
    {"trusted-root", 0, CM_TAKES_FILE, "FILE", "not used: the key is all that is trusted"},
    {.name = NULL},
};

/* What the bundle has to be about: a digest that was said, or a file's. */
struct target {
    bool is_file;
    struct cm_digest_said said;
    struct cm_file_digests file;
    const struct cm_known_digest *known; /* those of the two; SHA-256 first */
    size_t count;
};

static int
read_target(const struct cm_session *session, struct target *to)
{
    const char *text = session->said->rest[0];
    to->known = &to->said.digest;
    to->count = 1;
    if (session->said->rest_count != 1) {
        (void)cm_session_usage(session, "name one file, or its digest as sha256:...");
        return CM_EXIT_USAGE;
    }
    if (cm_starts_with(text, "sha256:"))
        return cm_digest_said(session, "the digest", text, false, &to->said);
    to->is_file = true;
    return 0;
}

static int
read_bundle(const struct cm_session *session, struct cm_bundle *ret)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_dsse_apart apart = {NULL, 0};
    const char *path = cm_said(session->said, "bundle");
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(CM_ATTESTATION_FILE_MOST);
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    if (path == NULL)
        return cm_session_usage(session, "there is nothing to verify: --bundle FILE");
    if (cm_file_read(path, &bytes, &err) &&
        cm_dsse_parse(bytes.at, bytes.size, path, &value, &apart, &err) &&
        cm_bundle_read(value, &apart, path, ret, &err))
        return 0;
    (void)cm_session_failed(session, &err);
    return err.class == CM_E_INTERNAL ? CM_EXIT_INTERNAL : CM_EXIT_USAGE;
}

/* Which digests of a file are wanted: those that its statements name, or the one that a key signs.
 */
static int
hash_target(const struct cm_session *session, bool sha384, bool sha512, struct target *to)
{
    if (!to->is_file)
        return 0;
    int status = cm_file_digests_of(session, session->said->rest[0], sha384, sha512, &to->file);
    to->known = to->file.at;
    to->count = to->file.count;
    return status;
}

static int
rejected(const struct cm_session *session, const char *why)
{
    cm_log(session->log, CM_LOG_ERROR, "%s: %s", cm_said(session->said, "bundle"), why);
    return CM_EXIT_REJECTED;
}

/* ---- a statement of the file ---- */

static int
verify_statement(const struct cm_session *session, struct cm_bundle *bundle,
                 const struct cm_attest_keys *keys, struct target *target)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "bundle");
    struct cm_attestation attestation = {.is_bundle = true, .bundle = *bundle};
    const struct cm_asked_signers signers = {keys->at, keys->count, 1, NULL};
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    (void)snprintf(attestation.where, sizeof attestation.where, "%.240s", path);
    if (!cm_attestation_statement(&attestation, &signers, &statement, &err)) {
        (void)cm_session_failed(session, &err);
        return cm_attest_exit(&err);
    }
    int status = hash_target(session, cm_statement_has(&statement, "sha384"),
                             cm_statement_has(&statement, "sha512"), target);
    if (status != 0)
        return status;
    if (cm_statement_find(&statement, target->known, target->count) == NULL)
        return rejected(session, "it is not about this file");
    return 0;
}

/* ---- a signature of the file itself ---- */

/* The digest that this key signs; NULL if it is not at hand. */
static const char *
digest_for(const struct cm_attest_key *key, const struct target *target)
{
    const char *name = cm_attest_key_digest(key);
    for (size_t i = 0; name != NULL && i < target->count; i++)
        if (strcmp(target->known[i].algorithm, name) == 0)
            return target->known[i].text;
    return NULL;
}

static bool
is_signed_by(const struct cm_bundle *bundle, const struct cm_attest_key *key,
             const struct target *target)
{
    unsigned char bytes[64];
    const char *hex = digest_for(key, target);
    size_t size = hex != NULL ? strlen(hex) : 0;
    return hex != NULL && size <= 2 * sizeof bytes && cm_unhex(hex, size, bytes) &&
           cm_attest_key_verifies_digest(key, bytes, size / 2, bundle->signature.at,
                                         bundle->signature.size);
}

static bool
signs_with(const struct cm_attest_keys *keys, const char *name)
{
    for (size_t i = 0; i < keys->count; i++) {
        const char *digest = cm_attest_key_digest(keys->at[i]);
        if (digest == NULL ? name == NULL : name != NULL && strcmp(digest, name) == 0)
            return true;
    }
    return false;
}

/* What the bundle says of the digest is nobody's word, but it must not be another's. */
static bool
says_so(const struct cm_bundle *bundle, const struct target *target)
{
    char hex[CM_SHA256_HEX];
    cm_hex(bundle->digest, sizeof bundle->digest, hex);
    return !bundle->has_digest || strcmp(hex, target->known[0].text) == 0;
}

static int
verify_message(const struct cm_session *session, const struct cm_bundle *bundle,
               const struct cm_attest_keys *keys, struct target *target)
{
    int status =
        hash_target(session, signs_with(keys, "sha384"), signs_with(keys, "sha512"), target);
    if (status != 0)
        return status;
    if (!says_so(bundle, target))
        return rejected(session, "its messageDigest is another file's");
    for (size_t i = 0; i < keys->count; i++)
        if (is_signed_by(bundle, keys->at[i], target))
            return 0;
    if (signs_with(keys, NULL))
        return rejected(session, "Ed25519 signs a file's bytes and no digest of them, which is not "
                                 "verified here");
    return rejected(session, "the signature is not by the key, or not of this file");
}

static int
run(struct cm_session *session)
{
    int status;
    struct target target = {.is_file = false};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(64);
    CM_CLEANUP(cm_attest_keys_done) struct cm_attest_keys keys = {.count = 0};
    CM_CLEANUP(cm_bundle_done) struct cm_bundle bundle = {.hint = NULL};
    if ((status = read_target(session, &target)) != 0 ||
        (status = cm_attest_keys_said(session, "key", &keys)) != 0 ||
        (status = read_bundle(session, &bundle)) != 0)
        return status;
    if (cm_said(session->said, "trusted-root") != NULL || bundle.log_entries > 0)
        cm_log(session->log, CM_LOG_INFO,
               "what the bundle says of a transparency log is not verified: the key alone counts");
    status = bundle.has_envelope ? verify_statement(session, &bundle, &keys, &target)
                                 : verify_message(session, &bundle, &keys, &target);
    if (status != 0 || cm_said(session->said, "quiet") != NULL)
        return status;
    cm_buf_puts(&text, "accepted\n");
    return cm_session_print(session, &text);
}

const struct cm_command cm_command_verify_bundle = {
    .name = "verify-bundle",
    .rest = "FILE_OR_DIGEST",
    .takes = CM_TAKES_FILE,
    .summary = "is this file signed, as a sigstore bundle by a key says?",
    .more = "As sigstore's conformance tests call it. Certificates (keyless) are refused.",
    .flags = flags,
    .run = run,
};
