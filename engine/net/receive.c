/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes back, piece by piece, from inside libcurl: bounded, checked, and led where it belongs.
 */
#include "net/inside.h"

#include "base/fd.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DROPPED_MOST ((uint64_t)64 * 1024) /* then it is cheaper to close the connection */

/* ---- headers ---- */

static bool
bad_header(struct cm_job *job, const char *what)
{
    return cm_fail(&job->hop.err, CM_E_MALFORMED, "%s: the answer has a header %s", job->where,
                   what);
}

/* Without the blanks around it; bytes that are not fit for a document come out escaped. */
static const char *
read_value(struct cm_job *job, const char *at, size_t size)
{
    while (size > 0 && (*at == ' ' || *at == '\t')) {
        at++;
        size--;
    }
    while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t'))
        size--;
    bool plain = cm_is_utf8(at, size);
    for (size_t i = 0; i < size && plain; i++)
        plain = (unsigned char)at[i] >= ' ' && at[i] != 0x7f;
    if (plain)
        return cm_arena_bytes(job->arena, at, size);
    CM_CLEANUP(cm_buf_done) struct cm_buf escaped = CM_BUF_INIT(16 * CM_HTTP_HEADER_BYTES);
    cm_escape_to(&escaped, at, size);
    return escaped.failed ? NULL : cm_arena_text(job->arena, cm_buf_text(&escaped));
}

static bool
is_name(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)at[i] <= ' ' || (unsigned char)at[i] >= 0x7f)
            return false;
    return size > 0;
}

