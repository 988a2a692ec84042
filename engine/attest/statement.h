/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/statement.h: in-toto statements: about which files somebody says something.
 *
 * Read only what was verified. Version 1 is written; version 0.1, which has the same members, is
 * read, too.
 */
#ifndef CM_ATTEST_STATEMENT_H
#define CM_ATTEST_STATEMENT_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define CM_STATEMENT_V1  "https://in-toto.io/Statement/v1"
#define CM_STATEMENT_V01 "https://in-toto.io/Statement/v0.1"
#define CM_MOST_SUBJECTS 1024
#define CM_MOST_DIGESTS  32 /* of one subject */

struct cm_statement {
    json_t *json;           /* owned */
    const json_t *subjects; /* 1 to CM_MOST_SUBJECTS, each with 1 to CM_MOST_DIGESTS digests */
    const char *predicate_type;
    const json_t *predicate; /* NULL: none */
};

bool cm_statement_read(const void *at, size_t size, const char *where, struct cm_statement *ret,
                       struct cm_err *err) CM_MUST;
void cm_statement_done(struct cm_statement *statement); /* for CM_CLEANUP */

/* One digest of what is looked for: "sha256" and lower-case hexadecimal text. */
struct cm_known_digest {
    const char *algorithm;
    const char *text;
};

/* The first subject of which one digest at least is among `known`, and none of an algorithm that is
 * among them is another. NULL: there is none. */
const json_t *cm_statement_find(const struct cm_statement *statement,
                                const struct cm_known_digest *known, size_t count);

/* Has any subject a digest by that algorithm? */
bool cm_statement_has(const struct cm_statement *statement, const char *algorithm);

/* "sha256:..." as somebody says it. Of an algorithm that is known the text must be one of its
 * digests; MD5, SHA-1 and their like, which can be made to fit, are CM_E_UNSUPPORTED. Other names
 * are taken as they are (an image's id is a digest to those who use it so). The parts lie in
 * `room`. */
#define CM_DIGEST_ROOM 512
bool cm_known_digest_read(const char *text, char room[CM_DIGEST_ROOM], struct cm_known_digest *ret,
                          struct cm_err *err) CM_MUST;

#endif
