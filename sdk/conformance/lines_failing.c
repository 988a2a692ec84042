/* SPDX-License-Identifier: Apache-2.0
 *
 * The n-th time, for every n: no memory, a service that fails, no time left.
 */
#include "play.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>

static bool
is_safe(const struct cf_honest *h, const struct cf_disturbance *how, const char *during,
        struct cm_err *why)
{
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    cf_doing(h->play->trial, "%s", during);
    if (!cf_play(h->play, how, &out, why))
        return false;
    return cf_tells_failure(out, why)
               ? cf_no_false_pass(h->play, h->out, out, during, false, NULL, why)
               : cm_context(why, "%s", during);
}

/* `counted` is where the honest run left its count; what is disturbed is said by `set`. */
static bool
each(const struct cf_honest *h, uint64_t count, const char *what, uint64_t *set,
     const struct cf_disturbance *how, struct cm_err *why)
{
    for (uint64_t n = 1; n <= count; n++) {
        char during[200];
        (void)snprintf(during, sizeof during, "%s %llu of %llu", what, (unsigned long long)n,
                       (unsigned long long)count);
        *set = n;
        if (!is_safe(h, how, during, why))
            return false;
    }
    return true;
}

static bool
allocations(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    struct cf_disturbance how = {.fault = NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    uint64_t count = cf_now.allocs;
    return each(&h, count, "no memory of the host's for allocation", &how.probe.fail_alloc, &how,
                why);
}

static bool
own_memory(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    struct cf_disturbance how = {.fault = NULL};
    if (!cf_memory_is_ours())
        return cf_skip(t, "malloc() is a sanitizer's");
    if (!cf_honest_begin(t, &h, why))
        return false;
    uint64_t count = cf_now.mallocs;
    if (count == 0)
        return cf_skip(t, "its own code calls no malloc()");
    return each(&h, count, "no memory for malloc", &how.probe.fail_malloc, &how, why);
}

static bool
services(struct cf_trial *t, struct cm_err *why)
{
    static const int32_t statuses[] = {CMK_E_LIMIT, CMK_E_CANCELLED, CMK_E_NOT_FOUND};
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    uint64_t count = cf_now.steps;
    for (size_t i = 0; i < CM_COUNT(statuses); i++) {
        char what[100];
        struct cf_disturbance how = {.probe = {.status = statuses[i]}};
        (void)snprintf(what, sizeof what, "the call fails with %s at service",
                       cm_class_name((enum cm_class)statuses[i]));
        if (!each(&h, count, what, &how.probe.fail_step, &how, why))
            return false;
    }
    return true;
}

static bool
deadline(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    const struct cf_disturbance how = {.probe = {.cancel_step = 1}};
    return cf_honest_begin(t, &h, why) && is_safe(&h, &how, "no time from the beginning", why);
}

static bool
cancelled(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    struct cf_disturbance how = {.fault = NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    uint64_t count = cf_now.steps;
    return each(&h, count, "cancelled at service", &how.probe.cancel_step, &how, why);
}

const struct cf_line cf_failing_lines[] = {
    {.id = "each allocation fails", .kinds = CF_ANY, .run = allocations},
    {.id = "each malloc fails", .kinds = CF_ANY, .run = own_memory},
    {.id = "each service fails", .kinds = CF_ANY, .run = services},
    {.id = "deadline: zero", .kinds = CF_ANY, .run = deadline},
    {.id = "cancelled at each service", .kinds = CF_ANY, .run = cancelled},
    {.id = NULL},
};
