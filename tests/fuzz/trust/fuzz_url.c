/* SPDX-License-Identifier: Apache-2.0
 *
 * What was read as a URL, written again, reads as the same URL; a normal form is its own.
 */
#include "../demand.h"
#include "trust/url.h"

#include <stdlib.h>
#include <string.h>

static void
write_again(struct cm_arena *arena, const struct cm_url *url)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_url again;
    const char *query = url->query != NULL ? url->query : "";
    const char *text = cm_arena_printf(arena, "%s%s%s%s", cm_url_origin(arena, url), url->path,
                                       url->query != NULL ? "?" : "", query);
    if (strlen(text) > CM_URL_MOST) /* "https://h" has become "https://h/" */
        return;
    demand(cm_url_parse(arena, text, &again, &err) && cm_url_same_origin(url, &again));
    demand(strcmp(url->path, again.path) == 0 && (url->query == NULL) == (again.query == NULL));
    demand(url->query == NULL || strcmp(url->query, again.query) == 0);
}

static void
normalise(struct cm_arena *arena, const char *text, bool fold)
{
    struct cm_err err = CM_ERR_INIT;
    const char *normal, *again;
    if (!cm_url_repository(arena, text, fold, &normal, &err))
        return;
    demand(strncmp(normal, "https://", 8) == 0);
    if (cm_url_repository(arena, normal, fold, &again, &err) && strlen(again) == strlen(normal))
        demand(strcmp(normal, again) == 0); /* a second ".git" is dropped by a second pass */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 22);
    struct cm_err err = CM_ERR_INIT;
    struct cm_url url, base;
    const char *to;
    const char *text = cm_arena_bytes(arena, data, size);
    if (text == NULL)
        return 0;
    if (cm_url_parse(arena, text, &url, &err))
        write_again(arena, &url);
    normalise(arena, text, false);
    normalise(arena, text, true);
    demand(cm_url_parse(arena, "https://h.example:8443/a/b?c", &base, &err));
    if (cm_url_resolve(arena, &base, text, &to, &err))
        demand(cm_url_parse(arena, to, &url, &err));
    return 0;
}
