/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/url.h: URLs, read strictly; what two of them have to agree in to be the same repository.
 */
#ifndef CM_TRUST_URL_H
#define CM_TRUST_URL_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct cm_url {
    const char *scheme; /* "https" or "http" */
    const char *host;   /* lower-case ASCII name, or address; IPv6 without brackets */
    uint16_t port;      /* the scheme's own if none was written */
    const char *path;   /* begins with '/'; byte for byte as written */
    const char *query;  /* without '?'; NULL: none */
    bool host_is_address;
};

#define CM_URL_MOST 8192 /* bytes */

/* Messages of this floor never repeat a URL: it may hold a password. They say what is wrong with
 * it, for a caller to put its name in front.
 *
 * Reads http and https URLs: no userinfo, no fragment, no white space or control characters, no
 * backslash, valid host (LDH labels, IPv4 in four decimal parts, [IPv6]), port 1..65535, valid
 * percent-escapes, no "." or ".." segment (escaped ones included), no byte that RFC 3986 does not
 * know, no control character escaped in the path. Texts in the arena. */
bool cm_url_parse(struct cm_arena *arena, const char *text, struct cm_url *ret, struct cm_err *err)
    CM_MUST;

/* The same of what stands in front of the path, without memory: `ret` has no path and no query, and
 * its host lies in `room`. For look-ups that must not fail; the path is not judged. */
#define CM_URL_HOST_SIZE 264 /* a name, a port, a NUL */
bool cm_url_parse_origin(const char *text, char room[CM_URL_HOST_SIZE], struct cm_url *ret,
                         struct cm_err *err) CM_MUST;

/* host, or host:port if it is not 443 (also for http); IPv6 in brackets: what `hosts` is looked up
 * by. */
void cm_url_host(const struct cm_url *url, char ret[CM_URL_HOST_SIZE]);

/* scheme://host[:port] with the default port left out. Arena. */
char *cm_url_origin(struct cm_arena *arena, const struct cm_url *url);
bool cm_url_same_origin(const struct cm_url *a, const struct cm_url *b);

/* A repository's URL for comparing: https, host in lower case, default port left out, no userinfo,
 * query or fragment; one trailing '/' dropped and then one ".git"; path byte for byte, ASCII
 * letters folded if `fold`. CM_E_MALFORMED or CM_E_UNSUPPORTED if it is none. Arena. */
bool cm_url_repository(struct cm_arena *arena, const char *text, bool fold, const char **ret,
                       struct cm_err *err) CM_MUST;

/* Percent-encodes one path segment, or a query's name or value: all but RFC 3986 unreserved.
 * Arena; NULL without memory. */
char *cm_url_encode(struct cm_arena *arena, const char *text);

/* Any URI that names something and is compared byte for byte: a scheme and something behind it, up
 * to 255 bytes of ASCII without blanks, quotes, backslash, '<' and '>'. CM_E_CONFIG. */
bool cm_uri_check(const char *text, struct cm_err *err) CM_MUST;

/* A redirect's Location against the URL that was asked: absolute, or relative without "." and "..".
 * A fragment is dropped. *ret is a URL that cm_url_parse reads. Arena. */
bool cm_url_resolve(struct cm_arena *arena, const struct cm_url *base, const char *location,
                    const char **ret, struct cm_err *err) CM_MUST;

#endif
