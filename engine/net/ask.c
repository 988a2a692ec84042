/* SPDX-License-Identifier: Apache-2.0
 *
 * An ask is looked through and copied into its job.
 */
#include "net/inside.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define CREDENTIAL_MOST ((size_t)64 * 1024)
#define USUAL_MOST      ((uint64_t)4 * 1024 * 1024)
#define ARTIFACT_MOST   ((uint64_t)8 * 1024 * 1024 * 1024)
#define QUERY_MOST      ((size_t)64 * 1024)

/* Headers that decide how the wire is spoken or who we are: they are ours to say. */
static const char *const our_headers[] = {
    "authorization", "cookie", "host",    "connection", "accept-encoding",   "content-length",
    "expect",        "range",  "trailer", "te",         "transfer-encoding", "upgrade",
};

static bool
no_memory(struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "no memory for a request");
}

static bool
copy_query(struct cm_job *job, const struct cm_http_ask *ask, struct cm_err *err)
{
    if (ask->query_count == 0)
        return true;
    CM_CLEANUP(cm_buf_done) struct cm_buf query = CM_BUF_INIT(QUERY_MOST);
    if (job->asked.query)
        cm_buf_puts(&query, job->asked.query);
    for (size_t i = 0; i < ask->query_count; i++) {
        const char *name = cm_url_encode(job->arena, ask->query[i].name);
        const char *value = cm_url_encode(job->arena, ask->query[i].value);
        if (!name || !value)
            return no_memory(err);
        cm_buf_printf(&query, "%s%s=%s", query.size > 0 ? "&" : "", name, value);
    }
    if (query.failed)
        return cm_fail(err, CM_E_LIMIT, "the query is longer than %zu bytes", QUERY_MOST);
    job->asked.query = cm_arena_text(job->arena, cm_buf_text(&query));
    return job->asked.query || no_memory(err);
}

static bool
copy_url(struct cm_job *job, const struct cm_http_ask *ask, struct cm_err *err)
{
    if (!cm_url_parse(job->arena, ask->url, &job->asked, err) || !copy_query(job, ask, err))
        return false;
    if (!cm_job_aim(job, &job->asked))
        return no_memory(err);
    const char *query = job->asked.query;
    job->asked_where = job->where;
    job->x.url = query ? cm_arena_printf(job->arena, "%s?%s", job->where, query) : job->where;
    job->x.final_url = job->x.url;
    return job->x.url || no_memory(err);
}

bool
cm_pin_copy(struct cm_arena *arena, const char *spki, const char **ret, struct cm_err *err)
{
    if (!spki)
        return true;
    if (!cm_starts_with(spki, "sha256/") || strlen(spki) != strlen("sha256/") + 44 ||
        strchr(spki, ';'))
        return cm_fail(err, CM_E_CONFIG, "a pin is \"sha256/\" and 44 characters of base64");
    const char *pin = cm_arena_printf(arena, "sha256//%s", spki + strlen("sha256/"));
    if (!pin)
        return no_memory(err);
    *ret = pin;
    return true;
}

static bool
copy_peer(struct cm_job *job, const struct cm_peer *peer, struct cm_err *err)
{
    if (!peer)
        return true;
    job->peer.ca = cm_arena_text(job->arena, peer->ca);
    if (peer->ca && !job->peer.ca)
        return no_memory(err);
    size_t count = peer->allow_addresses.count;
    const char **list = cm_arena_alloc(job->arena, (count + 1) * sizeof *list);
    if (!list)
        return no_memory(err);
    for (size_t i = 0; i < count; i++) {
        list[i] = cm_arena_text(job->arena, peer->allow_addresses.at[i]);
        if (!list[i])
            return no_memory(err);
    }
    job->peer.allow_addresses = (struct cm_words){.at = list, .count = count};
    return cm_pin_copy(job->arena, peer->spki, &job->peer.spki, err);
}

/* No control character may be in a header's value: behind a line feed stands another header. */
static bool
is_header_value(const char *value)
{
    for (; *value; value++)
        if ((unsigned char)*value < ' ' || *value == 0x7f)
            return false;
    return true;
}

