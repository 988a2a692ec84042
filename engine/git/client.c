/* SPDX-License-Identifier: Apache-2.0 */
#include "git/client_inside.h"

#include "base/clock.h"
#include "trust/pattern.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_MOST ((size_t)256 * 1024 * 1024)

struct cm_net *
cm_git_net(const struct cm_git_repository *repository)
{
    return repository->client->net;
}

bool
cm_git_no_memory(struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "no memory for an answer of the repository");
}

bool
cm_git_cancelled(struct cm_err *err)
{
    return cm_fail(err, CM_E_CANCELLED, "ended before the repository had answered");
}

/* ---- answers ---- */

static void
end_answer(struct cm_git_answer *answer)
{
    answer->answered_at = cm_wall_now();
    if (answer->asked_at == 0)
        answer->asked_at = answer->answered_at;
    answer->done = true;
}

void
cm_git_finish_err(struct cm_git_answer *answer, const struct cm_err *err)
{
    if (answer->done)
        return;
    answer->err = *err;
    end_answer(answer);
}

void
cm_git_finish(struct cm_git_answer *answer, json_t *content)
{
    struct cm_err err = CM_ERR_INIT;
    if (answer->done) {
        json_decref(content);
        return;
    }
    if (!content) {
        cm_git_no_memory(&err);
        cm_git_finish_err(answer, &err);
        return;
    }
    answer->content = content;
    end_answer(answer);
}

/* ---- requests ---- */

static void
on_exchange(void *data, struct cm_exchange *exchange)
{
    struct cm_git_repository *repository = data;
    repository->through_proxy |= exchange->through_proxy;
    cm_git_advance(repository);
}

/* GET has no content type, and old servers are not told of new versions. */
static size_t
fields_of(bool has_body, bool is_old, struct cm_field ret[3])
{
    size_t count = 0;
    ret[count++] = (struct cm_field){"Accept", "*/*"};
    if (has_body)
        ret[count++] = (struct cm_field){"Content-Type", CM_GIT_REQUEST_TYPE};
    if (!is_old)
        ret[count++] = (struct cm_field){"Git-Protocol", "version=2"};
    return count;
}

struct cm_exchange *
cm_git_request(struct cm_git_repository *repository, const char *path, const struct cm_buf *body,
               uint64_t most, unsigned flags)
{
    struct cm_field fields[3];
    bool anonymous = flags & CM_GIT_ANONYMOUS;
    const char *url = cm_arena_printf(repository->arena, "%s/%s", repository->url, path);
    if (!url)
        return NULL;
    struct cm_http_ask ask = {.url = url,
                              .peer = repository->peer,
                              .basic = anonymous ? NULL : repository->basic,
                              .headers = fields,
                              .header_count = fields_of(body != NULL, flags & CM_GIT_OLD, fields),
                              .body = body ? body->at : NULL,
                              .body_size = body ? body->size : 0,
                              .most = most,
                              .flags = CM_HTTP_NO_REDIRECTS | CM_NET_IDEMPOTENT};
    struct cm_exchange *exchange = cm_net_http(cm_git_net(repository), &ask);
    if (exchange)
        cm_net_on_done(cm_git_net(repository), exchange, on_exchange, repository);
    return exchange;
}

unsigned
cm_git_as_before(const struct cm_git_repository *repository)
{
    return repository->session.anonymous ? CM_GIT_ANONYMOUS : 0;
}

/* ---- going on ---- */

static void
finish_commit(struct cm_git_commit *commit, const struct cm_err *err)
{
    cm_git_finish_err(&commit->exists.answer, err);
    cm_git_finish_err(&commit->on_ref.answer, err);
    if (commit->on_branches.wanted)
        cm_git_finish_err(&commit->on_branches.answer, err);
    for (struct cm_git_file *file = commit->files; file; file = file->next)
        cm_git_finish_err(&file->answer, err);
    if (commit->submodules.wanted)
        cm_git_finish_err(&commit->submodules.answer, err);
}

static void
finish_all(struct cm_git_repository *repository)
{
    struct cm_err err = CM_ERR_INIT;
    (void)cm_git_cancelled(&err);
    cm_git_finish_err(&repository->session.probe, &err);
    cm_git_finish_err(&repository->refs, &err);
    for (struct cm_git_commit *commit = repository->commits; commit; commit = commit->next)
        finish_commit(commit, &err);
    for (struct cm_git_fetch *fetch = repository->fetches; fetch; fetch = fetch->next)
        cm_git_fetch_stop(fetch);
}

