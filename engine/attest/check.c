/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/check.h"

#include <string.h>

bool
cm_attestation_statement(const struct cm_attestation *attestation,
                         const struct cm_asked_signers *asked, struct cm_statement *ret,
                         struct cm_err *err)
{
    size_t size = 0;
    const char *where = attestation->where;
    const struct cm_envelope *envelope = &attestation->bundle.envelope;
    if (!attestation->bundle.has_envelope)
        return cm_fail(err, CM_E_DENIED, "%s: it signs a file's bytes and states nothing of it",
                       where);
    size_t signers = cm_envelope_signers(envelope, asked->keys, asked->key_count, asked->key_id);
    if (signers == 0)
        return cm_fail(err, CM_E_DENIED, "%s: no signature of it is by %s", where,
                       asked->key_count > 1 ? "one of the keys" : "the key");
    if (signers < asked->threshold)
        return cm_fail(err, CM_E_DENIED, "%s: %zu of the keys have signed it, and %zu have to",
                       where, signers, asked->threshold);
    const char *payload = cm_envelope_payload(envelope, &size);
    return cm_statement_read(payload, size, where, ret, err);
}

static bool
is_about(const struct cm_statement *statement, const struct cm_asked_subjects *asked,
         const char *where, struct cm_err *err)
{
    for (size_t i = 0; i < asked->each_count; i++)
        if (cm_statement_find(statement, &asked->each[i], 1) == NULL)
            return cm_fail(err, CM_E_DENIED, "%s: it is not about %s:%s", where,
                           asked->each[i].algorithm, asked->each[i].text);
    if (asked->file_count > 0 &&
        cm_statement_find(statement, asked->file, asked->file_count) == NULL)
        return cm_fail(err, CM_E_DENIED, "%s: it is not about this file (%s:%s)", where,
                       asked->file[0].algorithm, asked->file[0].text);
    return asked->each_count + asked->file_count > 0 ||
           cm_fail(err, CM_E_INTERNAL, "nothing was named that it has to be about");
}

static bool
is_of_type(const struct cm_statement *statement, const struct cm_asked *asked, const char *where,
           struct cm_err *err)
{
    struct cm_provenance_read provenance;
    if (strcmp(statement->predicate_type, asked->type) != 0)
        return cm_fail(err, CM_E_DENIED, "%s: it is of the type '%s', not %s", where,
                       statement->predicate_type, asked->type);
    return asked->provenance == NULL ||
           (cm_provenance_of(statement, where, &provenance, err) &&
            cm_provenance_satisfies(&provenance, asked->provenance, where, err));
}

bool
cm_statement_satisfies(const struct cm_statement *statement, const struct cm_asked *asked,
                       const char *where, struct cm_err *err)
{
    struct cm_vsa vsa;
    if (!asked->any_subject && !is_about(statement, &asked->subjects, where, err))
        return false;
    if (asked->vsa == NULL)
        return is_of_type(statement, asked, where, err);
    return cm_vsa_read(statement, where, &vsa, err) &&
           cm_vsa_satisfies(&vsa, asked->vsa, where, err);
}
