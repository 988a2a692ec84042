/* SPDX-License-Identifier: Apache-2.0 */
#include "net/inside.h"

#include "base/clock.h"

#include <stdlib.h>

int64_t
cm_net_moment(int64_t ns)
{
    int64_t now = cm_monotonic_now();
    return ns < INT64_MAX - now ? now + ns : INT64_MAX;
}

/* Takes the first timer that is due off the list; NULL if none is. */
static struct cm_timer *
take_due(struct cm_timer **list, int64_t now)
{
    for (struct cm_timer **link = list; *link; link = &(*link)->next)
        if ((*link)->at <= now) {
            struct cm_timer *due = *link;
            *link = due->next;
            return due;
        }
    return NULL;
}

void
cm_timer_fire(struct cm_timer **list, int64_t now)
{
    struct cm_timer *due = NULL;
    while ((due = take_due(list, now))) {
        due->call(due->data);
        free(due);
    }
}

static bool
add_timer(struct cm_timer **list, int64_t at, void (*call)(void *data), void *data)
{
    struct cm_timer *timer = malloc(sizeof *timer);
    if (!timer)
        return false;
    while (*list && (*list)->at <= at)
        list = &(*list)->next;
    *timer = (struct cm_timer){*list, at, call, data};
    *list = timer;
    return true;
}

bool
cm_net_after(struct cm_net *net, int64_t ns, void (*call)(void *data), void *data)
{
    return add_timer(&net->timers, cm_net_moment(ns), call, data);
}

bool
cm_net_on_end(struct cm_net *net, void (*call)(void *data), void *data)
{
    return add_timer(&net->ends, 0, call, data);
}
