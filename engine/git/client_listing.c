/* SPDX-License-Identifier: Apache-2.0 */
#include "git/client_inside.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define LISTING_MOST ((uint64_t)32 * 1024 * 1024)
#define REQUEST_MOST ((size_t)64 * 1024)

/* Is everything that begins with `prefix` in this listing? */
static bool
covers(const struct cm_git_listing *listing, const char *prefix)
{
    for (size_t i = 0; i < listing->prefix_count; i++) {
        if (cm_starts_with(prefix, listing->prefixes[i]))
            return true;
    }
    return false;
}

static bool
covers_all(const struct cm_git_listing *listing, const char *const *prefixes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!covers(listing, prefixes[i]))
            return false;
    }
    return true;
}

struct cm_git_listing *
cm_git_listing_of(struct cm_git_repository *repository, const char *const *prefixes, size_t count)
{
    if (covers_all(&repository->first, prefixes, count))
        return &repository->first;
    for (struct cm_git_listing *at = repository->listings; at; at = at->next) {
        if (covers_all(at, prefixes, count))
            return at;
    }
    struct cm_git_listing *listing = cm_arena_alloc(repository->arena, sizeof *listing);
    if (!listing)
        return NULL;
    listing->prefixes = prefixes;
    listing->prefix_count = count;
    listing->next = repository->listings;
    repository->listings = listing;
    return listing;
}

static bool
check_prefixes(const struct cm_git_listing *listing, struct cm_err *err)
{
    if (listing->prefix_count == 0 || listing->prefix_count > CM_GIT_PREFIXES)
        return cm_fail(err, CM_E_LIMIT, "%zu beginnings of ref names, not 1 to %u",
                       listing->prefix_count, CM_GIT_PREFIXES);
    for (size_t i = 0; i < listing->prefix_count; i++) {
        if (!cm_git_prefix_is_valid(listing->prefixes[i]))
            return cm_fail(err, CM_E_MALFORMED, "\"%.600s\" begins no name of a branch or tag",
                           listing->prefixes[i]);
    }
    return true;
}

/* ---- old servers: all refs at once, of which those that are wanted are kept ---- */

static bool
on_list(void *data, const void *at, size_t size, struct cm_err *err)
{
    return cm_git_v0_refs_feed(data, at, size, err);
}

/* The probe has brought the first list already. */
static bool
begin_old(struct cm_git_repository *repository, struct cm_git_listing *listing, struct cm_err *err)
{
    if (listing == &repository->first) {
        listing->reader = &repository->session.reader;
        return true;
    }
    listing->reader = cm_arena_alloc(repository->arena, sizeof *listing->reader);
    if (!listing->reader)
        return cm_git_no_memory(err);
    cm_git_v0_refs_begin(listing->reader, repository->arena, listing->prefixes,
                         listing->prefix_count);
    listing->exchange = cm_git_request(repository, CM_GIT_LIST_PATH, NULL, CM_GIT_LIST_MOST,
                                       cm_git_as_before(repository) | CM_GIT_OLD);
    if (!listing->exchange)
        return cm_git_no_memory(err);
    cm_net_on_body(cm_git_net(repository), listing->exchange, on_list, listing->reader);
    return true;
}

static bool
read_old(struct cm_git_repository *repository, struct cm_git_listing *listing, struct cm_err *err)
{
    struct cm_git_v0_capabilities capabilities;
    if (listing->exchange && !cm_git_is_answer(listing->exchange, CM_GIT_ADVERTISEMENT_TYPE, err))
        return false;
    if (!cm_git_v0_refs_end(listing->reader, &listing->refs, &listing->count, &capabilities, err))
        return false;
    repository->session.shallow = capabilities.shallow_commits;
    return true;
}

/* ---- version 2 ---- */

static bool
begin_new(struct cm_git_repository *repository, struct cm_git_listing *listing, struct cm_err *err)
{
    const struct cm_git_session *session = &repository->session;
    CM_CLEANUP(cm_buf_done) struct cm_buf body = CM_BUF_INIT(REQUEST_MOST);
    cm_git_ls_refs_request(&session->offers, listing->prefixes, listing->prefix_count, &body);
    if (body.failed)
        return cm_fail(err, CM_E_LIMIT, "the question for refs is too long");
    listing->exchange = cm_git_request(repository, CM_GIT_PACK_PATH, &body, LISTING_MOST,
                                       cm_git_as_before(repository));
    return listing->exchange ? true : cm_git_no_memory(err);
}

