/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/unit/attest/sample.h: what the tests of this floor begin with.
 */
#ifndef CM_TESTS_ATTEST_SAMPLE_H
#define CM_TESTS_ATTEST_SAMPLE_H

#include "attest/envelope.h"
#include "base/json.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHA "f05eaf3a5ce240cbfa72d9f7ec163c58cdda7ec86fed43220b0116c654aaaab0"

static const struct cm_dsse_apart nothing = {NULL, 0};

static inline struct cm_attest_key *
new_key(enum cm_key_kind kind)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_attest_key *key = NULL;
    if (!cm_attest_key_make(kind, &key, &err))
        fail_msg("%s", err.text);
    return key;
}

static inline json_t *
parsed(const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *value = NULL;
    if (!cm_json_parse(text, strlen(text), "it", &value, &err))
        fail_msg("%s: %s", text, err.text);
    return value;
}

/* The text with the first `from` replaced. Owned. */
static inline char *
changed(const char *text, const char *from, const char *to)
{
    struct cm_buf made = CM_BUF_INIT((size_t)1 << 20);
    const char *at = strstr(text, from);
    if (at == NULL) {
        fail_msg("there is no %s", from);
        return NULL;
    }
    cm_buf_add(&made, text, (size_t)(at - text));
    cm_buf_puts(&made, to);
    cm_buf_puts(&made, at + strlen(from));
    return cm_buf_take(&made);
}

/* Was it refused, in that class and with these words in the message? */
static inline void
refused(bool done, const struct cm_err *err, enum cm_class class, const char *words,
        const char *what)
{
    if (done || err->class != class || strstr(err->text, words) == NULL)
        fail_msg("%s: %s %s: %s", what, done ? "done" : "refused", cm_class_name(err->class),
                 err->text);
}

/* One change of a good text, and what becomes of it. */
struct change {
    const char *from, *to;
    enum cm_class class; /* CM_OK: it is still good */
    const char *words;   /* that the refusal holds */
};

static inline void
judge_changes(const char *good, const struct change *rows, size_t count,
              bool (*judge)(const char *text, struct cm_err *err))
{
    for (size_t i = 0; i < count; i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_text_done) char *text = changed(good, rows[i].from, rows[i].to);
        bool done = judge(text, &err);
        if (rows[i].class != CM_OK)
            refused(done, &err, rows[i].class, rows[i].words, text);
        else if (!done)
            fail_msg("%s: %s", text, err.text);
    }
}

#endif
