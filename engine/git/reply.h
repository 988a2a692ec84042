/* SPDX-License-Identifier: Apache-2.0
 *
 * git/reply.h: what the helper program says, and how the engine reads it: pure.
 *
 * The helper takes apart what a stranger's server sent, so its words are foreign, too: they are
 * bounded and checked here, and every object that counts is hashed again (git/proof.h). A helper
 * that was taken over can make an answer fail, but it cannot forge an object or a path. One finding
 * is its word alone: that there is no path.
 *
 * It is called with the packs that it begins with:
 *
 *   countermark-git [PATH/pack-NAME.idx]...
 *
 * and says `countermark-git 2`. Then it is asked, on its standard input, one question at a time:
 *
 *   folder PATH                      an empty folder of its own, for packs that are to come
 *   pack OBJECTS_MOST                then the pack, in pieces
 *   remote OBJECTS_MOST HAVES ID... REF...
 *                                    the same, fetched by libgit2 (helper/remote.h), which has
 * HAVES whole histories; what it asks the server is for us to carry object BYTES_MOST ID path
 * BYTES_MOST COMMIT TIP...    a way from one of the tips down to the commit whole TIP... is all
 * there that the tips lead to?
 *
 * Pieces are `SIZE` and so many bytes each; `0` ends them well, `stop` says that no more will come.
 * Each answer is lines, some of them followed by so many raw bytes, and then `end`:
 *
 *   pack     indexed OBJECTS PATH    PATH is of the .idx; "-" where nothing came
 *   remote   request SIZE            then SIZE bytes to be posted (0: the list of refs is asked
 *                                    for); the server's answer is to be given in pieces. Any number
 *                                    of these; then as of `pack`
 *   object   object TYPE SIZE        then SIZE bytes; or: absent
 *   path     walk FINDING WALKED LENGTH KEPT ID
 *            commit SIZE             then SIZE bytes; KEPT times, towards the commit
 *   whole    walk FINDING WALKED 0 0 ID
 *
 * FINDING is `found` (ID: the tip that the path begins at), `closed` (there is no path and no
 * parent was missing; ID is "-") or `open` (ID: a parent that was missing). WALKED is the commits
 * looked at, LENGTH those of the path, tip and commit included (0: none). KEPT is LENGTH where the
 * path has at most BYTES_MOST bytes; else only its end comes, from the last commit on that was told
 * before in answer to a question with the same tips (from the tip, if none was). `whole` is never
 * `found`.
 *
 * Or, instead of the rest of an answer: error CLASS TEXT
 */
#ifndef CM_GIT_REPLY_H
#define CM_GIT_REPLY_H

#include "base/buf.h"
#include "base/err.h"
#include "git/object.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CM_GIT_HELLO     "countermark-git 2"
#define CM_GIT_TIPS      64u
#define CM_GIT_PATH_MAX  65536u /* commits of one path that are kept */
#define CM_GIT_LINE_MOST 65536u /* bytes of a question */

struct cm_git_raw {
    const unsigned char *at; /* borrowed from what was read */
    size_t size;
};

enum cm_git_finding {
    CM_GIT_REACHABLE,     /* there is a path */
    CM_GIT_NOT_REACHABLE, /* there is none, and no parent was missing */
    CM_GIT_OPEN,          /* there is none in what was there; parents were missing */
};

struct cm_git_walk {
    enum cm_git_finding finding;
    uint64_t walked;
    uint64_t length;    /* commits on the path; 0: none */
    uint64_t kept;      /* commits that follow */
    char id[CM_GIT_ID]; /* where the path begins; CM_GIT_OPEN: a missing one; else "" */
};

enum cm_git_item_kind {
    CM_ITEM_HELLO,
    CM_ITEM_INDEXED,
    CM_ITEM_REQUEST,
    CM_ITEM_OBJECT,
    CM_ITEM_ABSENT,
    CM_ITEM_WALK,
    CM_ITEM_COMMIT,
    CM_ITEM_END,
    CM_ITEM_ERROR,
};

struct cm_git_item {
    enum cm_git_item_kind kind;
    struct cm_git_raw raw;   /* OBJECT, COMMIT, REQUEST; borrowed */
    const char *text;        /* INDEXED: the path; OBJECT: the type; borrowed */
    uint64_t count;          /* INDEXED */
    struct cm_git_walk walk; /* WALK */
    struct cm_err err;       /* ERROR */
};

/* Called with each item, in order. False, with *err, ends the reading. */
typedef bool cm_git_item_sink(void *data, const struct cm_git_item *item, struct cm_err *err);

/* All that it says, piece by piece. */
struct cm_git_reader {
    struct cm_buf left; /* what is not a whole item yet */
};

/* `most`: bytes of one item. */
void cm_git_reader_begin(struct cm_git_reader *reader, size_t most);
void cm_git_reader_done(struct cm_git_reader *reader);

/* False, with CM_E_INTERNAL, if it cannot be read; then, and after the sink's own false, nothing
 * more can be. The err of an ERROR item is in the item: reading goes on. */
bool cm_git_reader_feed(struct cm_git_reader *reader, const void *at, size_t size,
                        cm_git_item_sink *sink, void *data, struct cm_err *err) CM_MUST;

/* Is this the object that was asked for: of that type, and does it hash to its id? */
bool cm_git_item_is(const struct cm_git_item *item, const char *id, const char *type,
                    struct cm_err *err) CM_MUST;

#endif
