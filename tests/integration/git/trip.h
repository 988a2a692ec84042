/* SPDX-License-Identifier: Apache-2.0
 *
 * trip.h: fetches of the helper's, each into a folder of its own, and what is in the packs that
 * came.
 */
#ifndef TEST_GIT_TRIP_H
#define TEST_GIT_TRIP_H

#include "carrier.h"

#include <stdbool.h>
#include <stddef.h>

#define TRIP_MAIN "refs/heads/main"

struct trip_world {
    char folder[64];
    unsigned tests;
    char ids[30][100]; /* "NAME ID" or "NAME NUMBER" */
    size_t id_count;
};

/* One fetch, and what is known before it. */
struct trip {
    struct trip_world *world;
    struct carrier carrier;
    char repository[128], folder[128]; /* where the pack is to go: empty, and its own */
    const char *packs[2];              /* paths of .idx; NULL: no more */
    const char *haves[3];              /* names of ids; NULL: no more */
    const char *refs[4];               /* NULL: no more */
    char idx[256];
    struct cm_err err;
};

/* The repositories, and libgit2 without a configuration; for a group. */
int trip_begin_world(void **state);
int trip_end_world(void **state);

git_oid trip_id(const struct trip_world *world, const char *name);
const char *trip_value(const struct trip_world *world, const char *name);

/* From "origin.git" or another one, of main, if nothing else is said. */
void trip_begin(struct trip *trip, struct trip_world *world, const char *repository);
void trip_done(struct trip *trip);

bool trip_go(struct trip *trip) CM_MUST;

/* Goes: one pack must come, and with those that are known it holds all commits of that id, and all
 * files there. */
void trip_fetches(struct trip *trip, const char *name);
/* Goes: fails, and leaves nothing behind. */
void trip_is_refused(struct trip *trip, enum cm_class class, const char *text);
/* Begins, and fetches main as it was first. */
void trip_fetches_main(struct trip *trip, struct trip_world *world);

size_t trip_entries(const char *folder);
void trip_left_a_pack(const struct trip *trip); /* and nothing else */
void trip_has_history(const struct trip_world *world, const char *const *packs, size_t count,
                      const char *name, bool files);
bool trip_pack_holds(const char *pack, git_oid id);

#endif
