/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/verdict.h: checks, answers and what follows from them.
 */
#ifndef CM_VERDICT_VERDICT_H
#define CM_VERDICT_VERDICT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cm_word { CM_UNKNOWN = 0, CM_PASS, CM_FAIL };

enum cm_weight {
    CM_REQUIRED = 0,
    CM_OPTIONAL, /* shown, not counted */
    CM_WAIVED,   /* shown with the waiver, not counted */
    CM_ADVICE,   /* of an examination: shown, not counted */
};

/* One check's answer. All texts arena (the verdict's). */
struct cm_answer {
    const char *check;                          /* "repository.expected" */
    const char *question, *expected, *observed; /* observed "" if nothing was */
    const char *remedy;                         /* for what it answered; NULL for a pass */
    const char *declared_remedy;                /* the check's own, whatever it answered */
    enum cm_word word;
    enum cm_weight weight;
    bool binding, gate;
    bool of_system;             /* a connector's: it says something of the build system */
    enum cm_class reason_class; /* of an unknown: why; CM_OK otherwise */
    const char *reason;         /* of an unknown; NULL otherwise */
    const char *cause;          /* of an unknown: the document that could not be had; NULL: none */
    const char *const *documents; /* that it read, in order, NULL at the end */
    const char *const *assumed;   /* words of the operator that it rests on, NULL at the end */
    const char *waiver_reason, *waiver_author, *waiver_until; /* of CM_WAIVED */
};

enum cm_outcome { CM_UNDECIDED = 0, CM_ACCEPTED, CM_REJECTED };

struct cm_origin_field {
    const char *field, *text, *of, *document, *path;
};

struct cm_attachment {
    const char *file_name, *document;
};

struct cm_verdict {
    struct cm_arena *arena; /* borrowed */
    enum cm_outcome outcome;
    bool retry;                /* of undecided: could the same question be answered later? */
    struct cm_answer *answers; /* in the order of asking */
    size_t answer_count;
    struct cm_origin_field *origin;
    size_t origin_count;
    struct cm_origin_field *parameters; /* what the build was told from outside, by name; NULL text:
                                           it is withheld */
    size_t parameter_count;
    enum cm_class
        unstated_class;         /* why the origin could not be stated (to its end); CM_OK: it was */
    const char *unstated;       /* in words */
    const char *unstated_cause; /* the document that was missing for it; NULL: none */
    struct cm_attachment *attachments;
    size_t attachment_count;
    bool system_only;          /* by the policy: nobody asked for an origin, and there is none */
    const char *assume_reason; /* the operator's, if any answer rests on an assumption */
};

/* A check as it is declared. */
struct cm_check {
    const char *id, *question, *expected, *remedy;
    bool binding, gate, advice;
    bool of_origin; /* not asked where the policy asks for no origin */
};

/* ---- an unknown and its cause (verdict/cause.c) ---- */

/* Makes the answer an unknown because `document` could not be had: word, reason_class, reason,
 * cause and remedy are those of the first failure that led to it (error.cause, followed to its
 * end), so that every check that one failure leaves unknown names the same cause. */
void cm_answer_missing(const json_t *evidence, const char *document, struct cm_arena *arena,
                       struct cm_answer *answer);

/* What a person can do about a failure of that class; `document`: of what could not be had, or
 * NULL, as could be the evidence that it is in. Static. */
const char *cm_class_remedy(enum cm_class class, const json_t *evidence, const char *document);

/* ---- weight (verdict/weigh.c) ---- */

/* What the policy in `effective` makes of a check, at `decided_at`: an expired waiver is none, a
 * binding check is always required. Fills weight and waiver_... of the answer. */
void cm_weigh(const json_t *effective, int64_t decided_at, struct cm_arena *arena,
              struct cm_answer *answer);

/* Does the answer count for the verdict? */
bool cm_answer_counts(const struct cm_answer *answer);

/* Fills outcome and retry from the answers: only required ones count; all pass: accepted; any fail:
 * rejected; else undecided; no required answer at all: rejected; where only the system is verified,
 * none of the connector's required, too. retry: each unknown is of a class that time can mend
 * (transient, cancelled). */
void cm_decide(struct cm_verdict *verdict);

