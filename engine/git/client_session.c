/* SPDX-License-Identifier: Apache-2.0 */
#include "git/client_inside.h"

#include "base/clock.h"
#include "base/json.h"

#include <string.h>

/* A refusal may also mean that this address asks too often, so it is heard again before it counts;
 * 404 seldom means that. */
#define TRIES            3
#define TRIES_OF_404     2
#define RETRY_AFTER_MOST (10 * CM_SECOND) /* longer than that nobody is kept waiting */

/* Of an answer in version 2 this is all; of the list of an old server only its beginning, and the
 * refs that are wanted. Which it is, is found out at its end. */
static bool
keep(void *data, const void *at, size_t size, struct cm_err *err)
{
    struct cm_git_session *session = data;
    struct cm_buf *head = &session->head;
    size_t room = head->most - head->size;
    cm_buf_add(head, at, size < room ? size : room);
    session->is_list =
        session->is_list && cm_git_v0_refs_feed(&session->reader, at, size, &session->old_err);
    return head->failed ? cm_git_no_memory(err) : true;
}

static void
begin_reading(struct cm_git_repository *repository)
{
    struct cm_git_session *session = &repository->session;
    if (session->reading)
        cm_git_v0_refs_done(&session->reader);
    cm_git_v0_refs_begin(&session->reader, repository->arena, repository->first.prefixes,
                         repository->first.prefix_count);
    session->reading = session->is_list = true;
    session->old_err = (struct cm_err)CM_ERR_INIT;
    cm_buf_clear(&session->head);
}

static bool
ask(struct cm_git_repository *repository, bool anonymous)
{
    struct cm_git_session *session = &repository->session;
    begin_reading(repository);
    session->anonymous = anonymous;
    session->tries += anonymous;
    session->exchange = cm_git_request(repository, CM_GIT_LIST_PATH, NULL, CM_GIT_LIST_MOST,
                                       anonymous ? CM_GIT_ANONYMOUS : 0);
    if (!session->exchange)
        return cm_git_no_memory(&session->err);
    cm_net_on_body(cm_git_net(repository), session->exchange, keep, session);
    session->state = CM_GIT_RUNNING;
    return true;
}

static void
probe(struct cm_git_repository *repository)
{
    struct cm_git_session *session = &repository->session;
    session->pausing = false;
    if (!ask(repository, true)) {
        session->state = CM_GIT_DONE;
        cm_git_finish_err(&session->probe, &session->err);
    }
}

void
cm_git_session_begin(struct cm_git_repository *repository)
{
    struct cm_git_session *session = &repository->session;
    session->head = (struct cm_buf)CM_BUF_INIT(CM_GIT_PROBE_KEPT);
    session->probe.asked_at = cm_wall_now();
    probe(repository);
}

void
cm_git_session_done(struct cm_git_session *session)
{
    cm_buf_done(&session->head);
    if (session->reading)
        cm_git_v0_refs_done(&session->reader);
    json_decref(session->probe.content);
}

/* Refused, and if not this refusal, an earlier one said that we ask too often. */
static bool
was_limited(const struct cm_git_session *session)
{
    return session->anonymous && session->limited && cm_git_is_refused(session->exchange);
}

/* What git/documents.h says of the probe. */
static json_t *
probe_json(const char *url, const struct cm_git_session *session)
{
    bool ok = true;
    const struct cm_exchange *exchange = session->exchange;
    const struct cm_git_advertisement *offers = &session->offers;
    json_t *content = json_object();
    json_t *capabilities = json_array();
    cm_json_set_text(content, "url", url, &ok);
    cm_json_set_int(content, "status", exchange->status, &ok);
    cm_json_set_text(content, "media_type", cm_git_media_type(exchange), &ok);
    cm_json_set_text(content, "location", exchange->location, &ok);
    if (session->tries > 1)
        cm_json_set_int(content, "tries", session->tries, &ok);
    if (was_limited(session))
        cm_json_set_bool(content, "rate_limited", true, &ok);
    cm_json_set_text(content, "first_line", offers->first_line, &ok);
    cm_json_set_int(content, "version", offers->version, &ok);
    for (size_t i = 0; i < offers->capability_count; i++) {
        if (json_array_append_new(capabilities, json_string(offers->capabilities[i])) != 0)
            ok = false;
    }
    cm_json_set(content, "capabilities", capabilities, &ok);
    if (!ok)
        cm_json_done(&content);
    return content;
}

