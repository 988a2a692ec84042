/* SPDX-License-Identifier: Apache-2.0
 *
 * base/fd.h: descriptors and files.
 */
#ifndef CM_BASE_FD_H
#define CM_BASE_FD_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

void cm_fd_done(int *fd); /* closes if >= 0 and sets to -1; for CM_CLEANUP */

/* Reads to the end of file; more than the buffer's maximum is CM_E_LIMIT. `name` is for messages.
 */
bool cm_fd_read_all(int fd, const char *name, struct cm_buf *to, struct cm_err *err) CM_MUST;
bool cm_fd_write_all(int fd, const char *name, const void *at, size_t size, struct cm_err *err)
    CM_MUST;

/* All of one from its offset 0 to its end (pread: the offset stays), to where the other stands;
 * into `digest`, too, if it is not NULL. `name` is for messages about both. */
struct cm_digest;
bool cm_fd_copy(int from, int to, const char *name, struct cm_digest *digest, struct cm_err *err)
    CM_MUST;

/* Opens a regular file for reading: never waits for a pipe that nobody writes to. What is there and
 * no regular file is CM_E_MALFORMED. */
bool cm_file_open(const char *path, int *ret_fd, struct cm_err *err) CM_MUST;

/* A file by name, whole, at most the buffer's maximum. CM_E_NOT_FOUND if there is none. A pipe is
 * waited for: the name may be one that a shell made for it. */
bool cm_file_read(const char *path, struct cm_buf *to, struct cm_err *err) CM_MUST;

/* Writes a file so that it is there whole or not at all: an unlinked file in the target's folder,
 * synced, linked under a temporary name, renamed over the target, folder synced. With O_TMPFILE
 * missing: a temporary name from the start, removed on failure. Signals wait while there is a
 * temporary name. The mode is set as given, whatever the umask. What is there already must be a
 * regular file: a device or a symbolic link is refused (CM_E_CONFIG), not replaced. */
bool cm_file_replace(const char *path, mode_t mode, const void *at, size_t size, struct cm_err *err)
    CM_MUST;

/* The same, but what is there already stays, and that is no failure: of many who do this at once,
 * the file is that of one of them. cm_file_create_first: *ret_ours: is it this one's? Told by the
 * file system, since others may have written the same bytes. */
bool cm_file_create(const char *path, mode_t mode, const void *at, size_t size, struct cm_err *err)
    CM_MUST;
bool cm_file_create_first(const char *path, mode_t mode, const void *at, size_t size,
                          bool *ret_ours, struct cm_err *err) CM_MUST;

/* The same, but what is there already is a failure (CM_E_CONFIG). may_write_new: would it be, as
 * far as can be told before? */
bool cm_file_write_new(const char *path, mode_t mode, const void *at, size_t size,
                       struct cm_err *err) CM_MUST;
bool cm_file_may_write_new(const char *path, struct cm_err *err) CM_MUST;

/* Could it be replaced, as far as its folder and what is there already tell? For those who would
 * rather know before long work than behind it. */
bool cm_file_may_replace(const char *path, struct cm_err *err) CM_MUST;

/* A file in the making, for those who write its content themselves: what cm_file_replace() does, in
 * steps. Begun beside its target, which is looked at then and again at the end; written through its
 * descriptor; published once, without being copied again. What ends unpublished leaves nothing.
 * Where there is no O_TMPFILE, signals wait from the beginning on. `path` is borrowed for its life.
 */
struct cm_draft;
bool cm_draft_begin(const char *path, struct cm_draft **ret, struct cm_err *err) CM_MUST;
int cm_draft_fd(const struct cm_draft *draft); /* for reading and writing; the draft's */
bool cm_draft_publish(struct cm_draft *draft, mode_t mode, struct cm_err *err) CM_MUST;
void cm_draft_done(struct cm_draft **draft); /* for CM_CLEANUP */

/* A new unlinked file, 0600, close-on-exec, in `folder` (NULL: $TMPDIR if set, which must then be
 * absolute and usable, else /var/tmp, else /tmp). It can never be linked to a name. */
bool cm_file_unlinked(const char *folder, int *ret_fd, struct cm_err *err) CM_MUST;

/* Opens a regular file for reading if it and its whole parent chain (symlinks resolved first) are
 * owned by root or the engine's user and not writable by others; a sticky folder of root's counts
 * as not writable for an entry of root's or the engine's user. CM_E_DENIED with the component that
 * is at fault and the command that mends it. *ret_path is the resolved path (owned, free()); NULL
 * if not wanted. */
bool cm_file_open_guarded(const char *path, int *ret_fd, char **ret_path, struct cm_err *err)
    CM_MUST;

/* The same judgement for a folder. Being sticky does not help the folder itself, only its parents:
 * in it anyone could put an entry of their own. */
bool cm_folder_is_guarded(const char *path, struct cm_err *err) CM_MUST;

/* Makes a folder (and missing parents) 0700. One that is there already is left as it is. */
bool cm_folder_make(const char *path, struct cm_err *err) CM_MUST;

/* Removes a folder with all that is in it, as far as that can be done; links are not followed. */
void cm_folder_remove(const char *path);

/* Could it be made, or, being there already, be written into? As far as the nearest folder that is
 * there tells. */
bool cm_folder_may_make(const char *path, struct cm_err *err) CM_MUST;

#endif
