/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact/archive_name.h: the name of an entry, and what readers make of it.
 *
 * Readers take a name as it stands, or decode %41 in it, take \ for /, fold case, normalise, leave
 * out what cannot be seen, drop dots and spaces at the end of a part, or write _ for what Windows
 * does not take. Names of which any of them makes one and the same have one key.
 *
 * No name at all is what leads out of the folder, or is no name of a file, to any of them:
 *
 *   empty, or not UTF-8; with control characters; with a colon (a drive, a hidden stream)
 *   a / or \ at the beginning; parts that are empty, "." or "..", or only dots and spaces
 *   a \ at the end: a folder to some, a file to others
 *   a part like ABCDEF~1.TXT: Windows calls other files so for short
 *   %80 and the like, which decode to no UTF-8; %2541, which can be decoded twice; a % that begins
 *   nothing with another one next to it. A % alone stands for itself.
 */
#ifndef CM_ARTIFACT_ARCHIVE_NAME_H
#define CM_ARTIFACT_ARCHIVE_NAME_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Replaces what is in `key`, which keeps its memory from one name to the next; the / behind a
 * folder is no part of a key. CM_E_MALFORMED with the reason, which begins with "its name". */
bool cm_archive_name_key(const char *name, size_t size, struct cm_buf *key, struct cm_err *err)
    CM_MUST;

#endif
