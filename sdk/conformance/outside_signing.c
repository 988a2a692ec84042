/* SPDX-License-Identifier: Apache-2.0
 *
 * What is outside of a signer: the process with the keys, which signs whatever it is asked to, and
 * the programs of the operator, which do what the script says.
 */
#include "outside.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/run/run.h"
#include "base/text.h"
#include "probe.h"
#include "x509/openssl.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_BITS  2048
#define MOST_FILE ((size_t)64 << 20)

/* ---- a key, and a certificate for signing code ---- */

struct cf_keys {
    struct cm_attest_key *key;
    struct cm_cms_chain *chain;
};

void
cf_keys_free(struct cf_keys *keys)
{
    if (keys == NULL)
        return;
    cm_cms_chain_done(&keys->chain);
    cm_attest_key_done(&keys->key);
    free(keys);
}

static bool
add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

/* Valid at all times that a script may name. */
static X509 *
certify(EVP_PKEY *pkey)
{
    X509 *x = X509_new();
    X509_NAME *name = x != NULL ? X509_get_subject_name(x) : NULL;
    if (name != NULL && X509_set_version(x, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(x), 7) == 1 &&
        ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20000101000000Z") == 1 &&
        ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "20991231000000Z") == 1 &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"Conformance",
                                   -1, -1, 0) == 1 &&
        X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, pkey) == 1 &&
        add_extension(x, NID_basic_constraints, "critical,CA:false") &&
        add_extension(x, NID_key_usage, "critical,digitalSignature") &&
        add_extension(x, NID_ext_key_usage, "codeSigning") && X509_sign(x, pkey, EVP_sha256()) > 0)
        return x;
    X509_free(x);
    return NULL;
}

static bool
put_pem(X509 *certificate, struct cm_buf *to)
{
    char *at;
    CM_CLEANUP(cm_bio_done) BIO *bio = BIO_new(BIO_s_mem());
    long size =
        bio != NULL && PEM_write_bio_X509(bio, certificate) == 1 ? BIO_get_mem_data(bio, &at) : 0;
    if (size > 0)
        cm_buf_add(to, at, (size_t)size);
    return size > 0 && !to->failed;
}

/* RSA, because there are signers that want it. */
bool
cf_keys_make(struct cf_keys **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *pkey = EVP_RSA_gen(KEY_BITS);
    CM_CLEANUP(cm_x509_done) X509 *own = pkey != NULL ? certify(pkey) : NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf key = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf chain = CM_BUF_INIT(1 << 16);
    struct cf_keys *keys = calloc(1, sizeof *keys);
    if (keys == NULL || own == NULL || !cm_pem_put_secret(pkey, NULL, &key) ||
        !put_pem(own, &chain)) {
        cf_keys_free(keys);
        return cm_fail(err, CM_E_INTERNAL, "no key can be made");
    }
    if (!cm_attest_key_secret(&key, NULL, "the key", &keys->key, err) ||
        !cm_cms_chain_parse(chain.at, chain.size, keys->key, &keys->chain, err)) {
        cf_keys_free(keys);
        return false;
    }
    *ret = keys;
    return true;
}

/* ---- the process that holds it ---- */

bool
cf_outside_sign(void *outside, const struct cm_cms_wish *wish, struct cm_buf *to,
                struct cm_err *err)
{
    struct cf_outside *o = outside;
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(cm_buf_done) struct cm_buf made = CM_BUF_INIT(CM_CMS_MADE_MOST);
    if (o->refusal != CM_OK || cf_now.cancelled)
        return cm_fail(err, o->refusal != CM_OK ? o->refusal : CM_E_CANCELLED,
                       "no, say those who hold the keys");
    if (o->script->made != NULL)
        cm_buf_add(&made, o->script->made, o->script->made_size);
    if (!cm_sha256_fd(o->artifact, "the artifact", sha256, err))
        return false;
    const struct cm_cms_making making = {.key = o->keys->key,
                                         .chain = o->keys->chain,
                                         .wish = wish,
                                         .artifact = sha256,
                                         .made = made.size > 0 ? &made : NULL,
                                         .now = FAKE_TIME};
    cm_buf_clear(&o->signature);
    if (!cm_cms_make(&making, &o->signature, err))
        return false;
    cm_buf_add(to, o->signature.at, o->signature.size);
    return !to->failed || cm_fail(err, CM_E_LIMIT, "the signature is too long");
}

