/* SPDX-License-Identifier: Apache-2.0
 *
 * operator.h: an animal that judges who delivers a file, and by which files of the operator's.
 *
 *   IS_KNOWN  is all of it there?
 *   FORGETS   a statement where a file is recorded
 */
#include <countermark/files.h>
#include <countermark/plugin.h>
#include <stdbool.h>
#include <string.h>

#ifndef IS_KNOWN
#define IS_KNOWN has_all(c, x)
#endif
#ifndef FORGETS
#define FORGETS
#endif

static inline bool
is_text(struct cmk_call *c, const struct cmk_value *value, const char *wanted)
{
    const char *text = c->json->text(c, value);
    return text != NULL && strcmp(text, wanted) == 0;
}

/* Files are kept as base64. */
static inline bool
has_all(struct cmk_call *c, const struct cmk_exam *x)
{
    return is_text(c, cmk_get(c, x->evidence->document(c, "peer"), "name"), "bob") &&
           is_text(c, x->evidence->document(c, "list"), "Ym9iCg==") &&
           is_text(c, x->evidence->document(c, "more-0"), "YQ==") &&
           is_text(c, x->evidence->document(c, "more-1"), "AAE=");
}

static void
record_file(struct cmk_call *c, const struct cmk_collect *k, const char *name, const char *option,
            uint64_t index)
{
    static const char *const keep[] = {"**", NULL};
    const struct cmk_files *files = c->base->query(c, CMK_FILES, sizeof *files);
    if (files == NULL) {
        cmk_fail(c, CMK_E_UNSUPPORTED, "this engine has no files");
        return;
    }
    FORGETS;
    k->record->exchange(c, name, files->open(c, option, index, 0), keep);
}

#define OPTIONS                                                                                    \
    {.name = "list", .type = CMK_FILE, .of = CMK_OF_SYSTEM, .help = "a file"},                     \
        {.name = "more", .type = CMK_FILE | CMK_LIST, .of = CMK_OF_SYSTEM, .help = "files"},
#define HOOKS .flags = CMK_TAKES_PEER,
#define IN_COLLECT                                                                                 \
    record_file(c, k, "list", "list", 0);                                                          \
    record_file(c, k, "more-0", "more", 0);                                                        \
    record_file(c, k, "more-1", "more", 1)
#define IN_CHECK                                                                                   \
    if (!IS_KNOWN)                                                                                 \
    return CMK_UNKNOWN
#include "animal.h"
