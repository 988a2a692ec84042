/* SPDX-License-Identifier: Apache-2.0 */
#include "net/find.h"

#include <string.h>

#define PIECE ((size_t)16 * 1024)

void
cm_finder_begin(struct cm_finder *finder, struct cm_arena *arena, const char *text, size_t after)
{
    size_t size = strlen(text);
    *finder = (struct cm_finder){
        .arena = arena,
        .text = text,
        .size = size,
        .after = after,
        .window = CM_BUF_INIT(size + after + PIECE),
    };
}

void
cm_finder_done(struct cm_finder *finder)
{
    cm_buf_done(&finder->window);
}

static bool
grow(struct cm_finder *finder, struct cm_err *err)
{
    if (finder->count < finder->room)
        return true;
    size_t room = finder->room ? finder->room * 2 : 8;
    struct cm_match *matches = cm_arena_alloc(finder->arena, room * sizeof *matches);
    if (!matches)
        return cm_fail(err, CM_E_LIMIT, "no memory for what was found");
    if (finder->count)
        memcpy(matches, finder->matches, finder->count * sizeof *matches);
    finder->matches = matches;
    finder->room = room;
    return true;
}

/* Keeps window[at, at + size). A NUL would end the text early and hide what stands behind it. */
static bool
keep(struct cm_finder *finder, size_t at, size_t size, struct cm_err *err)
{
    if (finder->count == CM_FIND_MATCHES)
        return cm_fail(err, CM_E_LIMIT, "\"%s\" stands there more than %d times", finder->text,
                       CM_FIND_MATCHES);
    if (!grow(finder, err))
        return false;
    char *text = cm_arena_bytes(finder->arena, finder->window.at + at, size);
    if (!text)
        return cm_fail(err, CM_E_LIMIT, "no memory for what was found");
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\0')
            text[i] = '?';
    finder->matches[finder->count++] = (struct cm_match){finder->offset + at, text};
    return true;
}

/* Forgets the bytes in front of `from`. */
static void
slide(struct cm_finder *finder)
{
    struct cm_buf *window = &finder->window;
    if (finder->from == 0)
        return;
    memmove(window->at, window->at + finder->from, window->size - finder->from);
    cm_buf_cut(window, window->size - finder->from);
    finder->offset += finder->from;
    finder->from = 0;
}

static bool
look(struct cm_finder *finder, bool last, struct cm_err *err)
{
    const struct cm_buf *window = &finder->window;
    while (window->size - finder->from >= finder->size) {
        const char *found = memmem(window->at + finder->from, window->size - finder->from,
                                   finder->text, finder->size);
        if (!found) {
            finder->from = window->size - (finder->size - 1);
            break;
        }
        finder->from = (size_t)(found - window->at);
        size_t left = window->size - finder->from;
        size_t whole = finder->size + finder->after;
        if (left < whole && !last)
            break;
        if (!keep(finder, finder->from, left < whole ? left : whole, err))
            return false;
        finder->from++;
    }
    slide(finder);
    return true;
}

bool
cm_finder_add(struct cm_finder *finder, const void *at, size_t size, struct cm_err *err)
{
    const char *bytes = at;
    while (size > 0) {
        size_t piece = size < PIECE ? size : PIECE;
        cm_buf_add(&finder->window, bytes, piece);
        if (finder->window.failed)
            return cm_fail(err, CM_E_LIMIT, "no memory to search in");
        if (!look(finder, false, err))
            return false;
        bytes += piece;
        size -= piece;
    }
    return true;
}

bool
cm_finder_end(struct cm_finder *finder, struct cm_err *err)
{
    return look(finder, true, err);
}