static bool
is_header_name(const char *name)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return *name && name[strspn(name, token)] == '\0';
}

static bool
is_ours(const char *name)
{
    for (size_t i = 0; i < CM_COUNT(our_headers); i++)
        if (cm_ascii_equal_fold(name, our_headers[i]))
            return true;
    return strncasecmp(name, "proxy-", strlen("proxy-")) == 0;
}

static bool
copy_fields(struct cm_job *job, const struct cm_http_ask *ask, struct cm_err *err)
{
    job->fields = cm_arena_alloc(job->arena, (ask->header_count + 1) * sizeof *job->fields);
    if (!job->fields)
        return no_memory(err);
    for (size_t i = 0; i < ask->header_count; i++) {
        const struct cm_field *field = &ask->headers[i];
        if (!is_header_name(field->name) || !is_header_value(field->value))
            return cm_fail(err, CM_E_UNSUPPORTED, "header %zu is not well-formed", i + 1);
        if (is_ours(field->name))
            return cm_fail(err, CM_E_UNSUPPORTED, "the header %s cannot be set", field->name);
        job->fields[i].name = cm_arena_text(job->arena, field->name);
        job->fields[i].value = cm_arena_text(job->arena, field->value);
        if (!job->fields[i].name || !job->fields[i].value)
            return no_memory(err);
    }
    job->field_count = ask->header_count;
    return true;
}

static bool
copy_credential(struct cm_job *job, const struct cm_http_ask *ask, struct cm_err *err)
{
    if (!ask->bearer && !ask->basic)
        return true;
    if (ask->bearer && ask->basic)
        return cm_fail(err, CM_E_UNSUPPORTED, "a request has one credential");
    const char *secret = ask->bearer ? ask->bearer : ask->basic;
    if (!is_header_value(secret))
        return cm_fail(err, CM_E_CONFIG, "the credential has control characters in it");
    job->credential = (struct cm_buf){.most = CREDENTIAL_MOST, .secret = true};
    cm_buf_puts(&job->credential, ask->bearer ? "Authorization: Bearer " : "Authorization: Basic ");
    if (ask->bearer)
        cm_buf_puts(&job->credential, ask->bearer);
    else
        cm_base64(&job->credential, ask->basic, strlen(ask->basic));
    return !job->credential.failed || cm_fail(err, CM_E_LIMIT, "the credential is too long");
}

static bool
copy_wishes(struct cm_job *job, const struct cm_http_ask *ask, struct cm_err *err)
{
    job->flags = ask->flags;
    job->most = ask->most;
    if (job->most == 0)
        job->most = ask->flags & CM_HTTP_ARTIFACT ? ARTIFACT_MOST : USUAL_MOST;
    job->x.body.most = job->most < SIZE_MAX / 2 ? (size_t)job->most : SIZE_MAX / 2;
    if (ask->find && ask->flags & CM_HTTP_ARTIFACT)
        return cm_fail(err, CM_E_UNSUPPORTED, "an artifact is not searched");
    if (ask->find &&
        (!ask->find[0] || strlen(ask->find) > CM_FIND_MOST || ask->find_after > CM_FIND_AFTER_MOST))
        return cm_fail(err, CM_E_LIMIT, "what is looked for is empty or too long");
    job->find_after = ask->find_after;
    job->find = cm_arena_text(job->arena, ask->find);
    if (ask->find && !job->find)
        return no_memory(err);
    job->post = ask->body != NULL;
    job->body = (struct cm_buf)CM_BUF_INIT(ask->body_size);
    if (ask->body_size > 0)
        cm_buf_add(&job->body, ask->body, ask->body_size);
    return !job->body.failed || no_memory(err);
}

bool
cm_job_copy_ask(struct cm_job *job, const struct cm_http_ask *ask, struct cm_err *err)
{
    return copy_url(job, ask, err) && copy_peer(job, ask->peer, err) &&
           copy_fields(job, ask, err) && copy_credential(job, ask, err) &&
           copy_wishes(job, ask, err);
}
