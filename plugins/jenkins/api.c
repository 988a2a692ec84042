/* SPDX-License-Identifier: Apache-2.0
 *
 * Small things about texts, and questions to Jenkins. Addresses are always made from the configured
 * one; what Jenkins calls itself in an answer is never followed.
 */
#include "jenkins.h"

#include <string.h>

bool
jk_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool
jk_is_one_of(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (jk_same(text, list[i]))
            return true;
    return false;
}

bool
jk_begins(const char *text, const char *head)
{
    return text != NULL && strncmp(text, head, strlen(head)) == 0;
}

bool
jk_ends(const char *text, const char *tail)
{
    size_t a = text != NULL ? strlen(text) : 0, b = strlen(tail);
    return text != NULL && a >= b && strcmp(text + a - b, tail) == 0;
}

bool
jk_contains(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

bool
jk_is_number(const char *text)
{
    if (text == NULL || *text == '0')
        return false;
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 9 && text[digits] == '\0';
}

bool
jk_is_commit(const char *text)
{
    size_t size = text != NULL ? strspn(text, "0123456789abcdef") : 0;
    return (size == 40 || size == 64) && text[size] == '\0';
}

/* Control characters of ASCII, and those of ISO 8859-1 in UTF-8. */
bool
jk_is_plain(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; at != NULL && *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
            return false;
    return text != NULL;
}

/* The second byte of a character: no longer form than needed, no surrogates, nothing beyond. */
static bool
is_second(unsigned char first, unsigned char second)
{
    unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= least && second <= most;
}

/* How many bytes the character takes; 0: it is none. */
static size_t
character(const unsigned char *at)
{
    if (*at < 0x80)
        return 1;
    size_t size = *at < 0xc2 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : *at < 0xf5 ? 4 : 0;
    if (size == 0 || !is_second(*at, at[1]))
        return 0;
    for (size_t i = 2; i < size; i++)
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    return size;
}

bool
jk_is_utf8(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        size_t size = character(at);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

const char *
jk_shown(struct cmk_call *c, const struct cmk_value *v, const char *path)
{
    return c->json->show(c, c->json->get(c, v, path));
}

bool
jk_listed(struct cmk_call *c, const char *option, const char *text)
{
    const struct cmk_value *list = cmk_get(c, c->options, option);
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++)
        if (jk_same(c->json->text(c, c->json->at(c, list, i)), text))
            return true;
    return false;
}

uint32_t
jk_split(struct cmk_call *c, const char *text, char separator, const char **parts, uint32_t most)
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

static int
hex_of(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = digit != '\0' ? strchr(digits, digit) : NULL;
    return at != NULL ? (int)((at - digits) % 16) : -1;
}

const char *
jk_decode(struct cmk_call *c, const char *text)
{
    char *decoded = text != NULL ? c->base->alloc(c, strlen(text) + 1) : NULL;
    size_t size = 0;
    if (decoded == NULL)
        return NULL;
    for (; *text != '\0'; text++) {
        decoded[size] = *text;
        if (*text == '%') {
            int high = hex_of(text[1]), low = high >= 0 ? hex_of(text[2]) : -1;
            if (low < 0 || high + low == 0)
                return NULL;
            decoded[size] = (char)(high * 16 + low);
            text += 2;
        }
        size++;
    }
    return decoded;
}

/* ---- addresses ---- */

const char *
jk_base(struct cmk_call *c)
{
    const char *url = cmk_text(c, c->options, "url");
    size_t size = url != NULL ? strlen(url) : 0;
    while (size > 0 && url[size - 1] == '/')
        size--;
    return url != NULL ? cmk_printf(c, "%.*s", (int)size, url) : NULL;
}

const char *
jk_job_url(struct cmk_call *c, const char *full_name)
{
    const char *names[JK_MOST_PARTS] = {NULL}, *parts[2 * JK_MOST_PARTS] = {NULL};
    uint32_t count = jk_split(c, full_name, '/', names, JK_MOST_PARTS);
    if (count == 0 || count > JK_MOST_PARTS)
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        parts[2 * (size_t)i] = "job";
        parts[2 * (size_t)i + 1] = names[i];
    }
    return c->base->url(c, jk_base(c), parts, 2 * count);
}

const char *
jk_parent(struct cmk_call *c, const char *full_name)
{
    const char *slash = full_name != NULL ? strrchr(full_name, '/') : NULL;
    return slash != NULL ? cmk_printf(c, "%.*s", (int)(slash - full_name), full_name) : NULL;
}

/* ---- questions ---- */

bool
jk_has_token(struct cmk_call *c, const struct cmk_collect *k)
{
    return k->secret_begins(c, "api_token", "") == 1;
}

/* Put on at once: without a token Jenkins answers as if there were no such page. */
static void
identify(struct cmk_call *c, const struct cmk_collect *k, struct cmk_http_request *ask)
{
    if (!jk_has_token(c, k))
        return;
    ask->auth = CMK_AUTH_BASIC;
    ask->user = cmk_text(c, c->options, "user");
    ask->secret = "api_token";
}

struct cmk_exchange *
jk_ask(struct cmk_call *c, const struct cmk_collect *k, const char *url)
{
    struct cmk_http_request ask = {.size = sizeof ask, .url = url};
    identify(c, k, &ask);
    /* cppcheck-suppress returnDanglingLifetime; start() keeps nothing of what it is handed */
    return k->http->start(c, &ask);
}

struct cmk_exchange *
jk_ask_tree(struct cmk_call *c, const struct cmk_collect *k, const char *url, const char *tree)
{
    const struct cmk_pair query[] = {{"tree", tree}};
    struct cmk_http_request ask = {
        .size = sizeof ask,
        .url = cmk_url(c, url, "api", "json"),
        .query = query,
        .query_count = 1,
    };
    identify(c, k, &ask);
    /* cppcheck-suppress returnDanglingLifetime; start() keeps nothing of what it is handed */
    return k->http->start(c, &ask);
}
