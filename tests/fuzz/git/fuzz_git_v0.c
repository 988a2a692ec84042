/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of refs of an old server. The first byte of an input: a digit, the size of the pieces
 * that it comes in (0: in one). In whatever pieces: what is read is the same.
 */
#include "../demand.h"
#include "git/v0.h"

#include <stdlib.h>
#include <string.h>

struct heard {
    struct cm_git_ref *refs;
    size_t count;
    struct cm_git_v0_capabilities capabilities;
    struct cm_err err;
};

static void
hear(struct cm_arena *arena, const uint8_t *at, size_t size, size_t step, struct heard *ret)
{
    static const char *const prefixes[] = {"refs/heads/", "refs/tags/v"};
    struct cm_git_v0_refs reader;
    bool good = true;
    *ret = (struct heard){.err = CM_ERR_INIT};
    cm_git_v0_refs_begin(&reader, arena, prefixes, CM_COUNT(prefixes));
    for (size_t done = 0; good && done < size; done += step) {
        size_t piece = size - done < step ? size - done : step;
        good = cm_git_v0_refs_feed(&reader, at + done, piece, &ret->err);
    }
    good =
        good && cm_git_v0_refs_end(&reader, &ret->refs, &ret->count, &ret->capabilities, &ret->err);
    demand(good == (ret->err.class == CM_OK) && good == (ret->refs != NULL));
    cm_git_v0_refs_done(&reader);
}

static void
look(const struct heard *heard)
{
    const struct cm_git_ref *refs = heard->refs;
    demand(heard->capabilities.version <= 1);
    for (size_t i = 0; i < heard->count; i++) {
        demand(cm_git_prefix_is_valid(refs[i].name) && strlen(cm_git_ref_commit(&refs[i])) == 40);
        demand(i == 0 || strcmp(refs[i - 1].name, refs[i].name) < 0);
    }
}

static void
compare(const struct heard *a, const struct heard *b)
{
    const struct cm_git_v0_capabilities *can = &a->capabilities, *too = &b->capabilities;
    demand(a->err.class == b->err.class && a->count == b->count);
    demand(can->version == too->version && can->shallow_commits == too->shallow_commits);
    demand(can->filter == too->filter && can->sha1 == too->sha1 && can->shallow == too->shallow);
    for (size_t i = 0; i < a->count; i++)
        demand(strcmp(a->refs[i].name, b->refs[i].name) == 0 &&
               strcmp(a->refs[i].id, b->refs[i].id) == 0 &&
               strcmp(a->refs[i].peeled, b->refs[i].peeled) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard pieces, whole;
    struct cm_arena *arena = cm_arena_new((size_t)64 << 20);
    if (arena && size > 1 && data[0] >= '0' && data[0] <= '9') {
        hear(arena, data + 1, size - 1, data[0] == '0' ? size : (size_t)(data[0] - '0'), &pieces);
        hear(arena, data + 1, size - 1, size, &whole);
        look(&whole);
        compare(&pieces, &whole);
    }
    cm_arena_free(arena);
    return 0;
}
