/* SPDX-License-Identifier: Apache-2.0
 *
 * git/client_inside.h: the parts of the client among themselves.
 *
 * Everything that is under way is a part with a state. Whenever one has ended, cm_git_advance()
 * looks at all parts of the repository and starts, or ends, what has become possible: so what
 * depends on what stands in one place, beside each part, and no part calls another.
 *
 * Objects are in two stores, each read by a helper of its own: the partial one holds what was asked
 * for one by one, and the recent part of a history; the whole one only whole histories, and it is
 * kept as a mirror where the settings name a place. That a commit is reachable is shown from
 * either; that it is not, from whole histories only.
 */
#ifndef CM_GIT_CLIENT_INSIDE_H
#define CM_GIT_CLIENT_INSIDE_H

#include "git/client.h"
#include "git/mirror.h"
#include "git/modules.h"
#include "git/proof.h"
#include "git/reply.h"
#include "git/v0.h"
#include "git/worker.h"

#include <jansson.h>

#define CM_GIT_PREFIXES 64u

enum cm_git_state { CM_GIT_IDLE, CM_GIT_RUNNING, CM_GIT_DONE };

/* ---- session: the probe, and what the server can do ---- */

#define CM_GIT_PROBE_KEPT ((size_t)64 * 1024)

struct cm_git_session {
    struct cm_git_answer probe;
    enum cm_git_state state;
    struct cm_err err;            /* class CM_OK: `offers` is what it can do */
    struct cm_exchange *exchange; /* the probe, or the same question with the token */
    struct cm_buf head;           /* of its body, CM_GIT_PROBE_KEPT at the most */
    struct cm_git_advertisement offers;
    bool anonymous;  /* the probe alone was enough */
    bool unfiltered; /* it offered filters, and refused ours */
    bool old;        /* it knows the older versions only, and listed all its refs at once */
    struct cm_git_v0_refs reader; /* of such a list, of the asked prefixes */
    bool reading;                 /* it has begun */
    bool is_list;                 /* what came so far can be one; else old_err says why not */
    struct cm_err old_err;
    size_t shallow; /* commits whose parents an old server says it lacks */
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
    struct cm_git_v0_refs *reader; /* of an old server's list; NULL: not needed */
    const char *const *prefixes;
    size_t prefix_count;
    struct cm_git_ref *refs; /* by name */
    size_t count;
};

/* ---- fetch: a pack that is asked for, and goes to a helper ---- */

struct cm_git_fetch {
    struct cm_git_fetch *next;
    struct cm_git_repository *repository;
    enum cm_git_state state;
    struct cm_err err;
    struct cm_exchange *exchange;
    struct cm_git_fetch_answer answer;
    bool filtered, answered; /* the server's answer has ended */
    struct cm_git_spool spool;
    struct cm_git_worker *worker;
    struct cm_git_task task;
    bool handed;  /* the task was given to the worker */
    bool carried; /* client_carry.c: libgit2 asks, by requests of its own */
    unsigned requests;
    uint64_t objects;
    const char *idx; /* of the pack; once DONE, if objects > 0 */
    int64_t asked_at;
};

/* ---- object: one object, by its id ---- */

struct cm_git_object {
    struct cm_git_object *next;
    struct cm_git_repository *repository;
    struct cm_git_commit *of; /* whose tree it is below; NULL: it is a commit */
    enum cm_git_state state;
    struct cm_err err;
    char id[CM_GIT_ID];
    const char *type;
    uint64_t most;
    struct cm_git_fetch *fetch; /* NULL: it is looked for among whole histories */
    struct cm_git_task task;
    struct cm_buf raw; /* once DONE, if err.class is CM_OK; hashed */
    bool asked;        /* the helper was */
    int64_t asked_at;
};

/* ---- path: is this commit below these tips? ---- */

/* What was shown of a set of tips: shared by all questions about them. */
struct cm_git_shown {
    struct cm_git_shown *next;
    const char *const *tips;
    size_t count;
    struct cm_git_proof *proof;
};

