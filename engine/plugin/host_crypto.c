/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "base/text.h"
#include "plugin/call.h"

#include <string.h>

#define MOST_CODED ((size_t)16 << 20)

static const struct cmk_bytes none = {NULL, 0};

/* Names are few and stand in the manual; another one is the author's mistake. */
static bool
is_called(struct cmk_call *c, const char *name, const char *first, const char *second)
{
    if (name != NULL && (strcmp(name, first) == 0 || (second && strcmp(name, second) == 0)))
        return true;
    cm_call_failf(cm_call_of(c), CM_E_UNSUPPORTED, "'%s' is not a digest or coding of this engine",
                  name != NULL ? name : "");
    return false;
}

static struct cmk_bytes
digest(struct cmk_call *c, const char *name, struct cmk_bytes bytes)
{
    char hex[CM_SHA256_HEX];
    if (cm_call_failed(c) || bytes.at == NULL || !is_called(c, name, "sha256", NULL))
        return none;
    unsigned char *raw = cm_call_alloc(cm_call_of(c), CM_SHA256_SIZE);
    if (raw == NULL)
        return none;
    if (!cm_sha256(bytes.at, (size_t)bytes.size, hex) || !cm_unhex(hex, CM_SHA256_HEX - 1, raw)) {
        cm_call_failf(cm_call_of(c), CM_E_INTERNAL, "a digest cannot be made");
        return none;
    }
    return (struct cmk_bytes){raw, CM_SHA256_SIZE};
}

static const char *
encode_base64(struct cm_call *call, struct cmk_bytes bytes)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(2 * MOST_CODED);
    cm_base64(&text, bytes.at, (size_t)bytes.size);
    char *copy = text.failed ? NULL : cm_arena_text(call->arena, cm_buf_text(&text));
    if (copy == NULL)
        cm_call_failf(call, CM_E_LIMIT, "too many bytes to be encoded");
    return copy;
}

static const char *
encode(struct cmk_call *c, const char *name, struct cmk_bytes bytes)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || bytes.at == NULL || !is_called(c, name, "hex", "base64"))
        return NULL;
    if (bytes.size > MOST_CODED) {
        cm_call_failf(call, CM_E_LIMIT, "too many bytes to be encoded");
        return NULL;
    }
    if (strcmp(name, "base64") == 0)
        return encode_base64(call, bytes);
    char *text = cm_call_alloc(call, 2 * (size_t)bytes.size + 1);
    if (text != NULL)
        cm_hex(bytes.at, (size_t)bytes.size, text);
    return text;
}

static bool
decode_into(struct cm_buf *raw, const char *name, const char *text)
{
    size_t size = strlen(text);
    if (strcmp(name, "base64") == 0)
        return cm_unbase64(text, size, raw);
    char *to = cm_buf_extend(raw, size / 2);
    return to != NULL && cm_unhex(text, size, to);
}

static struct cmk_bytes
decode(struct cmk_call *c, const char *name, const char *text)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || text == NULL || !is_called(c, name, "hex", "base64"))
        return none;
    CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(MOST_CODED);
    if (*text != '\0' && !decode_into(&raw, name, text)) {
        cm_call_failf(call, CM_E_MALFORMED, "a text is not %s", name);
        return none;
    }
    char *copy = cm_arena_bytes(call->arena, cm_buf_text(&raw), raw.size);
    if (copy == NULL)
        cm_call_failf(call, CM_E_LIMIT, "too many bytes to be decoded");
    return (struct cmk_bytes){copy, copy != NULL ? raw.size : 0};
}

const struct cmk_crypto cm_host_crypto = {
    .size = sizeof(struct cmk_crypto),
    .digest = digest,
    .encode = encode,
    .decode = decode,
};
