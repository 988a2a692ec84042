/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/form.h"

#include "base/digest.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define ARTIFACT  "{artifact}"
#define PROGRAM   "{program:"
#define PKCS7     "1.2.840.113549.1.7." /* data, and what CMS itself is made of */
#define DIGEST    "{sha256:base64}"
#define DIGITS    "0123456789"
#define HEX       DIGITS "abcdef"
#define LEAST_DER 4 /* hexadecimal digits: a tag and a length */

/* What the process with the keys says itself, and what stands in no signed attribute. */
static const char *const ours[] = {
    "1.2.840.113549.1.9.3",       /* content type */
    "1.2.840.113549.1.9.4",       /* message digest */
    "1.2.840.113549.1.9.5",       /* signing time */
    "1.2.840.113549.1.9.6",       /* countersignature */
    "1.2.840.113549.1.9.16.2.12", /* signing certificate */
    "1.2.840.113549.1.9.16.2.14", /* time stamp */
    "1.2.840.113549.1.9.16.2.47", /* signing certificate, version 2 */
};

/* ---- identifiers ---- */

/* "1.2.840": numbers with dots between them, none with a zero in front; the first is 0, 1 or 2, and
 * of the second there are 40 behind the first two. */
static bool
is_oid(const char *text, size_t size)
{
    size_t at = 0, numbers = 0;
    if (size < 3 || text[0] < '0' || text[0] > '2' || text[1] != '.' ||
        (text[0] < '2' && strtoul(text + 2, NULL, 10) >= 40))
        return false;
    for (; at < size; numbers++) {
        size_t digits = strspn(text + at, DIGITS);
        if (digits == 0 || digits > 9 || (text[at] == '0' && digits > 1))
            return false;
        at += digits;
        if (at < size && (text[at++] != '.' || at == size))
            return false;
    }
    return numbers > 2;
}

/* ---- contents ---- */

bool
cm_form_is_artifact(const char *content)
{
    return strcmp(content, ARTIFACT) == 0;
}

bool
cm_form_is_made(const char *content, char ret_type[CM_FORM_TYPE_SIZE])
{
    size_t before = strlen(PROGRAM), size = strlen(content);
    if (size <= before || strncmp(content, PROGRAM, before) != 0 || content[size - 1] != '}')
        return false;
    const char *type = content + before;
    size_t length = size - before - 1;
    if (length >= CM_FORM_TYPE_SIZE || !is_oid(type, length) || cm_starts_with(type, PKCS7))
        return false;
    memcpy(ret_type, type, length);
    ret_type[length] = '\0';
    return true;
}

/* All braces are those of one place. */
bool
cm_form_content_check(const char *content, struct cm_err *err)
{
    char type[CM_FORM_TYPE_SIZE];
    if (strlen(content) > CM_FORM_CONTENT_MOST)
        return cm_fail(err, CM_E_CONFIG, "is longer than %d bytes", CM_FORM_CONTENT_MOST);
    if (cm_form_is_artifact(content) || cm_form_is_made(content, type))
        return true;
    if (cm_starts_with(content, PROGRAM))
        return cm_fail(err, CM_E_CONFIG, "names no type: write \"{program:OID}\"");
    const char *place = strstr(content, DIGEST);
    if (place == NULL)
        return cm_fail(err, CM_E_CONFIG, "has no place for the digest of the artifact");
    const char *behind = place + strlen(DIGEST);
    return (strcspn(content, "{}") == (size_t)(place - content) &&
            behind[strcspn(behind, "{}")] == '\0') ||
           cm_fail(err, CM_E_CONFIG, "has braces that are not its one place");
}

bool
cm_form_program_check(const struct cm_key_form *form, struct cm_err *err)
{
    char type[CM_FORM_TYPE_SIZE];
    if (!cm_form_is_made(form->content, type))
        return form->program.count == 0 ||
               cm_fail(err, CM_E_CONFIG, "no program makes this content");
    if (form->program.count > CM_FORM_PROGRAM_MOST)
        return cm_fail(err, CM_E_CONFIG, "the program has more than %d words",
                       CM_FORM_PROGRAM_MOST);
    return (form->program.count > 0 && form->program.at[0][0] == '/') ||
           cm_fail(err, CM_E_CONFIG,
                   "the program that makes this content is not named by its path");
}

bool
cm_form_fill(const char *content, const char *sha256, struct cm_buf *to, struct cm_err *err)
{
    unsigned char digest[CM_SHA256_SIZE];
    const char *place = strstr(content, DIGEST);
    if (place == NULL || strlen(sha256) != 2 * sizeof digest ||
        !cm_unhex(sha256, strlen(sha256), digest))
        return cm_fail(err, CM_E_INTERNAL, "a content without a place for a digest is filled");
    cm_buf_add(to, content, (size_t)(place - content));
    cm_base64(to, digest, sizeof digest);
    cm_buf_puts(to, place + strlen(DIGEST));
    return !to->failed || cm_fail(err, CM_E_LIMIT, "what is to be signed is too long");
}

/* ---- attributes ---- */

static bool
is_ours(const char *text, size_t size)
{
    for (size_t i = 0; i < CM_COUNT(ours); i++)
        if (strlen(ours[i]) == size && memcmp(ours[i], text, size) == 0)
            return true;
    return false;
}

bool
cm_form_attribute_check(const char *attribute, struct cm_err *err)
{
    const char *sign = strchr(attribute, '=');
    size_t oid = sign != NULL ? (size_t)(sign - attribute) : 0;
    size_t digits = sign != NULL ? strlen(sign + 1) : 0;
    if (strlen(attribute) > CM_FORM_ATTRIBUTE_MOST)
        return cm_fail(err, CM_E_CONFIG, "is longer than %d characters", CM_FORM_ATTRIBUTE_MOST);
    if (!is_oid(attribute, oid) || digits < LEAST_DER || digits % 2 != 0 ||
        strspn(sign + 1, HEX) != digits)
        return cm_fail(err, CM_E_CONFIG, "is not OID=HEX");
    return !is_ours(attribute, oid) ||
           cm_fail(err, CM_E_CONFIG, "is an attribute that is not the operator's to say");
}

/* ---- forms ---- */

static bool
has(const char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

/* As many, each of them there, and none twice: they are the same. */
bool
cm_form_is(const struct cm_key_form *form, const char *content, const char *const *attributes,
           size_t count)
{
    if (strcmp(form->content, content) != 0 || form->attributes.count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!has(form->attributes.at, form->attributes.count, attributes[i]) ||
            has(attributes, i, attributes[i]))
            return false;
    return true;
}
