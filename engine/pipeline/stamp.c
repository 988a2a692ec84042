/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/stamp.h"

#include "attest/cms.h"
#include "attest/stamp.h"
#include "base/fd.h"
#include "net/net.h"
#include "pipeline/outside_module.h"
#include "pipeline/way_out.h"

#define QUERY_MOST  ((size_t)4 << 10)
#define QUERY_TYPE  "application/timestamp-query"
#define ANSWER_TYPE "application/timestamp-reply"

/* ---- asking ---- */

/* A status that is no answer is why there is none. */
static bool
take_answer(const struct cm_exchange *x, struct cm_buf *to, struct cm_err *err)
{
    if (x->err.class != CM_OK)
        return cm_fail(err, x->err.class, "%s", x->err.text);
    if (x->status != 200)
        return cm_fail(err, CM_E_DENIED, "it answers with status %d", x->status);
    cm_buf_add(to, x->body.at, x->body.size);
    return !to->failed || cm_fail(err, CM_E_LIMIT, "the answer is too large");
}

/* A question asks for nothing but a stamp: it may be asked again. */
static bool
post(const struct cm_outside_table *outside, struct cm_outside *out,
     const struct cm_timestamp *stamp, const struct cm_buf *query, struct cm_buf *to,
     struct cm_err *err)
{
    static const struct cm_field headers[] = {{"Content-Type", QUERY_TYPE},
                                              {"Accept", ANSWER_TYPE}};
    const struct cm_http_ask ask = {
        .url = stamp->url,
        .peer = &stamp->peer,
        .headers = headers,
        .header_count = CM_COUNT(headers),
        .body = query->at,
        .body_size = query->size,
        .most = CM_STAMP_MOST,
        .flags = CM_HTTP_NO_REDIRECTS | CM_NET_IDEMPOTENT,
    };
    struct cm_exchange *x = outside->http(out, &ask);
    if (x == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    (void)outside->wait(out, &x->done);
    return take_answer(x, to, err);
}

static bool
ask_outside(const struct cm_trust *trust, const struct cm_installation *installation,
            struct cm_log *log, int64_t deadline, const struct cm_buf *query, struct cm_buf *to,
            struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    const struct cm_outside_table *outside;
    CM_CLEANUP(cm_way_out_done) struct cm_way_out way = {.proxy = NULL};
    if (!cm_way_out_to(trust, trust->timestamp->url, log, &way, err) ||
        !cm_outside_load(installation->outside_module, &outside, sha256, err))
        return false;
    const struct cm_outside_settings settings = {
        .deadline = deadline,
        .cancel_fd = -1,
        .log = log,
        .helper = installation->git_helper,
        .proxy = way.proxy,
        .proxy_password = way.proxy != NULL ? cm_buf_text(&way.password) : NULL,
        .named = way.named,
    };
    struct cm_outside *out = NULL;
    if (!outside->open(&settings, &out, err))
        return false;
    bool done = post(outside, out, trust->timestamp, query, to, err);
    outside->close(out);
    return done;
}

/* ---- the whole ---- */

static bool
read_authority(const char *path, struct cm_buf *to, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    return cm_file_open_guarded(path, &fd, NULL, err) && cm_fd_read_all(fd, path, to, err);
}

/* Whatever an authority does wrong says nothing of the artifact: the operator chose it. */
static bool
blame(const struct cm_timestamp *stamp, struct cm_err *err)
{
    if (err->class != CM_E_TRANSIENT && err->class != CM_E_CANCELLED && err->class != CM_E_INTERNAL)
        err->class = CM_E_CONFIG;
    return cm_context(err, "no time stamp of %s", stamp->url);
}

bool
cm_stamp_signature(const struct cm_trust *trust, const struct cm_installation *installation,
                   struct cm_log *log, int64_t deadline, struct cm_buf *cms, struct cm_err *err)
{
    CM_CLEANUP(cm_stamp_done) struct cm_stamp *stamp = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf authority = CM_BUF_INIT(CM_CMS_CHAIN_FILE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf query = CM_BUF_INIT(QUERY_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf answer = CM_BUF_INIT(CM_STAMP_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf stamped = CM_BUF_INIT(CM_CMS_MOST);
    if (trust->timestamp == NULL)
        return true;
    if (!read_authority(trust->timestamp->authority, &authority, err) ||
        !cm_stamp_ask(cm_buf_text(cms), cms->size, &stamp, &query, err) ||
        !ask_outside(trust, installation, log, deadline, &query, &answer, err) ||
        !cm_stamp_take(stamp, cm_buf_text(&answer), answer.size, &authority, &stamped, err))
        return blame(trust->timestamp, err);
    cm_buf_clear(cms);
    cm_buf_add(cms, stamped.at, stamped.size);
    return !cms->failed || cm_fail(err, CM_E_LIMIT, "the signature is too large");
}
