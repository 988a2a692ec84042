/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark/files.h: an optional interface, for files that the operator names by an option of
 * type CMK_FILE: trusted certificates, revocation lists.
 *
 *     const struct cmk_files *f = c->base->query(c, CMK_FILES, sizeof *f);
 *
 * Only hooks that ask the outside get it. The file is read by the engine, under the rules of its
 * own configuration: it and all folders above it are root's or the engine's user's, and nobody else
 * can write there. NULL: this engine lacks it.
 */
#ifndef COUNTERMARK_FILES_H
#define COUNTERMARK_FILES_H

#include <countermark/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CMK_FILES "files"

struct cmk_files {
    uint32_t size, reserved;
    /* The file that the option names, `index` in its list (0 where it is none): never NULL, like
     * http->start(); to be recorded by record->exchange(). What is kept is one text, the content as
     * base64: keep "**". Asked of the operator. More than `most` bytes (0: 4 MiB) are CMK_E_LIMIT;
     * an option that is not set is CMK_E_NOT_FOUND. */
    struct cmk_exchange *(*open)(struct cmk_call *, const char *option, uint64_t index,
                                 uint64_t most);
};

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* COUNTERMARK_FILES_H */
