/* SPDX-License-Identifier: Apache-2.0 */
#include "net/inside.h"

#include "base/clock.h"
#include "net/retry.h"

#include <stdlib.h>

#define SETTINGS_MOST ((size_t)64 * 1024)

static const struct cm_net_pace usual_pace = {
    .backoff = CM_SECOND / 2,
    .connect = 20 * CM_SECOND,
    .silence = 60 * CM_SECOND,
};

static bool
copy_settings(struct cm_net *net, const struct cm_outside_settings *settings)
{
    const char *agent = settings->agent ? settings->agent : "countermark/" CM_VERSION;
    net->arena = cm_arena_new(SETTINGS_MOST);
    if (!net->arena)
        return false;
    net->settings = *settings;
    net->settings.agent = cm_arena_text(net->arena, agent);
    net->settings.helper = cm_arena_text(net->arena, settings->helper);
    net->settings.folder = cm_arena_text(net->arena, settings->folder);
    net->settings.mirrors = cm_arena_text(net->arena, settings->mirrors);
    net->settings.proxy_password = NULL; /* cm_proxy_open has it */
    return net->settings.agent && !settings->helper == !net->settings.helper &&
           !settings->folder == !net->settings.folder &&
           !settings->mirrors == !net->settings.mirrors;
}

static bool
make(struct cm_net *net, const struct cm_outside_settings *settings)
{
    net->pace = usual_pace;
    net->poll_room = 1;
    net->waits = calloc(1, sizeof *net->waits);
    net->polls = calloc(1, sizeof *net->polls);
    net->multi = curl_multi_init();
    return net->waits && net->polls && net->multi && copy_settings(net, settings);
}

bool
cm_net_open(const struct cm_outside_settings *settings, struct cm_net **ret, struct cm_err *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return cm_fail(err, CM_E_INTERNAL, "libcurl cannot be set up");
    struct cm_net *net = calloc(1, sizeof *net);
    if (!net) {
        curl_global_cleanup();
        return cm_fail(err, CM_E_LIMIT, "no memory for the network");
    }
    if (!make(net, settings)) {
        cm_net_close(net);
        return cm_fail(err, CM_E_LIMIT, "no memory for the network");
    }
    if (!cm_proxy_open(net, settings->proxy_password, err)) {
        cm_net_close(net);
        return false;
    }
    *ret = net;
    return true;
}

static void
free_timers(struct cm_timer *timer)
{
    while (timer) {
        struct cm_timer *next = timer->next;
        free(timer);
        timer = next;
    }
}

void
cm_net_close(struct cm_net *net)
{
    if (!net)
        return;
    while (net->jobs) {
        struct cm_job *next = net->jobs->next;
        cm_job_free(net->jobs);
        net->jobs = next;
    }
    while (net->watches) {
        struct cm_watch *next = net->watches->next;
        free(net->watches);
        net->watches = next;
    }
    free_timers(net->timers);
    free_timers(net->ends);
    free(net->waits);
    free(net->polls);
    if (net->multi)
        (void)curl_multi_cleanup(net->multi);
    cm_proxy_close(net);
    cm_arena_free(net->arena);
    free(net);
    curl_global_cleanup();
}

const struct cm_outside_settings *
cm_net_settings(const struct cm_net *net)
{
    return &net->settings;
}

void
cm_net_set_pace(struct cm_net *net, const struct cm_net_pace *pace)
{
    net->pace = *pace;
}

int64_t
cm_net_backoff(const struct cm_net *net, int tries)
{
    return cm_retry_backoff(net->pace.backoff, tries);
}

int64_t
cm_net_remaining(const struct cm_net *net)
{
    int64_t now = cm_monotonic_now();
    return net->settings.deadline > now ? net->settings.deadline - now : 0;
}

static bool
stop_is_asked(const struct cm_net *net)
{
    struct pollfd poll_one = {.fd = net->settings.cancel_fd, .events = POLLIN};
    return net->settings.cancel_fd >= 0 && poll(&poll_one, 1, 0) > 0;
}

bool
cm_net_cancelled(const struct cm_net *net)
{
    return net->over || cm_net_remaining(net) == 0 || stop_is_asked(net);
}
