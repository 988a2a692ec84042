/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/record.h: verdicts as JSON, for the evidence and for the report.
 */
#ifndef CM_VERDICT_RECORD_H
#define CM_VERDICT_RECORD_H

#include "verdict/verdict.h"

/* All of an answer but the check's id and its question. Owned; NULL without memory. */
json_t *cm_answer_json(const struct cm_answer *answer) CM_MUST;

/* Sets a text that may be NULL (then null) or no UTF-8 (then escaped). */
void cm_record_text(json_t *object, const char *key, const char *text, bool *ok);

/* Appends to an array; NULL, or failure, makes *ok false. */
void cm_record_append(json_t *array, json_t *owned, bool *ok);

/* An array of texts that end with NULL. */
void cm_record_texts(json_t *object, const char *key, const char *const *texts, bool *ok);

const char *cm_weight_name(enum cm_weight weight); /* "required", "optional", ... */

#endif
