/* SPDX-License-Identifier: Apache-2.0
 *
 * net/outside.h: the outside, as the rest of the engine sees it.
 *
 * All that talks to the world (libcurl, the git client and its helper) sits in one module,
 * countermark-outside.so, which only collecting loads; this header is what passes between the two.
 * It is one build with the engine: no promise of stability.
 *
 * One loop serves everything. Nothing that starts something waits; wait() turns the loop until that
 * one thing is done, while all others go on. Every answer has `done`; until then nothing else of it
 * may be read. Answers live until close().
 */
#ifndef CM_NET_OUTSIDE_H
#define CM_NET_OUTSIDE_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "trust/model.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cm_outside;

struct cm_outside_settings {
    int64_t deadline;      /* monotonic, ns: by then everything has ended with CM_E_CANCELLED */
    int cancel_fd;         /* readable: stop now with CM_E_CANCELLED; -1: none */
    struct cm_log *log;    /* borrowed; a progress line for anything over a second */
    const char *helper;    /* path of the program that indexes packs and walks histories */
    const char *folder;    /* for its files; NULL: $TMPDIR, /var/tmp or /tmp */
    const char *mirrors;   /* folder of the mirrors of repositories, made when the first of them is;
                              NULL: none is kept */
    uint64_t mirrors_most; /* bytes of all of them together; 0: 4 GiB */
    const char *agent;     /* User-Agent; NULL: "countermark/VERSION" */
    const struct cm_proxy *proxy; /* borrowed; NULL: none. Never from the environment */
    const char *proxy_password;   /* the secret itself, of the proxy's user */
    struct cm_words named; /* borrowed; "host" or "host:port": what may be asked through it */
};

/* ---- HTTP ---- */

struct cm_field {
    const char *name, *value;
};

#define CM_HTTP_ARTIFACT     1u /* body into an unlinked file, hashed while it streams in */
#define CM_HTTP_NO_REDIRECTS 2u /* a redirect is an answer, with its `location` */

/* Everything is copied by http(). GET, or POST if there is a body. */
struct cm_http_ask {
    const char *url;
    const struct cm_peer *peer; /* of the URL's origin; NULL: the default. Redirects: see net.h */
    const char *bearer;         /* a secret; put on for the URL's own origin only; NULL: none */
    const char *basic;          /* "user:secret"; the same */
    const struct cm_field *headers, *query;
    size_t header_count, query_count;
    const void *body;
    size_t body_size;
    uint64_t most;    /* bytes of answer; 0: 4 MiB; with CM_HTTP_ARTIFACT 0: 8 GiB */
    unsigned flags;   /* CM_HTTP_... */
    const char *find; /* keep only the places where this stands, see struct cm_match */
    size_t find_after;
};

struct cm_match {
    uint64_t offset;
    char *text; /* `find` and the bytes behind it as they came, but a NUL comes as '?' */
};

/* Retried inside the deadline, with backoff and Retry-After: GET on 429, 5xx, a connection that
 * breaks and a name that does not resolve (net.h says it in full). Redirects are followed one by
 * one, at most 5, each judged by the address guard. */
struct cm_exchange {
    bool done;
    struct cm_err err; /* class CM_OK: there is an answer with `status` (also 401, 404); 429
                          and 5xx are CM_E_TRANSIENT with `status` */
    int status;
    const char *url;       /* asked, without any secret */
    const char *final_url; /* after redirects */
    const char *location;  /* of a redirect that was not followed, without query */
    int tries, redirects;
    bool through_proxy, with_credential; /* any hop of the last try was, or was to be */
    int64_t asked_at, answered_at;       /* wall clock, ns since 1970 */
    struct cm_field *headers;            /* of the last answer; names in lower case */
    size_t header_count;
    uint64_t size;              /* bytes of body */
    char sha256[CM_SHA256_HEX]; /* of the body */
    struct cm_buf body;         /* empty with CM_HTTP_ARTIFACT and with `find` */
    int artifact;               /* descriptor of an unlinked file; -1: none. Owned by the outside */
    struct cm_match *matches;
    size_t match_count;
};

/* ---- git ---- */

/* An answer of the repository, ready to be a document: see git/documents.h for the content. */
struct cm_git_answer {
    bool done;
    struct cm_err err; /* class CM_OK: `content` is there */
    json_t *content;   /* owned by the outside */
    const char *asked; /* what was asked, for people: "ls-refs refs/heads/main" */
    int64_t asked_at, answered_at;
};

struct cm_git_repository; /* opened: probe and ls-refs are on their way */
struct cm_git_commit;     /* asked after: exists? on the ref? */

struct cm_git_ask {
    const char *url;
    const struct cm_peer *peer;
    const char *token;           /* for what is not the anonymous probe; NULL: none */
    const char *const *prefixes; /* of refs to list at once: the literal heads of the policy's */
    size_t prefix_count;
};

/* ---- the table ---- */

#define CM_OUTSIDE_SYMBOL  "cm_outside_table"
#define CM_OUTSIDE_VERSION 1u

struct cm_outside_table {
    uint32_t version;  /* CM_OUTSIDE_VERSION */
    const char *build; /* CM_VERSION of the module: must be the engine's */

    bool (*open)(const struct cm_outside_settings *, struct cm_outside **ret, struct cm_err *);
    void (*close)(struct cm_outside *); /* ends all that is under way; NULL is fine */

    struct cm_exchange *(*http)(struct cm_outside *, const struct cm_http_ask *);
    /* Until *done or the deadline; false then (what was under way has ended with an err). */
    bool (*wait)(struct cm_outside *, const bool *done);
    bool (*sleep)(struct cm_outside *, int64_t ns); /* the loop goes on; false: no time left */

    struct cm_git_repository *(*git_open)(struct cm_outside *, const struct cm_git_ask *);
    /* Was anything asked of it through the proxy? All of it goes one way. */
    bool (*git_through_proxy)(const struct cm_git_repository *);
    struct cm_git_answer *(*git_probe)(struct cm_git_repository *);
    struct cm_git_answer *(*git_refs)(struct cm_git_repository *);
    /* `ref` full, `commit` an id: malformed ones are answers with an err */
    struct cm_git_commit *(*git_commit)(struct cm_git_repository *, const char *ref,
                                        const char *commit);
    /* Is it there at all? Its first call starts it. */
    struct cm_git_answer *(*git_exists)(struct cm_git_commit *);
    struct cm_git_answer *(*git_on_ref)(struct cm_git_commit *);
    /* is it on one of the branches that match? Starts it; a second call gives the same answer. */
    struct cm_git_answer *(*git_on_branches)(struct cm_git_commit *, const char *const *patterns,
                                             size_t count);
    /* content: { "path", "blob": id, "text" }; CM_E_NOT_FOUND only if the tree was read */
    struct cm_git_answer *(*git_file)(struct cm_git_commit *, const char *path, uint64_t most);
    /* Its first call starts it. */
    struct cm_git_answer *(*git_submodules)(struct cm_git_commit *);
};

#endif
