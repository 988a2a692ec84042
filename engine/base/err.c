/* SPDX-License-Identifier: Apache-2.0 */
#define CM_BASE_ERR_DEFINES
#include "base/err.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Longer than err.text, so that a message cut here is cut again, visibly, by write_text. */
#define RAW_SIZE ((size_t)4096)

static const struct {
    enum cm_class class;
    const char *name;
} class_names[] = {
    {CM_OK, "ok"},
    {CM_E_CONFIG, "config"},
    {CM_E_DENIED, "denied"},
    {CM_E_AUTH, "auth"},
    {CM_E_NOT_FOUND, "not-found"},
    {CM_E_TRANSIENT, "transient"},
    {CM_E_LIMIT, "limit"},
    {CM_E_CANCELLED, "cancelled"},
    {CM_E_MALFORMED, "malformed"},
    {CM_E_UNSUPPORTED, "unsupported"},
    {CM_E_INTERNAL, "internal"},
};

/* The size of `text` at which it can be cut and "..." put behind: at most `most` bytes, at a
 * character's border. */
static size_t
border_before(const char *text, size_t most)
{
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

/* Errors must not need memory: when the escaped text cannot be had, a plain sentence stands in. */
static void
write_text(struct cm_err *err, const char *raw)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf escaped = CM_BUF_INIT(16 * RAW_SIZE);
    cm_escape_controls_to(&escaped, raw, strlen(raw));
    const char *text = escaped.failed ? "out of memory" : cm_buf_text(&escaped);

    size_t size = strlen(text);
    const char *tail = "";
    if (size >= sizeof err->text) {
        tail = "...";
        size = border_before(text, sizeof err->text - sizeof "...");
    }
    memcpy(err->text, text, size);
    memcpy(err->text + size, tail, strlen(tail) + 1);
}

CM_PRINTF(2, 0)
static void
print_raw(char ret[RAW_SIZE], const char *format, va_list args)
{
    if (vsnprintf(ret, RAW_SIZE, format, args) < 0)
        ret[0] = '\0';
}

bool
cm_fail(struct cm_err *err, enum cm_class class, const char *format, ...)
{
    if (!err)
        return false;
    char raw[RAW_SIZE];
    va_list args;
    va_start(args, format);
    print_raw(raw, format, args);
    va_end(args);
    err->class = class;
    write_text(err, raw);
    return false;
}

static enum cm_class
class_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return CM_E_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
    case EISDIR:
    case EEXIST:
    case ENAMETOOLONG:
        return CM_E_CONFIG;
    case ENOSPC: /* somebody can make room */
    case EDQUOT:
    case EAGAIN: /* no process for now */
        return CM_E_TRANSIENT;
    case ENOMEM:
    case EFBIG:
    case EMFILE:
    case ENFILE:
        return CM_E_LIMIT;
    default:
        return CM_E_INTERNAL;
    }
}

bool
cm_fail_errno(struct cm_err *err, int error, const char *format, ...)
{
    if (!err)
        return false;
    char raw[RAW_SIZE];
    va_list args;
    va_start(args, format);
    print_raw(raw, format, args);
    va_end(args);
    const char *why = strerrordesc_np(error); /* unlike strerror: no locale, no shared buffer */
    return cm_fail(err, class_of_errno(error), "%s: %s", raw, why ? why : "unknown error");
}

bool
cm_context(struct cm_err *err, const char *format, ...)
{
    if (!err)
        return false;
    char context[RAW_SIZE];
    va_list args;
    va_start(args, format);
    print_raw(context, format, args);
    va_end(args);
    return cm_fail(err, err->class, "%s: %s", context, err->text);
}

const char *cm_class_name(enum cm_class class)
{
    for (size_t i = 0; i < CM_COUNT(class_names); i++)
        if (class_names[i].class == class)
            return class_names[i].name;
    return "internal";
}

enum cm_class
cm_class_of(const char *name)
{
    for (size_t i = 0; name && i < CM_COUNT(class_names); i++)
        if (strcmp(class_names[i].name, name) == 0)
            return class_names[i].class;
    return CM_E_INTERNAL;
}
