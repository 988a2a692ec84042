/* SPDX-License-Identifier: Apache-2.0
 *
 * The optional interface of countermark/text.h as it was published: compiling this is the test. It
 * grows at its end only; then its size changes here, and nothing else does.
 */
#include <countermark/text.h>
#include <stddef.h>

_Static_assert(__builtin_strcmp(CMK_TEXT_ANSWERS, "text-answers") == 0, "its name");
_Static_assert(offsetof(struct cmk_text_answers, size) == 0, "size");
_Static_assert(offsetof(struct cmk_text_answers, reserved) == 4, "reserved");
_Static_assert(offsetof(struct cmk_text_answers, body) == 8, "body");
_Static_assert(__builtin_types_compatible_p(__typeof__(((struct cmk_text_answers *)0)->body),
                                            struct cmk_bytes (*)(struct cmk_call *,
                                                                 struct cmk_exchange *)),
               "body");
_Static_assert(offsetof(struct cmk_text_answers, read_as) == 16, "read_as");
_Static_assert(__builtin_types_compatible_p(__typeof__(((struct cmk_text_answers *)0)->read_as),
                                            void (*)(struct cmk_call *, struct cmk_exchange *,
                                                     struct cmk_bytes, const char *)),
               "read_as");
_Static_assert(sizeof(struct cmk_text_answers) == 24, "its size");
