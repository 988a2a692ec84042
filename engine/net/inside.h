/* SPDX-License-Identifier: Apache-2.0
 *
 * net/inside.h: what the files of this floor share. Nobody else includes it.
 *
 * A job is one exchange from the ask to its end. It goes over the wire in hops: a hop is one
 * request to one URL. A redirect is another hop; a try is all the hops from the asked URL on.
 */
#ifndef CM_NET_INSIDE_H
#define CM_NET_INSIDE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "net/find.h"
#include "net/net.h"
#include "trust/url.h"

#include <curl/curl.h>
#include <poll.h>

#define CM_HTTP_HEADERS      100
#define CM_HTTP_HEADER_BYTES ((size_t)64 * 1024)
#define CM_HTTP_REDIRECTS    5
#define CM_HTTP_AT_ONCE      16 /* hops under way; more wait for their turn */

enum cm_job_state {
    CM_JOB_READY,   /* to be started, not before `not_before` */
    CM_JOB_RUNNING, /* its hop is under way */
    CM_JOB_DONE,
};

enum cm_body_target {
    CM_BODY_KEEP, /* in memory */
    CM_BODY_DROP,
    CM_BODY_FIND,
    CM_BODY_FILE,
    CM_BODY_SINK,
};

struct cm_hop {
    CURL *easy;
    struct curl_slist *headers;
    const struct cm_proxy *proxy; /* that it goes through; NULL: directly */
    const char *where;            /* job->where, and through which proxy: for messages */
    struct curl_slist *proxy_headers;
    size_t proxy_lines; /* of the proxy's answer on this connection */
    bool tunnelled;     /* the proxy has connected us */
    unsigned alert;     /* of TLS, the last with which we ended it; see proxy.c. 0: none */
    bool asked;         /* the request is on its way; what comes from now on is the origin's */
    char detail[CURL_ERROR_SIZE]; /* libcurl's words */
    struct cm_err err;            /* what a callback of ours stopped it for */
    struct cm_err refusal;        /* of the last address that was refused */
    bool opened;                  /* at least one address was not */
    size_t header_bytes;
    bool head_over; /* of the answer itself, not of a 1xx before it */
    enum cm_body_target target;
    bool enough; /* the rest of a body that is dropped was not waited for */
    uint64_t size;
    struct cm_digest *digest;
};

struct cm_job {
    struct cm_exchange x; /* what the asker sees; first, so that the pointers are the same */
    struct cm_job *next;
    struct cm_net *net;
    struct cm_arena *arena;
    enum cm_job_state state;
    int64_t not_before; /* monotonic */

    struct cm_url asked, at;         /* the URL of the ask, and of this hop */
    const char *asked_where, *where; /* the same without query, for messages */
    bool estranged;                  /* a redirect has left the asked origin */
    struct cm_peer peer;
    struct cm_buf credential; /* a header line; wiped at the end */
    struct cm_field *fields;
    size_t field_count;
    bool post;
    struct cm_buf body;
    uint64_t most;
    unsigned flags;
    const char *find;
    size_t find_after;

    struct cm_hop hop;
    struct cm_finder finder;
    bool sink_fed;

    bool (*sink)(void *data, const void *at, size_t size, struct cm_err *err);
    void *sink_data;
    void (*call)(void *data, struct cm_exchange *exchange);
    void *call_data;
};

struct cm_watch {
    struct cm_watch *next;
    int fd;
    short events;
    bool dead;   /* unwatched; swept by the next turn */
    size_t slot; /* in net->polls; 0, which is the cancel_fd's: not polled yet */
    void (*call)(void *data, int fd, short revents);
    void *data;
};

struct cm_timer {
    struct cm_timer *next;
    int64_t at; /* monotonic */
    void (*call)(void *data);
    void *data;
};

/* The proxy, ready for libcurl. */
struct cm_net_proxy {
    struct cm_url at;
    const char *origin, *spki;
    struct cm_buf credential; /* a header line; wiped at the end */
};

struct cm_net {
    struct cm_outside_settings settings;
    struct cm_net_proxy proxy;
    struct cm_arena *arena; /* of the settings */
    struct cm_net_pace pace;
    CURLM *multi;
    struct cm_job *jobs, *last_job; /* all, oldest first */
    struct cm_watch *watches;
    struct cm_timer *timers;
    struct cm_timer *ends; /* called at the end; `at` does not matter */
    struct curl_waitfd *waits;
    struct pollfd *polls;
    size_t watch_count, poll_room;
    bool turning; /* inside a turn, so inside a callback for all who ask */
    bool over;    /* the end has come, for the reason in `why` */
    struct cm_err why;
    int64_t shown_at; /* monotonic; of the last progress line. 0: none stands there */
};