/* ---- the engine's checks (verdict/engine_*.c) ---- */

/* Does the policy ask for the build system alone, and for no origin? */
bool cm_is_system_only(const json_t *evidence);

/* The table: request.system-allowed, request.linked, request.submitter-allowed, build.age,
 * repository.expected, .public, .commit-exists, .commit-on-ref, .ref-allowed, .tag-on-branch,
 * artifact.digest, artifact.name. Borrowed, static. */
const struct cm_check *cm_engine_checks(size_t *ret_count);

/* Answers check number `index` from the evidence and the origin that was stated; pure, and safe for
 * any JSON. Fills all but weight and waiver. A field of the origin counts only if the document that
 * it was read from is the system's or the repository's. */
void cm_engine_ask(size_t index, const json_t *evidence, const struct cm_verdict *origin,
                   struct cm_arena *arena, struct cm_answer *ret);

/* The SHA-256 of the artifact that the verdict is about: that of the evidence, see
 * cm_evidence_artifact(); where the build system hands out none and states a digest, the submitted
 * file's if it has that digest. NULL: none, or several. Borrowed from the evidence. */
const char *cm_verdict_artifact(const json_t *evidence, const struct cm_verdict *verdict);

/* The same for the checks on a system itself, without a build: system.clock. */
const struct cm_check *cm_system_checks(size_t *ret_count);
void cm_system_ask(size_t index, const json_t *evidence, struct cm_arena *arena,
                   struct cm_answer *ret);

/* ---- reports (verdict/report_*.c) ---- */

struct cm_report {
    const json_t *evidence; /* the request, names and times come from here */
    const struct cm_verdict *verdict;
    const char *mode; /* "verify", "replay", "rewrite" or "system check" */
    const char *seal; /* replay: "sealed by KEY", "unsealed", ...; NULL: verify */
    const char *const
        *remarks; /* more lines, e.g. differences to the recorded answers; may be NULL */
    const json_t *documentation; /* of the artifact that was written; NULL: nobody documents it */
    const json_t *signature;     /* of it: docs/schemas/report-1.json; NULL: nobody signs it */
    const json_t
        *attestations; /* of it: { "key_id", "first", "kept", "decided_at", "files" }; NULL: none */
    const char *evidence_file; /* where it was written; NULL: nowhere */
    const char *replayed_file; /* replay: the evidence that it was had from; NULL: verify */
    int exit_status; /* of the command: an accepted verdict may not count for a reason that
                        is none of the checks' (a seal, a file that was not written) */
};

struct cm_look {
    bool colour, unicode; /* a terminal that has them */
    bool verbose;         /* passed checks with all their texts, too */
    int width;            /* columns of the terminal; 0: not known; CM_UNWRAPPED */
};

/* What reads a pipe does its own wrapping. */
#define CM_UNWRAPPED (-1)

bool cm_report_text(const struct cm_report *, const struct cm_look *, struct cm_buf *to) CM_MUST;
bool cm_report_json(const struct cm_report *, struct cm_buf *to) CM_MUST;

/* For pages of CI systems. Neither looks green unless the verdict is accepted and exit_status is 0,
 * whatever the single checks say. */
bool cm_report_junit(const struct cm_report *, struct cm_buf *to) CM_MUST;
bool cm_report_sarif(const struct cm_report *, struct cm_buf *to) CM_MUST; /* 2.1.0 */

/* The verdict as it is recorded in the evidence, member "answers": { "outcome", "retry",
 * "origin": { field: text }, "checks": { check: { "answer", "weight", "observed", ... } } }. Owned.
 */
json_t *cm_verdict_json(const struct cm_verdict *) CM_MUST;

/* One remark for each answer, the outcome or the origin that differs from what was recorded; none
 * if nothing was recorded (NULL). Arena; NULL at the end. */
bool cm_verdict_compare(const json_t *recorded, const struct cm_verdict *, struct cm_arena *,
                        const char *const **ret_remarks) CM_MUST;

const char *cm_word_name(enum cm_word);       /* "unknown", "pass", "fail" */
const char *cm_outcome_name(enum cm_outcome); /* "undecided", "accepted", "rejected" */

#endif
