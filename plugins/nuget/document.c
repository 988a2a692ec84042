/* SPDX-License-Identifier: Apache-2.0
 *
 * What a .json in the root of a package says of repository and commit, for doubts only.
 *
 * The host's reader fails the call for a broken text, and anybody can put one into a package; an
 * inspection has to go on. So this one goes over the text itself, for two members of the outermost
 * object, and is content with strings that end and brackets that match in number.
 */
#include "nuget.h"

#include <string.h>

struct reader {
    struct cmk_call *c;
    const char *at, *end;
    uint32_t depth;
    bool wants_key;           /* in the outermost object, in front of a member's name */
    const char **wants_value; /* behind the name of one that is looked for; NULL: not */
    struct nu_document found;
};

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Moves behind a string and gives what is between its quotes; one with escapes is given as "": what
 * is looked for needs none. NULL: it does not end. */
static const char *
take_string(struct reader *r)
{
    const char *from = ++r->at;
    bool escaped = false;
    for (; r->at < r->end && *r->at != '"'; r->at++)
        if (*r->at == '\\') {
            escaped = true;
            r->at++;
        }
    if (r->at >= r->end)
        return NULL;
    size_t size = (size_t)(r->at++ - from);
    return cmk_printf(r->c, "%.*s", escaped || size > 4096 ? 0 : (int)size, from);
}

/* Where the value of a member of that name goes; NULL: it is not looked for. */
static const char **
wanted(struct reader *r, const char *name)
{
    if (nu_same(name, "repository") || nu_same(name, "repositoryUrl"))
        return &r->found.repository;
    if (nu_same(name, "commit") || nu_same(name, "commitId"))
        return &r->found.commit;
    return NULL;
}

static bool
meet_string(struct reader *r)
{
    const char *text = take_string(r);
    if (text == NULL)
        return false;
    if (r->wants_value != NULL)
        *r->wants_value = text;
    r->wants_value = r->wants_key ? wanted(r, text) : NULL;
    r->wants_key = false;
    return true;
}

static bool
meet_bracket(struct reader *r, char bracket)
{
    r->at++;
    r->wants_value = NULL;
    if (bracket == '{' || bracket == '[') {
        r->wants_key = r->depth++ == 0;
        return true;
    }
    r->wants_key = false;
    return r->depth-- > 0;
}

/* A number or a word; a byte order mark, too. */
static void
skip_scalar(struct reader *r)
{
    while (r->at < r->end && strchr(",:[]{}\"", *r->at) == NULL)
        r->at++;
    r->wants_value = NULL;
}

static bool
step(struct reader *r)
{
    char next = *r->at;
    if (is_space(next) || next == ':' || next == ',') {
        if (next == ',') {
            r->wants_key = r->depth == 1;
            r->wants_value = NULL;
        }
        r->at++;
        return true;
    }
    if (next == '\0')
        return false;
    if (next == '"')
        return meet_string(r);
    if (strchr("[]{}", next) != NULL)
        return meet_bracket(r, next);
    skip_scalar(r);
    return true;
}

bool
nu_document_read(struct cmk_call *c, struct cmk_bytes text, struct nu_document *ret)
{
    struct reader r = {.c = c, .at = text.at, .end = (const char *)text.at + text.size};
    while (r.at < r.end)
        if (!step(&r))
            return false;
    *ret = r.found;
    return r.depth == 0;
}
