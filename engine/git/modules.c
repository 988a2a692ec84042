/* SPDX-License-Identifier: Apache-2.0 */
#include "git/modules.h"

#include "base/cursor.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define LETTERS    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define WORD_BYTES LETTERS "0123456789-"
#define MARK       "\xEF\xBB\xBF"

struct reader {
    struct cm_cursor cursor;
    const unsigned char *begin;
    struct cm_arena *arena;
    struct cm_git_modules found; /* in the order of the file; the last is the section's */
};

/* ---- bytes ---- */

/* The line of what was taken last. */
static size_t
line_of(const struct reader *r)
{
    size_t line = 1;
    for (const unsigned char *at = r->begin; at + 1 < r->cursor.at; at++)
        line += *at == '\n';
    return line;
}

static bool
malformed(const struct reader *r, const char *what, struct cm_err *err)
{
    return cm_fail(err, CM_E_MALFORMED, CM_GIT_MODULES_FILE ", line %zu: %s", line_of(r), what);
}

static bool
no_memory(struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "no memory for " CM_GIT_MODULES_FILE);
}

/* The next byte. As in git, a line ends with LF, with CR LF or where the file does. */
static char
take(struct reader *r)
{
    if (cm_cursor_left(&r->cursor) == 0 || cm_cursor_skip(&r->cursor, "\r\n"))
        return '\n';
    return (char)cm_cursor_u8(&r->cursor);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool
begins_comment(char c)
{
    return c == '#' || c == ';';
}

static size_t
skip_blanks(struct reader *r)
{
    size_t count = 0;
    while (cm_cursor_skip(&r->cursor, " ") || cm_cursor_skip(&r->cursor, "\t"))
        count++;
    return count;
}

static void
skip_line(struct reader *r)
{
    while (take(r) != '\n')
        ;
}

/* The name of a section or variable; empty if none comes next. */
struct word {
    const char *at;
    size_t size;
};

static struct word
take_word(struct reader *r)
{
    struct word word = {(const char *)r->cursor.at, 0};
    while (cm_cursor_left(&r->cursor) > 0 && strchr(WORD_BYTES, *r->cursor.at)) {
        (void)take(r);
        word.size++;
    }
    return word;
}

static bool
is_word(const struct word *word, const char *name)
{
    if (word->size != strlen(name))
        return false;
    for (size_t i = 0; i < word->size; i++) {
        if (cm_ascii_lower(word->at[i]) != name[i])
            return false;
    }
    return true;
}

/* ---- what a name, a path and a URL may be ---- */

/* There is something, and nothing in it that is read or shown in more than one way. */
static bool
is_clean(const char *text)
{
    size_t left = strlen(text);
    if (left == 0 || is_blank(text[0]) || is_blank(text[left - 1]))
        return false;
    while (left > 0) {
        uint32_t code = 0;
        size_t size = cm_utf8_next(text, left, &code);
        if (size == 0 || code == '\\' || cm_is_control(code))
            return false;
        text += size;
        left -= size;
    }
    return true;
}

static bool
is_path(const char *path)
{
    for (;;) {
        size_t size = strcspn(path, "/");
        bool dots = (size == 1 && path[0] == '.') || (size == 2 && cm_starts_with(path, ".."));
        if (size == 0 || dots)
            return false;
        if (path[size] == '\0')
            return true;
        path += size + 1;
    }
}

/* ---- sections ---- */

/* Of the section that ends here. */
static bool
is_whole(const struct reader *r, struct cm_err *err)
{
    const struct cm_git_module *last = r->found.count > 0 ? &r->found.at[r->found.count - 1] : NULL;
    return !last || (last->path && last->url) ||
           malformed(r, "the submodule above has no path or no url", err);
}

static bool
begin_module(struct reader *r, const char *name, struct cm_err *err)
{
    if (!is_whole(r, err))
        return false;
    if (!is_clean(name) || !is_path(name))
        return malformed(r, "a submodule's name is none", err);
    for (size_t i = 0; i < r->found.count; i++) {
        if (strcmp(r->found.at[i].name, name) == 0)
            return malformed(r, "a submodule stands there twice", err);
    }
    if (r->found.count == CM_GIT_MODULES_MOST)
        return cm_fail(err, CM_E_LIMIT, CM_GIT_MODULES_FILE " names more than %u submodules",
                       CM_GIT_MODULES_MOST);
    struct cm_git_module *module = &r->found.at[r->found.count++];
    module->name = cm_arena_text(r->arena, name);
    return module->name ? true : no_memory(err);
}

/* What stands between the quotes: a backslash takes what follows as it is. */
static bool
read_name(struct reader *r, struct cm_buf *to, struct cm_err *err)
{
    for (char c = take(r); c != '"'; c = take(r)) {
        if (c == '\\')
            c = take(r);
        if (c == '\n')
            return malformed(r, "a submodule's name has no end", err);
        cm_buf_putc(to, c);
    }
    return !to->failed ? true : no_memory(err);
}

static bool
read_section(struct reader *r, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf name = CM_BUF_INIT(CM_GIT_MODULES_SIZE);
    struct word word = take_word(r);
    if (!is_word(&word, "submodule") || skip_blanks(r) == 0 || take(r) != '"')
        return malformed(r, "a section is not [submodule \"NAME\"]", err);
    if (!read_name(r, &name, err))
        return false;
    if (take(r) != ']')
        return malformed(r, "a section has no ']' behind its name", err);
    return begin_module(r, cm_buf_text(&name), err);
}

/* ---- variables ---- */

static bool
read_escape(struct reader *r, struct cm_buf *to, struct cm_err *err)
{
    char c = take(r);
    if (c == '\n') /* the value goes on in the next line */
        return true;
    if (c != '"' && c != '\\')
        return malformed(r, "an escape that no path and no url needs", err);
    cm_buf_putc(to, c);
    return true;
}

/* As git reads it; blanks in front are dropped, and those at the end, unless something is quoted
 * there. */
static bool
read_value(struct reader *r, struct cm_buf *to, struct cm_err *err)
{
    size_t kept = 0;
    bool quoted = false;
    for (char c = take(r); c != '\n'; c = take(r)) {
        if (!quoted && begins_comment(c)) {
            skip_line(r);
            break;
        }
        if (!quoted && is_blank(c)) {
            if (to->size > 0)
                cm_buf_putc(to, c);
            continue;
        }
        if (c == '"')
            quoted = !quoted;
        else if (c != '\\')
            cm_buf_putc(to, c);
        else if (!read_escape(r, to, err))
            return false;
        kept = to->size;
    }
    if (quoted)
        return malformed(r, "a quote has no end", err);
    cm_buf_cut(to, kept);
    return !to->failed ? true : no_memory(err);
}

static bool
keep(struct reader *r, const char **to, const char *value, struct cm_err *err)
{
    if (*to)
        return malformed(r, "a submodule has two paths or two urls", err);
    if (!is_clean(value))
        return malformed(r, "a path or url is empty, or holds what none may hold", err);
    *to = cm_arena_text(r->arena, value);
    return *to ? true : no_memory(err);
}

/* `branch`, `update` and whatever else git may know say nothing of what a submodule is. */
static bool
read_variable(struct reader *r, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf value = CM_BUF_INIT(CM_GIT_MODULES_SIZE);
    struct cm_git_module *of = r->found.count > 0 ? &r->found.at[r->found.count - 1] : NULL;
    struct word word = take_word(r);
    if (word.size == 0 || !strchr(LETTERS, word.at[0]))
        return malformed(r, "there is neither a section nor a variable", err);
    if (!of)
        return malformed(r, "a variable stands in no section", err);
    bool path = is_word(&word, "path"), url = is_word(&word, "url");
    (void)skip_blanks(r);
    char c = take(r);
    if (c == '\n' && !path && !url)
        return true;
    if (c != '=')
        return malformed(r, "a variable has no value", err);
    if (!read_value(r, &value, err))
        return false;
    const char *text = cm_buf_text(&value);
    if (path && (text[0] == '-' || !is_path(text)))
        return malformed(r, "a path is not one below the repository", err);
    return (!path || keep(r, &of->path, text, err)) && (!url || keep(r, &of->url, text, err));
}

/* ---- the whole ---- */

static bool
read_all(struct reader *r, struct cm_err *err)
{
    for (;;) {
        (void)skip_blanks(r);
        if (cm_cursor_left(&r->cursor) == 0)
            return is_whole(r, err);
        if (cm_cursor_skip(&r->cursor, "\n") || cm_cursor_skip(&r->cursor, "\r\n"))
            continue;
        if (begins_comment((char)*r->cursor.at))
            skip_line(r);
        else if (!(cm_cursor_skip(&r->cursor, "[") ? read_section(r, err) : read_variable(r, err)))
            return false;
    }
}

static int
by_path(const void *a, const void *b)
{
    const struct cm_git_module *one = a, *other = b;
    return strcmp(one->path, other->path);
}

static bool
put_in_order(struct cm_git_modules *found, struct cm_err *err)
{
    qsort(found->at, found->count, sizeof *found->at, by_path);
    for (size_t i = 1; i < found->count; i++) {
        if (strcmp(found->at[i - 1].path, found->at[i].path) == 0)
            return cm_fail(err, CM_E_MALFORMED,
                           CM_GIT_MODULES_FILE ": two submodules have one path");
    }
    return true;
}

bool
cm_git_modules_parse(struct cm_arena *arena, const char *text, size_t size,
                     struct cm_git_modules *ret, struct cm_err *err)
{
    struct reader r = {.cursor = cm_cursor(text, size), .arena = arena};
    if (size > CM_GIT_MODULES_SIZE)
        return cm_fail(err, CM_E_LIMIT, CM_GIT_MODULES_FILE " is larger than %zu bytes",
                       CM_GIT_MODULES_SIZE);
    if (!cm_is_utf8(text, size))
        return cm_fail(err, CM_E_MALFORMED, CM_GIT_MODULES_FILE " is not text in UTF-8");
    r.begin = r.cursor.at;
    r.found.at = cm_arena_alloc(arena, CM_GIT_MODULES_MOST * sizeof *r.found.at);
    if (!r.found.at)
        return no_memory(err);
    (void)cm_cursor_skip(&r.cursor, MARK);
    if (!read_all(&r, err) || !put_in_order(&r.found, err))
        return false;
    *ret = r.found;
    return true;
}
