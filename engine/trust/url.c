/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading URLs. RFC 3986, without what has fooled other readers.
 */
#include "trust/url.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

#define URI_MOST 255

#define HOST_MOST   253
#define LABEL_MOST  63
#define LETTERS     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS      "0123456789"
#define HEX         DIGITS "ABCDEFabcdef"
#define UNRESERVED  LETTERS DIGITS "-._~"
#define PATH_BYTES  UNRESERVED "!$&'()*+,;=:@/%"
#define QUERY_BYTES PATH_BYTES "?"

static bool
malformed(struct cm_err *err, const char *what)
{
    return cm_fail(err, CM_E_MALFORMED, "the URL %s", what);
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ---- host ---- */

static bool
is_label(const char *at, size_t size)
{
    if (size == 0 || size > LABEL_MOST || at[0] == '-' || at[size - 1] == '-')
        return false;
    for (size_t i = 0; i < size; i++) {
        if (strchr(LETTERS DIGITS "-", at[i]) == NULL)
            return false;
    }
    return true;
}

static bool
are_labels(const char *name)
{
    for (;;) {
        size_t size = strcspn(name, ".");
        if (!is_label(name, size))
            return false;
        if (name[size] == 0)
            return true;
        name += size + 1;
    }
}

/* Resolvers take a name that ends in a number for an address: 127.1, 0x7f.0.0.1, 2130706433. */
static bool
ends_in_number(const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *last = dot != NULL ? dot + 1 : name;
    if (cm_starts_with(last, "0x"))
        return last[2 + strspn(last + 2, HEX)] == 0;
    return last[strspn(last, DIGITS)] == 0;
}

static bool
read_name(const char *name, struct cm_url *url, struct cm_err *err)
{
    unsigned char v4[4];
    if (strlen(name) > HOST_MOST || !are_labels(name))
        return malformed(err, "has no valid host name");
    url->host = name;
    url->host_is_address = inet_pton(AF_INET, name, v4) == 1;
    if (!url->host_is_address && ends_in_number(name))
        return malformed(err, "has a host that is neither a name nor an address in four parts");
    return true;
}

/* Its shortest form, in the place of what was written. */
static bool
read_v6(char *text, size_t room, struct cm_url *url, struct cm_err *err)
{
    unsigned char bytes[16];
    if (inet_pton(AF_INET6, text, bytes) != 1 ||
        inet_ntop(AF_INET6, bytes, text, (socklen_t)room) == NULL)
        return malformed(err, "has no valid IPv6 address in its brackets");
    url->host = text;
    url->host_is_address = true;
    return true;
}

static bool
read_port(const char *text, struct cm_url *url, struct cm_err *err)
{
    int64_t port = strcmp(url->scheme, "https") == 0 ? 443 : 80;
    if (text[0] == ':' && !cm_parse_int(text + 1, 1, UINT16_MAX, &port))
        return malformed(err, "has a port that is not 1 to 65535");
    url->port = (uint16_t)port;
    return true;
}

static bool
read_authority(const char *at, size_t size, char room[CM_URL_HOST_SIZE], struct cm_url *url,
               struct cm_err *err)
{
    if (memchr(at, '@', size) != NULL)
        return malformed(err, "holds a user or a password");
    if (size >= CM_URL_HOST_SIZE)
        return malformed(err, "has no valid host name");
    for (size_t i = 0; i < size; i++)
        room[i] = lower(at[i]);
    room[size] = 0;
    bool v6 = room[0] == '[';
    char *rest = room + strcspn(room, v6 ? "]" : ":");
    if (v6 && (*rest != ']' || (rest[1] != 0 && rest[1] != ':')))
        return malformed(err, "has no valid IPv6 address in its brackets");
    if (!read_port(v6 ? rest + 1 : rest, url, err))
        return false;
    *rest = 0;
    return v6 ? read_v6(room + 1, CM_URL_HOST_SIZE - 1, url, err) : read_name(room, url, err);
}

/* ---- path and query ---- */

static int
hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != 0 ? strchr(digits, lower(c)) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* The next byte of a text with percent-escapes; -1 if the escape is none. */
static int
next_byte(const char **text)
{
    const char *at = *text;
    if (at[0] != '%') {
        *text = at + 1;
        return (unsigned char)at[0];
    }
    int high = hex_digit(at[1]), low = high >= 0 ? hex_digit(at[2]) : -1;
    if (low < 0)
        return -1;
    *text = at + 3;
    return 16 * high + low;
}

/* Servers differ in when they decode: a segment ends at an escaped '/' or '\\', too. */
static bool
check_path(const char *path, struct cm_err *err)
{
    size_t size = 0, dots = 0; /* of the segment so far */
    for (bool more = true; more;) {
        more = *path != 0;
        int c = more ? next_byte(&path) : '/';
        if (c < 0)
            return malformed(err, "has a '%' in its path that begins no escape");
        if (c < 0x20 || c == 0x7f)
            return malformed(err, "has a control character in its path");
        bool border = c == '/' || c == '\\';
        if (border && size == dots && (size == 1 || size == 2))
            return malformed(err, "has a \".\" or \"..\" in its path");
        size = border ? 0 : size + 1;
        dots = border ? 0 : dots + (c == '.');
    }
    return true;
}

static bool
check_query(const char *query, struct cm_err *err)
{
    while (*query != 0) {
        if (next_byte(&query) < 0)
            return malformed(err, "has a '%' in its query that begins no escape");
    }
    return true;
}

/* `text` begins behind the authority. */
static bool
read_path(struct cm_arena *arena, const char *text, struct cm_url *url, struct cm_err *err)
{
    size_t size = strcspn(text, "?");
    const char *query = text[size] == '?' ? text + size + 1 : NULL;
    url->path = size > 0 ? cm_arena_bytes(arena, text, size) : cm_arena_text(arena, "/");
    url->query = cm_arena_text(arena, query);
    if (url->path == NULL || (query != NULL && url->query == NULL))
        return cm_fail(err, CM_E_LIMIT, "no memory for a URL");
    if (url->path[strspn(url->path, PATH_BYTES)] != 0)
        return malformed(err, "holds a byte that has to be escaped");
    if (query != NULL && query[strspn(query, QUERY_BYTES)] != 0)
        return malformed(err, "holds a byte that has to be escaped");
    return check_path(url->path, err) && (query == NULL || check_query(url->query, err));
}

/* ---- all of it ---- */

static bool
check_bytes(const char *text, struct cm_err *err)
{
    if (text == NULL || text[0] == 0)
        return malformed(err, "is empty");
    size_t size = strnlen(text, CM_URL_MOST + 1);
    if (size > CM_URL_MOST)
        return cm_fail(err, CM_E_LIMIT, "the URL is longer than %d bytes", CM_URL_MOST);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c >= 0x7f || c == '\\')
            return malformed(err, "holds white space, a control character, a backslash or a "
                                  "character that is not ASCII");
        if (c == '#')
            return malformed(err, "holds a fragment ('#')");
    }
    return true;
}

