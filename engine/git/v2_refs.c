/* SPDX-License-Identifier: Apache-2.0 */
#include "git/refs.h"

#include "git/words.h"

#include <string.h>

const char *
cm_git_ref_commit(const struct cm_git_ref *ref)
{
    return *ref->peeled ? ref->peeled : ref->id;
}

/* What may stand behind the name: " peeled:ID" and attributes of later versions. */
static bool
read_attributes(struct cm_cursor *line, struct cm_git_ref *ref)
{
    while (cm_cursor_left(line) > 0) {
        if (cm_cursor_skip(line, " peeled:")) {
            if (*ref->peeled || !cm_git_take_id(line, ref->peeled))
                return false;
        } else if (cm_cursor_skip(line, " ")) {
            while (cm_cursor_left(line) > 0 && *line->at != ' ')
                (void)cm_cursor_u8(line);
        } else {
            return false;
        }
    }
    return true;
}

static bool
add_ref(struct cm_git_found *found, struct cm_cursor *line, const char *id, const char *name,
        struct cm_err *err)
{
    struct cm_git_ref *ref = NULL;
    char shown[CM_GIT_WORDS_MOST + 1];
    if (!cm_git_add_ref(found, name, id, &ref, err))
        return false;
    if (!read_attributes(line, ref))
        return cm_fail(err, CM_E_MALFORMED, "the server's line on %s cannot be read",
                       cm_git_words(name, strlen(name), shown));
    return true;
}

/* "ID NAME[ peeled:ID]" */
static bool
read_ref(struct cm_git_found *found, const struct cm_pkt *pkt, struct cm_err *err)
{
    const char *text = NULL;
    size_t size = 0;
    if (!cm_pkt_line(pkt, &text, &size))
        return cm_fail(err, CM_E_MALFORMED, "the server's list of refs cannot be read");
    struct cm_cursor line = cm_cursor(text, size);
    if (!cm_git_is_no_refusal(&line, err))
        return false;
    char id[CM_GIT_ID];
    if (!cm_git_take_id(&line, id) || !cm_cursor_skip(&line, " "))
        return cm_fail(err, CM_E_MALFORMED, "the server names a ref without a readable id");
    const unsigned char *end = memchr(line.at, ' ', cm_cursor_left(&line));
    size_t name_size = end ? (size_t)(end - line.at) : cm_cursor_left(&line);
    const unsigned char *at = cm_cursor_take(&line, name_size);
    char name[CM_GIT_REF_MOST + 1];
    return !cm_git_is_wanted(found, at, name_size, name) || add_ref(found, &line, id, name, err);
}

static bool
read_all(struct cm_git_found *found, struct cm_cursor *cursor, struct cm_err *err)
{
    for (;;) {
        struct cm_pkt pkt;
        if (!cm_pkt_next(cursor, &pkt, err))
            return false;
        if (pkt.kind == CM_PKT_FLUSH)
            break;
        if (!read_ref(found, &pkt, err))
            return false;
    }
    if (cm_cursor_left(cursor) > 0)
        return cm_fail(err, CM_E_MALFORMED, "something stands behind the server's list of refs");
    return true;
}

bool
cm_git_refs_parse(struct cm_arena *arena, const void *at, size_t size, const char *const *prefixes,
                  size_t prefix_count, struct cm_git_ref **ret, size_t *ret_count,
                  struct cm_err *err)
{
    CM_CLEANUP(cm_git_found_done)
    struct cm_git_found found = {
        .arena = arena, .prefixes = prefixes, .prefix_count = prefix_count};
    struct cm_cursor cursor = cm_cursor(at, size);
    return read_all(&found, &cursor, err) && cm_git_found_all(&found, ret, ret_count, err);
}
