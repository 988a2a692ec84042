/* SPDX-License-Identifier: Apache-2.0
 *
 * Was everything still the same after the download?
 *
 * Most often both answers are the same, byte for byte; their digests tell, also for what was
 * withheld. Where they are not, because another build began or a count came late, everything that
 * was kept is compared, with the names of all members and the lengths of lists of scripts, hosts
 * and caches. That leaves values that were withheld: whoever changes one of those moves `updated`,
 * which is kept.
 */
#include "appveyor.h"

#include <string.h>

/* What moves by itself: other builds, late messages and counts, the images that AppVeyor offers.
 * None of it is kept, so only the names may come and go. */
static const char *const moving[] = {"builds",          "currentBuild", "currentBuildId",
                                     "nextBuildNumber", "messages",     "updated",
                                     "*Count",          "images",       NULL};

static bool
matches_one(struct cmk_call *c, const char *name, const char *const *patterns)
{
    for (; *patterns != NULL; patterns++)
        if (c->base->match(c, *patterns, name) == 1)
            return true;
    return false;
}

/* ---- the kept leaves ---- */

static bool
same_leaf(struct cmk_call *c, const struct cmk_value *a, const struct cmk_value *b,
          const char *path)
{
    const char *was = av_shown(c, a, path), *is = av_shown(c, b, path);
    return (was == NULL && is == NULL) || av_same(was, is);
}

/* "a.b", or "a[].b" for b in each element of a */
static bool
same_path(struct cmk_call *c, const struct cmk_value *a, const struct cmk_value *b,
          const char *path)
{
    const char *each = strstr(path, "[].");
    if (each == NULL)
        return same_leaf(c, a, b, path);
    const char *list = cmk_printf(c, "%.*s", (int)(each - path), path);
    const struct cmk_value *was = cmk_get(c, a, list), *is = cmk_get(c, b, list);
    uint64_t count = c->json->count(c, was);
    if (count != c->json->count(c, is))
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (!same_path(c, c->json->at(c, was, i), c->json->at(c, is, i), each + 3))
            return false;
    return true;
}

/* ---- the names of members ---- */

static bool
is_counted(struct cmk_call *c, const char *name)
{
    static const char *const lists[] = {"*Scripts", "*Entries", "deployments", NULL};
    return matches_one(c, name, lists);
}

/* The first member of `a` that is not in `b`, or not as long there. */
static const char *
not_in(struct cmk_call *c, const struct cmk_value *a, const struct cmk_value *b)
{
    uint64_t count = c->json->count(c, a);
    for (uint64_t i = 0; i < count; i++) {
        const char *name = c->json->key(c, a, i);
        const struct cmk_value *was = c->json->at(c, a, i);
        const struct cmk_value *is = c->json->member(c, b, name);
        if (name == NULL || was == NULL || matches_one(c, name, moving))
            continue;
        if (is == NULL || (is_counted(c, name) && c->json->count(c, was) != c->json->count(c, is)))
            return name;
    }
    return NULL;
}

/* ---- both readings ---- */

struct readings {
    const char *document, *after;
    const char *const *keep;
    const char *objects[5]; /* whose members' names are compared */
};

static bool
same_bytes(struct cmk_call *c, const struct cmk_exam *x, const struct readings *r)
{
    const struct cmk_value *was = x->evidence->facts(c, r->document);
    const struct cmk_value *is = x->evidence->facts(c, r->after);
    if (x->evidence->document(c, r->document) == NULL || x->evidence->document(c, r->after) == NULL)
        return false;
    return av_same(cmk_text(c, was, "hmac"), cmk_text(c, is, "hmac")) ||
           av_same(cmk_text(c, was, "sha256"), cmk_text(c, is, "sha256"));
}

static int32_t
same_names(struct cmk_call *c, const struct cmk_exam *x, const struct readings *r)
{
    const struct cmk_value *a = x->evidence->document(c, r->document);
    const struct cmk_value *b = x->evidence->document(c, r->after);
    for (size_t i = 0; r->objects[i] != NULL; i++) {
        const struct cmk_value *was = cmk_get(c, a, r->objects[i]);
        const struct cmk_value *is = cmk_get(c, b, r->objects[i]);
        if (was == NULL || is == NULL)
            return av_unknown(c, x, "there is no %s in one of the answers", r->objects[i]);
        const char *name = not_in(c, was, is);
        if (name == NULL)
            name = not_in(c, is, was);
        if (name != NULL)
            return av_fail(c, x, "changed: %s of the %s", name, r->document);
    }
    return CMK_PASS;
}

static int32_t
same_kept(struct cmk_call *c, const struct cmk_exam *x, const struct readings *r)
{
    const struct cmk_value *was = x->evidence->document(c, r->document);
    const struct cmk_value *is = x->evidence->document(c, r->after);
    for (const char *const *path = r->keep; *path != NULL; path++)
        if (!same_path(c, was, is, *path))
            return av_fail(c, x, "changed: %s of the %s", *path, r->document);
    return CMK_PASS;
}

int32_t
av_stable(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct readings both[] = {
        {"build", "build-after", av_keep_build, {"", "project", "build", NULL}},
        {"settings",
         "settings-after",
         av_keep_settings,
         {"", "project", "settings", "settings.configuration", NULL}},
    };
    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        if (same_bytes(c, x, &both[i]))
            continue;
        int32_t names = same_names(c, x, &both[i]);
        int32_t kept = names == CMK_PASS ? same_kept(c, x, &both[i]) : names;
        if (kept != CMK_PASS)
            return kept;
    }
    return av_pass(c, x, "build and settings are as they were before the download");
}
