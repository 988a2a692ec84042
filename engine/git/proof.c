/* SPDX-License-Identifier: Apache-2.0 */
#include "git/proof.h"

#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ID_SIZE    20u
#define ROOM_FIRST 256u /* a power of two */

struct cm_git_proof {
    const char *const *tips;
    size_t tip_count;
    unsigned char (*ids)[ID_SIZE]; /* of those that count */
    uint32_t count, room;
    uint32_t *table; /* open addressing: index of an id + 1, 0 is free; twice `room` */
    bool inside;     /* a path has begun */
    struct cm_git_commit_object before; /* its last commit */
};

struct cm_git_proof *
cm_git_proof_new(const char *const *tips, size_t count)
{
    struct cm_git_proof *proof = calloc(1, sizeof *proof);
    if (!proof)
        return NULL;
    proof->tips = tips;
    proof->tip_count = count;
    return proof;
}

void
cm_git_proof_free(struct cm_git_proof *proof)
{
    if (!proof)
        return;
    free(proof->ids);
    free(proof->table);
    free(proof);
}

/* Ids are hashes already; what a stranger gains by choosing them is slowness, up to the deadline.
 */
static uint32_t *
slot_of(const struct cm_git_proof *proof, const unsigned char id[ID_SIZE])
{
    uint32_t mask = proof->room * 2 - 1;
    uint32_t hash = 0;
    memcpy(&hash, id, sizeof hash);
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &proof->table[at];
        if (*slot == 0 || memcmp(proof->ids[*slot - 1], id, ID_SIZE) == 0)
            return slot;
    }
}

static bool
grow(struct cm_git_proof *proof, struct cm_err *err)
{
    uint32_t room = proof->room ? proof->room * 2 : ROOM_FIRST;
    void *ids = reallocarray(proof->ids, room, ID_SIZE);
    if (ids)
        proof->ids = ids;
    uint32_t *table = calloc((size_t)room * 2, sizeof *table);
    if (!ids || !table) {
        free(table);
        return cm_fail(err, CM_E_LIMIT, "no memory for the path of %u commits", proof->count);
    }
    free(proof->table);
    proof->table = table;
    proof->room = room;
    for (uint32_t i = 0; i < proof->count; i++)
        *slot_of(proof, proof->ids[i]) = i + 1;
    return true;
}

static bool
add(struct cm_git_proof *proof, const unsigned char id[ID_SIZE], struct cm_err *err)
{
    if (proof->count == CM_GIT_PROOF_MOST)
        return cm_fail(err, CM_E_LIMIT, "the path has more than %u commits", CM_GIT_PROOF_MOST);
    if (proof->count == proof->room && !grow(proof, err))
        return false;
    uint32_t *slot = slot_of(proof, id);
    if (*slot != 0)
        return true;
    memcpy(proof->ids[proof->count], id, ID_SIZE);
    *slot = ++proof->count;
    return true;
}

bool
cm_git_proof_holds(const struct cm_git_proof *proof, const char *id)
{
    unsigned char bytes[ID_SIZE];
    return proof->count > 0 && cm_unhex(id, CM_GIT_ID - 1, bytes) && *slot_of(proof, bytes) != 0;
}

static bool
is_among(const char *id, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(id, ids[i]) == 0)
            return true;
    }
    return false;
}

static bool
is_parent(const struct cm_git_commit_object *commit, const char *id)
{
    for (size_t i = 0; i < commit->parent_count; i++) {
        if (strcmp(commit->parents[i], id) == 0)
            return true;
    }
    return false;
}

void
cm_git_proof_begin(struct cm_git_proof *proof)
{
    proof->inside = false;
}

bool
cm_git_proof_step(struct cm_git_proof *proof, const void *at, size_t size, char ret_id[CM_GIT_ID],
                  struct cm_err *err)
{
    char id[CM_GIT_ID];
    unsigned char bytes[ID_SIZE];
    if (!cm_git_hash("commit", at, size, id) || !cm_unhex(id, CM_GIT_ID - 1, bytes))
        return cm_fail(err, CM_E_INTERNAL, "SHA-1 is not available");
    if (proof->inside
            ? !is_parent(&proof->before, id)
            : !is_among(id, proof->tips, proof->tip_count) && !cm_git_proof_holds(proof, id))
        return cm_fail(err, CM_E_INTERNAL, "the path to the commit is not linked");
    if (!cm_git_commit_parse(at, size, &proof->before, err) || !add(proof, bytes, err))
        return false;
    proof->inside = true;
    memcpy(ret_id, id, CM_GIT_ID);
    return true;
}
