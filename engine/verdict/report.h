/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/report.h: the parts of the report for people.
 */
#ifndef CM_VERDICT_REPORT_H
#define CM_VERDICT_REPORT_H

#include "verdict/report_lines.h"

/* Every check with its answer; the longer ones in a block below their line. */
void cm_report_checks(struct cm_page *page, const struct cm_verdict *verdict);

/* Each document whose failure left checks without an answer, once, with what it leaves open. */
void cm_report_causes(struct cm_page *page, const json_t *evidence,
                      const struct cm_verdict *verdict);

void cm_report_mark(struct cm_page *page, enum cm_word word);

#endif