/* ---- programs ---- */

static bool
has_arguments(const json_t *program, const char *const *arguments)
{
    const json_t *list = cm_json_get(program, "arguments");
    size_t i = 0;
    for (; arguments[i] != NULL; i++) {
        const char *one = json_string_value(json_array_get(list, i));
        if (one == NULL || strcmp(one, arguments[i]) != 0)
            return false;
    }
    return i == json_array_size(list);
}

static bool
find_program(const json_t *root, const char *const *arguments, const json_t **ret,
             struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf words = CM_BUF_INIT(1 << 16);
    const json_t *all = cm_json_get(root, "programs");
    for (size_t i = 0; i < json_array_size(all); i++) {
        *ret = json_array_get(all, i);
        if (has_arguments(*ret, arguments))
            return true;
    }
    for (; *arguments != NULL; arguments++)
        cm_buf_printf(&words, " %s", *arguments);
    return cm_fail(err, CM_E_CONFIG, "run, and not in the script's 'programs':%s",
                   cm_buf_text(&words));
}

static bool
leave_file(const struct cf_outside *o, const struct cm_run *run, const char *name,
           const json_t *parts, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(MOST_FILE);
    const char *path = cm_arena_printf(o->arena, "%s/%s", run->folder, name);
    if (path == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (size_t i = 0; i < json_array_size(parts); i++) {
        bool is_artifact = strcmp(json_string_value(json_array_get(parts, i)), "artifact") == 0;
        if (!is_artifact)
            cm_buf_add(&content, cm_buf_text(&o->signature), o->signature.size);
        else if (lseek(run->input, 0, SEEK_SET) != 0 ||
                 !cm_fd_read_all(run->input, "the artifact", &content, err))
            return cm_fail(err, CM_E_INTERNAL, "the artifact cannot be read");
    }
    return cm_file_replace(path, 0600, cm_buf_text(&content), content.size, err);
}

static bool
leave_files(struct cf_outside *o, const struct cm_run *run, const json_t *program,
            struct cm_err *err)
{
    const char *name;
    json_t *parts;
    bool is_bad = o->runs == o->bad_run;
    json_object_foreach(cm_json_get(program, "leaves"), name, parts)
    {
        o->applied = o->applied || is_bad;
        if (!is_bad && !leave_file(o, run, name, parts, err))
            return false;
    }
    return true;
}

/* NOLINTBEGIN(*-reserved-identifier,cert-*): the name is the linker's */
bool __wrap_cm_run(const struct cm_run *run, struct cm_buf *said, int *ret_status,
                   struct cm_err *err);

/* Nothing is started. */
bool
__wrap_cm_run(const struct cm_run *run, struct cm_buf *said, int *ret_status, struct cm_err *err)
{
    struct cf_outside *o = (struct cf_outside *)(void *)cf_now.out;
    const json_t *program = NULL;
    o->runs++;
    if (cf_now.cancelled)
        return cm_fail(err, CM_E_CANCELLED, "the program was not waited for");
    if (!find_program(o->script->root, run->arguments, &program, err))
        return false;
    if (o->runs == o->bad_run && o->run_err != CM_OK) {
        o->applied = true;
        return cm_fail(err, o->run_err, "the program did not end well");
    }
    if (!leave_files(o, run, program, err))
        return false;
    const char *says = cm_json_text(program, "says");
    cm_buf_puts(said, says != NULL ? says : "");
    *ret_status = (int)cm_json_int(program, "status", 0);
    return true;
}
/* NOLINTEND(*-reserved-identifier,cert-*) */
