/* SPDX-License-Identifier: Apache-2.0
 *
 * net/net.h: the loop and the HTTPS client, as the git floor and the module see them.
 *
 * One loop, one thread. Nothing here waits but cm_net_wait and cm_net_sleep; they turn the loop,
 * and everything else that was started goes on meanwhile. A callback is called from the loop, never
 * from inside a call of the one who set it and never from inside libcurl (but see cm_net_on_body).
 * It may start whatever it likes and must not wait: cm_net_wait and cm_net_sleep inside a callback
 * do nothing and give false.
 *
 * All memory lives until cm_net_close.
 *
 * The end: once the deadline has passed or the cancel_fd is readable, all that is under way is done
 * with CM_E_CANCELLED, everything asked later is done at once with the same, timers and watches no
 * longer fire, and the callbacks of cm_net_on_end and cm_net_on_done are called a last time. This
 * is noticed in cm_net_wait and cm_net_sleep.
 *
 * What a request may do, beyond what outside.h says:
 *
 * - HTTP/1.1 only: one request has one connection for itself, so that limits, resets and slowness
 *   of one never touch another. Connections are kept and used again; the address is judged when
 *   the socket is opened and again before each request (the connection may have been opened for
 *   somebody with other allowances).
 * - `query` and the query of `url` go out as they are and stand in `url` of the exchange: secrets
 *   do not belong there. Error texts name URLs without their query, and `final_url` leaves out a
 *   query that came by a redirect (stores sign in it).
 * - `headers` may not name authorization, cookie, host, connection, accept-encoding,
 *   content-length, expect, range, te, trailer, transfer-encoding, upgrade or proxy-anything:
 *   CM_E_UNSUPPORTED.
 * - A redirect to another origin (scheme, host, port) carries no credential and of `headers` only
 *   `accept` and `git-protocol`, now and for all later hops, also when they lead back. It is
 *   judged with the asking peer's allow_addresses, for a self-hosted server keeps its artifacts in
 *   a store of its own; so from public to private leads only an address that the operator listed.
 *   If the asking peer has a `ca`, the other origin is verified with the machine's certificates
 *   and that one; the pin is for the asked origin only. From https to http leads nothing.
 * - A POST is redirected by 307 and 308 within its origin only; any other is CM_E_UNSUPPORTED.
 * - Tried up to 4 times in all, each time from the URL that was asked: a GET, or a POST with
 *   CM_NET_IDEMPOTENT, on 429, 5xx, a connection that was refused, reset, ended early or too slow,
 *   and a name that did not resolve (libcurl does not say whether the resolver meant "not now" or
 *   "never"). Not any more once a sink of cm_net_on_body was given a byte. Retry-After is
 *   honoured; if it asks for more than the time that is left, the exchange ends at once.
 * - When the tries are used up the class is CM_E_TRANSIENT; after 429 and 5xx `status`, `headers`
 *   and what came of the body are still there. Every other status is an answer, class CM_OK.
 * - 100 headers, 64 KiB of them; a Content-Encoding but identity is CM_E_UNSUPPORTED, a body over
 *   `most` CM_E_LIMIT.
 * - `find` is at most 1 KiB and find_after 4 KiB; it does not go together with CM_HTTP_ARTIFACT.
 * - With `find`, CM_HTTP_ARTIFACT or a sink: only the body of a 200 is looked at, staged or given
 *   to the sink; of any other answer it is dropped (size 0, no sha256). More than 1000 matches are
 *   CM_E_LIMIT: whoever looks must see all.
 * - With a `proxy` in the settings, each hop whose host `no_proxy` does not name goes through it,
 *   and through it only https to a name with a dot that is among `named`: all else is CM_E_DENIED
 *   before anything is sent. The guard judges the proxy then, by the proxy's own allow_addresses,
 *   and not the asking peer's. The proxy is asked for a tunnel (CONNECT) and told its own user and
 *   password, nothing else; none of its headers stands among the answer's, and the limits of
 *   headers hold for it, too. 407 is CM_E_AUTH, 429, 5xx and a tunnel that breaks CM_E_TRANSIENT,
 *   every other refusal CM_E_DENIED. Texts of errors name the proxy, and say whether it or the
 *   origin failed.
 * - A certificate that does not verify and a refused address are CM_E_DENIED.
 */
