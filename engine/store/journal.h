/* SPDX-License-Identifier: Apache-2.0
 *
 * store/journal.h: what was signed, one line each, never taken back.
 *
 * A file of lines, each canonical JSON with "at" (time), "entry" (what the caller says) and
 * "previous": the SHA-256 of the line before it without its line feed ("" in the first). Whoever
 * keeps the last line's digest elsewhere sees that none was changed or taken out. A line that a
 * crash cut off stays, is closed by the next entry, and is skipped in the chain.
 */
#ifndef CM_STORE_JOURNAL_H
#define CM_STORE_JOURNAL_H

#include "base/compiler.h"
#include "base/digest.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define CM_JOURNAL_LINE_MOST ((size_t)64 << 10) /* bytes */

/* Adds a line and has it on the disk when it returns true; only then may be done what it says was
 * done. One at a time, whoever else does. The file is made if it is not there (0600); one that
 * others could write is CM_E_DENIED. */
bool cm_journal_add(const char *path, const json_t *entry, struct cm_err *err) CM_MUST;

struct cm_journal_state {
    size_t lines;             /* whole ones */
    size_t torn;              /* cut off by a crash */
    char last[CM_SHA256_HEX]; /* digest of the last whole line; "" if there is none */
};

/* Reads it all: does each whole line follow the one before it? CM_E_MALFORMED names the first that
 * does not. */
bool cm_journal_check(const char *path, struct cm_journal_state *ret, struct cm_err *err) CM_MUST;

#endif
