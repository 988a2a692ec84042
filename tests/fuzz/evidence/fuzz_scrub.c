/* SPDX-License-Identifier: Apache-2.0
 *
 * A body from a build system, scrubbed. The input is lines of paths to keep, an empty line, and the
 * body. Whatever comes out has the shape of what went in, holds no leaf that no path leads to, and
 * reading all of it never fails but by the rules.
 */
#include "../demand.h"
#include "base/json.h"
#include "evidence/scrub.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PATHS 32

/* A kept text differs only where a URL in it carried a password. */
static bool
is_masked(const json_t *body, const json_t *kept)
{
    const char *was = json_string_value(body);
    const char *is = json_string_value(kept);
    const char *url = was ? strstr(was, "://") : NULL;
    return url && strchr(url, '@') && is && strstr(is, "://[withheld]@");
}

/* Every member and element of one is in the other, and what differs is a mark of the right kind. */
static void
compare(const json_t *body, const json_t *kept)
{
    const char *key = NULL;
    json_t *value = NULL;
    uint64_t count = 0;
    struct cm_err err = CM_ERR_INIT;
    json_t *object = (json_t *)(uintptr_t)body;
    if (cm_is_withheld(kept)) {
        bool is_container = json_is_object(body) || json_is_array(body);
        demand(!json_is_null(body));
        demand(cm_read_count(kept, &count, &err) == is_container);
        demand(!is_container || count == json_object_size(body) + json_array_size(body));
        return;
    }
    demand(json_typeof(body) == json_typeof(kept));
    demand(json_object_size(body) == json_object_size(kept));
    demand(json_array_size(body) == json_array_size(kept));
    json_object_foreach(object, key, value)
    {
        const json_t *found = json_object_get(kept, key);
        demand(found != NULL);
        compare(value, found);
    }
    for (size_t i = 0; i < json_array_size(body); i++)
        compare(json_array_get(body, i), json_array_get(kept, i));
    if (!json_is_object(body) && !json_is_array(body))
        demand(json_equal(body, kept) || is_masked(body, kept));
}

/* Cuts the head into lines; gives the body behind the empty line. */
static const char *
split(char *head, const char *keep[MOST_PATHS + 1])
{
    size_t count = 0;
    char *rest = head;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (line[0] == '\0')
            return rest;
        if (count < MOST_PATHS)
            keep[count++] = line;
    }
    return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    const char *keep[MOST_PATHS + 1] = {NULL};
    CM_CLEANUP(cm_json_done) json_t *body = NULL;
    CM_CLEANUP(cm_json_done) json_t *kept = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)1 << 20);
    bool withheld = false;
    cm_buf_add(&text, at, size);
    const char *json = text.size > 0 && !text.failed ? split(text.at, keep) : NULL;
    if (!json || !cm_json_parse(json, (size_t)(text.at + text.size - json), "it", &body, &err))
        return 0;
    if (!cm_scrub(body, keep, &kept, &withheld, &err)) {
        demand(err.class != CM_OK && !kept);
        return 0;
    }
    compare(body, kept);
    demand(withheld != json_equal(body, kept));
    return 0;
}
