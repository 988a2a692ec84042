/* SPDX-License-Identifier: Apache-2.0
 *
 * An honest build: evidence in which every check of the engine passes, with commits of its own
 * whose ids are right; and what single changes of it are made with.
 */
#ifndef CM_TESTS_HONEST_H
#define CM_TESTS_HONEST_H

#include "verdict/verdict.h"

/* root <- commit (what was built) <- middle <- tip; `stray` has root as its parent, too. */
enum honest_commit { ROOT, COMMIT, MIDDLE, TIP, STRAY, HONEST_COMMITS };

struct honest {
    struct cm_arena *arena;
    json_t *all; /* { "evidence": ..., "origin": { field: { "text", "document" } or [ such ] } } */
    json_t *evidence;
    struct cm_verdict verdict; /* origin, and the answers once asked */
    char ids[HONEST_COMMITS][41];
    char *objects[HONEST_COMMITS]; /* base64 */
};

/* A build of refs/heads/main, or of the annotated tag refs/tags/v1.0 whose commit is on it. */
void honest_make(struct honest *honest, bool of_a_tag);
void honest_done(struct honest *honest);

/* One change: evidence.a.b, origin.field; JSON with @root@, @commit@, ... for ids and @root:object@
 * for base64, or NULL to take the member away. */
struct change {
    const char *path, *json;
};
void honest_change(struct honest *honest, const struct change *change);

/* Asks every check of the engine, weighs and decides. */
void honest_judge(struct honest *honest);
const struct cm_answer *honest_answer(const struct honest *honest, const char *check);

#endif
