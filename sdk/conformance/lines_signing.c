/* SPDX-License-Identifier: Apache-2.0
 *
 * Signers: those who hold the keys refuse, programs do not end well, and what was signed is no more
 * what it was.
 */
#include "play.h"

#include "base/json.h"

static bool
is_not_delivered(const json_t *out, const char *member, struct cm_err *why)
{
    return cm_json_get(out, member) == NULL ||
           cm_fail(why, CM_E_MALFORMED, "%s, all the same",
                   member[0] == 's' ? "the signature is said to hold" : "something is written");
}

/* ---- keys ---- */

static bool
refused(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    for (size_t i = 0; i < CF_CLASSES; i++) {
        CM_CLEANUP(cm_json_done) json_t *out = NULL;
        const struct cf_disturbance how = {.refusal = cf_classes[i]};
        const char *class = cm_class_name(cf_classes[i]);
        cf_doing(t, "the keys refuse: %s", class);
        if (!cf_play(h.play, &how, &out, why))
            return false;
        if (!cf_ends_with(out, "sign", cf_classes[i], why) ||
            !is_not_delivered(out, "written", why))
            return cm_context(why, "the keys refuse: %s", class);
    }
    return true;
}

/* ---- programs ---- */

/* What a program that was started may come to. */
static const enum cm_class ends[] = {CM_E_CONFIG, CM_E_LIMIT, CM_E_CANCELLED, CM_E_MALFORMED};

static bool
one_bad_run(const struct cf_honest *h, size_t number, enum cm_class class, struct cm_err *why)
{
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    const struct cf_disturbance how = {.bad_run = number, .run_err = class};
    cf_doing(h->play->trial, "program %zu: %s", number,
             class != CM_OK ? cm_class_name(class) : "leaves nothing");
    if (!cf_play(h->play, &how, &out, why))
        return false;
    if (!h->play->applied)
        return true;
    const char *hook = cm_json_get(out, "written") != NULL ? "check" : "sign";
    return (class == CM_OK || cf_ends_with(out, hook, class, why)) &&
           is_not_delivered(out, "signed", why);
}

static bool
bad_programs(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    size_t runs = h.play->runs;
    bool leaves = cf_line_now()->detail != 0;
    if (runs == 0)
        return cf_skip(t, "it runs no program");
    for (size_t n = 1; n <= runs; n++)
        for (size_t i = 0; i < (leaves ? 1 : CM_COUNT(ends)); i++)
            if (!one_bad_run(&h, n, leaves ? CM_OK : ends[i], why))
                return cm_context(why, "program %zu of %zu", n, runs);
    return true;
}

/* ---- another artifact ---- */

/* Of a file that a program has made, it is that program's to tell, and it is not here. */
static bool
added(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    const struct cf_disturbance how = {.adds = true};
    if (!cf_honest_begin(t, &h, why))
        return false;
    if ((cf_now.real->signer->flags & CMK_REPLACES) != 0)
        return cf_skip(t, "only the program knows what is in the file that it has made");
    return cf_play(h.play, &how, &out, why) && is_not_delivered(out, "signed", why);
}

const struct cf_line cf_signing_lines[] = {
    {.id = "signature: the keys refuse", .kinds = CF_SIGNATURE, .run = refused},
    {.id = "signature: a program does not end well", .kinds = CF_SIGNATURE, .run = bad_programs},
    {.id = "signature: a program leaves nothing",
     .kinds = CF_SIGNATURE,
     .run = bad_programs,
     .detail = 1},
    {.id = "signature: of another artifact", .kinds = CF_SIGNATURE, .run = added},
    {.id = NULL},
};
