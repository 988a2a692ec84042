/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/report.h: what the reports have in common, and the parts of the one for terminals.
 */
#ifndef CM_VERDICT_REPORT_H
#define CM_VERDICT_REPORT_H

#include "verdict/report_lines.h"

/* ---- the verdict in words (verdict/report_explain.c) ---- */

/* "accepted", "would be accepted", ... Static. */
const char *cm_report_word(const struct cm_report *report);
/* Why: "2 of 32 checks failed". */
void cm_report_explain(const struct cm_report *report, struct cm_buf *to);

/* Of an answer that is not counted, why: "waived by NAME until TIME: REASON", "by the signing
 * policy", "look at it yourself". */
void cm_report_uncounted(const struct cm_answer *answer, struct cm_buf *to);

/* Of a verdict that no origin was asked for. */
#define CM_SYSTEM_ONLY "system only, no origin"

/* Of the documentation of an artifact: is there a file? */
bool cm_report_is_delivered(const json_t *documentation);

/* ---- the report for terminals ---- */

/* Every check with its answer; the longer ones in a block below their line. */
void cm_report_checks(struct cm_page *page, const struct cm_verdict *verdict);

/* What was done to document the artifact; nothing for NULL. */
void cm_report_documentation(struct cm_page *page, const json_t *documentation);

/* By whom the artifact was signed, and with which key; nothing for NULL. */
void cm_report_signature(struct cm_page *page, const json_t *signature);

/* Which attestations were written, and by which key; nothing for NULL. */
void cm_report_attestations(struct cm_page *page, const json_t *attestations);

/* Each document whose failure left checks without an answer, once, with what it leaves open. */
void cm_report_causes(struct cm_page *page, const json_t *evidence,
                      const struct cm_verdict *verdict);

#endif
