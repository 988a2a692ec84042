/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/report_facts.h: what the reports for machines say beside the checks.
 */
#ifndef CM_VERDICT_REPORT_FACTS_H
#define CM_VERDICT_REPORT_FACTS_H

#include "verdict/verdict.h"

/* Calls `put` for each fact that is known, always in the same order: "outcome", "mode",
 * "exit-status", "decided-at", "request.project", "name.build", "policy-sha256", "engine.version",
 * "plugin.ID.version", "origin.commit", "artifact.DOCUMENT.sha256", "seal", "remark.1", ... The
 * texts are foreign, and borrowed for the call. */
typedef void cm_fact_fn(void *data, const char *name, const char *text);
void cm_report_facts(const struct cm_report *report, cm_fact_fn *put, void *data);

/* "organization", between, "project", between, "policy": what of it is known. */
void cm_report_subject(const struct cm_report *report, char between, struct cm_buf *to);

/* The files that it is about: [ { "document", "name", "size", "sha256" } ]. Owned; NULL without
 * memory. */
json_t *cm_report_artifacts(const json_t *evidence) CM_MUST;

/* The names of the documents that were asked for through a proxy. Owned; NULL without memory. */
json_t *cm_report_proxied(const json_t *evidence) CM_MUST;

/* How it was shown who delivered the submission, in words; NULL: that was not shown. Static. */
const char *cm_report_proof(const json_t *evidence);

/* The text of a field of the origin; NULL: not stated. */
const char *cm_report_origin(const struct cm_report *report, const char *field);

/* Nothing but an accepted verdict that counts may look green. */
bool cm_report_is_accepted(const struct cm_report *report);

#endif
