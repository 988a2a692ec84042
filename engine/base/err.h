/* SPDX-License-Identifier: Apache-2.0
 *
 * base/err.h: why something could not be done.
 *
 * A function that can fail returns bool, must be looked at, and takes a struct cm_err as its last
 * argument. It fills it once, where the cause is known; callers may put context in front of it.
 * There is no thread-local last error and errno is no part of an interface.
 */
#ifndef CM_BASE_ERR_H
#define CM_BASE_ERR_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

/* The values are those of CMK_E_... in the SDK header (a test holds them together). Only
 * CM_E_TRANSIENT is ever tried again. */
enum cm_class {
    CM_OK = 0,
    CM_E_CONFIG = -1,      /* the operator can mend it in the configuration */
    CM_E_DENIED = -2,      /* not granted, or refused by the address guard */
    CM_E_AUTH = -3,        /* our credentials were refused */
    CM_E_NOT_FOUND = -4,   /* there is no such thing */
    CM_E_TRANSIENT = -5,   /* worth another try */
    CM_E_LIMIT = -6,       /* a bound on size, depth, count or memory */
    CM_E_CANCELLED = -7,   /* by a signal, or past the deadline */
    CM_E_MALFORMED = -8,   /* does not follow its own format */
    CM_E_UNSUPPORTED = -9, /* understood, but not something that we do */
    CM_E_INTERNAL = -10,   /* a fault of ours */
};

struct cm_err {
    enum cm_class class;
    char text[1000]; /* one sentence, UTF-8, control characters escaped; no secret */
};

#define CM_ERR_INIT                                                                                \
    {                                                                                              \
        .class = CM_OK, .text = ""                                                                 \
    }

/* Records the cause and returns false, so that a guard is one line:
 *     if (size > most) return cm_fail(err, CM_E_LIMIT, "%s: larger than %zu bytes", name, most);
 * A message that does not fit is cut at a character's border and ends in "...". Arguments may point
 * into err->text. A NULL err is fine. */
bool cm_fail(struct cm_err *err, enum cm_class class, const char *format, ...) CM_PRINTF(3, 4);

/* The same for a system call that failed: puts ": no such file or directory" or the like behind the
 * message and takes the class from `error` (an errno value). */
bool cm_fail_errno(struct cm_err *err, int error, const char *format, ...) CM_PRINTF(3, 4);

/* Puts "context: " in front of the message that is there; keeps the class; returns false. */
bool cm_context(struct cm_err *err, const char *format, ...) CM_PRINTF(2, 3);

/* "config", "denied", "auth", "not-found", ...; the words that reports and evidence use. */
const char *cm_class_name(enum cm_class class);

/* The class of that name; CM_E_INTERNAL if there is none. */
enum cm_class cm_class_of(const char *name);

/* The analyzer looks at one file at a time and does not see that these return false. */
#if defined(__clang_analyzer__) && !defined(CM_BASE_ERR_DEFINES)
#define cm_fail(...)       ((void)cm_fail(__VA_ARGS__), false)
#define cm_fail_errno(...) ((void)cm_fail_errno(__VA_ARGS__), false)
#define cm_context(...)    ((void)cm_context(__VA_ARGS__), false)
#endif

#endif
