/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/statement_lines.h: what a statement says, for people.
 */
#ifndef CM_PROGRAMS_STATEMENT_LINES_H
#define CM_PROGRAMS_STATEMENT_LINES_H

#include "attest/statement.h"
#include "verdict/report_lines.h"

/* Of a verification summary, its texts from `column` on; nothing of any other statement. The result
 * is left out where it had to be PASSED. */
void cm_put_summary(struct cm_page *page, size_t column, const struct cm_statement *statement,
                    bool with_result);

#endif
