/* SPDX-License-Identifier: Apache-2.0
 *
 * One request as libcurl is to send it. What is not said here is said by libcurl's defaults, so
 * what it might take from the environment or the home folder is switched off one by one.
 */
#include "net/inside.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

bool
cm_headers_add(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (!longer)
        return false;
    *list = longer;
    return true;
}

void
cm_headers_drop(struct curl_slist **list)
{
    for (struct curl_slist *line = *list; line; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_slist_free_all(*list);
    *list = NULL;
}

/* Behind a redirect to another origin go only headers that can be no credential. */
static bool
may_go(const struct cm_job *job, const char *name)
{
    return !job->estranged || cm_ascii_equal_fold(name, "accept") ||
           cm_ascii_equal_fold(name, "git-protocol");
}

static bool
add_fields(struct cm_job *job)
{
    bool typed = false;
    for (size_t i = 0; i < job->field_count; i++) {
        const struct cm_field *field = &job->fields[i];
        typed |= cm_ascii_equal_fold(field->name, "content-type");
        if (!may_go(job, field->name))
            continue;
        /* libcurl takes "Name:" for "leave it out"; empty is "Name;" */
        const char *line = field->value[0]
                               ? cm_arena_printf(job->arena, "%s: %s", field->name, field->value)
                               : cm_arena_printf(job->arena, "%s;", field->name);
        if (!line || !cm_headers_add(&job->hop.headers, line))
            return false;
    }
    if (job->post && !typed && !cm_headers_add(&job->hop.headers, "Content-Type:"))
        return false;
    return cm_headers_add(&job->hop.headers, "Expect:");
}

static bool
add_credential(struct cm_job *job)
{
    if (job->credential.size == 0 || job->estranged)
        return true;
    job->x.with_credential = true;
    return cm_headers_add(&job->hop.headers, cm_buf_text(&job->credential));
}

#define SET(option, value) ok &= curl_easy_setopt(easy, option, value) == CURLE_OK

/* The asked origin is verified with its `ca` alone, if it has one; another, where a redirect led,
 * with the machine's certificates besides. */
static bool
set_tls(struct cm_job *job, CURL *easy)
{
    bool ok = true;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (job->peer.ca)
        SET(CURLOPT_CAINFO, job->peer.ca);
    if (job->peer.ca && !job->estranged)
        SET(CURLOPT_CAPATH, NULL);
    if (job->peer.spki && !job->estranged)
        SET(CURLOPT_PINNEDPUBLICKEY, job->peer.spki);
    return ok;
}

static bool
set_url(struct cm_job *job, CURL *easy)
{
    const char *query = job->at.query;
    const char *url =
        cm_arena_printf(job->arena, "%s%s%s", job->where, query ? "?" : "", query ? query : "");
    bool ok = url != NULL;
    if (!ok)
        return false;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, job->at.scheme);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_HSTS_CTRL, 0L);
    return ok;
}

static bool
set_http(struct cm_job *job, CURL *easy)
{
    bool ok = true;
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_USERAGENT, job->net->settings.agent);
    /* When a kept connection turns out dead, libcurl sends the request again by itself. */
    if (job->post && !(job->flags & CM_NET_IDEMPOTENT))
        SET(CURLOPT_FRESH_CONNECT, 1L);
    if (job->post) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->body.size);
        SET(CURLOPT_POSTFIELDS, cm_buf_text(&job->body)); /* borrowed */
    }
    SET(CURLOPT_HTTPHEADER, job->hop.headers);
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* none of them is for a proxy */
    return ok;
}

static bool
set_pace(struct cm_job *job, CURL *easy)
{
    const struct cm_net_pace *pace = &job->net->pace;
    bool ok = true;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(pace->connect / (CM_SECOND / 1000)));
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, (long)(pace->silence / CM_SECOND));
#if LIBCURL_VERSION_NUM >= 0x075700
    SET(CURLOPT_QUICK_EXIT, 1L); /* stopping does not wait for the resolver's thread */
#endif
    return ok;
}

static bool
set_all(struct cm_job *job, CURL *easy)
{
    bool ok = true;
    SET(CURLOPT_PRIVATE, job);
    SET(CURLOPT_ERRORBUFFER, job->hop.detail);
    return ok && set_url(job, easy) && set_tls(job, easy) && set_http(job, easy) &&
           set_pace(job, easy) && cm_proxy_put_on(job, easy) && cm_guard_put_on(job, easy) &&
           cm_receive_put_on(job, easy);
}

bool
cm_hop_start(struct cm_job *job, struct cm_err *err)
{
    struct cm_hop *hop = &job->hop;
    *hop = (struct cm_hop){.easy = NULL};
    if (job->x.redirects == 0) {
        job->x.tries++;
        job->x.through_proxy = false;
    }
    job->x.status = 0;
    job->x.location = NULL;
    job->x.header_count = 0;
    job->x.matches = NULL;
    job->x.match_count = 0;
    cm_buf_clear(&job->x.body);
    if (!cm_proxy_route(job, err))
        return false;
    hop->easy = curl_easy_init();
    bool ok = hop->easy && add_fields(job) && add_credential(job) && set_all(job, hop->easy) &&
              curl_multi_add_handle(job->net->multi, hop->easy) == CURLM_OK;
    if (!ok) {
        cm_hop_close(job);
        return cm_fail(err, CM_E_INTERNAL, "%s: the request cannot be made", job->where);
    }
    job->state = CM_JOB_RUNNING;
    return true;
}

void
cm_hop_close(struct cm_job *job)
{
    struct cm_hop *hop = &job->hop;
    if (hop->easy) {
        /* of a handle that was never added, an error that means nothing */
        (void)curl_multi_remove_handle(job->net->multi, hop->easy);
        curl_easy_cleanup(hop->easy);
        hop->easy = NULL;
    }
    cm_headers_drop(&hop->headers);
    cm_headers_drop(&hop->proxy_headers);
    cm_digest_done(&hop->digest);
}
