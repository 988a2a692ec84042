/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark/text.h: an optional interface, for answers that are no JSON: XML, a page, a file of
 * digests. The plug-in reads the text itself, by a library of its own, and says what it read there
 * as JSON; that is scrubbed and recorded like any other answer.
 *
 *     const struct cmk_text_answers *t = c->base->query(c, CMK_TEXT_ANSWERS, sizeof *t);
 *
 * Only hooks that ask the outside get it. NULL: this engine lacks it.
 */
#ifndef COUNTERMARK_TEXT_H
#define COUNTERMARK_TEXT_H

#include <countermark/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CMK_TEXT_ANSWERS "text-answers"

struct cmk_text_answers {
    uint32_t size, reserved;
    /* The whole body of an answer of status 200, not scrubbed; waits for it. `at` is NULL where
     * there is none. Arena; a NUL stands behind it. */
    struct cmk_bytes (*body)(struct cmk_call *, struct cmk_exchange *);
    /* From now on this JSON is what was answered: record->exchange() keeps of it what its list
     * allows. `at` NULL: the answer is malformed, for this reason. Of such an answer the digest is
     * always an HMAC, because nobody knows what the plug-in left out. Does nothing where there is
     * no answer of status 200, whose reason then stands in the evidence. */
    void (*read_as)(struct cmk_call *, struct cmk_exchange *, struct cmk_bytes json,
                    const char *why);
};

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* COUNTERMARK_TEXT_H */