/* Which versions and ids it speaks of; what an old server listed is for the listing to read. */
static bool
check_offers(struct cm_git_session *session, struct cm_err *err)
{
    const struct cm_git_advertisement *offers = &session->offers;
    session->old = offers->version < 2;
    if (session->old && !session->is_list) {
        *err = session->old_err;
        return false;
    }
    if (!session->old && (!offers->ls_refs || !offers->fetch))
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "the server speaks protocol v2, but does not list refs or give packs");
    if (session->old ? !session->reader.capabilities.sha1 : !offers->sha1)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "the repository names its objects by SHA-256, which is not supported yet, "
                       "not by SHA-1");
    return true;
}

/* Reads the answer into `offers` (as far as it is one) and says whether it is git's. */
static bool
read_answer(struct cm_git_repository *repository, struct cm_err *err)
{
    struct cm_git_session *session = &repository->session;
    struct cm_err parse = CM_ERR_INIT;
    bool parsed = cm_git_advertisement_parse(repository->arena, session->head.at,
                                             session->head.size, &session->offers, &parse);
    if (!cm_git_is_answer(session->exchange, CM_GIT_ADVERTISEMENT_TYPE, err))
        return false;
    if (!parsed)
        *err = parse;
    return parsed;
}

static void
finish_probe(struct cm_git_repository *repository)
{
    struct cm_git_session *session = &repository->session;
    const struct cm_exchange *exchange = session->exchange;
    session->probe.asked_at = exchange->asked_at;
    if (exchange->err.class != CM_OK)
        cm_git_finish_err(&session->probe, &exchange->err);
    else
        cm_git_finish(&session->probe, probe_json(repository->url, session));
}

/* ---- again ---- */

static void
on_pause_over(void *data)
{
    struct cm_git_repository *repository = data;
    probe(repository);
    cm_git_advance(repository);
}

/* How long to wait before it is asked again; false: it is not. Whoever asks too often and is not
 * told how long to wait, or long, does not ask on. */
static bool
find_pause(const struct cm_git_repository *repository, int64_t *ret)
{
    const struct cm_git_session *session = &repository->session;
    struct cm_net *net = cm_git_net(repository);
    int most = session->exchange->status == 404 ? TRIES_OF_404 : TRIES;
    int64_t ours = cm_net_backoff(net, session->tries);
    if (session->tries >= most)
        return false;
    int64_t theirs = cm_git_retry_after(session->exchange);
    bool limited = cm_git_is_limited(session->exchange);
    if (limited && (theirs < 0 || theirs > RETRY_AFTER_MOST || theirs >= cm_net_remaining(net)))
        return false;
    *ret = theirs > ours ? theirs : ours;
    return true;
}

/* With a token nothing depends on what the public is answered, so nothing waits for it. */
static bool
ask_later(struct cm_git_repository *repository)
{
    struct cm_git_session *session = &repository->session;
    int64_t pause = 0;
    if (repository->basic || !cm_git_is_refused(session->exchange))
        return false;
    session->pausing = find_pause(repository, &pause) &&
                       cm_net_after(cm_git_net(repository), pause, on_pause_over, repository);
    return session->pausing;
}

void
cm_git_session_advance(struct cm_git_repository *repository)
{
    struct cm_git_session *session = &repository->session;
    if (session->state != CM_GIT_RUNNING || session->pausing || !session->exchange->done)
        return;
    struct cm_err err = CM_ERR_INIT;
    bool shown = read_answer(repository, &err);
    session->limited |= session->anonymous && cm_git_is_limited(session->exchange);
    if (ask_later(repository))
        return;
    bool first = !session->probe.done;
    if (first)
        finish_probe(repository);
    if (was_limited(session))
        (void)cm_git_fail_limited(session->exchange, &err);
    if (shown)
        (void)check_offers(session, &err);
    session->state = CM_GIT_DONE;
    session->err = err;
    /* Not shown to the public: once more, with the token. */
    if (!shown && first && repository->basic && session->exchange->err.class == CM_OK &&
        ask(repository, false))
        session->err = (struct cm_err)CM_ERR_INIT;
}