struct cm_git_path {
    struct cm_git_path *next;
    struct cm_git_repository *repository;
    enum cm_git_state state;
    struct cm_err err;
    const char *commit;
    const struct cm_git_ref *const *refs; /* the tips' */
    const char *const *tips;
    size_t tip_count;
    struct cm_git_shown *shown;
    struct cm_git_task task;
    bool of_whole; /* asked of whole histories */
    bool judged;   /* what came of it was looked at for faults of the mirror */
    /* once DONE, if err.class is CM_OK */
    struct cm_git_walk walk;
    json_t *raw;        /* all commits of the path, tip first, in base64; NULL: it is too long */
    struct cm_buf last; /* the commit itself, if there is a path */
    /* on the way */
    bool has_walk;
    uint64_t seen;
    size_t bytes;
    char last_id[CM_GIT_ID];
    int64_t asked_at;
};

/* ---- whole: whole histories, and questions that need them ---- */

struct cm_git_update {
    enum { CM_UPDATE_NONE, CM_UPDATE_LOCKING, CM_UPDATE_FETCHING, CM_UPDATE_WALKING } state;
    const struct cm_git_path *for_path;
    bool anew;
    struct cm_git_fetch *fetch;
    struct cm_git_task task;
    struct cm_git_walk walk;
    bool has_walk;
};

struct cm_git_whole {
    enum cm_git_state opened;
    struct cm_mirror *mirror; /* NULL: nothing is kept */
    struct cm_git_worker *worker;
    const char **tips; /* whose histories are there; arena */
    size_t tip_count, tip_room;
    struct cm_git_update update;
    int64_t give_up; /* monotonic: no lock is waited for longer; 0: none is */
    bool waiting;    /* a timer is on its way */
    bool mended;     /* the mirror was set aside once */
};

/* ---- what was asked about a commit ---- */

struct cm_git_exists {
    struct cm_git_answer answer;
    bool wanted; /* somebody is to be told in the end */
    bool needed; /* a step of the ladder waits for it */
    struct cm_git_object *object;
    struct cm_git_raw raw; /* once done */
    struct cm_git_commit_object content;
};

/* The steps, the cheapest first; each only if the one before did not decide. */
enum cm_git_step {
    CM_STEP_REFS,   /* which tips are asked about? */
    CM_STEP_KEPT,   /* is there a mirror that knows them? */
    CM_STEP_ALONE,  /* the commit alone: it may be the tip, and has a date */
    CM_STEP_TIP,    /* the tip alone, for its date */
    CM_STEP_RECENT, /* the history since then */
    CM_STEP_WHOLE,  /* all of it */
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
    enum cm_git_step step;
    struct cm_git_object *tip;
    struct cm_git_fetch *recent;
    struct cm_git_path *path;
};

struct cm_git_file {
    struct cm_git_file *next;
    struct cm_git_answer answer;
    const char *path, *left; /* components that were not looked up yet */
    bool link;               /* wanted is the commit of a submodule; else a file */
    uint64_t most;
    struct cm_git_object *tree; /* that `left` is looked up in */
    struct cm_git_object *blob;
};

struct cm_git_submodules {
    struct cm_git_answer answer;
    bool wanted;
    struct cm_git_file *list; /* .gitmodules */
    bool named;               /* it was read: `modules` are those that it names */
    struct cm_git_modules modules;
    struct cm_git_file **links; /* of each of them; arena */
    size_t asked;               /* how many of them were asked for */
};

