/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence/evidence.h: all that a decision rests on, as one value.
 *
 *   { "format": "countermark-evidence/1",
 *     "engine":  { "version", "sha256" },           of the program that recorded
 *     "modules": [ { "name", "sha256" } ],           loaded for collecting only
 *     "plugins": [ { "id", "version", "sdk": "1.0", "sha256" } ],
 *     "request": { "organization", "project", "policy", "system", "submitter",
 *                  "names": { option: value, ... } }, all that the submission says
 *     "effective": { ... },                          trust/effective.h, with the options
 *     "effective_sha256": "...",
 *     "collected": { "from": time, "to": time,
 *                    "stopped": why not all was asked (only if so) },
 *     "decided_at": time,
 *     "documents": { name: document, ... },
 *     "answers":  { ... } }                          the recorded verdict (may be missing); judging
 *                                                    never reads it
 *
 *   document = { "of": "system" | "repository" | "submitter" | "operator",
 *                "asked": "GET https://..." or "read /...", "at": time, "credential": true | false,
 *                "date": when the system says that it answered (only if it says so itself),
 *                "proxy": true (only if so), "status": 200, "size": n,
 *                "sha256" or "hmac": "...",           of the whole body as it came
 *                "artifact": true (only if it is one; with an error: would be),
 *                "content": ...
 *                or "error": { "class": "auth", "message": "...", "cause": document's name },
 *                "document_sha256": of the canonical form of all its other members }
 *
 * A whole body's digest is a plain SHA-256 only where nothing of it was withheld or where it is the
 * artifact; else it is an HMAC of that digest, under a key of this collection that is forgotten
 * when it ends.
 */
#ifndef CM_EVIDENCE_EVIDENCE_H
#define CM_EVIDENCE_EVIDENCE_H

#include "base/digest.h"
#include "base/err.h"
#include "base/json.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define CM_EVIDENCE_FORMAT "countermark-evidence/1"
#define CM_EVIDENCE_MOST   (64u << 20) /* bytes of an evidence file */

#define CM_EVIDENCE_NAME_MOST 64                  /* bytes of a document's name */
#define CM_EVIDENCE_DEPTH     (CM_JSON_DEPTH - 3) /* of a content: the evidence stands around it */

/* A new value with format and empty documents. NULL without memory. Owned. */
json_t *cm_evidence_new(void) CM_MUST;

/* The name of a document: [a-z0-9-]{1,64}. */
bool cm_evidence_is_name(const char *name);

/* What is known of a document besides its content. */
struct cm_document {
    const char *of;    /* CM_OF_SYSTEM, ... */
    const char *asked; /* NULL: nothing was asked */
    int64_t at;        /* wall clock; 0: not told */
    int64_t date;      /* by the other side's clock; 0: not told */
    bool credential, proxy, artifact;
    int status;                /* 0: none */
    int64_t size;              /* -1: none */
    const char *sha256, *hmac; /* NULL: none */
};

#define CM_OF_SYSTEM     "system"
#define CM_OF_REPOSITORY "repository"
#define CM_OF_SUBMITTER  "submitter"
#define CM_OF_OPERATOR   "operator" /* a file that he named */

/* Adds a document with its content (borrowed; NULL: none was kept), or, if `error` is not NULL,
 * with the reason why it could not be had; `cause`: the document whose failure led to this one's,
 * or NULL. A name stands once: a second one is CM_E_INTERNAL. Content deeper than CM_EVIDENCE_DEPTH
 * is CM_E_LIMIT.
 * What stands in the evidence afterwards is the content read back from its canonical form, so that
 * judging now and judging a file read alike: whoever goes on with it takes it from there. */
bool cm_evidence_add(json_t *evidence, const char *name, const struct cm_document *facts,
                     const json_t *content, const struct cm_err *error, const char *cause,
                     struct cm_err *err) CM_MUST;

/* The document of that name; NULL if none. Borrowed. */
json_t *cm_evidence_document(const json_t *evidence, const char *name);

/* The SHA-256 of the artifact that the evidence is about: the submitted file, if the system handed
 * out the same; without a submitted file the only one that was handed out; the submitted one, too,
 * where the policy asks for no origin and the system handed out nothing. NULL if it is about none,
 * or about several. Borrowed. */
const char *cm_evidence_artifact(const json_t *evidence);

/* How many artifacts were had of the system: it has handed them out whole. */
size_t cm_evidence_artifacts(const json_t *evidence);

/* Is a document of it an artifact, or would have been one? */
bool cm_evidence_has_artifact(const json_t *evidence);

/* The digest that stands in a document: of all its members but that one. */
bool cm_evidence_digest(const json_t *document, char ret_sha256[CM_SHA256_HEX]) CM_MUST;

/* Is it evidence by form: format, the members above with their types, times that read, each
 * document_sha256 that of its document, effective_sha256 that of effective, no unknown member?
 * Names the first thing that is not, by path. */
bool cm_evidence_check(const json_t *evidence, struct cm_err *err) CM_MUST;

#endif
