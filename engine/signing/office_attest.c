/* SPDX-License-Identifier: Apache-2.0
 *
 * Attestations: made once of each build of an artifact, and given again to whoever asks again.
 */
#include "signing/office_inside.h"

#include "attest/envelope.h"
#include "base/json.h"
#include "signing/mark.h"
#include "store/decision.h"

#include <string.h>

/* ---- what is signed ---- */

static bool
sign_one(const struct cm_holder *holder, const struct cm_office_asked *asked,
         const struct cm_accepted *accepted, const struct cm_buf *statement, const char *predicate,
         struct cm_buf *to, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    if (!cm_sha256(cm_buf_text(statement), statement->size, sha256))
        return cm_fail(err, CM_E_INTERNAL, "a statement cannot be hashed");
    if (!cm_office_note(holder, asked, accepted, predicate, sha256, NULL, err) ||
        !cm_envelope_write(statement->at, statement->size, asked->key->key, to, err))
        return false;
    if (to->size > 0 && to->at[to->size - 1] != '\n')
        cm_buf_putc(to, '\n');
    return !to->failed || cm_fail(err, CM_E_LIMIT, "the attestations are too large");
}

/* Provenance where there is an origin, and a summary. */
static bool
sign(const struct cm_holder *holder, const struct cm_office_asked *asked,
     const struct cm_accepted *accepted, struct cm_buf *to, struct cm_err *err)
{
    const struct cm_mark mark = {.trust = holder->office.trust,
                                 .accepted = accepted,
                                 .key = asked->key->of,
                                 .key_id = cm_attest_key_id(asked->key->key)};
    CM_CLEANUP(cm_buf_done) struct cm_buf provenance = CM_BUF_INIT(CM_OFFICE_MOST / 4);
    CM_CLEANUP(cm_buf_done) struct cm_buf summary = CM_BUF_INIT(CM_OFFICE_MOST / 4);
    bool origin = accepted->verdict.outcome == CM_ACCEPTED && !accepted->policy->system_only;
    if ((origin && !cm_mark_provenance(&mark, &provenance, err)) ||
        !cm_mark_summary(&mark, &summary, err))
        return false;
    return (!origin || sign_one(holder, asked, accepted, &provenance, "provenance", to, err)) &&
           sign_one(holder, asked, accepted, &summary, "summary", to, err);
}

/* ---- once ---- */

static const char *
origin_of(const struct cm_accepted *accepted, const char *field)
{
    for (size_t i = 0; i < accepted->verdict.origin_count; i++)
        if (strcmp(accepted->verdict.origin[i].field, field) == 0)
            return accepted->verdict.origin[i].text;
    return NULL;
}

/* That something was not accepted yet is no decision which a later one could not replace. */
static bool
is_kept(const struct cm_holder *holder, const struct cm_accepted *accepted)
{
    return holder->state != NULL && accepted->verdict.outcome == CM_ACCEPTED;
}

static bool
may_have_first(const struct cm_accepted *accepted, struct cm_err *err)
{
    return !accepted->policy->attest_once ||
           cm_fail(err, CM_E_DENIED,
                   "this build of this artifact was attested before, and the policy wants it once "
                   "(attest_again = \"never\")");
}

/* What was decided before; *ret NULL: nothing. */
static bool
find_first(const struct cm_holder *holder, const struct cm_accepted *accepted, const json_t *key,
           json_t **ret, struct cm_err *err)
{
    if (!is_kept(holder, accepted))
        return true;
    return cm_decision_find(holder->state, key, ret, err) &&
           (*ret == NULL || may_have_first(accepted, err));
}

static json_t *
decided_json(const struct cm_office_asked *asked, const struct cm_accepted *accepted,
             const struct cm_buf *attestations)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "decided_at",
                     cm_json_text(accepted->opened.evidence, "decided_at"), "key_id",
                     cm_attest_key_id(asked->key->key), "evidence", accepted->evidence_sha256,
                     "artifact", accepted->artifact_sha256, "attestations",
                     cm_buf_text(attestations));
}

/* A file as it was first delivered: the same build may have been documented or signed otherwise
 * since. Who has lost it is told the only way out, which is the operator's to go. */
