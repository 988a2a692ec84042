/* SPDX-License-Identifier: Apache-2.0
 *
 * Is it an answer of git, and if not, what is it?
 */
#include "git/client_inside.h"

#include "base/clock.h"
#include "git/words.h"
#include "net/retry.h"

#include <string.h>

static const char *
header_of(const struct cm_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->header_count; i++) {
        if (strcmp(exchange->headers[i].name, name) == 0)
            return exchange->headers[i].value;
    }
    return NULL;
}

const char *
cm_git_media_type(const struct cm_exchange *exchange)
{
    const char *type = header_of(exchange, "content-type");
    return type ? type : "";
}

bool
cm_git_is_refused(const struct cm_exchange *exchange)
{
    int status = exchange->status;
    return exchange->err.class == CM_OK && (status == 401 || status == 403 || status == 404);
}

/* ---- too often? ---- */

/* "limit=100, remaining=0, reset=30" or "\"hour\";r=0;t=30": does one of the limits leave nothing?
 */
static bool
leaves_nothing(const char *limits)
{
    static const char *const words[] = {"remaining=0", "r=0"};
    while (*limits) {
        limits += strspn(limits, ",; \t");
        size_t size = strcspn(limits, ",; \t");
        for (size_t i = 0; i < CM_COUNT(words); i++) {
            if (size == strlen(words[i]) && memcmp(limits, words[i], size) == 0)
                return true;
        }
        limits += size;
    }
    return false;
}

static bool
is_limit(const struct cm_field *header)
{
    if (strcmp(header->name, "x-ratelimit-remaining") == 0 ||
        strcmp(header->name, "ratelimit-remaining") == 0)
        return strcmp(header->value, "0") == 0;
    if (strcmp(header->name, "ratelimit") == 0)
        return leaves_nothing(header->value);
    return strcmp(header->name, "retry-after") == 0;
}

bool
cm_git_is_limited(const struct cm_exchange *exchange)
{
    for (size_t i = 0; i < exchange->header_count; i++) {
        if (is_limit(&exchange->headers[i]))
            return cm_git_is_refused(exchange);
    }
    return false;
}

bool
cm_git_fail_limited(const struct cm_exchange *exchange, struct cm_err *err)
{
    return cm_fail(err, CM_E_TRANSIENT,
                   "the server answers %d and says that it is asked too often, which says nothing "
                   "of the repository",
                   exchange->status);
}

int64_t
cm_git_retry_after(const struct cm_exchange *exchange)
{
    const char *value = header_of(exchange, "retry-after");
    return value ? cm_retry_after(value, cm_wall_now()) : -1;
}

/* ---- what it is ---- */

/* A redirect is not followed: git is asked only where the project says so. */
static bool
fail_moved(const struct cm_exchange *exchange, struct cm_err *err)
{
    static const char *const tails[] = {
        [CM_GIT_MOVE_NOWHERE] = " that can be read",
        [CM_GIT_MOVE_PLAIN] = ", and without TLS nothing is asked",
        [CM_GIT_MOVE_PAGE] = ", which is no repository; some hosts answer so for what is private",
        [CM_GIT_MOVE_NAME] = "; if that is the same repository, write its URL into `repositories` "
                             "of the project",
        [CM_GIT_MOVE_HOST] = ", at another host; if that is the same repository, write its URL "
                             "into `repositories` of the project",
    };
    size_t size = 0;
    char to[CM_GIT_WORDS_MOST + 1];
    enum cm_git_move move = cm_git_move_of(exchange->url, exchange->location, &size);
    return cm_fail(err, CM_E_UNSUPPORTED, "the server answers %d and names %s%s", exchange->status,
                   cm_git_words(exchange->location, size, to), tails[move]);
}

static bool
fail_media_type(const char *type, const char *expected, struct cm_err *err)
{
    char room[CM_GIT_WORDS_MOST + 1];
    const char *shown = *type ? cm_git_words(type, strlen(type), room) : "";
    if (cm_git_is_page(type))
        return cm_fail(
            err, CM_E_MALFORMED,
            "a page (%s) came in the place of git's answer; some hosts answer so for what "
            "is private",
            shown);
    return cm_fail(err, CM_E_MALFORMED, "the answer is \"%s\", not \"%s\"", shown, expected);
}

bool
cm_git_is_answer(const struct cm_exchange *exchange, const char *media_type, struct cm_err *err)
{
    int status = exchange->status;
    if (exchange->err.class != CM_OK) {
        *err = exchange->err;
        return false;
    }
    if (status >= 300 && status < 400)
        return fail_moved(exchange, err);
    if (cm_git_is_limited(exchange))
        return cm_git_fail_limited(exchange, err);
    if (cm_git_is_refused(exchange))
        return cm_fail(err, CM_E_AUTH,
                       "the server answers %d: there is no such repository, or not for us", status);
    if (status != 200)
        return cm_fail(err, CM_E_UNSUPPORTED, "the server answers %d", status);
    if (strcmp(cm_git_media_type(exchange), media_type) != 0)
        return fail_media_type(cm_git_media_type(exchange), media_type, err);
    return true;
}
