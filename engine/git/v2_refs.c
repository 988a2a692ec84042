/* SPDX-License-Identifier: Apache-2.0 */
#include "git/v2.h"

#include "base/text.h"
#include "git/words.h"
#include "trust/pattern.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct cm_arena *arena;
    const char *const *prefixes;
    size_t prefix_count;
    struct cm_git_ref *refs; /* CM_GIT_REFS of room at the most; owned */
    size_t count, room;
};

const char *
cm_git_ref_commit(const struct cm_git_ref *ref)
{
    return *ref->peeled ? ref->peeled : ref->id;
}

static bool
take_id(struct cm_cursor *line, char ret[CM_GIT_ID])
{
    const unsigned char *digits = cm_cursor_take(line, CM_GIT_ID - 1);
    if (!digits)
        return false;
    memcpy(ret, digits, CM_GIT_ID - 1);
    ret[CM_GIT_ID - 1] = '\0';
    return cm_is_commit_id(ret);
}

static bool
is_wanted(const struct reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->prefix_count; i++) {
        if (cm_starts_with(name, reading->prefixes[i]))
            return true;
    }
    return false;
}

static struct cm_git_ref *
new_ref(struct reading *reading, struct cm_err *err)
{
    if (reading->count == CM_GIT_REFS) {
        cm_fail(err, CM_E_LIMIT, "the server names more than %u refs", CM_GIT_REFS);
        return NULL;
    }
    if (reading->count == reading->room) {
        size_t room = reading->room ? reading->room * 2 : 64;
        struct cm_git_ref *refs = reallocarray(reading->refs, room, sizeof *refs);
        if (!refs) {
            cm_fail(err, CM_E_LIMIT, "no memory for the server's refs");
            return NULL;
        }
        reading->refs = refs;
        reading->room = room;
    }
    return &reading->refs[reading->count];
}

/* What may stand behind the name: " peeled:ID" and attributes of later versions. */
static bool
read_attributes(struct cm_cursor *line, struct cm_git_ref *ref)
{
    while (cm_cursor_left(line) > 0) {
        if (cm_cursor_skip(line, " peeled:")) {
            if (*ref->peeled || !take_id(line, ref->peeled))
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
add_ref(struct reading *reading, struct cm_cursor *line, const char *id, const char *name,
        struct cm_err *err)
{
    char shown[CM_GIT_WORDS_MOST + 1];
    if (!cm_ref_is_valid(name))
        return cm_fail(err, CM_E_MALFORMED, "the server names a ref as no ref can be named: %s",
                       cm_git_words(name, strlen(name), shown));
    struct cm_git_ref *ref = new_ref(reading, err);
    if (!ref)
        return false;
    *ref = (struct cm_git_ref){.name = cm_arena_text(reading->arena, name)};
    memcpy(ref->id, id, CM_GIT_ID);
    if (!ref->name)
        return cm_fail(err, CM_E_LIMIT, "no memory for the server's refs");
    if (!read_attributes(line, ref))
        return cm_fail(err, CM_E_MALFORMED, "the server's line on %s cannot be read",
                       cm_git_words(name, strlen(name), shown));
    reading->count++;
    return true;
}

/* "ID NAME[ peeled:ID]" */
static bool
read_ref(struct reading *reading, const struct cm_pkt *pkt, struct cm_err *err)
{
    const char *text = NULL;
    size_t size = 0;
    if (!cm_pkt_line(pkt, &text, &size))
        return cm_fail(err, CM_E_MALFORMED, "the server's list of refs cannot be read");
    struct cm_cursor line = cm_cursor(text, size);
    char shown[CM_GIT_WORDS_MOST + 1];
    if (cm_cursor_skip(&line, "ERR "))
        return cm_fail(err, CM_E_UNSUPPORTED, "the server says: %s",
                       cm_git_words(line.at, cm_cursor_left(&line), shown));
    char id[CM_GIT_ID];
    if (!take_id(&line, id) || !cm_cursor_skip(&line, " "))
        return cm_fail(err, CM_E_MALFORMED, "the server names a ref without a readable id");
    const unsigned char *end = memchr(line.at, ' ', cm_cursor_left(&line));
    size_t name_size = end ? (size_t)(end - line.at) : cm_cursor_left(&line);
    const unsigned char *at = cm_cursor_take(&line, name_size);
    if (!at || name_size > CM_GIT_REF_MOST || !cm_is_utf8(at, name_size))
        return true;
    char name[CM_GIT_REF_MOST + 1];
    memcpy(name, at, name_size);
    name[name_size] = '\0';
    return !is_wanted(reading, name) || add_ref(reading, &line, id, name, err);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct cm_git_ref *)a)->name, ((const struct cm_git_ref *)b)->name);
}

static bool
read_all(struct reading *reading, struct cm_cursor *cursor, struct cm_err *err)
{
    for (;;) {
        struct cm_pkt pkt;
        if (!cm_pkt_next(cursor, &pkt, err))
            return false;
        if (pkt.kind == CM_PKT_FLUSH)
            break;
        if (!read_ref(reading, &pkt, err))
            return false;
    }
    if (cm_cursor_left(cursor) > 0)
        return cm_fail(err, CM_E_MALFORMED, "something stands behind the server's list of refs");
    return true;
}

static bool
sort(struct reading *reading, struct cm_err *err)
{
    if (reading->count > 0)
        qsort(reading->refs, reading->count, sizeof *reading->refs, by_name);
    for (size_t i = 1; i < reading->count; i++) {
        const char *name = reading->refs[i].name;
        char shown[CM_GIT_WORDS_MOST + 1];
        if (strcmp(reading->refs[i - 1].name, name) == 0)
            return cm_fail(err, CM_E_MALFORMED, "the server names %s twice",
                           cm_git_words(name, strlen(name), shown));
    }
    return true;
}

static void
reading_done(struct reading *reading)
{
    free(reading->refs);
}

bool
cm_git_refs_parse(struct cm_arena *arena, const void *at, size_t size, const char *const *prefixes,
                  size_t prefix_count, struct cm_git_ref **ret, size_t *ret_count,
                  struct cm_err *err)
{
    CM_CLEANUP(reading_done)
    struct reading reading = {.arena = arena, .prefixes = prefixes, .prefix_count = prefix_count};
    struct cm_cursor cursor = cm_cursor(at, size);
    if (!read_all(&reading, &cursor, err) || !sort(&reading, err))
        return false;
    struct cm_git_ref *refs = cm_arena_alloc(arena, (reading.count + 1) * sizeof *refs);
    if (!refs)
        return cm_fail(err, CM_E_LIMIT, "no memory for the server's refs");
    if (reading.count > 0)
        memcpy(refs, reading.refs, reading.count * sizeof *refs);
    *ret = refs;
    *ret_count = reading.count;
    return true;
}