static bool
check_first(const json_t *decided, const struct cm_accepted *accepted, const json_t *key,
            struct cm_err *err)
{
    char name[CM_SHA256_HEX];
    if (cm_office_says(decided, "artifact", accepted->artifact_sha256))
        return true;
    if (!cm_decision_name(key, name))
        return cm_fail(err, CM_E_INTERNAL, "a decision cannot be named");
    return cm_fail(err, CM_E_DENIED,
                   "this build was attested before, as another file (%s): deliver that one, and "
                   "have its attestations again with countermark attest; only if that file is "
                   "lost, remove decisions/%s.json in the state directory of the process with the "
                   "keys",
                   cm_json_text(decided, "artifact"), name);
}

/* Ours, unless somebody else was faster: nobody is held back from find_first() to here. */
static bool
keep(const struct cm_holder *holder, const struct cm_accepted *accepted, const json_t *key,
     const json_t *decided, json_t **ret, bool *ret_first, struct cm_err *err)
{
    bool ours = false;
    CM_CLEANUP(cm_json_done) json_t *there = NULL;
    if (!cm_decision_keep(holder->state, key, decided, &there, &ours, err) ||
        (!ours && (!may_have_first(accepted, err) || !check_first(there, accepted, key, err))))
        return false;
    *ret_first = !ours;
    *ret = CM_TAKE(there);
    return true;
}

/* *ret_first: was somebody else the first? */
static bool
decide(const struct cm_holder *holder, const struct cm_office_asked *asked,
       const struct cm_accepted *accepted, json_t **ret, bool *ret_first, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *key = NULL;
    CM_CLEANUP(cm_json_done) json_t *first = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf signed_now = CM_BUF_INIT(CM_OFFICE_MOST);
    const json_t *evidence = accepted->opened.evidence;
    if (!cm_decision_key(evidence, cm_verdict_artifact(evidence, &accepted->verdict),
                         origin_of(accepted, "build"), origin_of(accepted, "job"), &key, err) ||
        !find_first(holder, accepted, key, &first, err))
        return false;
    if (first != NULL) {
        if (!check_first(first, accepted, key, err))
            return false;
        *ret_first = true;
        *ret = CM_TAKE(first);
        return true;
    }
    if (!sign(holder, asked, accepted, &signed_now, err))
        return false;
    CM_CLEANUP(cm_json_done) json_t *ours = decided_json(asked, accepted, &signed_now);
    if (ours == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for the decision");
    if (is_kept(holder, accepted))
        return keep(holder, accepted, key, ours, ret, ret_first, err);
    *ret = CM_TAKE(ours);
    return true;
}

/* ---- the answer ---- */

static bool
answer_signed(const struct cm_accepted *accepted, const json_t *decided, bool first, bool kept,
              struct cm_packet *ret, struct cm_err *err)
{
    char hint[CM_KEY_HINT_SIZE];
    const char *text = cm_json_text(decided, "attestations");
    if (text == NULL)
        return cm_fail(err, CM_E_MALFORMED, "the decision that was kept has no attestations");
    /* of the key that has signed: the one that is held now may be another */
    if (!cm_attest_key_hint_of(cm_json_text(decided, "key_id"), hint))
        return cm_fail(err, CM_E_MALFORMED, "the decision that was kept does not name its key");
    json_t *said = json_pack(
        "{s:s, s:b, s:b, s:b, s:s, s:s, s:s, s:s}", "format", CM_OFFICE_FORMAT, "signed", 1,
        "first", (int)first, "kept", (int)kept, "decided_at", cm_json_text(decided, "decided_at"),
        "key_id", cm_json_text(decided, "key_id"), "name", cm_mark_name(accepted), "hint", hint);
    return cm_office_give(said, text, strlen(text), ret, err);
}

bool
cm_office_attest(const struct cm_holder *holder, const struct cm_office_asked *asked,
                 struct cm_packet *ret, struct cm_err *err)
{
    bool first = false;
    CM_CLEANUP(cm_json_done) json_t *decided = NULL;
    CM_CLEANUP(cm_accepted_done) struct cm_accepted accepted = {.arena = NULL};
    struct cm_handed handed = asked->handed;
    handed.may_be_signed = true;
    handed.failures = cm_json_bool(asked->said, "failures", false);
    if (!cm_accept(&holder->office, &handed, &accepted, err))
        return false;
    return cm_office_may(asked, "attest", accepted.policy->attest, err) &&
           decide(holder, asked, &accepted, &decided, &first, err) &&
           answer_signed(&accepted, decided, first, is_kept(holder, &accepted), ret, err);
}
