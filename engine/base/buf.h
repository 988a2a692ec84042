/* SPDX-License-Identifier: Apache-2.0
 *
 * base/buf.h: bytes that grow, up to a maximum that is named when they begin.
 *
 *     CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
 *     cm_buf_puts(&text, "...");
 *     if (text.failed) return cm_fail(err, CM_E_LIMIT, ...);
 *
 * Appending never fails halfway: once it would not fit, `failed` is set, nothing more is appended
 * and the content stays what it was. So a writer appends in straight lines and looks once. What is
 * appended must not lie in the buffer itself.
 */
#ifndef CM_BASE_BUF_H
#define CM_BASE_BUF_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cm_buf {
    char *at;    /* owned; NUL behind the last byte; NULL while empty */
    size_t size; /* bytes, without the NUL */
    size_t room; /* allocated */
    size_t most;
    bool failed;
    bool secret; /* wipe before freeing and when growing */
};

#define CM_BUF_INIT(most_)                                                                         \
    {                                                                                              \
        .most = (most_)                                                                            \
    }

void cm_buf_add(struct cm_buf *buf, const void *at, size_t size);
void cm_buf_puts(struct cm_buf *buf, const char *text);
void cm_buf_putc(struct cm_buf *buf, char c);
/* Appends `size` bytes for the caller to fill; NULL (and `failed`) if they do not fit. Borrowed
 * until the next append. */
char *cm_buf_extend(struct cm_buf *buf, size_t size);

/* Takes bytes off the end again, down to `size` of them. */
void cm_buf_cut(struct cm_buf *buf, size_t size);

void cm_buf_printf(struct cm_buf *buf, const char *format, ...) CM_PRINTF(2, 3);

/* The text so far, never NULL. Borrowed until the next append. */
const char *cm_buf_text(const struct cm_buf *buf);

/* Gives the bytes away (owned by the caller, free()); the buffer is empty again. NULL if failed. */
char *cm_buf_take(struct cm_buf *buf) CM_MUST;

void cm_buf_clear(struct cm_buf *buf); /* empty again and not failed; memory kept */
void cm_buf_done(struct cm_buf *buf);  /* frees; for CM_CLEANUP */

#endif
