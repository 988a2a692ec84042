/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/text.h"
#include "plugin/call.h"
#include "trust/pattern.h"
#include "trust/url.h"

#include <string.h>

#define MOST_SEGMENTS 64

static void
say(struct cmk_call *c, int32_t level, const char *text)
{
    const struct cm_plugin_host *host = cm_call_of(c)->host;
    if (cm_call_failed(c) || text == NULL)
        return;
    if (level < CMK_LOG_ERROR || level > CMK_LOG_DEBUG)
        level = CMK_LOG_DEBUG;
    cm_log(host->is.log, (enum cm_level)level, "%s: %s", host->is.plugin->id, text);
}

static int32_t
status(const struct cmk_call *c)
{
    return ((const struct cm_call *)(const void *)c)->failure.class;
}

static int32_t
fail(struct cmk_call *c, int32_t why, const char *text)
{
    cm_call_failf(cm_call_of(c), cm_class_of_status(why), "%s",
                  text != NULL ? text : "no reason was given");
    return status(c);
}

static int64_t
remaining(const struct cmk_call *c)
{
    int64_t deadline = ((const struct cm_call *)(const void *)c)->host->is.deadline;
    if (cm_call_failed(c))
        return 0;
    int64_t left = deadline != 0 ? deadline - cm_monotonic_now() : INT64_MAX;
    return left > 0 ? left : 0;
}

static void *
allocate(struct cmk_call *c, uint64_t size)
{
    return cm_call_alloc(cm_call_of(c), size < SIZE_MAX ? (size_t)size : SIZE_MAX);
}

static int32_t
match(struct cmk_call *c, const char *pattern, const char *text)
{
    return !cm_call_failed(c) && cm_pattern_matches(pattern, text);
}

static int64_t
read_time(struct cmk_call *c, const char *text)
{
    int64_t ns;
    if (cm_call_failed(c))
        return 0;
    return text != NULL && cm_parse_time(text, &ns) ? ns : CMK_NO_TIME;
}

static bool
is_segment(const char *text)
{
    return text != NULL && *text != '\0' && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

static const char *
build_url(struct cmk_call *c, const char *base, const char *const *segments, uint32_t count)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || base == NULL || *base == '\0' || (segments == NULL && count > 0))
        return NULL;
    if (count > MOST_SEGMENTS) {
        cm_call_failf(call, CM_E_LIMIT, "a URL of more than %d segments", MOST_SEGMENTS);
        return NULL;
    }
    CM_CLEANUP(cm_buf_done) struct cm_buf url = CM_BUF_INIT(1 << 16);
    cm_buf_puts(&url, base);
    while (url.size > 0 && url.at[url.size - 1] == '/')
        cm_buf_cut(&url, url.size - 1);
    for (uint32_t i = 0; i < count; i++) {
        if (!is_segment(segments[i]))
            return NULL;
        const char *encoded = cm_url_encode(call->arena, segments[i]);
        cm_buf_putc(&url, '/');
        cm_buf_puts(&url, encoded != NULL ? encoded : "");
        url.failed = url.failed || encoded == NULL;
    }
    const char *text = url.failed ? NULL : cm_arena_text(call->arena, cm_buf_text(&url));
    if (text == NULL)
        cm_call_failf(call, CM_E_LIMIT, "a URL that is too long");
    return text;
}

static const void *
query(struct cmk_call *c, const char *name, uint32_t least_size)
{
    if (cm_call_failed(c))
        return NULL;
    return cm_host_interface(cm_call_of(c)->host, name, least_size);
}

const struct cmk_base cm_host_base = {
    .size = sizeof(struct cmk_base),
    .log = say,
    .fail = fail,
    .status = status,
    .remaining = remaining,
    .alloc = allocate,
    .match = match,
    .time = read_time,
    .url = build_url,
    .query = query,
};
