/* SPDX-License-Identifier: Apache-2.0 */
#include "git/v2.h"

#include "git/words.h"

#include <string.h>

static bool
line_is(const struct cm_pkt *pkt, const char *text)
{
    const char *line = NULL;
    size_t size = 0;
    return cm_pkt_line(pkt, &line, &size) && size == strlen(text) && memcmp(line, text, size) == 0;
}

/* Is `word` among the words behind "NAME="? */
static bool
has_word(const char *capability, const char *word)
{
    const char *at = strchr(capability, '=');
    size_t size = strlen(word);
    for (at = at ? at + 1 : ""; *at; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        size_t next = strcspn(at, " ");
        if (next == size && memcmp(at, word, size) == 0)
            return true;
    }
    return false;
}

static bool
is_named(const char *capability, const char *name)
{
    size_t size = strlen(name);
    return strncmp(capability, name, size) == 0 &&
           (capability[size] == '\0' || capability[size] == '=');
}

static void
understand(struct cm_git_advertisement *to, const char *capability)
{
    if (is_named(capability, "ls-refs"))
        to->ls_refs = true;
    if (is_named(capability, "fetch")) {
        to->fetch = true;
        to->shallow = has_word(capability, "shallow");
        to->filter = has_word(capability, "filter");
    }
    if (is_named(capability, "object-format")) {
        to->object_format = true;
        to->sha1 = strcmp(capability, "object-format=sha1") == 0;
    }
}

/* "ERR ..." may come instead of any line. */
static bool
check_no_error(const struct cm_pkt *pkt, struct cm_err *err)
{
    static const char head[] = {'E', 'R', 'R', ' '};
    char shown[CM_GIT_WORDS_MOST + 1];
    if (pkt->kind == CM_PKT_DATA && pkt->size >= sizeof head &&
        memcmp(pkt->at, head, sizeof head) == 0)
        return cm_fail(err, CM_E_UNSUPPORTED, "the server says: %s",
                       cm_git_words(pkt->at + sizeof head, pkt->size - sizeof head, shown));
    return true;
}

static bool
is_printable(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)at[i] < 0x20 || (unsigned char)at[i] > 0x7e)
            return false;
    }
    return size > 0;
}

static bool
add_capability(struct cm_arena *arena, const struct cm_pkt *pkt, struct cm_git_advertisement *to,
               struct cm_err *err)
{
    const char *line = NULL;
    size_t size = 0;
    if (!cm_pkt_line(pkt, &line, &size) || !is_printable(line, size))
        return cm_fail(err, CM_E_MALFORMED, "the server's capabilities cannot be read");
    if (size > CM_GIT_CAPABILITY_MOST || to->capability_count == CM_GIT_CAPABILITIES)
        return cm_fail(err, CM_E_LIMIT, "the server names too many capabilities");
    const char *capability = cm_arena_bytes(arena, line, size);
    if (!capability)
        return cm_fail(err, CM_E_LIMIT, "no memory for the server's capabilities");
    to->capabilities[to->capability_count++] = capability;
    understand(to, capability);
    return true;
}

/* Up to the flush that ends it; nothing may follow. */
static bool
read_capabilities(struct cm_arena *arena, struct cm_cursor *cursor, struct cm_git_advertisement *to,
                  struct cm_err *err)
{
    for (;;) {
        struct cm_pkt pkt;
        if (!cm_pkt_next(cursor, &pkt, err))
            return false;
        if (pkt.kind == CM_PKT_FLUSH)
            break;
        if (!check_no_error(&pkt, err) || !add_capability(arena, &pkt, to, err))
            return false;
    }
    if (cm_cursor_left(cursor) > 0)
        return cm_fail(err, CM_E_MALFORMED, "something stands behind the server's capabilities");
    return true;
}

/* "# service=git-upload-pack" and a flush may stand in front. */
static bool
skip_preface(struct cm_cursor *cursor, struct cm_pkt *pkt, struct cm_git_advertisement *to,
             struct cm_err *err)
{
    if (!cm_pkt_next(cursor, pkt, err))
        return false;
    if (!line_is(pkt, CM_GIT_SERVICE_LINE))
        return true;
    to->first_line = CM_GIT_SERVICE_LINE;
    if (!cm_pkt_next(cursor, pkt, err))
        return false;
    if (pkt->kind != CM_PKT_FLUSH)
        return cm_fail(err, CM_E_MALFORMED, "the server's service line has no end");
    return cm_pkt_next(cursor, pkt, err);
}

bool
cm_git_advertisement_parse(struct cm_arena *arena, const void *at, size_t size,
                           struct cm_git_advertisement *ret, struct cm_err *err)
{
    struct cm_cursor cursor = cm_cursor(at, size);
    struct cm_git_advertisement found = {.first_line = "", .sha1 = true};
    struct cm_pkt pkt;
    *ret = found;
    bool begun = skip_preface(&cursor, &pkt, &found, err);
    ret->first_line = found.first_line;
    if (!begun)
        return cm_context(err, "no advertisement of git");
    if (!check_no_error(&pkt, err))
        return false;
    if (line_is(&pkt, "version 2")) {
        found.version = 2;
        if (*found.first_line == '\0')
            found.first_line = "version 2";
        if (!read_capabilities(arena, &cursor, &found, err))
            return false;
    } else if (*found.first_line == '\0') {
        return cm_fail(err, CM_E_MALFORMED, "no advertisement of git: the service line is missing");
    } else if (line_is(&pkt, "version 1")) {
        found.version = 1;
    }
    *ret = found;
    return true;
}
