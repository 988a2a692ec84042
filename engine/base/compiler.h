/* SPDX-License-Identifier: Apache-2.0
 *
 * base/compiler.h: the few words that the house adds to C.
 */
#ifndef CM_BASE_COMPILER_H
#define CM_BASE_COMPILER_H

#include <stddef.h>

/* The result must be looked at. Functions that can fail return bool (true: done) and say why in
 * their struct cm_err; on failure no other output has been touched. */
#define CM_MUST __attribute__((warn_unused_result))

#define CM_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))

/* CM_CLEANUP(cm_buf_done) struct cm_buf b = ...; runs cm_buf_done(&b) when b goes out of scope. */
#define CM_CLEANUP(done) __attribute__((cleanup(done)))

#define CM_COUNT(array) (sizeof(array) / sizeof *(array))

/* Hands a pointer over: gives its value and leaves NULL behind, so that a cleanup does nothing. */
#define CM_TAKE(pointer)                                                                           \
    __extension__({                                                                                \
        __typeof__(pointer) cm_taken_ = (pointer);                                                 \
        (pointer) = NULL;                                                                          \
        cm_taken_;                                                                                 \
    })

/* 1 if a sanitizer watches this build: it reserves terabytes of address space, and at the end
 * starts a process that looks into this one. gcc says so by macros, clang by a question. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CM_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CM_SANITIZED 1
#endif
#endif
#ifndef CM_SANITIZED
#define CM_SANITIZED 0
#endif

#endif
