/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/exam.h: what the engine's own checks share. A check is a straight line:
 *
 *     const char *ref = cm_exam_origin(x, "ref");
 *     if (!ref)
 *         return CM_UNKNOWN;          the reason stands in the answer already
 *     return cm_exam_fail(x, "%s is no branch", cm_exam_show(x, ref));
 *
 * All texts arena. Foreign text goes into sentences through cm_exam_show(). Out of memory, texts
 * are left out and no answer becomes a pass by it.
 */
#ifndef CM_VERDICT_EXAM_H
#define CM_VERDICT_EXAM_H

#include "verdict/verdict.h"

struct cm_exam {
    const json_t *evidence;
    const struct cm_verdict *origin;
    struct cm_arena *arena;
    struct cm_answer *answer;
    int64_t decided_at;     /* CM_NO_TIME: the evidence has none */
    const char **documents; /* that were read, `room` at the most */
    size_t document_count, room;
};

typedef enum cm_word cm_exam_fn(struct cm_exam *x);

/* ---- answers ---- */

enum cm_word cm_exam_pass(struct cm_exam *x, const char *format, ...) CM_PRINTF(2, 3);
enum cm_word cm_exam_fail(struct cm_exam *x, const char *format, ...) CM_PRINTF(2, 3);
enum cm_word cm_exam_unknown(struct cm_exam *x, enum cm_class class, const char *format, ...)
    CM_PRINTF(3, 4);
void cm_exam_expect(struct cm_exam *x, const char *format, ...) CM_PRINTF(2, 3);
void cm_exam_remedy(struct cm_exam *x, const char *remedy); /* another than the table's; static */

/* Foreign text, escaped; never NULL. */
const char *cm_exam_show(struct cm_exam *x, const char *text);
/* A list of texts, escaped, "a, b, c"; "none". */
const char *cm_exam_list(struct cm_exam *x, const json_t *texts);

/* ---- what is judged: NULL says that the answer has become an unknown ---- */

/* The field of that name, believed or not; NULL if it was not stated, or more than once. */
const struct cm_origin_field *cm_exam_find(const struct cm_exam *x, const char *field);
/* A field of the origin, stated once, read from what the system or the repository said. */
const char *cm_exam_origin(struct cm_exam *x, const char *field);
/* Is this field such a one? Its document counts as read. */
bool cm_exam_is_believed(struct cm_exam *x, const struct cm_origin_field *field);

/* The content of a document. */
const json_t *cm_exam_content(struct cm_exam *x, const char *document);
/* Why it could not be had; CM_OK if there is no error. Counts as read. CM_E_NOT_FOUND only where
 * that was the answer, not where another document's absence kept us from asking. */
enum cm_class cm_exam_error(struct cm_exam *x, const char *document);
/* The document counts as read. */
void cm_exam_read(struct cm_exam *x, const char *document);

/* effective.PART.MEMBER, which must be a list. */
const json_t *cm_exam_words(struct cm_exam *x, const char *part, const char *member);
/* request.MEMBER, which must be a text. */
const char *cm_exam_request(struct cm_exam *x, const char *member);

bool cm_exam_holds(const json_t *texts, const char *text); /* byte for byte */
bool cm_exam_same(const json_t *object, const char *key, const char *text);

/* ---- repositories and commits, for more than one check ---- */

/* The normal form of a repository's URL, folded where the project says so. */
bool cm_exam_normal(struct cm_exam *x, const char *url, const char **ret, struct cm_err *err)
    CM_MUST;
/* Was git asked at the repository of the origin? Yes where either is not known: other checks are
 * unknown by that. If not, the answer has become an unknown. */
bool cm_exam_same_repository(struct cm_exam *x);

/* The content of one of git's documents, asked at the repository of the origin, which is one of the
 * project's. NULL: the answer has become an unknown. */
const json_t *cm_exam_asked(struct cm_exam *x, const char *document);

/* Was the ref among what the repository was asked to list? If not, the answer has become an
 * unknown. */
bool cm_exam_was_listed(struct cm_exam *x, const json_t *refs, const char *ref);

/* Judges `content` (git/documents.h, repository-path): is `commit` on `ref`, whose tip is `tip`? */
enum cm_word cm_exam_path(struct cm_exam *x, const json_t *content, const char *ref,
                          const char *tip, const char *commit);

/* ---- the checks ---- */

cm_exam_fn cm_check_system_allowed, cm_check_linked, cm_check_submitter_allowed, cm_check_age,
    cm_check_expected, cm_check_public, cm_check_commit_exists, cm_check_commit_on_ref,
    cm_check_ref_allowed, cm_check_tag_on_branch, cm_check_digest, cm_check_name, cm_check_clock;

/* Answers `check` by `ask`; see cm_engine_ask. */
void cm_exam_ask(const struct cm_check *check, cm_exam_fn *ask, const json_t *evidence,
                 const struct cm_verdict *origin, struct cm_arena *arena, struct cm_answer *ret);

#endif
