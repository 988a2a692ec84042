/* SPDX-License-Identifier: Apache-2.0
 *
 * What a git server says. The first byte of an input: 'a' an advertisement, 'r' the answer to
 * ls-refs, a digit the answer to a fetch in pieces of so many bytes (0: in one).
 */
#include "../demand.h"
#include "git/v2.h"

#include <stdlib.h>

static void
advertisement(struct cm_arena *arena, const uint8_t *at, size_t size)
{
    struct cm_git_advertisement of;
    struct cm_err err = CM_ERR_INIT;
    bool good = cm_git_advertisement_parse(arena, at, size, &of, &err);
    demand(good == (err.class == CM_OK));
    demand(of.first_line && of.version <= 2 && of.capability_count <= CM_GIT_CAPABILITIES);
    demand(good || of.version == 0);
}

static void
refs(struct cm_arena *arena, const uint8_t *at, size_t size)
{
    static const char *const prefixes[] = {"refs/heads/", "refs/tags/v"};
    struct cm_git_ref *found = NULL;
    size_t count = 0;
    struct cm_err err = CM_ERR_INIT;
    bool good = cm_git_refs_parse(arena, at, size, prefixes, 2, &found, &count, &err);
    demand(good == (err.class == CM_OK) && good == (found != NULL));
    for (size_t i = 0; i < count; i++)
        demand(cm_git_prefix_is_valid(found[i].name) && cm_git_ref_commit(&found[i])[40] == '\0');
}

static bool
count_bytes(void *data, const void *at, size_t size, struct cm_err *err)
{
    uint64_t *count = data;
    (void)err;
    demand(at && size > 0);
    *count += size;
    return true;
}

static void
fetch(const uint8_t *at, size_t size, size_t step)
{
    struct cm_git_fetch_answer answer;
    struct cm_err err = CM_ERR_INIT;
    uint64_t count = 0;
    bool good = true;
    cm_git_fetch_answer_begin(&answer, count_bytes, &count);
    for (size_t done = 0; good && done < size; done += step) {
        size_t piece = size - done < step ? size - done : step;
        good = cm_git_fetch_answer_feed(&answer, at + done, piece, &err);
    }
    good = good && cm_git_fetch_answer_end(&answer, &err);
    demand(good == (err.class == CM_OK) && count == answer.pack_size && count <= size);
    demand(!good || answer.section == CM_SECTION_END);
    cm_git_fetch_answer_done(&answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cm_arena *arena = cm_arena_new((size_t)64 << 20);
    if (arena && size > 0 && data[0] == 'a')
        advertisement(arena, data + 1, size - 1);
    else if (arena && size > 0 && data[0] == 'r')
        refs(arena, data + 1, size - 1);
    else if (size > 0 && data[0] >= '0' && data[0] <= '9')
        fetch(data + 1, size - 1, data[0] == '0' ? size : (size_t)(data[0] - '0'));
    cm_arena_free(arena);
    return 0;
}
