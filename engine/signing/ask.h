/* SPDX-License-Identifier: Apache-2.0
 *
 * signing/ask.h: asking the process that holds the keys (signing/office.h says what goes to and
 * fro).
 */
#ifndef CM_SIGNING_ASK_H
#define CM_SIGNING_ASK_H

#include "attest/cms.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct cm_ask {
    const char *socket;  /* path of one that a service listens at; NULL: the program is started */
    const char *program; /* path of countermark-keys */
    const char *config, *state;         /* that it is started with; state NULL: it keeps nothing */
    const char *project, *policy, *key; /* slugs */
    bool failures;                      /* also of a verdict that is not accepted */
    int evidence, artifact;             /* regular files; borrowed */
    int built;        /* the artifact as it was built, where that is another; -1 */
    int64_t deadline; /* monotonic ns */
};

struct cm_attested {
    struct cm_buf lines; /* the attestations, one a line; owned */
    bool first;          /* they are those of an earlier request */
    bool kept;           /* a later one will be given them, too */
    char decided_at[40], key_id[80], hint[48];
};
void cm_attested_done(struct cm_attested *); /* for CM_CLEANUP */

/* CM_E_DENIED and whatever else the other process answers, with its words; CM_E_CONFIG if it cannot
 * be asked: it has said why on standard error. */
bool cm_ask_to_attest(const struct cm_ask *ask, struct cm_attested *ret, struct cm_err *err)
    CM_MUST;

/* A signature in that form, of the artifact as it is handed in; DER, appended. Fails likewise. */
bool cm_ask_for_cms(const struct cm_ask *ask, const struct cm_cms_wish *wish, struct cm_buf *to,
                    struct cm_err *err) CM_MUST;

#endif
