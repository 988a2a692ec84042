/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/unit/attest/owner.h: a key with a certificate, and signatures of it.
 */
#ifndef CM_TESTS_ATTEST_OWNER_H
#define CM_TESTS_ATTEST_OWNER_H

#include "attest/cms.h"
#include "attest/cms_inside.h"
#include "base/clock.h"

#include <string.h>

#include "../x509/maker.h"
#include "sample.h"

#define NOW (MADE_AT * CM_SECOND)
#define CODE                                                                                       \
    EXTENSIONS("basicConstraints=critical,CA:false", "keyUsage=critical,digitalSignature",         \
               "extendedKeyUsage=codeSigning", "subjectKeyIdentifier=hash")

struct owner {
    EVP_PKEY *ca_key, *pkey;
    X509 *ca, *own;
    struct cm_attest_key *key;
    struct cm_cms_chain *chain;
    struct cm_buf pem;
};

static inline void
owner_done(struct owner *o)
{
    cm_pkey_done(&o->ca_key);
    cm_pkey_done(&o->pkey);
    cm_x509_done(&o->ca);
    cm_x509_done(&o->own);
    cm_attest_key_done(&o->key);
    cm_cms_chain_done(&o->chain);
    cm_buf_done(&o->pem);
}

static inline void
take_key(struct owner *o)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(1 << 16);
    assert_true(cm_pem_put_secret(o->pkey, NULL, &pem));
    if (!cm_attest_key_secret(&pem, NULL, "it", &o->key, &err))
        fail_msg("%s", err.text);
}

/* A key of that kind, certified by a CA of RSA; the chain is not read yet. */
static inline void
begin(struct owner *o, const char *kind, const char *const *extensions, const char *digest)
{
    *o = (struct owner){.pem = CM_BUF_INIT(1 << 16)};
    o->ca_key = make_key("RSA2048");
    o->pkey = make_key(kind);
    o->ca = make_certificate(
        &(struct making){.subject = "CN=CA", .key = o->ca_key, .extensions = CA_EXTENSIONS});
    o->own = make_certificate(&(struct making){.subject = "CN=Acme",
                                               .key = o->pkey,
                                               .issuer = o->ca,
                                               .signer = o->ca_key,
                                               .digest = digest,
                                               .serial = 7,
                                               .extensions = extensions});
    take_key(o);
    put_pem(&o->pem, o->own);
    put_pem(&o->pem, o->ca);
}

static inline void
certify(struct owner *o, const char *kind, const char *const *extensions)
{
    struct cm_err err = CM_ERR_INIT;
    begin(o, kind, extensions, NULL);
    if (!cm_cms_chain_parse(o->pem.at, o->pem.size, o->key, &o->chain, &err))
        fail_msg("%s", err.text);
}

static inline bool
make(const struct owner *o, const struct cm_cms_wish *wish, struct cm_buf *to, struct cm_err *err)
{
    const struct cm_cms_making making = {
        .key = o->key, .chain = o->chain, .wish = wish, .artifact = SHA, .now = NOW};
    return cm_cms_make(&making, to, err);
}

static inline void
made(const struct owner *o, const struct cm_cms_wish *wish, struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    if (!make(o, wish, to, &err))
        fail_msg("%s", err.text);
}

#endif
