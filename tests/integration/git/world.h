/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h: repositories, the server that gives them out, the module that asks, and short words.
 */
#ifndef TEST_GIT_WORLD_H
#define TEST_GIT_WORLD_H

#include "net/outside.h"

#include <stdbool.h>
#include <sys/types.h>

struct world {
    char folder[64]; /* of everything */
    char ca[96], work[96], faults[96], log[96];
    char url[64]; /* "https://localhost:PORT" */
    char **ids;   /* "NAME ID" */
    size_t id_count;
    pid_t server;
    int leash; /* the server ends when this is closed */
    struct cm_peer peer;
    void *module;
    const struct cm_outside_table *table;
    struct cm_outside *outside;
    const char *mirrors; /* folder; NULL: none is kept. Of the next world_reopen() only */
    unsigned tests;
    char agent[32]; /* of this test's requests */
};

int world_begin(void **state); /* for a group */
int world_end(void **state);
int world_open(void **state); /* for a test: an outside of its own */
int world_close(void **state);

/* Opens it again with a deadline in so many ns, and asks another helper if that is not NULL. */
void world_reopen(struct world *world, int64_t ns, const char *helper);

/* The id that make_repositories.sh gave that name. */
const char *world_id(const struct world *world, const char *name);

/* A repository, with the prefixes refs/heads/ and refs/tags/, or only one prefix. */
struct cm_git_repository *world_repository(struct world *world, const char *name, const char *token,
                                           const char *prefix);

/* Waits; what came must have a content, or an error of that class. */
json_t *world_content(struct world *world, struct cm_git_answer *answer);
void world_error(struct world *world, struct cm_git_answer *answer, enum cm_class class,
                 const char *text);

/* JSON text for the file of faults; NULL: none. */
void world_faults(struct world *world, const char *json);

/* Requests in the log that hold that text, since world_open. */
size_t world_requests(const struct world *world, const char *text);

#endif
