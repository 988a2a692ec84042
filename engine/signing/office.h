/* SPDX-License-Identifier: Apache-2.0
 *
 * signing/office.h: the process that holds the keys, and what it is asked.
 *
 * A request is a packet
 *
 *   { "format": CM_OFFICE_FORMAT, "wants": "attestations",
 *     "project": slug, "policy": slug, "key": slug,
 *     "failures": also of another verdict (may be left out) }   files: evidence, artifact[, as
 * built]
 *
 * and gives names and files, never bytes to sign. The answer is
 *
 *   { "format": CM_OFFICE_FORMAT, "signed": true, "first": is it the answer to an earlier request,
 *     "kept": will it be that to a later one,
 *     "decided_at": time, "key_id": "sha256:...",
 *     "name": the artifact's, "hint": of sigstore bundles, as "key_id" of the key that has signed }
 *                                                            file: the attestations, one a line
 *   { "format": CM_OFFICE_FORMAT, "signed": false, "class": "denied", "message": why not }
 *
 * For signatures that files carry, "wants" is "cms", and with it goes the form that is meant
 * (trust/form.h), which has to be one of the key's in the configuration:
 *
 *   { ..., "wants": "cms", "content": text, "attributes": [ text ], "demands": CM_CMS_... }
 *
 * with the artifact as it is to be signed. The digest in it is the one that is found here, and so
 * is what the form's program makes of it:
 *
 *   { "format": CM_OFFICE_FORMAT, "signed": true, "key_id", "certificate": SHA-256 of its DER,
 *     "decided_at": time }                                   file: the signature, DER
 *
 * Nothing is signed but what follows from what the process reads itself (signing/accept.h,
 * signing/mark.h). With a state directory each signature is in its journal before it leaves, and a
 * decision is made once.
 */
#ifndef CM_SIGNING_OFFICE_H
#define CM_SIGNING_OFFICE_H

#include "attest/cms.h"
#include "attest/key.h"
#include "signing/accept.h"
#include "signing/packet.h"

#define CM_OFFICE_FORMAT  "countermark-keys/1"
#define CM_OFFICE_MOST    ((size_t)1 << 20)  /* bytes of the attestations of one artifact */
#define CM_OFFICE_JOURNAL "signatures.jsonl" /* in the state directory */

struct cm_held_key {
    const struct cm_signing_key *of; /* the configuration's */
    struct cm_attest_key *key;
    struct cm_cms_chain *chain; /* its certificate, and those that it was issued by; NULL: none */
};

struct cm_holder {
    struct cm_office office;
    const char *run_helper; /* countermark-run, for the programs of forms */
    const char *state;      /* NULL: nothing is kept, and each request is decided anew */
    const struct cm_held_key *keys;
    size_t key_count;
};

/* Answers whatever comes until the other side closes, one at a time. CM_E_CANCELLED if it does not
 * take an answer within a minute. */
bool cm_office_serve(const struct cm_holder *holder, int socket, struct cm_err *err) CM_MUST;

#endif
