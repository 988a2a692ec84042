/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to AppVeyor: addresses, keys, and the two forms that a v2 key may need.
 */
#include "appveyor.h"

#include <string.h>

bool
av_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Not of libc, because that one asks the locale. */
static char
lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

bool
av_same_but_case(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return false;
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

bool
av_begins(const char *text, const char *head)
{
    while (text != NULL && *head != '\0' && lower(*text) == lower(*head)) {
        text++;
        head++;
    }
    return text != NULL && *head == '\0';
}

bool
av_ends(const char *text, const char *tail)
{
    size_t a = text != NULL ? strlen(text) : 0, b = strlen(tail);
    return a >= b && av_same_but_case(text + a - b, tail);
}

bool
av_is_digits(const char *text)
{
    if (text == NULL || *text == '0')
        return false;
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 18 && text[digits] == '\0';
}

const char *
av_number(struct cmk_call *c, uint64_t count, const char *noun)
{
    return count == 0
               ? cmk_printf(c, "no %s", noun)
               : cmk_printf(c, "%llu %s%s", (unsigned long long)count, noun, count == 1 ? "" : "s");
}

const char *
av_shown(struct cmk_call *c, const struct cmk_value *v, const char *path)
{
    return c->json->show(c, c->json->get(c, v, path));
}

/* An empty list that was withheld could be counted, too; but it is no object without members. */
static uint64_t
members_of(struct cmk_call *c, const struct cmk_value *object)
{
    (void)c->json->member(c, object, "");
    return c->json->count(c, object);
}

bool
av_has(struct cmk_call *c, const struct cmk_value *object, const char *name)
{
    uint64_t count = members_of(c, object);
    for (uint64_t i = 0; i < count; i++)
        if (av_same_but_case(c->json->key(c, object, i), name) && c->json->at(c, object, i) != NULL)
            return true;
    return false;
}

uint64_t
av_entries(struct cmk_call *c, const struct cmk_value *object, const char *name)
{
    uint64_t count = members_of(c, object), entries = 0;
    for (uint64_t i = 0; i < count; i++)
        if (av_same_but_case(c->json->key(c, object, i), name))
            entries += c->json->count(c, c->json->at(c, object, i));
    return entries;
}

bool
av_listed(struct cmk_call *c, const char *option, const char *text)
{
    const struct cmk_value *list = cmk_get(c, c->options, option);
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++)
        if (av_same(c->json->text(c, c->json->at(c, list, i)), text))
            return true;
    return false;
}

uint32_t
av_split(struct cmk_call *c, const char *text, char separator, const char **parts, uint32_t most)
{
    uint32_t count = 0;
    while (text != NULL && count <= most) {
        const char *end = strchr(text, separator);
        int size = end != NULL ? (int)(end - text) : (int)strlen(text);
        if (count < most)
            parts[count] = cmk_printf(c, "%.*s", size, text);
        count++;
        text = end != NULL ? end + 1 : NULL;
    }
    return count;
}

const char *
av_base(struct cmk_call *c)
{
    const char *url = cmk_text(c, c->options, "url");
    size_t size = url != NULL ? strlen(url) : 0;
    while (size > 0 && url[size - 1] == '/')
        size--;
    return url != NULL ? cmk_printf(c, "%.*s", (int)size, url) : NULL;
}

static const char *
address(struct cmk_call *c, const char *root, const char *const *path, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (path[i] == NULL)
            return NULL;
    return c->base->url(c, root, path, count);
}

bool
av_has_key(struct cmk_call *c, const struct cmk_collect *k)
{
    return k->secret_begins(c, "api_key", "") == 1;
}

void
av_without_key(struct cmk_call *c, const struct cmk_collect *k, const char *document)
{
    k->record->absent(c, document, CMK_E_AUTH,
                      "not asked, because AppVeyor tells it only to those with a key, and none was "
                      "given: give --api-key, in a configuration the link's api_key");
}

struct av_ask
av_ask(struct cmk_call *c, const struct cmk_collect *k, const char *const *path, uint32_t count,
       const struct cmk_http_request *how)
{
    struct av_ask ask = {.request = *how};
    const char *root = cmk_url(c, av_base(c), "api");
    ask.request.size = sizeof ask.request;
    ask.request.url = address(c, root, path, count);
    if (av_has_key(c, k)) {
        ask.request.auth = CMK_AUTH_BEARER;
        ask.request.secret = "api_key";
    }
    if (k->secret_begins(c, "api_key", "v2.")) {
        const char *account = cmk_text(c, c->options, "account");
        ask.otherwise = ask.request.url;
        ask.request.url = address(c, cmk_url(c, root, "account", account), path, count);
    }
    ask.exchange = k->http->start(c, &ask.request);
    return ask;
}

void
av_settle(struct cmk_call *c, const struct cmk_collect *k, struct av_ask *ask)
{
    if (ask->otherwise == NULL)
        return;
    int32_t status = k->http->status(c, ask->exchange);
    if (status == 404 || status == CMK_E_NOT_FOUND) {
        ask->request.url = ask->otherwise;
        av_again(c, k, ask);
    }
    ask->otherwise = NULL;
}

void
av_again(struct cmk_call *c, const struct cmk_collect *k, struct av_ask *ask)
{
    ask->exchange = k->http->start(c, &ask->request);
}