#ifndef CM_NET_NET_H
#define CM_NET_NET_H

#include "net/outside.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cm_net;

/* Calls curl_global_init (it counts; close takes it back). The host process has told OpenSSL
 * before this not to load its configuration (OPENSSL_INIT_NO_LOAD_CONFIG), and ignores SIGPIPE.
 * `settings` are copied, but for what outside.h calls borrowed. Owned. */
bool cm_net_open(const struct cm_outside_settings *settings, struct cm_net **ret,
                 struct cm_err *err) CM_MUST;
void cm_net_close(struct cm_net *net); /* ends all without a callback; NULL is fine */

/* With `agent` filled in. Borrowed. */
const struct cm_outside_settings *cm_net_settings(const struct cm_net *net);

/* ---- requests ---- */

#define CM_NET_IDEMPOTENT 0x100u /* in `flags` of the ask: this POST only reads */

/* Everything is copied. Never waits; a bad ask is an exchange that is done, with an err. NULL only
 * without memory. */
struct cm_exchange *cm_net_http(struct cm_net *net, const struct cm_http_ask *ask);

/* Calls `call` once when it is done; soon, if it already is. One per exchange, the last counts. */
void cm_net_on_done(struct cm_net *net, struct cm_exchange *exchange,
                    void (*call)(void *data, struct cm_exchange *exchange), void *data);

/* The body of a 200 goes to `sink` piece by piece and not into `body`; `most`, `size` and `sha256`
 * hold as ever. To be set before the loop turns. Runs inside libcurl: it must not call anything of
 * this header. False ends the exchange with what it put into `err`. */
void cm_net_on_body(struct cm_net *net, struct cm_exchange *exchange,
                    bool (*sink)(void *data, const void *at, size_t size, struct cm_err *err),
                    void *data);

/* Ends one that is under way; it is then done, with a copy of `why`. Nothing if it is done. */
void cm_net_stop(struct cm_net *net, struct cm_exchange *exchange, const struct cm_err *why);

/* ---- descriptors and timers ---- */

struct cm_watch;

/* Calls `call` each time poll() finds `events` (POLLIN, POLLOUT) or POLLHUP, POLLERR, POLLNVAL on
 * `fd`, until unwatched. The descriptor stays the caller's, open until after cm_net_unwatch. NULL
 * without memory. */
struct cm_watch *cm_net_watch(struct cm_net *net, int fd, short events,
                              void (*call)(void *data, int fd, short revents), void *data);
void cm_net_unwatch(struct cm_net *net, struct cm_watch *watch); /* NULL is fine */

/* Calls `call` once, in `ns` or a little later. False without memory. */
bool cm_net_after(struct cm_net *net, int64_t ns, void (*call)(void *data), void *data) CM_MUST;

/* Calls `call` once if the end comes (see above), to end what depends on timers and watches; soon,
 * if it has come already. Not called by cm_net_close. False without memory. */
bool cm_net_on_end(struct cm_net *net, void (*call)(void *data), void *data) CM_MUST;

/* ---- waiting ---- */

/* Turns the loop until *done: true; false at the end, when all has ended. */
bool cm_net_wait(struct cm_net *net, const bool *done);
bool cm_net_sleep(struct cm_net *net, int64_t ns); /* false: the end came first */

int64_t cm_net_remaining(const struct cm_net *net); /* ns until the deadline; 0: none is left */
bool cm_net_cancelled(const struct cm_net *net);    /* the deadline or the cancel_fd */

/* ---- pace ---- */

/* Why it is not constant: tests, and lines slower than the usual. */
struct cm_net_pace {
    int64_t backoff; /* ns before the second try, doubled each time, half of it by chance; 500 ms */
    int64_t connect; /* ns for name, connection and TLS; 20 s (whole ms) */
    int64_t silence; /* ns without a byte after which a transfer counts as dead; 60 s (whole s) */
};
void cm_net_set_pace(struct cm_net *net, const struct cm_net_pace *pace);

/* ns before another try, after `tries` of them, for whoever does not take an answer for one. */
int64_t cm_net_backoff(const struct cm_net *net, int tries);

#endif