static bool
take_field(struct cm_job *job, const char *at, size_t size)
{
    struct cm_exchange *x = &job->x;
    const char *colon = memchr(at, ':', size);
    size_t name_size = colon ? (size_t)(colon - at) : 0;
    if (!colon || !is_name(at, name_size))
        return bad_header(job, "that is not well-formed");
    if (x->header_count == CM_HTTP_HEADERS)
        return cm_fail(&job->hop.err, CM_E_LIMIT, "%s: the answer has more than %d headers",
                       job->where, CM_HTTP_HEADERS);
    char *name = cm_arena_bytes(job->arena, at, name_size);
    const char *value = read_value(job, colon + 1, size - name_size - 1);
    if (!name || !value)
        return cm_fail(&job->hop.err, CM_E_LIMIT, "%s: no memory for its headers", job->where);
    for (char *c = name; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    x->headers[x->header_count++] = (struct cm_field){name, value};
    return true;
}

static enum cm_body_target
target_of(const struct cm_job *job)
{
    bool whole = job->x.status == 200;
    if (cm_job_is_sent_on(job))
        return CM_BODY_DROP;
    if (job->sink)
        return whole ? CM_BODY_SINK : CM_BODY_DROP;
    if (job->find)
        return whole ? CM_BODY_FIND : CM_BODY_DROP;
    if (job->flags & CM_HTTP_ARTIFACT)
        return whole ? CM_BODY_FILE : CM_BODY_DROP;
    return CM_BODY_KEEP;
}

/* We ask for no coding, so there is none to undo; a body that is coded all the same would be
 * searched and hashed as something that it is not. */
static bool
is_uncoded(struct cm_job *job)
{
    for (size_t i = 0; i < job->x.header_count; i++) {
        const struct cm_field *field = &job->x.headers[i];
        bool content = strcmp(field->name, "content-encoding") == 0;
        bool transfer = strcmp(field->name, "transfer-encoding") == 0;
        const char *may = content ? "identity" : "chunked";
        if ((content || transfer) && field->value[0] && strcasecmp(field->value, may) != 0)
            return cm_fail(&job->hop.err, CM_E_UNSUPPORTED,
                           "%s: the answer is coded (%s: %s), and nobody asked for that",
                           job->where, field->name, field->value);
    }
    return true;
}

static bool
too_large(struct cm_job *job)
{
    return cm_fail(&job->hop.err, CM_E_LIMIT, "%s: the answer is larger than %llu bytes",
                   job->where, (unsigned long long)job->most);
}

/* A new and empty one of whatever the body goes to, whatever an earlier try put there. */
static bool
open_target(struct cm_job *job)
{
    struct cm_hop *hop = &job->hop;
    hop->digest = cm_digest_new("sha256");
    if (!hop->digest)
        return cm_fail(&hop->err, CM_E_INTERNAL, "%s: SHA-256 cannot be begun", job->where);
    if (hop->target == CM_BODY_FIND) {
        cm_finder_done(&job->finder);
        cm_finder_begin(&job->finder, job->arena, job->find, job->find_after);
    }
    if (hop->target != CM_BODY_FILE)
        return true;
    cm_fd_done(&job->x.artifact);
    return cm_file_unlinked(job->net->settings.folder, &job->x.artifact, &hop->err) ||
           cm_context(&hop->err, "%s: no file for the artifact", job->where);
}

static bool
end_of_head(struct cm_job *job)
{
    struct cm_hop *hop = &job->hop;
    curl_off_t announced = -1;
    hop->head_over = true;
    hop->target = target_of(job);
    if (hop->target == CM_BODY_DROP)
        return true;
    if (!is_uncoded(job))
        return false;
    if (curl_easy_getinfo(hop->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced) == CURLE_OK &&
        announced > 0 && (uint64_t)announced > job->most)
        return too_large(job);
    return open_target(job);
}

/* One line with its CR LF: the status, a field, or the empty one behind the last. */
static bool
take_line(struct cm_job *job, const char *at, size_t size)
{
    struct cm_hop *hop = &job->hop;
    long status = 0;
    if (!hop->asked)
        return cm_proxy_take_line(job, at, size);
    hop->header_bytes += size;
    if (hop->header_bytes > CM_HTTP_HEADER_BYTES)
        return cm_fail(&hop->err, CM_E_LIMIT, "%s: the answer has more than %zu bytes of headers",
                       job->where, CM_HTTP_HEADER_BYTES);
    if (hop->head_over)
        return true; /* a trailer; nobody reads it */
    while (size > 0 && (at[size - 1] == '\n' || at[size - 1] == '\r'))
        size--;
    if (size >= 5 && memcmp(at, "HTTP/", 5) == 0) {
        job->x.header_count = 0;
        return true;
    }
    if (size > 0)
        return take_field(job, at, size);
    if (curl_easy_getinfo(hop->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
        return cm_fail(&hop->err, CM_E_INTERNAL, "%s: no status", job->where);
    job->x.status = (int)status;
    return status < 200 || end_of_head(job);
}

static size_t
on_header(char *at, size_t one, size_t count, void *data)
{
    return take_line(data, at, one * count) ? one * count : 0;
}

/* ---- body ---- */

static bool
drop(struct cm_hop *hop, size_t size)
{
    hop->size += size;
    hop->enough = hop->size > DROPPED_MOST;
    return !hop->enough;
}

static bool
keep(struct cm_job *job, const void *at, size_t size)
{
    cm_buf_add(&job->x.body, at, size);
    return !job->x.body.failed ||
           cm_fail(&job->hop.err, CM_E_LIMIT, "%s: no memory for the answer", job->where);
}

static bool
feed_sink(struct cm_job *job, const void *at, size_t size)
{
    job->sink_fed = true;
    if (job->sink(job->sink_data, at, size, &job->hop.err))
        return true;
    if (job->hop.err.class == CM_OK)
        return cm_fail(&job->hop.err, CM_E_INTERNAL, "%s: the answer was not wanted", job->where);
    return false;
}

static bool
lead_on(struct cm_job *job, const void *at, size_t size)
{
    struct cm_err *err = &job->hop.err;
    switch (job->hop.target) {
    case CM_BODY_SINK:
        return feed_sink(job, at, size);
    case CM_BODY_FIND:
        return cm_finder_add(&job->finder, at, size, err) || cm_context(err, "%s", job->where);
    case CM_BODY_FILE:
        return cm_fd_write_all(job->x.artifact, "the file that the artifact is put in", at, size,
                               err) ||
               cm_context(err,
                          "%s: the artifact cannot be written (set TMPDIR to a folder with room)",
                          job->where);
    case CM_BODY_KEEP:
    case CM_BODY_DROP:
        break;
    }
    return keep(job, at, size);
}

static bool
take_body(struct cm_job *job, const void *at, size_t size)
{
    struct cm_hop *hop = &job->hop;
    if (hop->target == CM_BODY_DROP)
        return drop(hop, size);
    if (!hop->digest)
        return cm_fail(&hop->err, CM_E_MALFORMED, "%s: a body before its head", job->where);
    if (size > job->most - hop->size)
        return too_large(job);
    hop->size += size;
    cm_digest_add(hop->digest, at, size);
    return lead_on(job, at, size);
}

static size_t
on_body(char *at, size_t one, size_t count, void *data)
{
    return take_body(data, at, one * count) ? one * count : 0;
}

/* ---- the whole ---- */

bool
cm_receive_put_on(struct cm_job *job, CURL *easy)
{
    bool ok = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK;
    ok &= curl_easy_setopt(easy, CURLOPT_HEADERDATA, job) == CURLE_OK;
    ok &= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK;
    ok &= curl_easy_setopt(easy, CURLOPT_WRITEDATA, job) == CURLE_OK;
    return ok;
}

bool
cm_receive_end(struct cm_job *job, struct cm_err *err)
{
    struct cm_hop *hop = &job->hop;
    struct cm_exchange *x = &job->x;
    x->size = 0;
    x->sha256[0] = '\0';
    if (!hop->head_over)
        return cm_fail(err, CM_E_MALFORMED, "%s: the answer has no end of its headers", job->where);
    if (hop->target == CM_BODY_DROP)
        return true;
    if (hop->target == CM_BODY_FIND) {
        if (!cm_finder_end(&job->finder, err))
            return cm_context(err, "%s", job->where);
        x->matches = job->finder.matches;
        x->match_count = job->finder.count;
    }
    if (hop->target == CM_BODY_FILE && lseek(x->artifact, 0, SEEK_SET) != 0)
        return cm_fail(err, CM_E_INTERNAL, "%s: the artifact's file cannot be read", job->where);
    if (!cm_digest_end(CM_TAKE(hop->digest), x->sha256))
        return cm_fail(err, CM_E_INTERNAL, "%s: SHA-256 failed", job->where);
    x->size = hop->size;
    return true;
}
