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

/* ---- each service, with each class ---- */

/* Which services are called for the first time in their hook: those of the last run. */
struct firsts {
    uint64_t at[CF_FIRSTS_MOST];
    size_t count;
};

static struct firsts
firsts_now(void)
{
    struct firsts firsts = {.count = cf_now.first_count};
    for (size_t i = 0; i < firsts.count; i++)
        firsts.at[i] = cf_now.firsts[i].step;
    return firsts;
}

static bool
is_first(const struct firsts *firsts, uint64_t step)
{
    for (size_t i = 0; i < firsts->count; i++)
        if (firsts->at[i] == step)
            return true;
    return false;
}

/* One of memory, one of time, and one that elsewhere is an answer. */
static bool
is_for_every_call(enum cm_class one)
{
    return one == CM_E_LIMIT || one == CM_E_CANCELLED || one == CM_E_NOT_FOUND;
}

/* All classes at the first call of each service in each hook, and three at all others: everything
 * everywhere would take a connector minutes. */
static bool
services(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    const uint64_t count = cf_now.steps;
    const struct firsts firsts = firsts_now();
    for (size_t i = 0; i < CF_CLASSES; i++) {
        struct cf_disturbance how = {.probe = {.status = (int32_t)cf_classes[i]}};
        for (uint64_t n = 1; n <= count; n++) {
            char during[200];
            if (!is_for_every_call(cf_classes[i]) && !is_first(&firsts, n))
                continue;
            (void)snprintf(during, sizeof during, "the call fails with %s at service %llu of %llu",
                           cm_class_name(cf_classes[i]), (unsigned long long)n,
                           (unsigned long long)count);
            how.probe.fail_step = n;
            if (!is_safe(&h, &how, during, why))
                return false;
        }
    }
    return true;
}

/* ---- no time ---- */

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
