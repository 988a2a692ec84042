/* SPDX-License-Identifier: Apache-2.0 */

#include "trust/reader.h"

#include <stdlib.h>
#include <string.h>

#define COMPLAINTS_MOST 1000u /* nobody reads more */
#define TEXT_MOST       (8u << 20)

static bool
make_room(struct cm_complaints *complaints)
{
    if (complaints->arena == NULL)
        complaints->arena = cm_arena_new(TEXT_MOST);
    if (complaints->arena == NULL || complaints->count >= COMPLAINTS_MOST)
        return false;
    if (complaints->count < complaints->room)
        return true;
    size_t room = complaints->room > 0 ? 2 * complaints->room : 16;
    struct cm_complaint *at = realloc(complaints->at, room * sizeof *at);
    if (at == NULL)
        return false;
    complaints->at = at;
    complaints->room = room;
    return true;
}

/* Most complaints are of the same file as the one before. */
static const char *
copy_file(struct cm_complaints *complaints, const char *file)
{
    if (complaints->count > 0) {
        const char *last = complaints->at[complaints->count - 1].place.file;
        if (file != NULL && last != NULL && strcmp(file, last) == 0)
            return last;
    }
    return cm_arena_text(complaints->arena, file);
}

void
cm_complain(struct cm_complaints *complaints, struct cm_place place, const char *path,
            const char *remedy, const char *format, ...)
{
    if (!make_room(complaints)) {
        complaints->cut = true;
        return;
    }
    va_list args;
    va_start(args, format);
    const char *what = cm_arena_vprintf(complaints->arena, format, args);
    va_end(args);
    const char *where = cm_arena_text(complaints->arena, path);
    struct cm_complaint *one = &complaints->at[complaints->count];
    one->place = (struct cm_place){copy_file(complaints, place.file), place.line};
    one->path = where != NULL ? where : "";
    one->what = what != NULL ? what : "is wrong, and there is no memory left to say how";
    one->remedy = cm_arena_text(complaints->arena, remedy);
    complaints->count++;
}

void
cm_complaints_done(struct cm_complaints *complaints)
{
    free(complaints->at);
    complaints->arena = cm_arena_free(complaints->arena);
    *complaints = (struct cm_complaints){0};
}

static size_t
rank(const char *file, const struct cm_words *files)
{
    size_t i = 0;
    while (file != NULL && i < files->count && strcmp(files->at[i], file) != 0)
        i++;
    return file != NULL ? i : 0;
}

static bool
stands_behind(const struct cm_complaint *a, const struct cm_complaint *b,
              const struct cm_words *files)
{
    size_t rank_a = rank(a->place.file, files), rank_b = rank(b->place.file, files);
    return rank_a != rank_b ? rank_a > rank_b : a->place.line > b->place.line;
}

void
cm_complaints_sort(struct cm_complaints *complaints, const struct cm_words *files)
{
    for (size_t i = 1; i < complaints->count; i++) {
        struct cm_complaint one = complaints->at[i];
        size_t j = i;
        for (; j > 0 && stands_behind(&complaints->at[j - 1], &one, files); j--)
            complaints->at[j] = complaints->at[j - 1];
        complaints->at[j] = one;
    }
}
