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

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The key of one name, and the room for it: it is made once, for many names, so that nobody takes
 * two names for different for want of memory. */
struct cm_name_key {
    const char *at; /* borrowed until the next one is made; no NUL */
    size_t size;

    size_t most; /* bytes of a name */
    size_t room; /* of codes */
    char *text;
    int32_t *codes;
};

/* CM_E_LIMIT without memory. */
bool cm_name_key_begin(struct cm_name_key *key, size_t most, struct cm_err *err) CM_MUST;
void cm_name_key_done(struct cm_name_key *key); /* for CM_CLEANUP */

/* Makes the key of a name; the / behind a folder is no part of it. CM_E_MALFORMED, or CM_E_LIMIT if
 * it is longer than `most`, with the reason, which begins with "its name". */
bool cm_name_key_make(struct cm_name_key *key, const char *name, size_t size, struct cm_err *err)
    CM_MUST;

#endif
