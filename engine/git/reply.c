/* SPDX-License-Identifier: Apache-2.0 */
#include "git/reply.h"

#include "base/cursor.h"
#include "base/text.h"
#include "trust/pattern.h"

#include <string.h>

#define WORD_MOST  64
#define TEXT_MOST  8192 /* bytes of a line */
#define COUNT_MOST (INT64_C(1) << 40)

/* ---- words ---- */

/* The next word, up to `mark`, as text; false if it is too long or not there. */
static bool
take_word(struct cm_cursor *cursor, char mark, char ret[WORD_MOST])
{
    size_t size = 0;
    const unsigned char *at = cm_cursor_until(cursor, mark, &size);
    if (!at || size >= WORD_MOST || memchr(at, '\0', size))
        return false;
    memcpy(ret, at, size);
    ret[size] = '\0';
    return true;
}

static bool
take_count(struct cm_cursor *cursor, char mark, int64_t most, uint64_t *ret)
{
    char word[WORD_MOST];
    int64_t value = 0;
    if (!take_word(cursor, mark, word) || !cm_parse_int(word, 0, most, &value))
        return false;
    *ret = (uint64_t)value;
    return true;
}

static bool
broken(struct cm_err *err)
{
    return cm_fail(err, CM_E_INTERNAL, "the helper's answer cannot be read");
}

/* What an unusual pack or a full disk can bring about, or a server that is asked by libgit2; no
 * other class is for the helper to say. */
static enum cm_class
class_of(const char *name)
{
    enum cm_class class = cm_class_of(name);
    bool good = class == CM_E_LIMIT || class == CM_E_MALFORMED || class == CM_E_UNSUPPORTED ||
                class == CM_E_TRANSIENT;
    return good ? class : CM_E_INTERNAL;
}

/* "CLASS TEXT" */
static bool
take_error(struct cm_cursor *line, struct cm_err *ret)
{
    char class[WORD_MOST];
    if (!take_word(line, ' ', class))
        return false;
    size_t size = cm_cursor_left(line) - 1;
    (void)cm_fail(ret, class_of(class), "%.*s", (int)(size < 600 ? size : 600),
                  (const char *)line->at);
    return true;
}

static bool
take_finding(struct cm_cursor *line, enum cm_git_finding *ret)
{
    char word[WORD_MOST];
    if (!take_word(line, ' ', word))
        return false;
    if (strcmp(word, "found") == 0)
        *ret = CM_GIT_REACHABLE;
    else if (strcmp(word, "closed") == 0)
        *ret = CM_GIT_NOT_REACHABLE;
    else if (strcmp(word, "open") == 0)
        *ret = CM_GIT_OPEN;
    else
        return false;
    return true;
}

/* "FINDING WALKED LENGTH KEPT ID" */
static bool
take_walk(struct cm_cursor *line, struct cm_git_walk *ret)
{
    char id[WORD_MOST];
    struct cm_git_walk walk = {.id = ""};
    if (!take_finding(line, &walk.finding) || !take_count(line, ' ', COUNT_MOST, &walk.walked) ||
        !take_count(line, ' ', COUNT_MOST, &walk.length) ||
        !take_count(line, ' ', COUNT_MOST, &walk.kept) || !take_word(line, '\n', id))
        return false;
    bool found = walk.finding == CM_GIT_REACHABLE;
    bool none = walk.finding == CM_GIT_NOT_REACHABLE;
    if (found != (walk.length > 0) || found != (walk.kept > 0) || walk.length > walk.walked ||
        walk.kept > walk.length)
        return false;
    if (none ? strcmp(id, "-") != 0 : !cm_is_commit_id(id))
        return false;
    memcpy(walk.id, none ? "" : id, none ? 1 : CM_GIT_ID);
    *ret = walk;
    return true;
}

/* ---- items ---- */

/* An item as it is read; its texts are in `text`, which lives as long as the item. */
struct reading {
    struct cm_git_item item;
    char text[TEXT_MOST];
    uint64_t raw_size; /* bytes that must follow the line */
    bool has_raw;
};

static bool
take_text(struct cm_cursor *line, char mark, struct reading *to)
{
    size_t size = 0;
    const unsigned char *at = cm_cursor_until(line, mark, &size);
    if (!at || size == 0 || size >= TEXT_MOST || memchr(at, '\0', size))
        return false;
    memcpy(to->text, at, size);
    to->text[size] = '\0';
    to->item.text = to->text;
    return true;
}

static bool
take_size(struct cm_cursor *line, struct reading *to)
{
    to->has_raw = true;
    return take_count(line, '\n', COUNT_MOST, &to->raw_size);
}

static bool
take_kind(struct cm_cursor *line, struct reading *to)
{
    static const struct {
        const char *head;
        enum cm_git_item_kind kind;
    } kinds[] = {
        {"commit ", CM_ITEM_COMMIT},
        {"end\n", CM_ITEM_END},
        {"walk ", CM_ITEM_WALK},
        {"object ", CM_ITEM_OBJECT},
        {"absent\n", CM_ITEM_ABSENT},
        {"indexed ", CM_ITEM_INDEXED},
        {"request ", CM_ITEM_REQUEST},
        {"error ", CM_ITEM_ERROR},
        {CM_GIT_HELLO "\n", CM_ITEM_HELLO},
    };
    for (size_t i = 0; i < CM_COUNT(kinds); i++) {
        to->item.kind = kinds[i].kind;
        if (cm_cursor_skip(line, kinds[i].head))
            return true;
    }
    return false;
}

