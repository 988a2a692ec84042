/* SPDX-License-Identifier: Apache-2.0
 *
 * Raw objects, and the helper's words. The first byte of an input: 'c' a commit, 't' a tree, a
 * digit what the helper says, in pieces of so many bytes (0: in one), of which commits are held
 * against a proof.
 */
#include "../demand.h"
#include "git/object.h"
#include "git/proof.h"
#include "git/reply.h"

#include <stdlib.h>
#include <string.h>

#define ID "ce013625030ba8dba906f756967f9e9ca394464a" /* of "hello\n" */
#define TIP                                                                                        \
    "8797b8fce115c64d902ddc2f2b1f7ab46f8d8aa4" /* of the commit in corpus_git_object/reply_proven  \
                                                */

static void
commit(const uint8_t *at, size_t size)
{
    struct cm_git_commit_object object;
    struct cm_err err = CM_ERR_INIT;
    bool good = cm_git_commit_parse(at, size, &object, &err);
    demand(good == (err.class == CM_OK));
    demand(!good ||
           (object.parent_count <= CM_GIT_PARENTS && strlen(object.tree) == CM_GIT_ID - 1));
}

static void
tree(const uint8_t *at, size_t size)
{
    char id[CM_GIT_ID] = "";
    unsigned mode = 0;
    struct cm_err err = CM_ERR_INIT;
    bool good = cm_git_tree_find(at, size, "a", id, &mode, &err);
    demand(good == (err.class == CM_OK) && good == (mode != 0) &&
           strlen(id) == (good ? CM_GIT_ID - 1 : 0));
}

static bool
hear(void *data, const struct cm_git_item *item, struct cm_err *err)
{
    char id[CM_GIT_ID] = "";
    struct cm_err ignored = CM_ERR_INIT;
    (void)err;
    if (item->kind == CM_ITEM_WALK) {
        demand((item->walk.finding == CM_GIT_REACHABLE) == (item->walk.kept > 0));
        demand(item->walk.kept <= item->walk.length && item->walk.length <= item->walk.walked);
        cm_git_proof_begin(data);
    }
    if (item->kind == CM_ITEM_COMMIT &&
        cm_git_proof_step(data, item->raw.at, item->raw.size, id, &ignored))
        demand(cm_git_proof_holds(data, id));
    if (item->kind == CM_ITEM_OBJECT)
        demand(!cm_git_item_is(item, ID, "blob", &ignored) || item->raw.size == 6);
    demand(item->kind != CM_ITEM_ERROR || item->err.class != CM_OK);
    return true;
}

static void
reply(const uint8_t *at, size_t size, size_t step)
{
    static const char *const tips[] = {ID, TIP};
    struct cm_git_proof *proof = cm_git_proof_new(tips, 2);
    struct cm_git_reader reader;
    struct cm_err err = CM_ERR_INIT;
    bool good = proof != NULL;
    cm_git_reader_begin(&reader, (size_t)1 << 20);
    for (size_t done = 0; good && done < size; done += step) {
        size_t piece = size - done < step ? size - done : step;
        good = cm_git_reader_feed(&reader, at + done, piece, hear, proof, &err);
    }
    demand(good == (err.class == CM_OK));
    cm_git_reader_done(&reader);
    cm_git_proof_free(proof);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'c')
        commit(data + 1, size - 1);
    else if (size > 0 && data[0] == 't')
        tree(data + 1, size - 1);
    else if (size > 0 && data[0] >= '0' && data[0] <= '9')
        reply(data + 1, size - 1, data[0] == '0' ? size : (size_t)(data[0] - '0'));
    return 0;
}
