/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dsse.h"

#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define KEY  "\"payload\""
#define MARK "*" /* stands where a payload was left out; never base64 */

#define LEAST_APART 256 /* bytes of a payload that it is worth for */

void
cm_dsse_put_head(struct cm_buf *to, const char *type, size_t payload_size)
{
    cm_buf_printf(to, "DSSEv1 %zu %s %zu ", strlen(type), type, payload_size);
}

static size_t
decoded_size(const char *base64, size_t size)
{
    size_t pad = size >= 4 ? (size_t)(base64[size - 1] == '=') + (base64[size - 2] == '=') : 0;
    return size / 4 * 3 - pad;
}

bool
cm_dsse_encode(struct cm_buf *to, const char *type, const char *base64, size_t base64_size,
               enum cm_dsse_alphabet alphabet, size_t *ret_payload_at)
{
    size_t before = to->size;
    cm_dsse_put_head(to, type, decoded_size(base64, base64_size));
    size_t at = to->size;
    if (!to->failed &&
        (alphabet == CM_DSSE_EITHER ? cm_unbase64_either : cm_unbase64)(base64, base64_size, to)) {
        *ret_payload_at = at;
        return true;
    }
    cm_buf_cut(to, before);
    return false;
}

/* ---- the payload apart from the JSON ---- */

static const char *
skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static bool
begins_member(const char *text, const char *at)
{
    return at > text && strchr("{, \t\n\r", at[-1]) != NULL && at[-1] != '\0';
}

/* Of a text without a backslash: every quote in it begins or ends a string, and what is a string is
 * literally there. So a member of that name, the only one, is what it looks like, and a mark that
 * stands nowhere else cannot be mistaken. */
static bool
find_apart(const char *text, size_t size, struct cm_dsse_apart *ret)
{
    const char *end = text + size;
    const char *key = memmem(text, size, KEY, strlen(KEY));
    if (key == NULL || !begins_member(text, key) || memchr(text, '\\', size) != NULL ||
        memmem(text, size, "\"" MARK "\"", strlen(MARK) + 2) != NULL)
        return false;
    const char *at = skip_blanks(key + strlen(KEY), end);
    at = at < end && *at == ':' ? skip_blanks(at + 1, end) : end;
    const char *close = at < end && *at == '"' ? memchr(at + 1, '"', (size_t)(end - at - 1)) : NULL;
    if (close == NULL || close - at < LEAST_APART ||
        memmem(close, (size_t)(end - close), KEY, strlen(KEY)) != NULL)
        return false;
    *ret = (struct cm_dsse_apart){at + 1, (size_t)(close - at - 1)};
    return true;
}

static bool
parse_around(const char *text, size_t size, const struct cm_dsse_apart *apart, json_t **ret)
{
    struct cm_err none = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf rest = CM_BUF_INIT(size + strlen(MARK));
    const char *behind = apart->at + apart->size;
    cm_buf_add(&rest, text, (size_t)(apart->at - text));
    cm_buf_puts(&rest, MARK);
    cm_buf_add(&rest, behind, (size_t)(text + size - behind));
    return !rest.failed && cm_json_parse(rest.at, rest.size, "", ret, &none);
}

/* Nothing that JSON would not have in a string, and nothing that it would take time to judge. */
static bool
is_plain(const struct cm_dsse_apart *apart)
{
    for (size_t i = 0; i < apart->size; i++)
        if ((unsigned char)apart->at[i] <= 0x20 || (unsigned char)apart->at[i] >= 0x7f)
            return false;
    return true;
}

bool
cm_dsse_parse(const void *at, size_t size, const char *name, json_t **ret,
              struct cm_dsse_apart *ret_apart, struct cm_err *err)
{
    struct cm_dsse_apart apart = {NULL, 0};
    if (size > 0 && find_apart(at, size, &apart) && is_plain(&apart) &&
        parse_around(at, size, &apart, ret)) {
        *ret_apart = apart;
        return true;
    }
    /* also to say where it is wrong, in the text as it is */
    if (!cm_json_parse(at, size, name, ret, err))
        return false;
    *ret_apart = (struct cm_dsse_apart){NULL, 0};
    return true;
}

const char *
cm_dsse_text(const json_t *payload, const struct cm_dsse_apart *apart, size_t *ret_size)
{
    const char *text = json_string_value(payload);
    if (text != NULL && apart->at != NULL && strcmp(text, MARK) == 0) {
        *ret_size = apart->size;
        return apart->at;
    }
    *ret_size = json_string_length(payload);
    return text;
}
