/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark-outside.so: the table of net/outside.h, and nothing else that can be seen.
 */
#include "git/client.h"
#include "net/net.h"

#include <stdlib.h>

struct cm_outside {
    struct cm_net *net;
    struct cm_git_client *git;
};

static void
outside_close(struct cm_outside *outside)
{
    if (!outside)
        return;
    cm_net_close(outside->net);
    cm_git_client_close(outside->git);
    free(outside);
}

static bool
outside_open(const struct cm_outside_settings *settings, struct cm_outside **ret,
             struct cm_err *err)
{
    struct cm_outside *outside = calloc(1, sizeof *outside);
    if (!outside)
        return cm_fail(err, CM_E_LIMIT, "no memory for the outside");
    if (!cm_net_open(settings, &outside->net, err) ||
        !cm_git_client_open(outside->net, &outside->git, err)) {
        outside_close(outside);
        return false;
    }
    *ret = outside;
    return true;
}

static struct cm_exchange *
outside_http(struct cm_outside *outside, const struct cm_http_ask *ask)
{
    return cm_net_http(outside->net, ask);
}

static bool
outside_wait(struct cm_outside *outside, const bool *done)
{
    return cm_net_wait(outside->net, done);
}

static bool
outside_sleep(struct cm_outside *outside, int64_t ns)
{
    return cm_net_sleep(outside->net, ns);
}

static struct cm_git_repository *
outside_git_open(struct cm_outside *outside, const struct cm_git_ask *ask)
{
    return cm_git_open(outside->git, ask);
}

__attribute__((visibility("default"))) extern const struct cm_outside_table cm_outside_table;

const struct cm_outside_table cm_outside_table = {
    .version = CM_OUTSIDE_VERSION,
    .build = CM_VERSION,
    .open = outside_open,
    .close = outside_close,
    .http = outside_http,
    .wait = outside_wait,
    .sleep = outside_sleep,
    .git_open = outside_git_open,
    .git_through_proxy = cm_git_through_proxy,
    .git_probe = cm_git_probe,
    .git_refs = cm_git_refs,
    .git_commit = cm_git_commit,
    .git_exists = cm_git_exists,
    .git_on_ref = cm_git_on_ref,
    .git_on_branches = cm_git_on_branches,
    .git_file = cm_git_file,
    .git_submodules = cm_git_submodules,
};
