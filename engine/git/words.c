/* SPDX-License-Identifier: Apache-2.0 */
#include "git/words.h"

#include "base/buf.h"
#include "base/text.h"
#include "trust/url.h"

#include <string.h>
#include <strings.h>

#define DOTS "..."

/* ---- words ---- */

static size_t
size_without_end(const char *text, size_t size)
{
    static const char blanks[] = {' ', '\t', '\r', '\n'};
    while (size > 0 && memchr(blanks, text[size - 1], sizeof blanks))
        size--;
    return size;
}

const char *
cm_git_words(const void *at, size_t size, char ret[CM_GIT_WORDS_MOST + 1])
{
    CM_CLEANUP(cm_buf_done) struct cm_buf words = CM_BUF_INIT(CM_GIT_WORDS_MOST);
    const char *text = at;
    size_t border = 0; /* where they can be cut */
    size = size_without_end(text, size);
    for (size_t i = 0, step = 0; i < size && !words.failed; i += step) {
        uint32_t code = 0;
        step = cm_utf8_next(text + i, size - i, &code);
        step = step > 0 ? step : 1;
        if (words.size <= CM_GIT_WORDS_MOST - strlen(DOTS))
            border = words.size;
        cm_escape_controls_to(&words, text + i, step);
    }
    const char *tail = words.failed ? DOTS : words.size == 0 ? "nothing" : "";
    size_t kept = words.failed ? border : words.size;
    if (kept > 0)
        memcpy(ret, words.at, kept);
    memcpy(ret + kept, tail, strlen(tail) + 1);
    return ret;
}

/* ---- pages ---- */

bool
cm_git_is_page(const char *media_type)
{
    static const char *const pages[] = {"text/html", "application/xhtml+xml"};
    size_t size = media_type ? strcspn(media_type, "; \t") : 0;
    for (size_t i = 0; i < CM_COUNT(pages); i++) {
        if (size == strlen(pages[i]) && strncasecmp(media_type, pages[i], size) == 0)
            return true;
    }
    return false;
}

/* ---- redirects ---- */

/* Without what is asked of a repository; all of it if it ends in no such thing. */
static size_t
size_of_repository(const char *location)
{
    static const char *const ends[] = {"/info/refs", "/git-upload-pack"};
    size_t size = strlen(location);
    for (size_t i = 0; i < CM_COUNT(ends); i++) {
        if (cm_ends_with(location, ends[i]))
            return size - strlen(ends[i]);
    }
    return size;
}

enum cm_git_move
cm_git_move_of(const char *asked, const char *location, size_t *ret_size)
{
    char room[CM_URL_HOST_SIZE], other_room[CM_URL_HOST_SIZE];
    struct cm_url from, to;
    struct cm_err ignored = CM_ERR_INIT;
    *ret_size = 0;
    if (!asked || !location || !cm_url_parse_origin(asked, room, &from, &ignored) ||
        !cm_url_parse_origin(location, other_room, &to, &ignored))
        return CM_GIT_MOVE_NOWHERE;
    *ret_size = size_of_repository(location);
    if (strcmp(from.scheme, "https") == 0 && strcmp(to.scheme, "https") != 0)
        return CM_GIT_MOVE_PLAIN;
    if (location[*ret_size] == '\0')
        return CM_GIT_MOVE_PAGE;
    return cm_url_same_origin(&from, &to) ? CM_GIT_MOVE_NAME : CM_GIT_MOVE_HOST;
}
