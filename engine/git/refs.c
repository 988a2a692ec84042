/* SPDX-License-Identifier: Apache-2.0 */
#include "git/refs.h"

#include "base/text.h"
#include "git/words.h"
#include "trust/pattern.h"

#include <stdlib.h>
#include <string.h>

void
cm_git_found_done(struct cm_git_found *found)
{
    free(found->refs);
    found->refs = NULL;
}

bool
cm_git_take_id(struct cm_cursor *line, char ret_id[CM_GIT_ID])
{
    const unsigned char *digits = cm_cursor_take(line, CM_GIT_ID - 1);
    if (!digits)
        return false;
    memcpy(ret_id, digits, CM_GIT_ID - 1);
    ret_id[CM_GIT_ID - 1] = '\0';
    return cm_is_commit_id(ret_id);
}

/* This is asked of every line that a server thinks of, so the cheap question comes first. */
bool
cm_git_is_wanted(const struct cm_git_found *found, const void *at, size_t size,
                 char ret_name[CM_GIT_REF_MOST + 1])
{
    for (size_t i = 0; i < found->prefix_count; i++) {
        size_t head = strlen(found->prefixes[i]);
        if (size < head || memcmp(at, found->prefixes[i], head) != 0)
            continue;
        if (size > CM_GIT_REF_MOST || !cm_is_utf8(at, size))
            return false;
        memcpy(ret_name, at, size);
        ret_name[size] = '\0';
        return true;
    }
    return false;
}

static struct cm_git_ref *
new_ref(struct cm_git_found *found, struct cm_err *err)
{
    if (found->count == CM_GIT_REFS) {
        cm_fail(err, CM_E_LIMIT, "the server names more than %u refs", CM_GIT_REFS);
        return NULL;
    }
    if (found->count == found->room) {
        size_t room = found->room ? found->room * 2 : 64;
        struct cm_git_ref *refs = reallocarray(found->refs, room, sizeof *refs);
        if (!refs) {
            cm_fail(err, CM_E_LIMIT, "no memory for the server's refs");
            return NULL;
        }
        found->refs = refs;
        found->room = room;
    }
    return &found->refs[found->count];
}

bool
cm_git_add_ref(struct cm_git_found *found, const char *name, const char *id,
               struct cm_git_ref **ret, struct cm_err *err)
{
    char shown[CM_GIT_WORDS_MOST + 1];
    if (!cm_ref_is_valid(name))
        return cm_fail(err, CM_E_MALFORMED, "the server names a ref as no ref can be named: %s",
                       cm_git_words(name, strlen(name), shown));
    struct cm_git_ref *ref = new_ref(found, err);
    if (!ref)
        return false;
    *ref = (struct cm_git_ref){.name = cm_arena_text(found->arena, name)};
    if (!ref->name)
        return cm_fail(err, CM_E_LIMIT, "no memory for the server's refs");
    memcpy(ref->id, id, CM_GIT_ID);
    found->count++;
    *ret = ref;
    return true;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct cm_git_ref *)a)->name, ((const struct cm_git_ref *)b)->name);
}

static bool
sort(struct cm_git_found *found, struct cm_err *err)
{
    if (found->count > 0)
        qsort(found->refs, found->count, sizeof *found->refs, by_name);
    for (size_t i = 1; i < found->count; i++) {
        const char *name = found->refs[i].name;
        char shown[CM_GIT_WORDS_MOST + 1];
        if (strcmp(found->refs[i - 1].name, name) == 0)
            return cm_fail(err, CM_E_MALFORMED, "the server names %s twice",
                           cm_git_words(name, strlen(name), shown));
    }
    return true;
}

bool
cm_git_found_all(struct cm_git_found *found, struct cm_git_ref **ret, size_t *ret_count,
                 struct cm_err *err)
{
    if (!sort(found, err))
        return false;
    struct cm_git_ref *refs = cm_arena_alloc(found->arena, (found->count + 1) * sizeof *refs);
    if (!refs)
        return cm_fail(err, CM_E_LIMIT, "no memory for the server's refs");
    if (found->count > 0)
        memcpy(refs, found->refs, found->count * sizeof *refs);
    *ret = refs;
    *ret_count = found->count;
    return true;
}

bool
cm_git_is_no_refusal(struct cm_cursor *line, struct cm_err *err)
{
    char shown[CM_GIT_WORDS_MOST + 1];
    if (cm_cursor_skip(line, "ERR "))
        return cm_fail(err, CM_E_UNSUPPORTED, "the server says: %s",
                       cm_git_words(line->at, cm_cursor_left(line), shown));
    return true;
}
