/* SPDX-License-Identifier: Apache-2.0
 *
 * git/client_inside.h: the parts of the client among themselves.
 *
 * Everything that is under way is a part with a state. Whenever one has ended, cm_git_advance()
 * looks at all parts of the repository and starts, or ends, what has become possible: so what
 * depends on what stands in one place, beside each part, and no part calls another.
 */
#ifndef CM_GIT_CLIENT_INSIDE_H
#define CM_GIT_CLIENT_INSIDE_H

#include "git/client.h"
#include "git/job.h"
#include "git/reply.h"
#include "git/v2.h"

#include <jansson.h>

#define CM_GIT_PREFIXES 64u

enum cm_git_state { CM_GIT_IDLE, CM_GIT_RUNNING, CM_GIT_DONE };

/* ---- session: the probe, and what the server can do ---- */

#define CM_GIT_PROBE_KEPT ((size_t)64 * 1024)

struct cm_git_session {
    struct cm_git_answer probe;
    enum cm_git_state state;
    struct cm_err err;            /* class CM_OK: `offers` speaks version 2 */
    struct cm_exchange *exchange; /* the probe, or the same question with the token */
    struct cm_buf head;           /* of its body, CM_GIT_PROBE_KEPT at the most */
    struct cm_git_advertisement offers;
    bool anonymous; /* the probe alone was enough */
    bool pausing;   /* `exchange` has ended and did not count; another is to come */
    bool limited;   /* a refusal has said that we ask too often */
    int tries;      /* of the probe */
};

/* ---- listing: one ls-refs ---- */

struct cm_git_listing {
    struct cm_git_listing *next;
    enum cm_git_state state;
    struct cm_err err;
    struct cm_exchange *exchange;
    const char *const *prefixes;
    size_t prefix_count;
    struct cm_git_ref *refs; /* by name */
    size_t count;
};

/* ---- fetch: one fetch, and what the helper says to its pack ---- */

struct cm_git_fetch {
    struct cm_git_fetch *next;
    struct cm_git_repository *repository;
    enum cm_git_state state;
    struct cm_err err;
    struct cm_exchange *exchange;
    struct cm_git_fetch_answer answer;
    int pack;
    struct cm_git_job *job;
    const char *words[CM_GIT_JOB_WORDS + 1];
    size_t objects_most, output_most;
    struct cm_buf output; /* of the helper, when DONE and err.class is CM_OK */
    int64_t asked_at;
};

/* ---- what was asked about a commit ---- */

struct cm_git_exists {
    struct cm_git_answer answer;
    struct cm_git_fetch *fetch;
    struct cm_git_raw raw; /* once done */
    struct cm_git_commit_object object;
};

/* Is the commit on one of these refs? */
struct cm_git_reach {
    struct cm_git_answer answer;
    bool wanted;
    const char *ref;             /* one ref, or */
    const char *const *patterns; /* branches */
    size_t pattern_count;
    struct cm_git_listing *listing;
    bool own_listing; /* not the one that the repository was opened with */
    const struct cm_git_ref *refs[CM_GIT_TIPS];
    const char *tips[CM_GIT_TIPS]; /* their commits, in the same order */
    size_t count;
    bool chosen;
    struct cm_git_fetch *fetch;
};

struct cm_git_tree {
    struct cm_git_tree *next;
    char id[CM_GIT_ID];
    struct cm_git_fetch *fetch;
};

struct cm_git_file {
    struct cm_git_file *next;
    struct cm_git_answer answer;
    const char *path, *left; /* components that were not looked up yet */
    uint64_t most;
    struct cm_git_tree *tree; /* that `left` is looked up in */
    char blob[CM_GIT_ID];
    struct cm_git_fetch *fetch;
};

struct cm_git_commit {
    struct cm_git_commit *next;
    struct cm_git_repository *repository;
    char id[CM_GIT_ID];
    struct cm_git_exists exists;
    struct cm_git_reach on_ref, on_branches;
    struct cm_git_tree *trees;
    struct cm_git_file *files;
};

