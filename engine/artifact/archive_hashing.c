/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/archive_hashing.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define BLOCKS 8u

struct digests {
    struct cm_digest *input, *output, *output_sha512;
};

struct cm_hashing {
    struct digests ours, theirs; /* this thread's, the other one's */
    unsigned char *bytes;        /* of all blocks */
    struct cm_block blocks[BLOCKS];
    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t changed;
    struct cm_block *free[BLOCKS], *waiting[BLOCKS];
    unsigned free_count, waiting_first, waiting_count;
    bool over;
};

/* ---- digests ---- */

static void
add_block(const struct digests *digests, const struct cm_block *block)
{
    if (block->of & CM_BLOCK_INPUT)
        cm_digest_add(digests->input, block->at, block->size);
    if (block->of & CM_BLOCK_OUTPUT) {
        cm_digest_add(digests->output, block->at, block->size);
        cm_digest_add(digests->output_sha512, block->at, block->size);
    }
}

static bool
wants(const struct digests *digests, const struct cm_block *block)
{
    return ((block->of & CM_BLOCK_INPUT) && digests->input) ||
           ((block->of & CM_BLOCK_OUTPUT) && (digests->output || digests->output_sha512));
}

static void
digests_done(struct digests *digests)
{
    cm_digest_done(&digests->input);
    cm_digest_done(&digests->output);
    cm_digest_done(&digests->output_sha512);
}

/* The other thread has the input's and SHA-512; the output's SHA-256 is left to this one, which
 * also copies, if there is anything else. */
static bool
make_digests(struct cm_hashing *hashing, const struct cm_edits_digests *asked)
{
    bool others = asked->of_input || asked->sha512;
    struct cm_digest **output = others ? &hashing->ours.output : &hashing->theirs.output;
    if (asked->of_input)
        hashing->theirs.input = cm_digest_new("sha256");
    if (asked->sha512)
        hashing->theirs.output_sha512 = cm_digest_new("sha512");
    if (asked->of_output)
        *output = cm_digest_new("sha256");
    return (!asked->of_input || hashing->theirs.input) &&
           (!asked->sha512 || hashing->theirs.output_sha512) && (!asked->of_output || *output);
}

/* ---- the other thread ---- */

/* The block that has waited longest; NULL when it is over and none is left. */
static struct cm_block *
next_waiting(struct cm_hashing *hashing)
{
    while (hashing->waiting_count == 0 && !hashing->over)
        (void)pthread_cond_wait(&hashing->changed, &hashing->lock);
    if (hashing->waiting_count == 0)
        return NULL;
    struct cm_block *block = hashing->waiting[hashing->waiting_first];
    hashing->waiting_first = (hashing->waiting_first + 1) % BLOCKS;
    hashing->waiting_count--;
    return block;
}

static void *
hash_waiting(void *data)
{
    struct cm_hashing *hashing = data;
    struct cm_block *block = NULL;
    (void)pthread_mutex_lock(&hashing->lock);
    while ((block = next_waiting(hashing))) {
        (void)pthread_mutex_unlock(&hashing->lock);
        add_block(&hashing->theirs, block);
        (void)pthread_mutex_lock(&hashing->lock);
        hashing->free[hashing->free_count++] = block;
        (void)pthread_cond_signal(&hashing->changed);
    }
    (void)pthread_mutex_unlock(&hashing->lock);
    return NULL;
}

/* Without a second thread, this one does all. */
static void
start_thread(struct cm_hashing *hashing)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return;
    hashing->has_thread = pthread_create(&hashing->thread, NULL, hash_waiting, hashing) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void
end_thread(struct cm_hashing *hashing)
{
    if (!hashing->has_thread)
        return;
    (void)pthread_mutex_lock(&hashing->lock);
    hashing->over = true;
    (void)pthread_cond_signal(&hashing->changed);
    (void)pthread_mutex_unlock(&hashing->lock);
    (void)pthread_join(hashing->thread, NULL);
    hashing->has_thread = false;
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
    bool waits = hashing->has_thread && wants(&hashing->theirs, block);
    (void)pthread_mutex_lock(&hashing->lock);
    if (waits)
        hashing->waiting[(hashing->waiting_first + hashing->waiting_count++) % BLOCKS] = block;
    else
        hashing->free[hashing->free_count++] = block;
    (void)pthread_cond_signal(&hashing->changed);
    (void)pthread_mutex_unlock(&hashing->lock);
    add_block(&hashing->ours, block);
    if (!hashing->has_thread)
        add_block(&hashing->theirs, block);
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
    end_thread(it);
    digests_done(&it->ours);
    digests_done(&it->theirs);
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
    if (!make_digests(hashing, digests) || !make_blocks(hashing))
        return NULL;
    if (digests->of_input || digests->of_output || digests->sha512)
        start_thread(hashing);
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
    end_thread(hashing);
    return (end_digest(&hashing->theirs.input, ret->input_sha256) &&
            end_digest(&hashing->theirs.output_sha512, ret->sha512) &&
            end_digest(&hashing->theirs.output, ret->sha256) &&
            end_digest(&hashing->ours.output, ret->sha256)) ||
           cm_fail(err, CM_E_INTERNAL, "SHA-2 is not available");
}