static bool
read_new(struct cm_git_repository *repository, struct cm_git_listing *listing, struct cm_err *err)
{
    const struct cm_exchange *exchange = listing->exchange;
    return cm_git_is_answer(exchange, CM_GIT_RESULT_TYPE, err) &&
           cm_git_refs_parse(repository->arena, exchange->body.at, exchange->body.size,
                             listing->prefixes, listing->prefix_count, &listing->refs,
                             &listing->count, err);
}

/* ---- either ---- */

static bool
begin(struct cm_git_repository *repository, struct cm_git_listing *listing, struct cm_err *err)
{
    const struct cm_git_session *session = &repository->session;
    if (session->err.class != CM_OK) {
        *err = session->err;
        return false;
    }
    if (!check_prefixes(listing, err))
        return false;
    return session->old ? begin_old(repository, listing, err) : begin_new(repository, listing, err);
}

static void
take_answer(struct cm_git_repository *repository, struct cm_git_listing *listing)
{
    if (listing->reader)
        (void)read_old(repository, listing, &listing->err);
    else if (listing->exchange)
        (void)read_new(repository, listing, &listing->err);
}

static void
advance(struct cm_git_repository *repository, struct cm_git_listing *listing)
{
    if (listing->state == CM_GIT_IDLE && repository->session.state == CM_GIT_DONE)
        listing->state = begin(repository, listing, &listing->err) ? CM_GIT_RUNNING : CM_GIT_DONE;
    if (listing->state == CM_GIT_RUNNING && (!listing->exchange || listing->exchange->done)) {
        take_answer(repository, listing);
        listing->state = CM_GIT_DONE;
    }
}

static json_t *
ref_json(const struct cm_git_ref *ref)
{
    bool ok = true;
    json_t *json = json_object();
    cm_json_set_text(json, "name", ref->name, &ok);
    cm_json_set_text(json, "id", ref->id, &ok);
    cm_json_set_text(json, "peeled", *ref->peeled ? ref->peeled : NULL, &ok);
    if (!ok)
        cm_json_done(&json);
    return json;
}

json_t *
cm_git_listing_json(const struct cm_git_ref *const *refs, size_t count)
{
    json_t *json = json_array();
    for (size_t i = 0; json && i < count; i++) {
        if (json_array_append_new(json, ref_json(refs[i])) != 0)
            cm_json_done(&json);
    }
    return json;
}

/* What git/documents.h says of the refs. */
static json_t *
refs_json(const struct cm_git_repository *repository)
{
    const struct cm_git_listing *listing = &repository->first;
    bool ok = true;
    json_t *content = json_object();
    json_t *prefixes = json_array();
    json_t *refs = json_array();
    for (size_t i = 0; i < listing->prefix_count; i++) {
        if (json_array_append_new(prefixes, json_string(listing->prefixes[i])) != 0)
            ok = false;
    }
    for (size_t i = 0; i < listing->count; i++) {
        if (json_array_append_new(refs, ref_json(&listing->refs[i])) != 0)
            ok = false;
    }
    cm_json_set_text(content, "url", repository->url, &ok);
    cm_json_set_bool(content, "anonymous", repository->session.anonymous, &ok);
    cm_json_set(content, "prefixes", prefixes, &ok);
    cm_json_set(content, "refs", refs, &ok);
    if (!ok)
        cm_json_done(&content);
    return content;
}

static void
finish_refs(struct cm_git_repository *repository)
{
    const struct cm_git_listing *first = &repository->first;
    if (first->exchange || first->reader)
        repository->refs.asked_at =
            (first->exchange ? first->exchange : repository->session.exchange)->asked_at;
    if (first->err.class != CM_OK)
        cm_git_finish_err(&repository->refs, &first->err);
    else
        cm_git_finish(&repository->refs, refs_json(repository));
}

void
cm_git_listing_done(struct cm_git_listing *listing)
{
    if (listing->exchange && listing->reader)
        cm_git_v0_refs_done(listing->reader);
}

void
cm_git_listing_advance(struct cm_git_repository *repository)
{
    advance(repository, &repository->first);
    if (repository->first.state == CM_GIT_DONE && !repository->refs.done)
        finish_refs(repository);
    for (struct cm_git_listing *at = repository->listings; at; at = at->next)
        advance(repository, at);
}
