/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/resource.h"

#include "trust/url.h"

#include <stdio.h>
#include <string.h>

#define PLACE        "{version}"
#define VERSION_MOST 128
#define TEXT_MOST    255
#define PLAIN        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

/* ---- as it is written ---- */

bool
cm_has_version(const char *text)
{
    return text != NULL && strstr(text, PLACE) != NULL;
}

/* All braces are those of one place. */
static bool
check_places(const char *text, struct cm_err *err)
{
    const char *place = strstr(text, PLACE);
    size_t before = place != NULL ? (size_t)(place - text) : strlen(text);
    const char *behind = place != NULL ? place + strlen(PLACE) : "";
    return (strcspn(text, "{}") == before && behind[strcspn(behind, "{}")] == '\0') ||
           cm_fail(err, CM_E_CONFIG, "has braces that are not the one {version}");
}

bool
cm_file_name_check(const char *text, struct cm_err *err)
{
    if (strlen(text) > TEXT_MOST || strchr(text, '/') != NULL)
        return cm_fail(err, CM_E_CONFIG, "is no name of a file");
    return check_places(text, err);
}

bool
cm_resource_check(const char *text, struct cm_err *err)
{
    return cm_uri_check(text, err) && check_places(text, err);
}

/* ---- as it is used ---- */

/* What stands at the place of `pattern` in `name`: at least one byte, none that could not stand in
 * a version. */
static bool
find_version(const char *pattern, const char *name, const char **ret, size_t *ret_size)
{
    const char *place = strstr(pattern, PLACE);
    size_t before = (size_t)(place - pattern), size = strlen(name);
    size_t behind = strlen(place + strlen(PLACE));
    if (size <= before + behind || strncmp(pattern, name, before) != 0 ||
        strcmp(place + strlen(PLACE), name + size - behind) != 0)
        return false;
    *ret = name + before;
    *ret_size = size - before - behind;
    return *ret_size <= VERSION_MOST && strspn(*ret, PLAIN "+") >= *ret_size;
}

static bool
give(const char *text, const char **ret, struct cm_err *err)
{
    if (text == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for the name of a resource");
    *ret = text;
    return true;
}

static bool
generic(const char *organization, const char *project, const char *build, struct cm_arena *arena,
        const char **ret, struct cm_err *err)
{
    const char *version = build != NULL ? cm_url_encode(arena, build) : "";
    return give(version == NULL ? NULL
                                : cm_arena_printf(arena, "pkg:generic/%s/%s%s%s", organization,
                                                  project, build != NULL ? "@" : "", version),
                ret, err);
}

bool
cm_resource_of(const struct cm_artifact_configuration *artifact, const char *organization,
               const char *project, const char *build, const char *file_name,
               struct cm_arena *arena, const char **ret, struct cm_err *err)
{
    const char *version = NULL;
    size_t size = 0;
    const char *pattern = artifact != NULL ? artifact->file_name : NULL;
    bool fits = pattern == NULL ||
                (cm_has_version(pattern) ? find_version(pattern, file_name, &version, &size)
                                         : strcmp(pattern, file_name) == 0);
    if (!fits)
        return cm_fail(err, CM_E_DENIED,
                       "the artifact's name is not \"%s\", as its configuration %s says", pattern,
                       artifact->slug);
    if (artifact == NULL || artifact->resource == NULL)
        return generic(organization, project, build, arena, ret, err);
    const char *place = strstr(artifact->resource, PLACE);
    if (place == NULL)
        return give(artifact->resource, ret, err);
    char room[VERSION_MOST + 1];
    (void)snprintf(room, sizeof room, "%.*s", (int)size, version != NULL ? version : "");
    const char *encoded = cm_url_encode(arena, room);
    return give(encoded == NULL
                    ? NULL
                    : cm_arena_printf(arena, "%.*s%s%s", (int)(place - artifact->resource),
                                      artifact->resource, encoded, place + strlen(PLACE)),
                ret, err);
}
