/* SPDX-License-Identifier: Apache-2.0 */
/* Starts a thread that stays.
 * caught: repeated | threads */
#include <pthread.h>
#include <unistd.h>

static void *
sleeps(void *nothing)
{
    for (;;)
        (void)pause();
    return nothing;
}

static void
start_one(void)
{
    pthread_t thread;
    (void)pthread_create(&thread, NULL, sleeps, NULL);
}

#define IN_COLLECT start_one()
#include "animal.h"

ANIMAL(leaves_thread)
