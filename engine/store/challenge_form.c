/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of a challenge.
 */
#include "store/challenge.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define NONCE_SIZE 32
#define SLACK      (60 * CM_SECOND) /* that clocks may be apart */

/* ---- writing ---- */

static void
put_time(json_t *object, const char *key, int64_t ns, bool *ok)
{
    char text[CM_TIME_SIZE];
    cm_format_time(ns, text);
    cm_json_set_text(object, key, text, ok);
}

bool
cm_challenge_write(const struct cm_challenge *c, int64_t now, int64_t valid, struct cm_buf *to,
                   struct cm_err *err)
{
    unsigned char random[NONCE_SIZE];
    char nonce[2 * NONCE_SIZE + 1];
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    CM_CLEANUP(cm_json_done) json_t *object = json_object();
    bool ok = object != NULL;
    int64_t issued = now - now % CM_SECOND;
    if (!cm_random(random, sizeof random))
        return cm_fail(err, CM_E_INTERNAL, "there is no randomness to be had");
    cm_hex(random, sizeof random, nonce);
    cm_json_set_text(object, "format", CM_CHALLENGE_FORMAT, &ok);
    cm_json_set_text(object, "verifier", c->verifier, &ok);
    cm_json_set_text(object, "organization", c->organization, &ok);
    cm_json_set_text(object, "project", c->project, &ok);
    cm_json_set_text(object, "policy", c->policy, &ok);
    cm_json_set_text(object, "system", c->system, &ok);
    cm_json_set_text(object, "artifact_sha256", c->artifact_sha256, &ok);
    cm_json_set_text(object, "nonce", nonce, &ok);
    put_time(object, "issued", issued, &ok);
    put_time(object, "expires", issued + valid, &ok);
    if (!ok || !cm_json_canonical(object, &text))
        return cm_fail(err, CM_E_LIMIT, "the challenge would be larger than %zu bytes",
                       CM_CHALLENGE_MOST);
    cm_buf_add(to, text.at, text.size);
    return !to->failed || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- reading ---- */

static bool
is_hex(const char *text)
{
    return strlen(text) == CM_SHA256_HEX - 1 &&
           strspn(text, "0123456789abcdef") == CM_SHA256_HEX - 1;
}

static bool
is_time(const char *text)
{
    int64_t ns;
    return cm_parse_time(text, &ns);
}

static bool
is_said(const char *text)
{
    return text[0] != '\0';
}

static bool
check_members(const json_t *challenge, struct cm_err *err)
{
    static const struct {
        const char *name;
        bool (*is_sound)(const char *text);
    } members[] = {{"format", is_said},         {"verifier", is_said}, {"organization", is_said},
                   {"project", is_said},        {"policy", is_said},   {"system", is_said},
                   {"artifact_sha256", is_hex}, {"nonce", is_hex},     {"issued", is_time},
                   {"expires", is_time}};
    for (size_t i = 0; i < CM_COUNT(members); i++) {
        const char *text = cm_json_text(challenge, members[i].name);
        if (text == NULL || !members[i].is_sound(text))
            return cm_fail(err, CM_E_MALFORMED, "no challenge: \"%s\" is missing or wrong",
                           members[i].name);
    }
    return json_object_size(challenge) == CM_COUNT(members) ||
           cm_fail(err, CM_E_MALFORMED, "no challenge: it holds more than one does");
}

static bool
is_canonical(const json_t *challenge, const void *at, size_t size)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CHALLENGE_MOST);
    return cm_json_canonical(challenge, &text) && text.size == size &&
           memcmp(text.at, at, size) == 0;
}

bool
cm_challenge_read(const void *at, size_t size, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *challenge = NULL;
    if (size > CM_CHALLENGE_MOST)
        return cm_fail(err, CM_E_MALFORMED, "no challenge: larger than %zu bytes",
                       CM_CHALLENGE_MOST);
    if (!cm_json_parse(at, size, "no challenge", &challenge, err))
        return false;
    const char *format = cm_json_text(challenge, "format");
    if (format == NULL)
        return cm_fail(err, CM_E_MALFORMED, "no challenge: it has no \"format\"");
    if (strcmp(format, CM_CHALLENGE_FORMAT) != 0)
        return cm_fail(err, CM_E_MALFORMED, "of the format %s; this program knows %s", format,
                       CM_CHALLENGE_FORMAT);
    if (!check_members(challenge, err))
        return false;
    if (!is_canonical(challenge, at, size))
        return cm_fail(err, CM_E_MALFORMED,
                       "not in canonical form (RFC 8785): it is not as it was written");
    *ret = CM_TAKE(challenge);
    return true;
}

bool
cm_challenge_is_good(const json_t *challenge, int64_t now, struct cm_err *err)
{
    int64_t issued, expires;
    const char *from = cm_json_text(challenge, "issued"), *to = cm_json_text(challenge, "expires");
    if (from == NULL || to == NULL || !cm_parse_time(from, &issued) || !cm_parse_time(to, &expires))
        return cm_fail(err, CM_E_MALFORMED, "the challenge has no times");
    if (expires <= issued || expires - issued > CM_CHALLENGE_VALID)
        return cm_fail(err, CM_E_DENIED,
                       "the challenge would be good from %s to %s, which is not up to 10 minutes",
                       from, to);
    if (now >= expires)
        return cm_fail(err, CM_E_DENIED, "the challenge has expired at %s: ask for a new one", to);
    return issued - now <= SLACK ||
           cm_fail(err, CM_E_DENIED,
                   "the challenge was issued at %s, which is in the future: see to the clocks",
                   from);
}