static bool
is_scheme(const char *name, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (name[i] == 0 || lower(text[i]) != name[i])
            return false;
    }
    return name[size] == 0;
}

/* Gives what stands behind "https://" or "http://"; NULL if there is no such scheme. */
static const char *
read_scheme(const char *text, struct cm_url *url, struct cm_err *err)
{
    size_t size = strspn(text, LETTERS DIGITS "+-.");
    if (size == 0 || !cm_starts_with(text + size, "://")) {
        (void)malformed(err, "does not begin with https://");
        return NULL;
    }
    if (is_scheme("https", text, size)) {
        url->scheme = "https";
    } else if (is_scheme("http", text, size)) {
        url->scheme = "http";
    } else {
        (void)cm_fail(err, CM_E_UNSUPPORTED, "the URL is neither https nor http");
        return NULL;
    }
    return text + size + strlen("://");
}

/* Gives what stands behind the authority; NULL if it is malformed. */
static const char *
read_head(const char *text, char room[CM_URL_HOST_SIZE], struct cm_url *url, struct cm_err *err)
{
    const char *rest = check_bytes(text, err) ? read_scheme(text, url, err) : NULL;
    if (rest == NULL)
        return NULL;
    size_t size = strcspn(rest, "/?");
    return read_authority(rest, size, room, url, err) ? rest + size : NULL;
}

bool
cm_url_parse_origin(const char *text, char room[CM_URL_HOST_SIZE], struct cm_url *ret,
                    struct cm_err *err)
{
    struct cm_url url = {0};
    if (read_head(text, room, &url, err) == NULL)
        return false;
    *ret = url;
    return true;
}

bool
cm_url_parse(struct cm_arena *arena, const char *text, struct cm_url *ret, struct cm_err *err)
{
    char room[CM_URL_HOST_SIZE];
    struct cm_url url = {0};
    const char *rest = read_head(text, room, &url, err);
    if (rest == NULL)
        return false;
    url.host = cm_arena_text(arena, url.host);
    if (url.host == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory for a URL");
    if (!read_path(arena, rest, &url, err))
        return false;
    *ret = url;
    return true;
}

bool
cm_uri_check(const char *text, struct cm_err *err)
{
    size_t size = strlen(text);
    if (size > URI_MOST)
        return cm_fail(err, CM_E_CONFIG, "longer than %d bytes", URI_MOST);
    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] > '~' || strchr("\"\\<>", text[i]) != NULL)
            return cm_fail(err, CM_E_CONFIG, "holds what no URI holds");
    const char *colon = strchr(text, ':');
    return (colon != NULL && colon != text && colon[1] != '\0') ||
           cm_fail(err, CM_E_CONFIG, "is no URI");
}
