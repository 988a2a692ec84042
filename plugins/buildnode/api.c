/* SPDX-License-Identifier: Apache-2.0
 *
 * Small things: texts, hashes, lists of options.
 */
#include "buildnode.h"

#include <string.h>

#define HASH_SIZE 64

const struct cmk_certificates *
bn_x509(struct cmk_call *c)
{
    const struct cmk_certificates *x509 =
        c->base->query(c, CMK_CERTIFICATES, sizeof(struct cmk_certificates));
    if (x509 == NULL)
        cmk_fail(c, CMK_E_UNSUPPORTED, "this engine cannot judge certificates");
    return x509;
}

bool
bn_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool
bn_begins(const char *text, const char *head)
{
    return text != NULL && strncmp(text, head, strlen(head)) == 0;
}

/* One number of an OID, without leading zeros; gives what stands behind it, or NULL. */
static const char *
read_arc(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 39 || (digits > 1 && *text == '0'))
        return NULL;
    return text + digits;
}

bool
bn_is_oid(const char *text)
{
    int arcs = 0;
    if (text == NULL || *text < '0' || *text > '2' || text[1] != '.')
        return false;
    if (*text < '2' && strspn(text + 2, "0123456789") > 1 &&
        (text[2] > '3' || strspn(text + 2, "0123456789") > 2))
        return false; /* below 0 and 1 stand 0 to 39 */
    for (const char *at = text; at != NULL; arcs++) {
        at = read_arc(at);
        if (at != NULL && *at == '\0')
            return arcs > 0;
        at = at != NULL && *at == '.' ? at + 1 : NULL;
    }
    return false;
}

const char *
bn_hash(struct cmk_call *c, const char *text)
{
    size_t size = 0;
    char *hash = text != NULL ? c->base->alloc(c, HASH_SIZE + 1) : NULL;
    for (; hash != NULL && *text != '\0'; text++) {
        if (*text == ':' && size > 0 && size % 2 == 0 && text[1] != ':' && text[1] != '\0')
            continue;
        char digit = *text >= 'A' && *text <= 'F' ? (char)(*text + ('a' - 'A')) : *text;
        if (size == HASH_SIZE || strchr("0123456789abcdef", digit) == NULL)
            return NULL;
        hash[size++] = digit;
    }
    return size == HASH_SIZE ? hash : NULL;
}

const char *
bn_sha256(struct cmk_call *c, struct cmk_bytes bytes)
{
    return c->crypto->encode(c, "hex", c->crypto->digest(c, "sha256", bytes));
}

struct cmk_bytes
bn_base64(struct cmk_call *c, const char *text)
{
    return c->crypto->decode(c, "base64", text);
}

bool
bn_has(struct cmk_call *c, const struct cmk_value *list, const char *text)
{
    uint64_t count = c->json->count(c, list);
    for (uint64_t i = 0; i < count; i++)
        if (bn_same(c->json->text(c, c->json->at(c, list, i)), text))
            return true;
    return false;
}

uint64_t
bn_option_count(struct cmk_call *c, const char *option)
{
    return c->json->count(c, cmk_get(c, c->options, option));
}

const char *
bn_option_at(struct cmk_call *c, const char *option, uint64_t index)
{
    return c->json->text(c, c->json->at(c, cmk_get(c, c->options, option), index));
}

const char *
bn_listed(struct cmk_call *c, const char *option)
{
    const char *all = "";
    uint64_t count = bn_option_count(c, option);
    for (uint64_t i = 0; i < count; i++) {
        const char *text = bn_option_at(c, option, i);
        all = cmk_printf(c, "%s%s\"%s\"", all, i > 0 ? ", " : "", text != NULL ? text : "");
    }
    return all;
}
