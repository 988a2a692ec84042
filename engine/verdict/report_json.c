/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for machines. Members are only ever added; texts that are not there are null.
 *
 *   { "format": "countermark-report/1",
 *     "outcome": "accepted" | "rejected" | "undecided",
 *     "retry": "yes" | "no",               of undecided: could the same question be answered later?
 *     "mode": "verify" | "replay" | "rewrite" | "system check",
 *     "decided_at": time,
 *     "request": { "organization", "project", "policy", "system", "submitter", "names" },
 *                                          a system check has no policy and no submitter
 *     "system_only": true,                 only there if the policy asks for no origin
 *     "proof": how it was shown who delivered it, in words; only there if it was
 *     "origin": [ { "field", "text", "of", "document", "path" } ],
 *     "answers": [ { "check", "question", "answer": "pass" | "fail" | "unknown",
 *                    "weight": "required" | "optional" | "waived" | "advice",
 *                    "binding", "gate",
 *                    "observed", "expected", "remedy",
 *                    "reason", "reason_class", "cause": document,       of an unknown
 *                    "documents": [], "assumed": [],
 *                    "waiver": { "reason", "author", "until" } or null } ],
 *     "assume_reason": the operator's, for what stands in "assumed",
 *     "artifacts": [ { "document", "name", "size", "sha256" } ],
 *     "attachments": [ { "file_name", "document" } ],
 *     "documentation": what was done to document the artifact, or null:
 *       { "outcome": "documented" | "unchanged" | "none" | "refused" | "other-input" | "unwritten",
 *         "reason", "reason_class",           of all but the first two
 *         "configuration": slug of the artifact configuration,
 *         "input": { "size", "sha256" }, "output": { "size", "sha256" }, "file": name,
 *         "packages": [ { "path": in an archive, "sha256": of what became of it,
 *                         "rewriters": [ { "id", "version", "sha256", "outcome",
 *                                          and what plugin/host.h has of changes } ] } ] },
 *     "signature": { "signer", "key_id", "certificate", "signed_at", "stamped_at", "file",
 *     "output" }, if the artifact that was written was signed
 *     "attestations": { "key_id", "first": those of an earlier request, "kept", "decided_at",
 *                       "files": [ name ] }  (only if some were written),
 *     "through_proxy": [ document ],       those that were asked for through a proxy
 *     "engine": { "version", "sha256" }, "plugins": [ ... ],             as in the evidence
 *     "evidence": file name, "seal": text, "remarks": [ text ] }
 */
#include "verdict/record.h"
#include "verdict/report_facts.h"

#include "base/json.h"

#define FORMAT "countermark-report/1"

static json_t *
field_json(const struct cm_origin_field *field)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *object = json_object();
    cm_record_text(object, "field", field->field, &ok);
    cm_record_text(object, "text", field->text, &ok);
    cm_record_text(object, "of", field->of, &ok);
    cm_record_text(object, "document", field->document, &ok);
    cm_record_text(object, "path", field->path, &ok);
    return ok ? CM_TAKE(object) : NULL;
}

static json_t *
attachment_json(const struct cm_attachment *attachment)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *object = json_object();
    cm_record_text(object, "file_name", attachment->file_name, &ok);
    cm_record_text(object, "document", attachment->document, &ok);
    return ok ? CM_TAKE(object) : NULL;
}

static json_t *
named_answer_json(const struct cm_answer *answer)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *rest = cm_answer_json(answer);
    CM_CLEANUP(cm_json_done) json_t *object = json_object();
    cm_record_text(object, "check", answer->check, &ok);
    cm_record_text(object, "question", answer->question, &ok);
    ok = ok && rest && json_object_update(object, rest) == 0;
    return ok ? CM_TAKE(object) : NULL;
}

static void
put_verdict(json_t *report, const struct cm_verdict *verdict, bool *ok)
{
    json_t *origin = json_array();
    json_t *answers = json_array();
    json_t *attachments = json_array();
    for (size_t i = 0; i < verdict->origin_count; i++)
        cm_record_append(origin, field_json(&verdict->origin[i]), ok);
    for (size_t i = 0; i < verdict->answer_count; i++)
        cm_record_append(answers, named_answer_json(&verdict->answers[i]), ok);
    for (size_t i = 0; i < verdict->attachment_count; i++)
        cm_record_append(attachments, attachment_json(&verdict->attachments[i]), ok);
    cm_json_set(report, "origin", origin, ok);
    cm_json_set(report, "answers", answers, ok);
    cm_record_text(report, "assume_reason", verdict->assume_reason, ok);
    cm_json_set(report, "attachments", attachments, ok);
}

static void
put_recorded(json_t *report, const json_t *evidence, const char *key, bool *ok)
{
    json_t *value = cm_json_get(evidence, key);
    cm_json_set(report, key, value ? json_incref(value) : json_null(), ok);
}

bool
cm_report_json(const struct cm_report *report, struct cm_buf *to)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *object = json_object();
    cm_json_set_text(object, "format", FORMAT, &ok);
    cm_json_set_text(object, "outcome", cm_outcome_name(report->verdict->outcome), &ok);
    cm_json_set_text(object, "retry", report->verdict->retry ? "yes" : "no", &ok);
    cm_record_text(object, "mode", report->mode, &ok);
    put_recorded(object, report->evidence, "decided_at", &ok);
    put_recorded(object, report->evidence, "request", &ok);
    put_verdict(object, report->verdict, &ok);
    if (report->verdict->system_only)
        cm_json_set_bool(object, "system_only", true, &ok);
    cm_json_set_text(object, "proof", cm_report_proof(report->evidence), &ok);
    cm_json_set(object, "artifacts", cm_report_artifacts(report->evidence), &ok);
    cm_json_set(object, "documentation",
                report->documentation ? json_deep_copy(report->documentation) : json_null(), &ok);
    if (report->signature != NULL)
        cm_json_set(object, "signature", json_deep_copy(report->signature), &ok);
    if (report->attestations != NULL)
        cm_json_set(object, "attestations", json_deep_copy(report->attestations), &ok);
    cm_json_set(object, "through_proxy", cm_report_proxied(report->evidence), &ok);
    put_recorded(object, report->evidence, "engine", &ok);
    put_recorded(object, report->evidence, "plugins", &ok);
    cm_record_text(object, "evidence", report->evidence_file, &ok);
    cm_record_text(object, "seal", report->seal, &ok);
    cm_record_texts(object, "remarks", report->remarks, &ok);
    if (!ok || !cm_json_pretty(object, to))
        return false;
    cm_buf_putc(to, '\n');
    return !to->failed;
}
