/* SPDX-License-Identifier: Apache-2.0
 *
 * Descriptors of others in the loop.
 */
#include "net/inside.h"

#include <stdlib.h>

/* Those that were unwatched. */
static void
sweep(struct cm_net *net)
{
    for (struct cm_watch **link = &net->watches; *link;) {
        struct cm_watch *watch = *link;
        if (!watch->dead) {
            link = &watch->next;
            continue;
        }
        *link = watch->next;
        free(watch);
        net->watch_count--;
    }
}

/* Slot 0 is the cancel_fd's. */
static size_t
list_descriptors(struct cm_net *net)
{
    size_t count = 1;
    net->polls[0] = (struct pollfd){.fd = net->settings.cancel_fd, .events = POLLIN};
    for (struct cm_watch *watch = net->watches; watch; watch = watch->next) {
        watch->slot = count;
        net->polls[count++] = (struct pollfd){.fd = watch->fd, .events = watch->events};
    }
    for (size_t i = 0; i < count; i++) {
        short events = net->polls[i].events;
        net->waits[i].fd = net->polls[i].fd;
        net->waits[i].events = (short)((events & POLLIN ? CURL_WAIT_POLLIN : 0) |
                                       (events & POLLOUT ? CURL_WAIT_POLLOUT : 0));
    }
    return count;
}

/* libcurl waits for its own descriptors and ours, but tells no end or error of ours from bytes to
 * read; so they are looked at once more. */
bool
cm_watch_await(struct cm_net *net, int64_t ns)
{
    sweep(net);
    size_t count = list_descriptors(net);
    size_t skip = net->settings.cancel_fd < 0;
    int ms = (int)((ns + 999999) / 1000000);
    CURLMcode code =
        curl_multi_poll(net->multi, net->waits + skip, (unsigned)(count - skip), ms, NULL);
    if (code != CURLM_OK)
        return cm_fail(&net->why, CM_E_INTERNAL, "the network cannot be waited for: %s",
                       curl_multi_strerror(code));
    for (size_t i = 0; i < count; i++)
        net->polls[i].revents = 0;
    (void)poll(net->polls, count, 0);
    return true;
}

void
cm_watch_tell(struct cm_net *net)
{
    for (struct cm_watch *watch = net->watches; watch; watch = watch->next) {
        short revents = watch->slot && !watch->dead ? net->polls[watch->slot].revents : 0;
        watch->slot = 0;
        if (revents)
            watch->call(watch->data, watch->fd, revents);
    }
}

struct cm_watch *
cm_net_watch(struct cm_net *net, int fd, short events,
             void (*call)(void *data, int fd, short revents), void *data)
{
    size_t need = net->watch_count + 2;
    if (need > net->poll_room) {
        struct curl_waitfd *waits = reallocarray(net->waits, need, sizeof *waits);
        if (!waits)
            return NULL;
        net->waits = waits;
        struct pollfd *polls = reallocarray(net->polls, need, sizeof *polls);
        if (!polls)
            return NULL;
        net->polls = polls;
        net->poll_room = need;
    }
    struct cm_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    *watch = (struct cm_watch){
        .next = net->watches, .fd = fd, .events = events, .call = call, .data = data};
    net->watches = watch;
    net->watch_count++;
    return watch;
}

void
cm_net_unwatch(struct cm_net *net, struct cm_watch *watch)
{
    (void)net;
    if (watch)
        watch->dead = true;
}
