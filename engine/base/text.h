/* SPDX-License-Identifier: Apache-2.0
 *
 * base/text.h: numbers, times and codings as checked text; text fit to be shown; words.
 */
#ifndef CM_BASE_TEXT_H
#define CM_BASE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void cm_text_done(char **text); /* free(); for CM_CLEANUP */

/* ---- numbers: the whole text, decimal digits only, no sign but a leading '-' where negatives
 * are in range, no space, no leading zero but "0" itself ---- */
bool cm_parse_int(const char *text, int64_t least, int64_t most, int64_t *ret) CM_MUST;

/* "90s" "10m" "36h" "30d"; ns. A bare number is refused. Range 1 s to 36500 d ("0s" is 0). */
bool cm_parse_duration(const char *text, int64_t *ret_ns) CM_MUST;

/* "512", "64k", "32M", "2G" (powers of 1024); bytes. */
bool cm_parse_size(const char *text, int64_t *ret_bytes) CM_MUST;

/* ---- times: RFC 3339, the zone required, 0 to 9 digits of a second; ns since 1970 ---- */
#define CM_NO_TIME INT64_MIN
bool cm_parse_time(const char *text, int64_t *ret_ns) CM_MUST;
/* "Sun, 06 Nov 1994 08:49:37 GMT": the one form of an HTTP date that is still sent. */
bool cm_parse_http_date(const char *text, int64_t *ret_ns) CM_MUST;
#define CM_TIME_SIZE sizeof "2026-11-22T18:19:53.123456789Z"
/* UTC with Z; whole seconds without a fraction, else 9 digits. */
void cm_format_time(int64_t ns, char ret[CM_TIME_SIZE]);

/* "3 s", "12 minutes", "5 days": for people. Arena; never NULL but without memory. */
char *cm_show_duration(struct cm_arena *arena, int64_t ns);

/* ---- codings ---- */
void cm_hex(const void *at, size_t size, char *ret /* 2 * size + 1 */);
bool cm_unhex(const char *text, size_t text_size, void *ret /* text_size / 2 */) CM_MUST;

/* RFC 4648, standard alphabet, padded, strict (no white space, canonical last bits). */
void cm_base64(struct cm_buf *to, const void *at, size_t size);
bool cm_unbase64(const char *text, size_t text_size, struct cm_buf *to) CM_MUST;
/* The same, in the standard alphabet or in the one for URLs and file names, never in both. */
bool cm_unbase64_either(const char *text, size_t text_size, struct cm_buf *to) CM_MUST;

/* The alphabet for URLs and names, without padding; as strict. */
void cm_base64url(struct cm_buf *to, const void *at, size_t size);
bool cm_unbase64url(const char *text, size_t text_size, struct cm_buf *to) CM_MUST;

/* Valid UTF-8 without NUL (no surrogates, no overlong forms). */
bool cm_is_utf8(const void *at, size_t size) CM_MUST;

/* The size (1 to 4) of the valid UTF-8 character that comes first, its code point in *ret_code; 0
 * if there is none. NUL counts as a character here. */
size_t cm_utf8_next(const void *at, size_t size, uint32_t *ret_code) CM_MUST;

/* What could move a terminal's cursor, end a line or turn the direction of what follows. */
bool cm_is_control(uint32_t code);

/* For a terminal or a log line: control characters, DEL, everything that is not ASCII and the
 * backslash come out as \n, \x1b, \u{430}, \\; the rest as it is. Arena. */
char *cm_escape(struct cm_arena *arena, const char *text);
void cm_escape_to(struct cm_buf *to, const char *text, size_t size);

/* Milder, for sentences of ours that carry foreign text (errors, log lines): only control
 * characters (C0, DEL, C1, line separators, bidirectional marks) and bytes that are not UTF-8 are
 * escaped, so doing it twice changes nothing. */
void cm_escape_controls_to(struct cm_buf *to, const char *text, size_t size);

/* For XML 1.0, inside of an element or of an attribute: a reader gets the text back as it was, but
 * for what no XML can carry (controls, U+FFFE, U+FFFF, bytes that are not UTF-8): that comes out as
 * cm_escape_to() writes it. */
void cm_escape_xml_to(struct cm_buf *to, const char *text, size_t size);

/* ASCII only, whatever the locale. */
char cm_ascii_lower(char c);
bool cm_ascii_equal_fold(const char *a, const char *b);
bool cm_starts_with(const char *text, const char *head);
bool cm_ends_with(const char *text, const char *tail);

/* The word of the list (ending with NULL) that is nearest to a mistyped one; NULL if none is near
 * enough to suggest. Borrowed from the list. */
const char *cm_nearest(const char *word, const char *const *words);

#endif