struct cm_git_commit {
    struct cm_git_commit *next;
    struct cm_git_repository *repository;
    char id[CM_GIT_ID];
    struct cm_git_exists exists;
    struct cm_git_reach on_ref, on_branches;
    struct cm_git_file *files;
    struct cm_git_submodules submodules;
    struct cm_git_fetch *snapshot; /* all that is in the commit */
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
    struct cm_git_worker *partial, *graves; /* fetches may still name what is in `graves` */
    struct cm_git_whole whole;
    struct cm_git_fetch *fetches;
    struct cm_git_object *objects;
    struct cm_git_path *paths; /* all, also those of the partial store */
    struct cm_git_shown *shown;
    struct cm_git_commit *commits;
    bool again; /* something ended while the parts were looked at */
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
bool cm_git_cancelled(struct cm_err *err); /* "ended before the repository had answered" */

#define CM_GIT_LIST_PATH "info/refs?service=git-upload-pack"
#define CM_GIT_LIST_MOST ((uint64_t)256 * 1024 * 1024) /* old servers list all their refs there */
#define CM_GIT_PACK_PATH "git-upload-pack"

#define CM_GIT_ANONYMOUS 1u /* without the token */
#define CM_GIT_OLD       2u /* in the older version */

/* A request to the repository: `path` behind its URL, GET without a body. NULL without memory. */
struct cm_exchange *cm_git_request(struct cm_git_repository *repository, const char *path,
                                   const struct cm_buf *body, uint64_t most, unsigned flags);
/* CM_GIT_ANONYMOUS, if that was enough for the list of refs. */
unsigned cm_git_as_before(const struct cm_git_repository *repository);

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
void cm_git_listing_done(struct cm_git_listing *listing); /* after cm_net_close */
json_t *cm_git_listing_json(const struct cm_git_ref *const *refs,
                            size_t count); /* NULL: no memory */

/* ---- client_fetch.c ---- */

enum cm_git_extent {
    CM_FETCH_ALONE,    /* the wanted objects and nothing that they lead to */
    CM_FETCH_SNAPSHOT, /* one commit with all that is in it */
    CM_FETCH_RECENT,   /* the history of the tips since a date */
    CM_FETCH_WHOLE,    /* all of it but what is there already; handed on while it comes */
};

struct cm_git_fetch_plan {
    enum cm_git_extent extent;
    const char *const *wants, *const *haves;
    size_t want_count, have_count;
    int64_t since;
    bool commits;  /* ALONE: they are commits */
    uint64_t most; /* ALONE: bytes of what is wanted */
};

/* NULL without memory. */
struct cm_git_fetch *cm_git_fetch(struct cm_git_repository *repository,
                                  struct cm_git_worker *worker,
                                  const struct cm_git_fetch_plan *plan);
void cm_git_fetch_advance(struct cm_git_fetch *fetch);
/* It was refused, and that may be for our filter: from now on none is asked for. True once. */
bool cm_git_fetch_may_go_unfiltered(const struct cm_git_fetch *fetch);
/* Are filters of use with this server? */
bool cm_git_filters(const struct cm_git_repository *repository);
/* What the fetches have in common: a new one, and what the helper says of its pack. */
struct cm_git_fetch *cm_git_fetch_new(struct cm_git_repository *repository,
                                      struct cm_git_worker *worker);
bool cm_git_fetch_on_indexed(struct cm_git_fetch *fetch, const struct cm_git_item *item,
                             struct cm_err *err) CM_MUST;
void cm_git_fetch_on_done(void *data, const struct cm_err *err);
void cm_git_fetch_end(struct cm_git_fetch *fetch);
/* Ends it, if it is under way. */
void cm_git_fetch_stop(struct cm_git_fetch *fetch);
void cm_git_fetch_free(struct cm_git_fetch *fetch); /* after cm_net_close */

/* ---- client_carry.c ---- */
/* Whole histories from an old server, fetched by libgit2. NULL without memory. */
struct cm_git_fetch *cm_git_carry(struct cm_git_repository *repository,
                                  struct cm_git_worker *worker,
                                  const struct cm_git_ref *const *refs, size_t ref_count,
                                  const char *const *haves, size_t have_count);
void cm_git_carry_advance(struct cm_git_fetch *fetch);

/* ---- client_object.c ---- */

/* The helper of the partial store, started when it is needed. NULL with an err. */
struct cm_git_worker *cm_git_partial(struct cm_git_repository *repository, struct cm_err *err);
/* `of` NULL: a commit. NULL without memory. */
struct cm_git_object *cm_git_object(struct cm_git_repository *repository, struct cm_git_commit *of,
                                    const char *id, const char *type, uint64_t most);
void cm_git_object_advance(struct cm_git_object *object);

/* ---- client_path.c ---- */

/* NULL without memory. Refs and tips are borrowed. */
struct cm_git_path *cm_git_path(struct cm_git_repository *repository, const char *commit,
                                const struct cm_git_ref *const *refs, const char *const *tips,
                                size_t count);
/* Asks it; it is done from the loop, or at once with an err. */
void cm_git_path_ask(struct cm_git_path *path, struct cm_git_worker *worker);
void cm_git_path_forget(struct cm_git_path *path); /* what was answered: to be asked again */
void cm_git_path_end(struct cm_git_path *path, const struct cm_err *err);

/* ---- client_whole.c, client_update.c ---- */

/* Is it known by now what is there? Begins to find out. */
bool cm_git_whole_is_open(struct cm_git_repository *repository);
bool cm_git_whole_holds(const struct cm_git_whole *whole, const char *const *tips, size_t count);
/* Has it anything of this repository? */
bool cm_git_whole_is_used(const struct cm_git_whole *whole);
/* Asks the question, after an update if it needs one. */
void cm_git_whole_ask(struct cm_git_repository *repository, struct cm_git_path *path);
void cm_git_whole_advance(struct cm_git_repository *repository);
void cm_git_whole_done(struct cm_git_whole *whole);
/* Keeps in mind that these are whole; false without memory. */
bool cm_git_whole_add(struct cm_git_repository *repository, const char *const *tips, size_t count);
/* Turns to the mirror again in a moment; false once nothing is waited for any longer. */
bool cm_git_whole_wait(struct cm_git_repository *repository);
/* Is it due to what the mirror held? Then it is set aside, and all is asked anew: once. */
bool cm_git_whole_mend(struct cm_git_repository *repository, const struct cm_err *why);
void cm_git_whole_drop_mirror(struct cm_git_whole *whole);
bool cm_git_whole_start(struct cm_git_repository *repository, const char *folder, bool empty,
                        struct cm_err *err) CM_MUST;
/* An update for the first question that needs one. */
void cm_git_update_begin(struct cm_git_repository *repository, const struct cm_git_path *path);
void cm_git_update_advance(struct cm_git_repository *repository);
/* What the server gave last has a hole: whose fault is that? Returns false. */
bool cm_git_update_lacks(const struct cm_git_update *update, const char *id, struct cm_err *err);

/* ---- client_found.c: contents of documents; NULL without memory ---- */
json_t *cm_git_base64_json(const struct cm_git_raw *raw);
json_t *cm_git_commit_json(const struct cm_git_commit *commit);
/* `path` is borrowed; NULL: there is none, or it is too long. */
json_t *cm_git_found_json(const struct cm_git_commit *commit, const struct cm_git_reach *reach,
                          const struct cm_git_walk *walk, json_t *path);

/* ---- client_exists.c, client_reach.c, client_file.c, client_submodules.c ---- */
void cm_git_exists_advance(struct cm_git_commit *commit);
/* The path that leads to it ends with it. */
void cm_git_exists_found(struct cm_git_commit *commit, const struct cm_git_path *path);
void cm_git_reach_advance(struct cm_git_commit *commit, struct cm_git_reach *reach);
/* A question that the next round takes up; NULL without memory. A file of up to `most` bytes; or,
 * of a `link`, the commit of the submodule at that path, as { "path", "commit" }: CM_E_NOT_FOUND if
 * something else stands there, or nothing. */
struct cm_git_file *cm_git_file_new(struct cm_git_commit *commit, const char *path, bool link,
                                    uint64_t most);
void cm_git_file_advance(struct cm_git_commit *commit, struct cm_git_file *file);
void cm_git_submodules_advance(struct cm_git_commit *commit);

#endif
