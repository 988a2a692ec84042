/* SPDX-License-Identifier: Apache-2.0
 *
 * base/log.h: messages for people, on stderr.
 *
 * A function either logs or returns an error, never both. Every line passes the redactor: a secret
 * that was registered comes out as "[withheld]", wherever in a line it stands.
 */
#ifndef CM_BASE_LOG_H
#define CM_BASE_LOG_H

#include "base/buf.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

enum cm_level { CM_LOG_ERROR = 1, CM_LOG_WARNING, CM_LOG_INFO, CM_LOG_DEBUG };

struct cm_log; /* NULL is a log that drops everything */

/* `json`: one object a line {"time","level","message"}; else "countermark: message". The descriptor
 * is borrowed. Threads may share a log. NULL without memory. Owned. */
struct cm_log *cm_log_new(int fd, enum cm_level most, bool json) CM_MUST;
struct cm_log *cm_log_free(struct cm_log *log);

/* From now on this text never appears in a line, neither as it is nor as cm_escape would write it.
 * Copied, and wiped by cm_log_free. Texts of fewer than 4 bytes are not registered. If there is no
 * memory to remember it, every later message is withheld whole. */
void cm_log_withhold(struct cm_log *log, const char *secret);

/* The same of "user:password" as it travels, which is base64: a server may repeat it. */
void cm_log_withhold_basic(struct cm_log *log, const struct cm_buf *credential);

/* The same judgement for other writers (reports, evidence, errors): is a registered secret in it?
 */
bool cm_log_holds_secret(const struct cm_log *log, const char *text);

void cm_log(struct cm_log *log, enum cm_level level, const char *format, ...) CM_PRINTF(3, 4);

/* One line that is overwritten, on a terminal only ("" clears it). */
void cm_log_progress(struct cm_log *log, const char *text);

#endif
