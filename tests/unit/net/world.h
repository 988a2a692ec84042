/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h: the server of these tests (simulators/http_faults.py), and short words to ask it.
 */
#ifndef CM_TESTS_NET_WORLD_H
#define CM_TESTS_NET_WORLD_H

#include "net/net.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* For a group's set-up and tear-down; *state is the struct world. */
int world_begin(void **state);
int world_end(void **state);

#define SIMULATORS CM_FIXTURES_DIR "/../simulators/"

struct served {
    int pid;
    int leash; /* its standard input: it ends when this is closed */
    json_t *ports;
};

/* Starts a simulator and reads the ports that it prints. `arguments` end with NULL. */
bool world_serve(const char *program, const char *const *arguments, struct served *ret);
void world_unserve(struct served *served);

struct world {
    char folder[64]; /* of the certificates */
    struct served server;
    char ca[128], other_ca[128];
    char *pin;
    struct cm_peer peer;     /* knows the authority and allows 127.0.0.1 */
    struct cm_peer stranger; /* knows the authority and allows nothing */
};

/* A net with 20 s left and next to no backoff. Never NULL. */
struct cm_net *world_net(void);
struct cm_net *world_net_with(struct cm_outside_settings settings);

/* "https://127.0.0.1:PORT/path" of the server's port of that name; "http" for the plain one. In one
 * of a few static buffers. */
const char *world_url(const struct world *world, const char *port, const char *path);

/* An ask for that, by world->peer. */
struct cm_http_ask world_ask(const struct world *world, const char *port, const char *path);

/* Asks and waits. Never NULL, always done. */
struct cm_exchange *world_do(struct cm_net *net, const struct cm_http_ask *ask);
struct cm_exchange *world_get(const struct world *world, struct cm_net *net, const char *path);

/* How often that key was asked for. */
int world_count(const struct world *world, struct cm_net *net, const char *key);

/* The answer of /echo. Borrowed until the net is closed; a failed test's if it is none. */
json_t *world_echo(const struct cm_exchange *exchange);

void assert_answer(const struct cm_exchange *exchange, int status);
/* The class, and a piece of the text. */
void assert_error(const struct cm_exchange *exchange, enum cm_class class, const char *piece);

#endif
