/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark/certificates.h: an optional interface, for connectors that judge X.509 certificates.
 *
 *     const struct cmk_certificates *x = c->base->query(c, CMK_CERTIFICATES, sizeof *x);
 *
 * Every hook gets it: nothing here asks the outside or knows a clock but the one it is handed. What
 * is malformed fails the call; what is merely not valid is an answer. Certificates, lists and
 * responses are DER. NULL: this engine lacks it.
 *
 * A certificate as a value:
 *
 *   { "sha256": of all of it, "key_sha256": of its SubjectPublicKeyInfo, hexadecimal,
 *     "version": 3, "serial": hexadecimal, "subject": NAME, "issuer": NAME,
 *     "not_before": RFC 3339, "not_after": RFC 3339,
 *     "key": { "type": "rsa" | "ec" | "ed25519" | ..., "bits": n, "strength": bits of security,
 *              "curve": "P-256" (of an "ec") },
 *     "ca": bool, "key_usage": [ "digitalSignature", ... ] (absent: no such extension),
 *     "extended_key_usage": [ OID, ... ] (absent: no such extension),
 *     "names": [ { "kind": "dns" | "uri" | "email" | "ip" | "other", "text": ... (absent: an
 * "other", or none that people can read) } ] of subjectAltName (absent: no such extension),
 * "template": { "version": 2, "id": OID, "major": n, "minor": n (absent where they are) } or
 * { "version": 1, "name": text } or { "broken": why } (absent: no such extension), "ocsp": [ URL,
 * ... ] where its issuer says that it can be asked for (absent: nowhere) }
 *
 *   NAME = [ [ { "type": OID, "word": "CN" (absent: it has none), "text": UTF-8, or "hex": DER
 * where it is no text that people can read: NUL, control characters, T61, Universal } ] ], RDNs in
 * the order of the certificate, root first.
 */
#ifndef COUNTERMARK_CERTIFICATES_H
#define COUNTERMARK_CERTIFICATES_H

#include <countermark/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CMK_CERTIFICATES "certificates"

#define CMK_CHAIN_REVOCATION 1u /* each link below the anchor is looked up in a list */
#define CMK_CHAIN_LAX        2u /* old private authorities: what RFC 5280 demands beyond validity */

struct cmk_chain_request {
    uint32_t size, flags;
    int64_t at;            /* ns since 1970: the time that all is judged at */
    struct cmk_bytes leaf; /* must be good for TLS client authentication, and say so itself */
    const struct cmk_bytes *others;  /* came with the leaf; only to build the chain of */
    const struct cmk_bytes *anchors; /* trusted, roots or issuing authorities; never the leaf */
    const struct cmk_bytes *lists;   /* CRLs: of one issuer that with the highest number counts */
    uint32_t other_count, anchor_count, list_count;
    uint32_t strength; /* least bits of security of each key and signature; 0: 112 */
};

struct cmk_certificates {
    uint32_t size, reserved;
    /* All certificates, or revocation lists, in a file: one or several PEM blocks, or one DER.
     * `kind` is "certificate" or "crl"; a block of another kind fails the call: [ base64, ... ] */
    const struct cmk_value *(*read)(struct cmk_call *, const char *kind, struct cmk_bytes file);
    const struct cmk_value *(*certificate)(struct cmk_call *, struct cmk_bytes der);
    /* a condition of RFC 4514, "CN=build-7,OU=Release Nodes,DC=acme", as NAME; root first too */
    const struct cmk_value *(*name)(struct cmk_call *, const char *rfc4514);
    /* NAME as RFC 4514 writes it, for people only */
    const char *(*show_name)(struct cmk_call *, const struct cmk_value *name);
    /* 1 if both are values of one attribute type and are the same text: ASCII letters of either
     * case are alike, so are runs of blanks, and blanks at the ends do not count; all else byte for
     * byte. 0 also where either is no text. */
    int32_t (*same)(struct cmk_call *, const struct cmk_value *, const struct cmk_value *);
    /* { "valid": bool, "error": why not, "class": "expired" | "not-yet-valid" | "revoked" |
     *   "no-list" | "stale-list" | "untrusted" | "purpose" | "weak" | "form" | ...,
     *   "at": index in the chain, "chain": [ certificate values, leaf first ],
     *   "lists": [ { "issuer": NAME, "number": text, "this_update", "next_update", "sha256" } ] }
     */
    const struct cmk_value *(*chain)(struct cmk_call *, const struct cmk_chain_request *);
    /* OCSP: the request as base64, for GET: base->url() puts it behind the URL of the responder,
     * percent-encoded */
    const char *(*ocsp_request)(struct cmk_call *, struct cmk_bytes leaf, struct cmk_bytes issuer);
    /* { "status": "good" | "revoked" | "unknown", "this_update", "next_update", "produced_at" } at
     * that time, signed by the issuer or by whom it says; else "status" is absent and "error" says
     * why: it may be of another certificate, badly signed, too old, or none at all */
    const struct cmk_value *(*ocsp_answer)(struct cmk_call *, struct cmk_bytes response,
                                           struct cmk_bytes leaf, struct cmk_bytes issuer,
                                           int64_t at);
    /* A compact JWS, verified with the key of `leaf`: { "valid": bool, "error": why not,
     * "algorithm": "ES256", "type": of its header (absent: none), "payload": base64,
     * "chain": [ base64, ... ] of x5c }. The algorithm must be the one for that type of key, and
     * x5c must begin with `leaf`. */
    const struct cmk_value *(*jws)(struct cmk_call *, const char *compact, struct cmk_bytes leaf);
};

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* COUNTERMARK_CERTIFICATES_H */
