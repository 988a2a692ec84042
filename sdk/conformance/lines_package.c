/* SPDX-License-Identifier: Apache-2.0
 *
 * Packages that are not what they should be, and documenting what is documented.
 */
#include "play.h"

#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLIPS 24u

static bool
is_idempotent(const json_t *out, struct cm_err *why)
{
    return cm_json_get(out, "written again") == NULL ||
           cm_fail(why, CM_E_MALFORMED, "documenting the documented package changes it again");
}

static bool
idempotent(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    return cf_honest_begin(t, &h, why) && is_idempotent(h.out, why);
}

/* ---- damaged entries ---- */

enum damage { MISSING, NO_CONTENT, FIRST_HALF, DOUBLED, ZEROS, NOISE, FLIPPED };

static const char *const damages[] = {"is missing",        "is empty",     "is cut in half",
                                      "stands twice",      "is all zeros", "is noise",
                                      "has a byte flipped"};

/* New content of the entry; false: the entry stands as it is. */
static bool
damage(const struct cf_entry *honest, enum damage how, size_t where, char *to, size_t *ret_size)
{
    size_t size = honest->size;
    *ret_size = how == NO_CONTENT   ? 0
                : how == FIRST_HALF ? size / 2
                : how == DOUBLED    ? 2 * size
                                    : size;
    if (size == 0)
        return false;
    memcpy(to, honest->at, size);
    if (how == DOUBLED)
        memcpy(to + size, honest->at, size);
    for (size_t i = 0; i < size && (how == ZEROS || how == NOISE); i++)
        to[i] = how == ZEROS ? '\0' : (char)(i * 2654435761u >> 7);
    if (how == FLIPPED)
        to[where % size] ^= (char)(1u << (where % 8));
    return true;
}

static bool
try_entries(const struct cf_honest *h, const struct cf_entry *entries, size_t count,
            struct cm_err *why)
{
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    const struct cf_disturbance how = {.entries = entries, .entry_count = count};
    /* what a package is, is not the plug-in's own fault */
    return cf_play(h->play, &how, &out, why) && cf_none_ends_with(out, CM_E_INTERNAL, why) &&
           is_idempotent(out, why);
}

static bool
damage_entry(const struct cf_honest *h, size_t index, enum damage how, size_t where,
             struct cm_err *why)
{
    const struct cf_script *s = h->play->script;
    struct cf_entry entries[CF_ENTRIES_MOST];
    size_t count = s->entry_count;
    char *to = malloc(2 * s->entries[index].size + 1);
    if (to == NULL)
        return cm_fail(why, CM_E_LIMIT, "out of memory");
    memcpy(entries, s->entries, sizeof entries);
    bool differs =
        how == MISSING || damage(&s->entries[index], how, where, to, &entries[index].size);
    if (how == MISSING)
        entries[index] = entries[--count];
    else if (differs)
        entries[index].at = to;
    cf_doing(h->play->trial, "%s %s (%zu)", s->entries[index].name, damages[how], where);
    bool ok = !differs || try_entries(h, entries, count, why) ||
              cm_context(why, "%s %s", s->entries[index].name, damages[how]);
    free(to);
    return ok;
}

static bool
broken(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    enum damage how = (enum damage)cf_line_now()->detail;
    if (!cf_honest_begin(t, &h, why))
        return false;
    if (t->script->package != NULL)
        return cf_skip(t, "the script gives a whole file, and not its entries");
    for (size_t i = 0; i < t->script->entry_count; i++)
        for (size_t k = 0; k < (how == FLIPPED ? FLIPS : 1u); k++)
            if (!damage_entry(&h, i, how, k * (t->script->entries[i].size / FLIPS + 1) + k, why))
                return false;
    return true;
}

#define LINE(what, number)                                                                         \
    {                                                                                              \
        .id = "package: an entry " what, .kinds = CF_ARTIFACT, .run = broken, .detail = (number)   \
    }

const struct cf_line cf_package_lines[] = {
    {.id = "package: documented once", .kinds = CF_PACKAGE, .run = idempotent},
    LINE("is missing", MISSING),
    LINE("is empty", NO_CONTENT),
    LINE("is cut in half", FIRST_HALF),
    LINE("stands twice", DOUBLED),
    LINE("is all zeros", ZEROS),
    LINE("is noise", NOISE),
    LINE("has a byte flipped", FLIPPED),
    {.id = NULL},
};
