/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark node-sign: runs on the build node, with its key, and knows of no configuration. */
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "programs/node_proof.h"
#include "programs/output.h"
#include "store/challenge.h"
#include "x509/jws.h"
#include "x509/openssl.h"
#include "x509/read.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MOST ((size_t)1 << 20)
#define KEY_MOST  ((size_t)64 << 10)

static const struct cm_flag flags[] = {
    {"cert", 0, CM_TAKES_FILE, "FILE", "certificate, PEM or DER; the node's own first"},
    {"chain", 0, CM_TAKES_FILE, "FILE", "those that it was issued by, if not in --cert"},
    {"key", 0, CM_TAKES_FILE, "FILE", "its key, PEM, without a passphrase"},
    {"output", 'o', CM_TAKES_FILE, "FILE", "instead of standard output"},
    {.name = NULL},
};

/* ---- the certificates ---- */

static bool
is_listed(const json_t *chain, const json_t *one)
{
    for (size_t i = 0; i < json_array_size(chain); i++)
        if (json_equal(json_array_get(chain, i), one))
            return true;
    return false;
}

/* One that stands in both files, as people's chains often do, is sent once. */
static bool
add_certificates(const char *path, json_t *chain, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf file = CM_BUF_INIT(FILE_MOST);
    CM_CLEANUP(cm_json_done) json_t *found = NULL;
    if (!cm_file_read(path, &file, err)) {
        err->class = CM_E_NOT_FOUND; /* the wrong file, whatever is wrong with it */
        return false;
    }
    if (!cm_x509_read_certificates(cm_buf_text(&file), file.size, &found, err))
        return cm_context(err, "%s", path);
    for (size_t i = 0; i < json_array_size(found); i++) {
        json_t *one = json_array_get(found, i);
        if (is_listed(chain, one))
            continue;
        if (json_array_size(chain) == CM_JWS_CHAIN_MOST)
            return cm_fail(err, CM_E_MALFORMED, "%s: more than %d certificates in all", path,
                           CM_JWS_CHAIN_MOST);
        if (json_array_append(chain, one) != 0)
            return cm_fail(err, CM_E_LIMIT, "out of memory");
    }
    return true;
}

/* ---- the key ---- */

/* Its group may read it: that is how machines let a service use their key. */
static bool
refuse_readers(int fd, const char *path, struct cm_err *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return cm_fail_errno(err, errno, "%s", path);
    return (status.st_mode & S_IRWXO) == 0 ||
           cm_fail(err, CM_E_DENIED,
                   "%s: everybody on this machine can read the key; mend it with: chmod o= '%s'",
                   path, path);
}

static bool
read_key(const char *path, EVP_PKEY **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = {.most = KEY_MOST, .secret = true};
    if (!cm_file_open_guarded(path, &fd, NULL, err) || !refuse_readers(fd, path, err) ||
        !cm_fd_read_all(fd, path, &pem, err))
        return false;
    return cm_x509_read_key(cm_buf_text(&pem), pem.size, NULL, ret, err) ||
           cm_context(err, "%s", path);
}

/* ---- the request ---- */

static bool
read_request(const char *path, struct cm_buf *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *challenge = NULL;
    return cm_node_read(path, ret, err) &&
           ((cm_challenge_read(cm_buf_text(ret), ret->size, &challenge, err) &&
             cm_challenge_is_good(challenge, cm_wall_now(), err)) ||
            cm_context(err, "%s", path));
}

static bool
sign(struct cm_buf *to, EVP_PKEY *key, const json_t *chain, const struct cm_buf *request,
     struct cm_err *err)
{
    const char *x5c[CM_JWS_CHAIN_MOST];
    size_t count = json_array_size(chain);
    for (size_t i = 0; i < count; i++)
        x5c[i] = json_string_value(json_array_get(chain, i));
    return cm_jws_sign(to, key, NULL, x5c, count, cm_buf_text(request), request->size, err);
}

/* What a file is not is wrong usage; what the machine has to mend is its configuration. */
static int
failed(const struct cm_session *session, const struct cm_err *err)
{
    int status = cm_session_failed(session, err);
    return err->class == CM_E_LIMIT || err->class == CM_E_UNSUPPORTED ? CM_EXIT_USAGE : status;
}

static int
run(struct cm_session *session)
{
    int status;
    struct cm_err err = CM_ERR_INIT;
    const char *cert = cm_said(session->said, "cert"), *key_file = cm_said(session->said, "key");
    const char *more = cm_said(session->said, "chain"), *output = cm_said(session->said, "output");
    CM_CLEANUP(cm_buf_done) struct cm_buf request = CM_BUF_INIT(FILE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf proof = CM_BUF_INIT(FILE_MOST);
    CM_CLEANUP(cm_json_done) json_t *chain = json_array();
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = NULL;
    if (session->said->rest_count != 1)
        return cm_session_usage(session, "name one request, as node-challenge prints it; -: stdin");
    if (cert == NULL || key_file == NULL)
        return cm_session_usage(session, "name certificate and key: --cert FILE --key FILE");
    if (output != NULL && (status = cm_may_write(session, "--output", output)) != 0)
        return status;
    if (!read_request(session->said->rest[0], &request, &err)) {
        status = failed(session, &err);
        return status == CM_EXIT_INTERNAL ? status : CM_EXIT_USAGE;
    }
    if (!add_certificates(cert, chain, &err) ||
        (more != NULL && !add_certificates(more, chain, &err)) || !read_key(key_file, &key, &err) ||
        !sign(&proof, key, chain, &request, &err))
        return failed(session, &err);
    return cm_write_text(session, "the proof", 0600, &proof);
}

const struct cm_command cm_command_node_sign = {
    .name = "node-sign",
    .rest = "REQUEST",
    .takes = CM_TAKES_FILE,
    .summary = "sign a challenge with the key of this build node",
    .more = "Runs on the build node and needs no configuration. REQUEST is what\n"
            "`countermark node-challenge` printed, byte for byte; -: standard input. What it\n"
            "writes is submitted with `countermark verify --node-proof`.",
    .flags = flags,
    .run = run,
};