static void
advance_commit(struct cm_git_commit *commit)
{
    cm_git_exists_advance(commit);
    cm_git_reach_advance(commit, &commit->on_ref);
    cm_git_reach_advance(commit, &commit->on_branches);
    for (struct cm_git_file *file = commit->files; file; file = file->next)
        cm_git_file_advance(commit, file);
    cm_git_submodules_advance(commit);
}

/* The order is that of dependence: what one part ends, those below see in the same round, and those
 * above in the next. */
static void
advance_once(struct cm_git_repository *repository)
{
    repository->again = false;
    cm_git_session_advance(repository);
    cm_git_listing_advance(repository);
    for (struct cm_git_fetch *fetch = repository->fetches; fetch; fetch = fetch->next)
        cm_git_fetch_advance(fetch);
    for (struct cm_git_object *object = repository->objects; object; object = object->next)
        cm_git_object_advance(object);
    cm_git_whole_advance(repository);
    for (struct cm_git_commit *commit = repository->commits; commit; commit = commit->next)
        advance_commit(commit);
}

void
cm_git_advance(struct cm_git_repository *repository)
{
    do {
        if (cm_net_cancelled(cm_git_net(repository))) {
            finish_all(repository);
            return;
        }
        advance_once(repository);
    } while (repository->again);
}

static void
on_end(void *data)
{
    struct cm_git_client *client = data;
    for (struct cm_git_repository *at = client->repositories; at; at = at->next)
        finish_all(at);
}

/* ---- opening and closing ---- */

bool
cm_git_client_open(struct cm_net *net, struct cm_git_client **ret, struct cm_err *err)
{
    struct cm_git_client *client = calloc(1, sizeof *client);
    if (!client)
        return cm_git_no_memory(err);
    client->net = net;
    if (!cm_net_on_end(net, on_end, client)) {
        free(client);
        return cm_git_no_memory(err);
    }
    *ret = client;
    return true;
}

static void
close_commit(struct cm_git_commit *commit)
{
    json_decref(commit->exists.answer.content);
    json_decref(commit->on_ref.answer.content);
    json_decref(commit->on_branches.answer.content);
    json_decref(commit->submodules.answer.content);
    for (struct cm_git_file *file = commit->files; file; file = file->next)
        json_decref(file->answer.content);
}

static void
close_repository(struct cm_git_repository *repository)
{
    for (struct cm_git_commit *commit = repository->commits; commit; commit = commit->next)
        close_commit(commit);
    for (struct cm_git_path *path = repository->paths; path; path = path->next)
        cm_git_path_forget(path);
    for (struct cm_git_object *object = repository->objects; object; object = object->next)
        cm_buf_done(&object->raw);
    for (struct cm_git_shown *shown = repository->shown; shown; shown = shown->next)
        cm_git_proof_free(shown->proof);
    cm_git_worker_free(NULL, repository->partial);
    cm_git_worker_free_all(&repository->graves);
    cm_git_whole_done(&repository->whole);
    for (struct cm_git_fetch *fetch = repository->fetches; fetch; fetch = fetch->next)
        cm_git_fetch_free(fetch);
    for (struct cm_git_listing *listing = repository->listings; listing; listing = listing->next)
        cm_git_listing_done(listing);
    cm_git_session_done(&repository->session);
    json_decref(repository->refs.content);
    cm_arena_free(repository->arena);
    free(repository);
}

void
cm_git_client_close(struct cm_git_client *client)
{
    if (!client)
        return;
    for (struct cm_git_repository *at = client->repositories, *next; at; at = next) {
        next = at->next;
        close_repository(at);
    }
    free(client);
}

static const char *
basic_of(struct cm_arena *arena, const char *token)
{
    return strchr(token, ':') ? cm_arena_text(arena, token)
                              : cm_arena_printf(arena, "x-access-token:%s", token);
}

/* The asked prefixes; NULL without memory. Those that cannot be asked for are found by the listing.
 */
static const char *const *
copy_texts(struct cm_arena *arena, const char *const *texts, size_t count)
{
    const char **copy = cm_arena_alloc(arena, (count + 1) * sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = cm_arena_text(arena, texts[i]);
        if (!copy[i])
            return NULL;
    }
    return copy;
}

