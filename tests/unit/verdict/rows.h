/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.h: a row is an honest build plus one change; its answers differ from the honest build's in
 * exactly the checks that it names.
 */
#ifndef CM_TESTS_VERDICT_ROWS_H
#define CM_TESTS_VERDICT_ROWS_H

#include "honest.h"

/* ---- where a change is made, and what it makes there ---- */

#define E         "evidence."
#define DOC       "evidence.documents."
#define POLICY    "evidence.effective.policy."
#define NOT_FOUND "{ 'class': 'not-found', 'message': 'no such object' }"
#define TRANSIENT "{ 'class': 'transient', 'message': 'it answered 503' }"

#define NODE_ONLY                                                                                  \
    {                                                                                              \
        POLICY "origin", "'none'"                                                                  \
    }
#define NO_FILE                                                                                    \
    {                                                                                              \
        DOC "artifact", NULL                                                                       \
    }
#define PEER(digest)                                                                               \
    {                                                                                              \
        DOC "peer",                                                                                \
            "{ 'of': 'submitter', 'content': { 'proof': 'signed-challenge',"                       \
            "  'challenge': '{\\u0022artifact_sha256\\u0022:\\u0022" digest "\\u0022}' } }"        \
    }

#define STATED(digest)                                                                             \
    {                                                                                              \
        "origin.artifact_sha256", "{ 'text': '" digest "', 'document': 'build' }"                  \
    }
#define OTHER "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

struct row {
    const char *what;
    bool of_a_tag;
    struct change changes[5]; /* fewer: the rest has no path */
    const char *check;
    enum cm_word word;
    const char *says; /* a part of what was observed, or of the reason */
    const char *also; /* other checks that change, ", " between them */
};

void check_rows(const struct row *rows, size_t count);

#endif
