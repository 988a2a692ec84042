/* SPDX-License-Identifier: Apache-2.0
 *
 * script.h: the honest conversation, as the plug-in's author wrote it down. The format is
 * documented in countermark-conform(1).
 */
#ifndef CONFORM_SCRIPT_H
#define CONFORM_SCRIPT_H

#include "base/arena.h"
#include "base/err.h"
#include "fake_outside.h"

#include <jansson.h>
#include <stdbool.h>

#define CF_BUILD       1u /* a connector is asked for a build */
#define CF_EXAMINATION 2u /* a connector examines a key and its system */
#define CF_PACKAGE     4u /* a rewriter documents an origin in a package */
#define CF_SIGNATURE   8u /* a signer has it signed */
#define CF_CONNECTOR   (CF_BUILD | CF_EXAMINATION)
#define CF_ARTIFACT    (CF_PACKAGE | CF_SIGNATURE)
#define CF_ANY         15u

#define CF_FILES_MOST   8 /* of a tree: as many as the outside answers */
#define CF_ENTRIES_MOST 64
#define CF_OWN_MOST     16         /* files of the operator's */
#define CF_OWN_FOLDER   "/script/" /* where they seem to lie */

struct cf_entry {
    const char *name;
    const void *at;
    size_t size;
};

struct cf_own_file {
    const char *path;
    const char *at;
    size_t size;
};

struct cf_script {
    struct cm_arena *arena;
    json_t *root;
    const char *name;   /* of the file, without folder and .json */
    const char *folder; /* that files are looked for in */
    unsigned kind;
    struct fake_page pages[FAKE_MOST + 1];
    size_t page_count;
    struct fake_file files[CF_FILES_MOST + 1];
    const char *submitted_name, *submitted; /* NULL: no file came */
    struct cf_own_file own[CF_OWN_MOST];
    size_t own_count;
    int64_t decided_at;

    const char *package_name; /* of CF_ARTIFACT */
    struct cf_entry entries[CF_ENTRIES_MOST];
    size_t entry_count;
    const void *package; /* a whole one, instead of entries; NULL: entries */
    size_t package_size;
    const char *made; /* what a program makes where the keys are, DER; NULL: nothing */
    size_t made_size;
};

/* Everything that it names is read. Owned. */
bool cf_script_read(const char *path, struct cf_script **ret, struct cm_err *err) CM_MUST;
void cf_script_free(struct cf_script *);

/* What the author declares: "because", a text by check and, for some, by document. NULL: nothing.
 */
const char *cf_declared(const struct cf_script *, const char *member, const char *check,
                        const char *document);

#endif
