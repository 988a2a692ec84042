/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/check.h: one attestation held against what somebody wants to be told. Pure.
 *
 * The order is fixed: whose is it, then what does it say, then is it about this file and does it
 * say what is wanted. Nothing of a payload is read before its signature holds. CM_E_DENIED is a
 * plain no; CM_E_MALFORMED is a payload that is not what it says, whoever has signed it.
 */
#ifndef CM_ATTEST_CHECK_H
#define CM_ATTEST_CHECK_H

#include "attest/attestations.h"
#include "attest/provenance.h"
#include "attest/vsa.h"

struct cm_asked_signers {
    struct cm_attest_key *const *keys;
    size_t key_count;
    size_t threshold;   /* how many of them have to have signed, 1 at least */
    const char *key_id; /* NULL, or signatures that name another are passed over */
};

/* What it has to be about: at least one of the two, but in cm_asked.any_subject. */
struct cm_asked_subjects {
    const struct cm_known_digest *each; /* each of them is some subject's */
    size_t each_count;
    const struct cm_known_digest *file; /* digests of one file: one subject has all that it names */
    size_t file_count;
};

struct cm_asked {
    struct cm_asked_subjects subjects;
    bool any_subject;                              /* it does not matter what it is about */
    const struct cm_vsa_wanted *vsa;               /* NULL: no VSA is asked for */
    const char *type;                              /* else this predicate type, exactly */
    const struct cm_provenance_wanted *provenance; /* NULL: nothing more than the type */
};

/* Its statement, if those have signed it. Owned. */
bool cm_attestation_statement(const struct cm_attestation *attestation,
                              const struct cm_asked_signers *asked, struct cm_statement *ret,
                              struct cm_err *err) CM_MUST;

/* Does it say what is asked for? `where` is for messages. */
bool cm_statement_satisfies(const struct cm_statement *statement, const struct cm_asked *asked,
                            const char *where, struct cm_err *err) CM_MUST;

#endif
