/* SPDX-License-Identifier: Apache-2.0
 *
 * The pieces of a pack, for two who read them at the same time. */
#include "git/helper/graph.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define BLOCKS ((size_t)16)
#define STACK  ((size_t)256 * 1024)

struct cm_helper_beside {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct cm_helper_graph *graph; /* of the pack at hand */
    size_t given, read;            /* pieces, since the beginning */
    bool over;
    size_t sizes[BLOCKS];
    char blocks[BLOCKS][CM_HELPER_BLOCK];
};

/* Waits for the next piece; false: there will be none. */
static bool
wait_for_piece(struct cm_helper_beside *beside)
{
    pthread_mutex_lock(&beside->mutex);
    while (beside->read == beside->given && !beside->over)
        pthread_cond_wait(&beside->changed, &beside->mutex);
    bool over = beside->over;
    pthread_mutex_unlock(&beside->mutex);
    return !over;
}

static void *
run(void *data)
{
    struct cm_helper_beside *beside = data;
    while (wait_for_piece(beside)) {
        size_t at = beside->read % BLOCKS;
        cm_helper_graph_feed(beside->graph, beside->blocks[at], beside->sizes[at]);
        pthread_mutex_lock(&beside->mutex);
        beside->read++;
        pthread_cond_signal(&beside->changed);
        pthread_mutex_unlock(&beside->mutex);
    }
    return NULL;
}

/* Signals are for the thread that does the work. */
static bool
begin(struct cm_helper_beside *beside)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    bool good = pthread_attr_setstacksize(&attributes, STACK) == 0 &&
                pthread_create(&beside->thread, &attributes, run, beside) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return good;
}

struct cm_helper_beside *
cm_helper_beside_new(void)
{
    struct cm_helper_beside *beside = calloc(1, sizeof *beside);
    if (!beside)
        return NULL;
    (void)pthread_mutex_init(&beside->mutex, NULL);
    (void)pthread_cond_init(&beside->changed, NULL);
    if (begin(beside))
        return beside;
    free(beside);
    return NULL;
}

void
cm_helper_beside_free(struct cm_helper_beside *beside)
{
    if (!beside)
        return;
    pthread_mutex_lock(&beside->mutex);
    beside->over = true;
    pthread_cond_signal(&beside->changed);
    pthread_mutex_unlock(&beside->mutex);
    pthread_join(beside->thread, NULL);
    pthread_cond_destroy(&beside->changed);
    pthread_mutex_destroy(&beside->mutex);
    free(beside);
}

/* Waits until no more than `most` pieces are unread. */
static void
wait_for_reader(struct cm_helper_beside *beside, size_t most)
{
    pthread_mutex_lock(&beside->mutex);
    while (beside->given - beside->read > most)
        pthread_cond_wait(&beside->changed, &beside->mutex);
    pthread_mutex_unlock(&beside->mutex);
}

void
cm_helper_beside_begin(struct cm_helper_beside *beside, struct cm_helper_graph *graph)
{
    beside->graph = graph;
}

char *
cm_helper_beside_room(struct cm_helper_beside *beside)
{
    wait_for_reader(beside, BLOCKS - 1);
    return beside->blocks[beside->given % BLOCKS];
}

void
cm_helper_beside_give(struct cm_helper_beside *beside, size_t size)
{
    pthread_mutex_lock(&beside->mutex);
    beside->sizes[beside->given % BLOCKS] = size;
    beside->given++;
    pthread_cond_signal(&beside->changed);
    pthread_mutex_unlock(&beside->mutex);
}

void
cm_helper_beside_end(struct cm_helper_beside *beside)
{
    wait_for_reader(beside, 0);
}
