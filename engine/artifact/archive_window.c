/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/archive_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEAP_SIZE ((size_t)1024) /* where little is wanted, and the next place is far away */

void
cm_window_done(struct cm_window *window)
{
    free(window->at);
    window->at = NULL;
    window->size = 0;
}

void
cm_window_forget(struct cm_window *window)
{
    window->size = 0;
}

static bool
holds(const struct cm_window *window, uint64_t offset, size_t size)
{
    return offset >= window->offset && offset - window->offset <= window->size &&
           size <= window->size - (size_t)(offset - window->offset);
}

/* Headers of large entries lie far apart: there, what is between is not read. */
static size_t
size_to_read(const struct cm_window *window, uint64_t offset, size_t size)
{
    uint64_t reach = window->offset + window->size + CM_WINDOW_SIZE;
    if (window->size == 0 || (offset >= window->offset && offset < reach))
        return CM_WINDOW_SIZE;
    return size > LEAP_SIZE ? size : LEAP_SIZE;
}

/* What is in it from `offset` on stays: whoever goes forward sees each byte as it was once. */
static void
slide(struct cm_window *window, uint64_t offset)
{
    size_t kept = 0;
    if (offset >= window->offset && offset - window->offset < window->size) {
        kept = window->size - (size_t)(offset - window->offset);
        memmove(window->at, window->at + (offset - window->offset), kept);
    }
    window->offset = offset;
    window->size = kept;
}

/* Moves to `offset`, so that `size` bytes are in it, or as many as there are. */
static bool
move(struct cm_window *window, uint64_t offset, size_t size, struct cm_err *err)
{
    size_t want = size_to_read(window, offset, size);
    if (!window->at && !(window->at = malloc(CM_WINDOW_SIZE)))
        return cm_fail(err, CM_E_LIMIT, "%s: no memory to read it", window->name);
    slide(window, offset);
    while (window->size < want) {
        ssize_t got = pread(window->fd, window->at + window->size, want - window->size,
                            (off_t)(offset + window->size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cm_fail_errno(err, errno, "%s: reading it", window->name);
        if (got == 0)
            return true;
        window->size += (size_t)got;
    }
    return true;
}

const unsigned char *
cm_window_get(struct cm_window *window, uint64_t offset, size_t size, struct cm_err *err)
{
    if (!holds(window, offset, size) && !move(window, offset, size, err))
        return NULL;
    if (!holds(window, offset, size)) {
        (void)cm_fail(err, CM_E_MALFORMED, "%s: it has become shorter while it was read",
                      window->name);
        return NULL;
    }
    return window->at + (offset - window->offset);
}

const unsigned char *
cm_window_some(struct cm_window *window, uint64_t offset, uint64_t size, size_t *ret_size,
               struct cm_err *err)
{
    const unsigned char *at = cm_window_get(window, offset, 1, err);
    if (!at)
        return NULL;
    uint64_t here = window->size - (offset - window->offset);
    *ret_size = (size_t)(here < size ? here : size);
    return at;
}