/* The whole line, its line feed included. */
static bool
read_line(struct cm_cursor *line, struct reading *to)
{
    if (!take_kind(line, to))
        return false;
    switch (to->item.kind) {
    case CM_ITEM_OBJECT:
        return take_text(line, ' ', to) && take_size(line, to);
    case CM_ITEM_COMMIT:
    case CM_ITEM_REQUEST:
        return take_size(line, to);
    case CM_ITEM_INDEXED:
        return take_count(line, ' ', COUNT_MOST, &to->item.count) && take_text(line, '\n', to);
    case CM_ITEM_WALK:
        return take_walk(line, &to->item.walk);
    case CM_ITEM_ERROR:
        return take_error(line, &to->item.err);
    default:
        return cm_cursor_left(line) == 0;
    }
}

/* The next item; *ret_whole is false, and the cursor where it was, while some of it is to come. */
static bool
next_item(struct cm_cursor *cursor, size_t most, struct reading *to, bool *ret_whole,
          struct cm_err *err)
{
    const unsigned char *feed = memchr(cursor->at, '\n', cm_cursor_left(cursor));
    *ret_whole = false;
    if (!feed)
        return cm_cursor_left(cursor) < TEXT_MOST || broken(err);
    size_t size = (size_t)(feed - cursor->at) + 1;
    struct cm_cursor line = cm_cursor(cursor->at, size);
    to->item = (struct cm_git_item){.text = NULL};
    to->has_raw = false;
    to->raw_size = 0;
    if (size > TEXT_MOST || !read_line(&line, to))
        return broken(err);
    if (to->raw_size > most)
        return cm_fail(err, CM_E_LIMIT, "the helper says more than it may");
    if (cm_cursor_left(cursor) - size < to->raw_size)
        return true;
    (void)cm_cursor_take(cursor, size);
    if (to->has_raw) {
        to->item.raw.at = cm_cursor_take(cursor, to->raw_size);
        to->item.raw.size = to->raw_size;
    }
    *ret_whole = true;
    return true;
}

void
cm_git_reader_begin(struct cm_git_reader *reader, size_t most)
{
    *reader = (struct cm_git_reader){.left = CM_BUF_INIT(most + TEXT_MOST)};
}

void
cm_git_reader_done(struct cm_git_reader *reader)
{
    cm_buf_done(&reader->left);
}

static void
drop_front(struct cm_buf *buf, size_t size)
{
    if (size == 0)
        return;
    memmove(buf->at, buf->at + size, buf->size - size);
    cm_buf_cut(buf, buf->size - size);
}

static bool
take_items(struct cm_git_reader *reader, cm_git_item_sink *sink, void *data, struct cm_err *err)
{
    size_t most = reader->left.most - TEXT_MOST;
    struct cm_cursor cursor = cm_cursor(reader->left.at, reader->left.size);
    struct reading reading;
    bool whole = true;
    while (whole && cm_cursor_left(&cursor) > 0) {
        if (!next_item(&cursor, most, &reading, &whole, err))
            return false;
        if (whole && !sink(data, &reading.item, err))
            return false;
    }
    drop_front(&reader->left, reader->left.size - cm_cursor_left(&cursor));
    return true;
}

/* In portions, so that what is left of an item and what came now never need room for both. */
bool
cm_git_reader_feed(struct cm_git_reader *reader, const void *at, size_t size,
                   cm_git_item_sink *sink, void *data, struct cm_err *err)
{
    struct cm_cursor more = cm_cursor(at, size);
    while (cm_cursor_left(&more) > 0) {
        size_t room = reader->left.most - reader->left.size;
        size_t piece = cm_cursor_left(&more) < room ? cm_cursor_left(&more) : room;
        if (piece == 0)
            return broken(err);
        cm_buf_add(&reader->left, cm_cursor_take(&more, piece), piece);
        if (reader->left.failed)
            return cm_fail(err, CM_E_LIMIT, "no memory for the helper's answer");
        if (!take_items(reader, sink, data, err))
            return false;
    }
    return true;
}

bool
cm_git_item_is(const struct cm_git_item *item, const char *id, const char *type, struct cm_err *err)
{
    char hash[CM_GIT_ID];
    if (item->kind == CM_ITEM_ABSENT)
        return cm_fail(err, CM_E_NOT_FOUND, "the pack does not hold %s", id);
    if (item->kind != CM_ITEM_OBJECT)
        return broken(err);
    if (strcmp(item->text, type) != 0)
        return cm_fail(err, CM_E_MALFORMED, "%s is a %s, not a %s", id, item->text, type);
    if (!cm_git_hash(type, item->raw.at, item->raw.size, hash) || strcmp(hash, id) != 0)
        return cm_fail(err, CM_E_MALFORMED, "the object that came for %s is another", id);
    return true;
}