struct cm_git_repository {
    struct cm_git_repository *next;
    struct cm_git_client *client;
    struct cm_arena *arena;
    const char *url;   /* without a '/' at its end */
    const char *basic; /* NULL: no token */
    const struct cm_peer *peer;
    bool through_proxy; /* an exchange with it was, or was to be */
    struct cm_git_session session;
    struct cm_git_answer refs;
    struct cm_git_listing first, *listings; /* the asked prefixes; others */
    struct cm_git_fetch *fetches;
    struct cm_git_commit *commits;
};

struct cm_git_client {
    struct cm_net *net;
    struct cm_git_repository *repositories;
};

/* ---- client.c ---- */
void cm_git_advance(struct cm_git_repository *repository);
struct cm_net *cm_git_net(const struct cm_git_repository *repository);

/* Ends an answer, unless it has ended. `content` is taken over; NULL: no memory. */
void cm_git_finish(struct cm_git_answer *answer, json_t *content);
void cm_git_finish_err(struct cm_git_answer *answer, const struct cm_err *err);
bool cm_git_no_memory(struct cm_err *err);

/* A request to the repository: `path` behind its URL, GET without a body. */
struct cm_exchange *cm_git_request(struct cm_git_repository *repository, const char *path,
                                   const struct cm_buf *body, uint64_t most, bool anonymous);

/* ---- client_answer.c ---- */
/* The exchange ended with a 200 of that media type; else why not. */
bool cm_git_is_answer(const struct cm_exchange *exchange, const char *media_type,
                      struct cm_err *err) CM_MUST;
const char *cm_git_media_type(const struct cm_exchange *exchange);
/* 401, 403 or 404: not there, or not for us, or too often. */
bool cm_git_is_refused(const struct cm_exchange *exchange);
/* The same, and it says that it is for asking too often. */
bool cm_git_is_limited(const struct cm_exchange *exchange);
bool cm_git_fail_limited(const struct cm_exchange *exchange,
                         struct cm_err *err); /* false, always */
/* ns until we may ask again; -1: it does not say, or not so that it can be read. */
int64_t cm_git_retry_after(const struct cm_exchange *exchange);

/* ---- client_session.c ---- */
void cm_git_session_begin(struct cm_git_repository *repository);
void cm_git_session_advance(struct cm_git_repository *repository);
void cm_git_session_done(struct cm_git_session *session);

/* ---- client_listing.c ---- */
/* What was listed already, or a new ls-refs; both hold all refs that begin with these. NULL without
 * memory. */
struct cm_git_listing *cm_git_listing_of(struct cm_git_repository *repository,
                                         const char *const *prefixes, size_t count);
void cm_git_listing_advance(struct cm_git_repository *repository);
json_t *cm_git_listing_json(const struct cm_git_ref *const *refs,
                            size_t count); /* NULL: no memory */

/* ---- client_fetch.c ---- */
/* One object by its id. NULL without memory. */
struct cm_git_fetch *cm_git_fetch_object(struct cm_git_repository *repository, const char *id,
                                         bool commit, uint64_t most);
/* All commits of the tips, and a walk from them to the commit. */
struct cm_git_fetch *cm_git_fetch_history(struct cm_git_repository *repository,
                                          const char *const *tips, size_t count,
                                          const char *commit);
void cm_git_fetch_advance(struct cm_git_fetch *fetch);
void cm_git_fetch_free(struct cm_git_fetch *fetch); /* after cm_net_close */
/* Ends it, if it is under way. */
void cm_git_fetch_stop(struct cm_git_fetch *fetch);

/* ---- client_reach.c, client_file.c ---- */
void cm_git_exists_advance(struct cm_git_commit *commit);
void cm_git_reach_advance(struct cm_git_commit *commit, struct cm_git_reach *reach);
void cm_git_file_advance(struct cm_git_commit *commit, struct cm_git_file *file);

#endif
