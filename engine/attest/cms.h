/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/cms.h: signatures in CMS (RFC 5652), as packages and files carry them: one signer,
 * SHA-256, the certificates with it.
 *
 * What is signed is the digest of a content, found by whoever calls: no artifact passes through
 * here. Signed attributes are the content's type and digest, the time, the signing certificate
 * (RFC 5035), and those that were wished for; nothing else is in a signature that verifies. Not
 * signed is one attribute at most: a time stamp (attest/stamp.h), of this very signature.
 *
 * A content of another type than data, which a program made, stands in the signature as it is, as
 * PKCS #7 has it (RFC 2315), and is not wrapped as CMS would have it.
 */
#ifndef CM_ATTEST_CMS_H
#define CM_ATTEST_CMS_H

#include "attest/key.h"
#include "base/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_CMS_MOST            ((size_t)256 << 10) /* bytes of a signature */
#define CM_CMS_CHAIN_FILE_MOST ((size_t)256 << 10)
#define CM_CMS_CHAIN_MOST      10                  /* certificates */
#define CM_CMS_MADE_MOST       ((size_t)128 << 10) /* bytes of a content that a program made */

/* What is wished for (trust/form.h says how contents and attributes are written). */
struct cm_cms_wish {
    const char *content;
    const char *const *attributes;
    size_t attribute_count;
    unsigned demands; /* CM_CMS_... */
};
#define CM_CMS_RSA 1u /* RSA, also where the certificate was signed, there with SHA-2 */
#define CM_CMS_CODE_SIGNING                                                                        \
    2u /* the certificate is for signing code, and says no more than that                          \
          signatures end with its own life */
#define CM_CMS_DEMANDS (CM_CMS_RSA | CM_CMS_CODE_SIGNING)

/* ---- certificates: cms_chain.c ---- */

struct cm_cms_chain;
void cm_cms_chain_done(struct cm_cms_chain **chain); /* for CM_CLEANUP */

/* PEM: first that of the key, then those it was issued by, one after the other. CM_E_CONFIG if they
 * are not. cm_cms_chain_read: a file that nobody else could change. Owned. */
bool cm_cms_chain_parse(const void *pem, size_t size, const struct cm_attest_key *key,
                        struct cm_cms_chain **ret, struct cm_err *err) CM_MUST;
bool cm_cms_chain_read(const char *path, const struct cm_attest_key *key, struct cm_cms_chain **ret,
                       struct cm_err *err) CM_MUST;

/* SHA-256 of the first one's DER. Borrowed. */
const char *cm_cms_chain_sha256(const struct cm_cms_chain *chain);

/* Are all of them valid at that time (ns since 1970), and is the first what is demanded?
 * CM_E_CONFIG. */
bool cm_cms_chain_serves(const struct cm_cms_chain *chain, unsigned demands, int64_t now,
                         struct cm_err *err) CM_MUST;

/* ---- signing: cms_make.c ---- */

struct cm_cms_making {
    const struct cm_attest_key *key; /* no Ed25519: CM_E_UNSUPPORTED */
    const struct cm_cms_chain *chain;
    const struct cm_cms_wish *wish;
    const char *artifact;      /* its SHA-256 */
    const struct cm_buf *made; /* the content that a program made, DER; NULL: none did */
    int64_t now;               /* the signing time; ns since 1970 */
};

/* SHA-256 of what is signed: of the artifact, of the text with its digest in it, or of what a
 * program made. */
bool cm_cms_content_sha256(const struct cm_cms_making *making, char ret[CM_SHA256_HEX],
                           struct cm_err *err) CM_MUST;

/* DER, appended. */
bool cm_cms_make(const struct cm_cms_making *making, struct cm_buf *to, struct cm_err *err) CM_MUST;

/* ---- reading: cms_verify.c ---- */

struct cm_cms_facts {
    char key_id[CM_KEY_ID_SIZE];
    char certificate[CM_SHA256_HEX]; /* that signed */
    int64_t signed_at;               /* by the signer's word; ns since 1970 */
    int64_t stamped_at; /* by an authority's, which is not judged here; 0: by nobody's */
};

/* Is it the signature that was wished for, of that artifact, by the key of a certificate in it? The
 * certificate itself is not judged but for what is demanded. Where a program made the content,
 * `artifact` is the SHA-256 of that (cm_cms_made_sha256). CM_E_MALFORMED: no such signature;
 * CM_E_DENIED: one of something else, or one that does not hold. */
bool cm_cms_verify(const void *der, size_t size, const struct cm_cms_wish *wish,
                   const char *artifact, struct cm_cms_facts *ret, struct cm_err *err) CM_MUST;

/* ---- contents that a program made: cms_made.c ---- */

/* What is in a signed-data of PKCS #7 that need not be signed, and that the bytes begin with: the
 * content of that type, DER, appended. What is behind it is passed over. CM_E_MALFORMED if there is
 * none. */
bool cm_cms_made_read(const void *der, size_t size, const char *type, struct cm_buf *to,
                      struct cm_err *err) CM_MUST;

/* SHA-256 of the content that is in a signature, as it is signed: without tag and length (RFC 2315,
 * 9.3). CM_E_MALFORMED if there is none of another type than data. */
bool cm_cms_made_sha256(const void *der, size_t size, char ret[CM_SHA256_HEX], struct cm_err *err)
    CM_MUST;

#endif