/* ---- ask.c ---- */

/* Looks through an ask and copies it. On failure the job is still to be ended. */
bool cm_job_copy_ask(struct cm_job *job, const struct cm_http_ask *ask, struct cm_err *err) CM_MUST;

/* A pin as libcurl wants it; NULL of NULL. Arena. */
bool cm_pin_copy(struct cm_arena *arena, const char *spki, const char **ret, struct cm_err *err)
    CM_MUST;

/* ---- proxy.c ---- */

/* Reads the settings of the proxy, if there is one. `password`: see outside.h; copied. */
bool cm_proxy_open(struct cm_net *net, const char *password, struct cm_err *err) CM_MUST;
void cm_proxy_close(struct cm_net *net);
/* Which way the hop goes to job->at; false if it may not go at all. */
bool cm_proxy_route(struct cm_job *job, struct cm_err *err) CM_MUST;
bool cm_proxy_put_on(struct cm_job *job, CURL *easy) CM_MUST;
/* One line of what the proxy answers to CONNECT. Nothing of it is kept. */
bool cm_proxy_take_line(struct cm_job *job, const char *at, size_t size) CM_MUST;

/* ---- job.c ---- */

/* Done, with a copy of `err` (class CM_OK too). Takes its hop down and wipes the credential. */
void cm_job_end(struct cm_job *job, const struct cm_err *err);
void cm_job_cancel(struct cm_job *job); /* the same, with net->why */
void cm_job_free(struct cm_job *job);
/* The next hop goes there. False without memory. */
bool cm_job_aim(struct cm_job *job, const struct cm_url *url) CM_MUST;
/* From the asked URL on: nothing of an earlier try is left. */
void cm_job_restart(struct cm_job *job, int64_t not_before);
/* The value of a header of the last answer and how often it stands there; NULL if it does not. */
const char *cm_job_header(const struct cm_job *job, const char *name, size_t *ret_count);

/* ---- hop.c ---- */

/* Appends "name: value"; the list is unchanged on failure. */
bool cm_headers_add(struct curl_slist **list, const char *line) CM_MUST;
void cm_headers_drop(struct curl_slist **list); /* wiped */

/* Puts the request to job->at on its way. */
bool cm_hop_start(struct cm_job *job, struct cm_err *err) CM_MUST;
void cm_hop_close(struct cm_job *job); /* also one that is under way */

/* ---- guard.c ---- */

/* Has every address judged that the hop would connect to or has been connected to. */
bool cm_guard_put_on(struct cm_job *job, CURL *easy) CM_MUST;

/* ---- receive.c ---- */

bool cm_receive_put_on(struct cm_job *job, CURL *easy) CM_MUST;
/* The answer is whole: status, size and digest into the exchange. */
bool cm_receive_end(struct cm_job *job, struct cm_err *err) CM_MUST;

/* ---- outcome.c ---- */

/* Is the answer a redirect, and are redirects to be followed? */
bool cm_job_is_sent_on(const struct cm_job *job);
/* The hop is over: an answer, a redirect, another try or an error. */
void cm_job_judge(struct cm_job *job, CURLcode code);

/* ---- timer.c ---- */

int64_t cm_net_moment(int64_t ns); /* that long from now, monotonic; never past the end of time */
/* Calls and takes off the list whatever is due. */
void cm_timer_fire(struct cm_timer **list, int64_t now);

/* ---- watch.c ---- */

/* Waits for libcurl's descriptors and timeouts, for the watches and the cancel_fd, but no longer
 * than `ns`. False, with net->why, if that cannot be done. */
bool cm_watch_await(struct cm_net *net, int64_t ns) CM_MUST;
void cm_watch_tell(struct cm_net *net); /* calls those whose descriptors were found ready */

/* ---- progress.c ---- */

void cm_progress_show(struct cm_net *net, int64_t since); /* once a second, from the first on */
void cm_progress_clear(struct cm_net *net);

/* ---- failure.c ---- */

/* What libcurl's code means; false, always. */
bool cm_hop_failure(const struct cm_job *job, CURLcode code, struct cm_err *err);

#endif
