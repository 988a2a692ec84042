/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/archive_hashing.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define BLOCKS  16u
#define HASHERS 2u /* of the input, of the output */

/* Digests of the same bytes, and the thread that computes them. */
struct hasher {
    struct cm_hashing *hashing;
    unsigned of; /* CM_BLOCK_INPUT or CM_BLOCK_OUTPUT */
    struct cm_digest *sha256, *sha512;
    pthread_t thread;
    bool has_thread;
    struct cm_block *waiting[BLOCKS]; /* under the lock */
    unsigned first, count;
};

struct cm_hashing {
    struct hasher hashers[HASHERS];
    unsigned char *bytes; /* of all blocks */
    struct cm_block blocks[BLOCKS];

    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t changed;
    struct cm_block *free[BLOCKS];
    unsigned free_count;
    bool over;
};

/* ---- digests ---- */

static void
add_block(const struct hasher *hasher, const struct cm_block *block)
{
    cm_digest_add(hasher->sha256, block->at, block->size);
    cm_digest_add(hasher->sha512, block->at, block->size);
}

static bool
is_asked(const struct hasher *hasher)
{
    return hasher->sha256 || hasher->sha512;
}

static bool
wants(const struct hasher *hasher, const struct cm_block *block)
{
    return (block->of & hasher->of) && is_asked(hasher);
}

static bool
make_hasher(struct cm_hashing *hashing, struct hasher *hasher, unsigned of, bool sha256,
            bool sha512)
{
    hasher->hashing = hashing;
    hasher->of = of;
    if (sha256)
        hasher->sha256 = cm_digest_new("sha256");
    if (sha512)
        hasher->sha512 = cm_digest_new("sha512");
    return (!sha256 || hasher->sha256) && (!sha512 || hasher->sha512);
}

/* ---- the other threads ---- */

/* The block that has waited longest; NULL when it is over and none is left. */
static struct cm_block *
next_waiting(struct hasher *hasher)
{
    struct cm_hashing *hashing = hasher->hashing;
    while (hasher->count == 0 && !hashing->over)
        (void)pthread_cond_wait(&hashing->changed, &hashing->lock);
    if (hasher->count == 0)
        return NULL;
    struct cm_block *block = hasher->waiting[hasher->first];
    hasher->first = (hasher->first + 1) % BLOCKS;
    hasher->count--;
    return block;
}

static void *
hash_waiting(void *data)
{
    struct hasher *hasher = data;
    struct cm_hashing *hashing = hasher->hashing;
    struct cm_block *block = NULL;
    (void)pthread_mutex_lock(&hashing->lock);
    while ((block = next_waiting(hasher))) {
        (void)pthread_mutex_unlock(&hashing->lock);
        add_block(hasher, block);
        (void)pthread_mutex_lock(&hashing->lock);
        if (--block->readers == 0)
            hashing->free[hashing->free_count++] = block;
        (void)pthread_cond_broadcast(&hashing->changed);
    }
    (void)pthread_mutex_unlock(&hashing->lock);
    return NULL;
}

/* Without threads, this one does all. */
static void
start_threads(struct cm_hashing *hashing)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return;
    for (unsigned i = 0; i < HASHERS; i++) {
        struct hasher *hasher = &hashing->hashers[i];
        hasher->has_thread =
            is_asked(hasher) && pthread_create(&hasher->thread, NULL, hash_waiting, hasher) == 0;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
end_threads(struct cm_hashing *hashing)
{
    (void)pthread_mutex_lock(&hashing->lock);
    hashing->over = true;
    (void)pthread_cond_broadcast(&hashing->changed);
    (void)pthread_mutex_unlock(&hashing->lock);
    for (unsigned i = 0; i < HASHERS; i++) {
        if (hashing->hashers[i].has_thread)
            (void)pthread_join(hashing->hashers[i].thread, NULL);
        hashing->hashers[i].has_thread = false;
    }
}

/* ---- blocks ---- */

struct cm_block *
cm_hashing_block(struct cm_hashing *hashing)
{
    (void)pthread_mutex_lock(&hashing->lock);
    while (hashing->free_count == 0)
        (void)pthread_cond_wait(&hashing->changed, &hashing->lock);
    struct cm_block *block = hashing->free[--hashing->free_count];
    (void)pthread_mutex_unlock(&hashing->lock);
    block->size = 0;
    return block;
}

void
cm_hashing_give(struct cm_hashing *hashing, struct cm_block *block)
{
    (void)pthread_mutex_lock(&hashing->lock);
    block->readers = 0;
    for (unsigned i = 0; i < HASHERS; i++) {
        struct hasher *hasher = &hashing->hashers[i];
        if (!hasher->has_thread || !wants(hasher, block))
            continue;
        hasher->waiting[(hasher->first + hasher->count++) % BLOCKS] = block;
        block->readers++;
    }
    if (block->readers == 0)
        hashing->free[hashing->free_count++] = block;
    (void)pthread_cond_broadcast(&hashing->changed);
    (void)pthread_mutex_unlock(&hashing->lock);
    for (unsigned i = 0; i < HASHERS; i++) {
        const struct hasher *hasher = &hashing->hashers[i];
        if (!hasher->has_thread && wants(hasher, block))
            add_block(hasher, block);
    }
}

static bool
make_blocks(struct cm_hashing *hashing)
{
    hashing->bytes = malloc(BLOCKS * CM_BLOCK_SIZE);
    if (!hashing->bytes)
        return false;
    for (unsigned i = 0; i < BLOCKS; i++) {
        hashing->blocks[i].at = hashing->bytes + i * CM_BLOCK_SIZE;
        hashing->free[hashing->free_count++] = &hashing->blocks[i];
    }
    return true;
}

/* ---- the whole ---- */

void
cm_hashing_done(struct cm_hashing **hashing)
{
    struct cm_hashing *it = *hashing;
    *hashing = NULL;
    if (!it)
        return;
    end_threads(it);
    for (unsigned i = 0; i < HASHERS; i++) {
        cm_digest_done(&it->hashers[i].sha256);
        cm_digest_done(&it->hashers[i].sha512);
    }
    (void)pthread_cond_destroy(&it->changed);
    (void)pthread_mutex_destroy(&it->lock);
    free(it->bytes);
    free(it);
}

struct cm_hashing *
cm_hashing_new(const struct cm_edits_digests *digests)
{
    CM_CLEANUP(cm_hashing_done) struct cm_hashing *hashing = calloc(1, sizeof *hashing);
    if (!hashing)
        return NULL;
    hashing->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; /* which cannot fail */
    hashing->changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    struct hasher *input = &hashing->hashers[0], *output = &hashing->hashers[1];
    if (!make_hasher(hashing, input, CM_BLOCK_INPUT, digests->of_input, false) ||
        !make_hasher(hashing, output, CM_BLOCK_OUTPUT, digests->of_output, digests->sha512) ||
        !make_blocks(hashing))
        return NULL;
    start_threads(hashing);
    return CM_TAKE(hashing);
}

static bool
end_digest(struct cm_digest **digest, char *ret)
{
    return !*digest || cm_digest_end(CM_TAKE(*digest), ret);
}

bool
cm_hashing_end(struct cm_hashing *hashing, struct cm_written *ret, struct cm_err *err)
{
    struct hasher *input = &hashing->hashers[0], *output = &hashing->hashers[1];
    end_threads(hashing);
    return (end_digest(&input->sha256, ret->input_sha256) &&
            end_digest(&output->sha256, ret->sha256) && end_digest(&output->sha512, ret->sha512)) ||
           cm_fail(err, CM_E_INTERNAL, "SHA-2 is not available");
}