/* The first request is made now, others long after the caller's peer may be gone. */
static const struct cm_peer *
copy_peer(struct cm_arena *arena, const struct cm_peer *peer)
{
    struct cm_peer *copy = cm_arena_alloc(arena, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = (struct cm_peer){.ca = cm_arena_text(arena, peer->ca),
                             .spki = cm_arena_text(arena, peer->spki)};
    copy->allow_addresses.count = peer->allow_addresses.count;
    copy->allow_addresses.at =
        copy_texts(arena, peer->allow_addresses.at, peer->allow_addresses.count);
    bool whole = (copy->ca || !peer->ca) && (copy->spki || !peer->spki);
    return whole && copy->allow_addresses.at ? copy : NULL;
}

static bool
fill(struct cm_git_repository *repository, const struct cm_git_ask *ask)
{
    struct cm_arena *arena = repository->arena;
    size_t size = strlen(ask->url);
    while (size > 0 && ask->url[size - 1] == '/')
        size--;
    repository->url = cm_arena_bytes(arena, ask->url, size);
    repository->basic = ask->token ? basic_of(arena, ask->token) : NULL;
    repository->peer = ask->peer ? copy_peer(arena, ask->peer) : NULL;
    repository->first.prefixes = copy_texts(arena, ask->prefixes, ask->prefix_count);
    repository->first.prefix_count = ask->prefix_count;
    repository->session.probe.asked = "info/refs";
    repository->refs.asked = "ls-refs";
    return repository->url && (repository->basic || !ask->token) &&
           (repository->peer || !ask->peer) && repository->first.prefixes;
}

struct cm_git_repository *
cm_git_open(struct cm_git_client *client, const struct cm_git_ask *ask)
{
    struct cm_git_repository *repository = calloc(1, sizeof *repository);
    if (!repository)
        return NULL;
    repository->client = client;
    repository->arena = cm_arena_new(ARENA_MOST);
    if (!repository->arena || !fill(repository, ask)) {
        cm_arena_free(repository->arena);
        free(repository);
        return NULL;
    }
    repository->next = client->repositories;
    client->repositories = repository;
    cm_git_session_begin(repository);
    cm_git_advance(repository);
    return repository;
}

bool
cm_git_through_proxy(const struct cm_git_repository *repository)
{
    return repository->through_proxy;
}

struct cm_git_answer *
cm_git_probe(struct cm_git_repository *repository)
{
    return &repository->session.probe;
}

struct cm_git_answer *
cm_git_refs(struct cm_git_repository *repository)
{
    return &repository->refs;
}

/* ---- questions about a commit ---- */

static void
check_names(struct cm_git_commit *commit, const char *ref, const char *id)
{
    struct cm_err err = CM_ERR_INIT;
    if (!id || !cm_is_commit_id(id)) {
        cm_fail(&err, CM_E_MALFORMED, "\"%.100s\" is no id of a commit", id ? id : "");
        finish_commit(commit, &err);
    } else if (!ref || !cm_ref_is_valid(ref)) {
        cm_fail(&err, CM_E_MALFORMED, "\"%.600s\" is no full name of a branch or tag",
                ref ? ref : "");
        cm_git_finish_err(&commit->on_ref.answer, &err);
    }
}

struct cm_git_commit *
cm_git_commit(struct cm_git_repository *repository, const char *ref, const char *id)
{
    struct cm_arena *arena = repository->arena;
    struct cm_git_commit *commit = cm_arena_alloc(arena, sizeof *commit);
    if (!commit)
        return NULL;
    commit->repository = repository;
    check_names(commit, ref, id);
    commit->on_ref.wanted = true;
    commit->on_ref.ref = cm_arena_text(arena, ref);
    if (!commit->exists.answer.done)
        memcpy(commit->id, id, CM_GIT_ID);
    commit->exists.answer.asked = cm_arena_printf(arena, "fetch %s", commit->id);
    commit->on_ref.answer.asked =
        cm_arena_printf(arena, "is %s on %s", commit->id, ref && *ref ? ref : "?");
    commit->on_branches.answer.asked = cm_arena_printf(arena, "is %s on a branch", commit->id);
    if (!commit->exists.answer.asked || !commit->on_ref.answer.asked ||
        !commit->on_branches.answer.asked)
        return NULL;
    commit->next = repository->commits;
    repository->commits = commit;
    cm_git_advance(repository);
    return commit;
}

struct cm_git_answer *
cm_git_exists(struct cm_git_commit *commit)
{
    if (!commit->exists.wanted) {
        commit->exists.wanted = true;
        cm_git_advance(commit->repository);
    }
    return &commit->exists.answer;
}

struct cm_git_answer *
cm_git_on_ref(struct cm_git_commit *commit)
{
    return &commit->on_ref.answer;
}

struct cm_git_answer *
cm_git_on_branches(struct cm_git_commit *commit, const char *const *patterns, size_t count)
{
    struct cm_git_reach *reach = &commit->on_branches;
    if (reach->wanted)
        return &reach->answer;
    reach->patterns = copy_texts(commit->repository->arena, patterns, count);
    reach->pattern_count = count;
    if (!reach->patterns)
        return NULL;
    reach->wanted = true;
    if (*commit->id == '\0')
        cm_git_finish_err(&reach->answer, &commit->exists.answer.err);
    cm_git_advance(commit->repository);
    return &reach->answer;
}
