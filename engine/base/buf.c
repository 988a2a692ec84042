/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_ROOM 64

/* realloc may leave a copy behind; a secret is moved by hand and wiped. */
static char *
move_secret(const struct cm_buf *buf, size_t room)
{
    char *at = malloc(room);
    if (!at)
        return NULL;
    if (buf->at) {
        memcpy(at, buf->at, buf->size);
        explicit_bzero(buf->at, buf->room);
        free(buf->at);
    }
    return at;
}

/* Room for `size` more bytes and a NUL. */
static bool
make_room(struct cm_buf *buf, size_t size)
{
    if (buf->failed || size > buf->most - buf->size || buf->size + size == SIZE_MAX)
        return false;
    size_t need = buf->size + size + 1;
    if (buf->at && need <= buf->room)
        return true;
    size_t room = buf->room < LEAST_ROOM ? LEAST_ROOM : buf->room;
    while (room < need)
        room = room > SIZE_MAX / 2 ? need : room * 2;
    if (room - 1 > buf->most)
        room = buf->most + 1;
    char *at = buf->secret ? move_secret(buf, room) : realloc(buf->at, room);
    if (!at)
        return false;
    buf->at = at;
    buf->room = room;
    return true;
}

char *
cm_buf_extend(struct cm_buf *buf, size_t size)
{
    if (!make_room(buf, size)) {
        buf->failed = true;
        return NULL;
    }
    char *at = buf->at + buf->size;
    buf->size += size;
    buf->at[buf->size] = '\0';
    return at;
}

void
cm_buf_cut(struct cm_buf *buf, size_t size)
{
    if (size >= buf->size)
        return;
    if (buf->secret)
        explicit_bzero(buf->at + size, buf->size - size);
    buf->size = size;
    buf->at[size] = '\0';
}

void
cm_buf_add(struct cm_buf *buf, const void *at, size_t size)
{
    char *to = cm_buf_extend(buf, size);
    if (to && size > 0)
        memcpy(to, at, size);
}

void
cm_buf_puts(struct cm_buf *buf, const char *text)
{
    cm_buf_add(buf, text, strlen(text));
}

void
cm_buf_putc(struct cm_buf *buf, char c)
{
    cm_buf_add(buf, &c, 1);
}

void
cm_buf_printf(struct cm_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0) {
        buf->failed = true;
        return;
    }
    char *to = cm_buf_extend(buf, (size_t)size);
    if (!to)
        return;
    va_start(args, format);
    (void)vsnprintf(to, (size_t)size + 1, format, args);
    va_end(args);
}

const char *
cm_buf_text(const struct cm_buf *buf)
{
    return buf->at ? buf->at : "";
}

char *
cm_buf_take(struct cm_buf *buf)
{
    if (buf->failed || (!buf->at && !cm_buf_extend(buf, 0)))
        return NULL;
    buf->at[buf->size] = '\0';
    char *at = buf->at;
    *buf = (struct cm_buf){.most = buf->most, .secret = buf->secret};
    return at;
}

void
cm_buf_clear(struct cm_buf *buf)
{
    cm_buf_cut(buf, 0);
    buf->failed = false;
}

void
cm_buf_done(struct cm_buf *buf)
{
    if (buf->at && buf->secret)
        explicit_bzero(buf->at, buf->room);
    free(buf->at);
    *buf = (struct cm_buf){.most = buf->most, .secret = buf->secret};
}
