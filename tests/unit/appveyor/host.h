/* SPDX-License-Identifier: Apache-2.0
 *
 * host.h: a small host for the connector's hooks, made of JSON values.
 *
 * Documents are { name: content }; one that could not be had is { "!": class } with the number of
 * CMK_E_... The outside is { address: [ { "status", "body" }, ... ] }: the n-th question at an
 * address gets the n-th answer, later ones the last. A virtual clock counts how many answers had to
 * be waited for one after the other.
 */
#ifndef TESTS_APPVEYOR_HOST_H
#define TESTS_APPVEYOR_HOST_H

#include <countermark/plugin.h>
#include <jansson.h>
#include <stdbool.h>

extern const struct cmk_plugin cmk_plugin_appveyor;

struct block;

struct host {
    struct cmk_call call; /* first: a call is its host */
    struct block *blocks; /* the arena */
    json_t *options;
    json_t *documents, *facts; /* read by pure hooks, written by collecting ones */
    json_t *assumed;           /* [ name ] */

    json_t *outside;  /* address: answers */
    json_t *files;    /* path: text; NULL: the tree could not be read */
    const char *key;  /* the secret */
    json_t *asked;    /* [ address with "key " in front if the key was put on ] */
    json_t *commit;   /* what git was asked: { url, ref, commit } */
    int64_t now;      /* virtual: one unit an answer */
    int64_t slept;    /* ns */
    int64_t patience; /* ns that sleep() grants */

    int32_t status;
    char why[1024];
    char observed[2048], expected[1024];
    json_t *said; /* names, origin fields, attachments */
};

void host_open(struct host *h);
void host_close(struct host *h);

/* Makes the host ready for one hook: no failure, nothing observed, an empty arena. */
struct cmk_call *host_call(struct host *h);

extern const struct cmk_evidence host_evidence;
extern const struct cmk_exam host_exam;
extern const struct cmk_naming host_naming;
extern const struct cmk_statement host_statement;
extern const struct cmk_collect host_collect;

/* The answer of a check as the engine would take it; the id without the plug-in's. */
int32_t host_ask(struct host *h, const char *check);

/* Keeps what the list allows and puts marks in place of the rest. Owned. */
json_t *host_scrub(const json_t *value, const char *const *keep);

/* Sets (or with NULL removes) what stands at a path of names and indices. Steals the value. */
void host_set(json_t *root, const char *path, json_t *value);

json_t *host_fixture(const char *name);

#endif
