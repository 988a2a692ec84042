/* SPDX-License-Identifier: Apache-2.0
 *
 * The plug-in's hooks, run under the probe.
 */
#include "probe.h"

#include "base/arena.h"

#include <link.h>
#include <stdio.h>
#include <string.h>

struct cf_probe cf_now;

const char *
cf_hook_name(enum cf_hook hook)
{
    static const char *const names[CF_HOOK_COUNT] = {"configure",
                                                     "read_names",
                                                     "authenticate",
                                                     "collect_origin",
                                                     "state_origin",
                                                     "a check",
                                                     "examine",
                                                     "a check of the examination",
                                                     "start",
                                                     "configure (of the rewriter)",
                                                     "rewrite",
                                                     "inspect",
                                                     "configure (of the signer)",
                                                     "sign",
                                                     "check"};
    return hook < CF_HOOK_COUNT ? names[hook] : "no hook";
}

void
cf_probe_begin(const struct cf_setting *setting, struct cm_outside *out)
{
    struct cf_probe *p = &cf_now;
    *p = (struct cf_probe){
        .is = setting != NULL ? *setting : (struct cf_setting){0},
        .shared = p->shared,
        .real = p->real,
        .code = p->code,
        .code_end = p->code_end,
        .examines = p->examines,
        .out = out,
    };
}

/* ---- around each hook ---- */

static struct cmk_call *
begin(enum cf_hook hook, struct cmk_call *engine, struct cf_state **ret_state)
{
    struct cf_probe *p = &cf_now;
    p->hook = hook;
    p->shared->hooks |= 1u << hook;
    p->shared->hook = (int)hook;
    struct cmk_call *face = cf_face(engine);
    *ret_state = p->is.watches_state ? cf_state_take() : NULL;
    p->inside = true;
    return face;
}

static int32_t
end(int32_t status, struct cf_state *state)
{
    struct cf_probe *p = &cf_now;
    char what[300] = "";
    p->inside = false;
    if (state != NULL)
        cf_state_compare(state, what, sizeof what);
    if (*what != '\0' && *p->changed == '\0')
        (void)snprintf(p->changed, sizeof p->changed, "%s changes %s", cf_hook_name(p->hook), what);
    cf_state_free(state);
    p->engine = p->face = NULL;
    p->shared->hook = -1;
    return status;
}

/* One hook of the plug-in's, as the engine calls it. `table` is the class that it stands in. */
#define HOOK(name, number, table, hook, parameters, arguments)                                     \
    static int32_t name parameters                                                                 \
    {                                                                                              \
        struct cf_state *state;                                                                    \
        struct cmk_call *c = begin(number, engine, &state);                                        \
        return end(cf_now.real->table->hook arguments, state);                                     \
    }

#define ENGINE struct cmk_call *engine

/* clang-format off */
HOOK(configure, CF_CONFIGURE, connector, configure, (ENGINE), (c))
HOOK(configure_rewriter, CF_CONFIGURE_REWRITER, rewriter, configure, (ENGINE), (c))
HOOK(configure_signer, CF_CONFIGURE_SIGNER, signer, configure, (ENGINE), (c))
HOOK(read_names, CF_READ_NAMES, connector, read_names, (ENGINE, const struct cmk_naming *n, struct cmk_bytes body), (c, cf_face_naming(n), body))
HOOK(authenticate, CF_AUTHENTICATE, connector, authenticate, (ENGINE, const struct cmk_collect *k), (c, cf_face_collect(k)))
HOOK(collect_origin, CF_COLLECT_ORIGIN, connector, collect_origin, (ENGINE, const struct cmk_collect *k), (c, cf_face_collect(k)))
HOOK(examine, CF_EXAMINE, connector, examine, (ENGINE, const struct cmk_collect *k), (c, cf_face_collect(k)))
HOOK(state_origin, CF_STATE_ORIGIN, connector, state_origin, (ENGINE, const struct cmk_statement *s), (c, cf_face_statement(s)))
HOOK(start, CF_START, connector, start, (ENGINE, const struct cmk_starter *s), (c, cf_face_starter(s)))
HOOK(rewrite, CF_REWRITE, rewriter, rewrite, (ENGINE, const struct cmk_work *w), (c, cf_face_work(w)))
HOOK(inspect, CF_INSPECT, rewriter, inspect, (ENGINE, const struct cmk_work *w), (c, cf_face_work(w)))
HOOK(sign, CF_SIGN, signer, sign, (ENGINE, const struct cmk_work *w, const struct cmk_keys *k), (c, cf_face_work(w), cf_face_keys(k)))
HOOK(check_signature, CF_CHECK_SIGNATURE, signer, check, (ENGINE, const struct cmk_work *w, const struct cmk_signature *s), (c, cf_face_work(w), cf_face_signature(s)))
/* clang-format on */

/* Whatever a check gives behind a failure is that failure. */
static int32_t
ask(struct cmk_call *engine, const struct cmk_exam *x)
{
    struct cf_probe *p = &cf_now;
    struct cf_state *state;
    const struct cmk_connector *connector = p->real->connector;
    const struct cmk_check *checks = p->examines ? connector->examination : connector->verify;
    struct cmk_call *c = begin(p->examines ? CF_CHECK_OF_EXAMINATION : CF_VERIFY, engine, &state);
    int32_t said = checks[p->check].ask(c, cf_face_exam(x));
    p->inside = false;
    bool clear = said == CMK_PASS || said == CMK_FAIL || said == CMK_UNKNOWN;
    if (!clear && p->base->status(engine) == CMK_OK && !p->answered_strangely) {
        p->answered_strangely = true;
        p->strange_answer = said;
        p->strange_check = p->check;
    }
    return end(said, state);
}

/* ---- where its code is ---- */

/* Of libraries that it uses nobody can ask more than they promise: some do not survive a malloc()
 * that gives NULL. */
static int
find_code(struct dl_phdr_info *info, size_t size, void *data)
{
    const char *base = (const char *)(uintptr_t)info->dlpi_addr, *wanted = data, *end = base;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && base + p->p_vaddr + p->p_memsz > end)
            end = base + p->p_vaddr + p->p_memsz;
    }
    if (wanted < base || wanted >= end)
        return 0;
    cf_now.code = base;
    cf_now.code_end = end;
    return 1;
}

/* ---- the table ---- */

static const struct cmk_check *
wrap_checks(const struct cmk_check *checks, struct cm_arena *arena)
{
    size_t count = 0;
    while (checks != NULL && checks[count].id != NULL)
        count++;
    struct cmk_check *copy =
        checks != NULL ? cm_arena_alloc(arena, (count + 1) * sizeof *copy) : NULL;
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = checks[i];
        copy[i].ask = ask;
    }
    return copy;
}

static const struct cmk_connector *
wrap_connector(const struct cmk_connector *real, struct cm_arena *arena)
{
    struct cmk_connector *copy = cm_arena_alloc(arena, sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *real;
    copy->configure = real->configure != NULL ? configure : NULL;
    copy->read_names = real->read_names != NULL ? read_names : NULL;
    copy->authenticate = real->authenticate != NULL ? authenticate : NULL;
    copy->collect_origin = real->collect_origin != NULL ? collect_origin : NULL;
    copy->state_origin = real->state_origin != NULL ? state_origin : NULL;
    copy->verify = wrap_checks(real->verify, arena);
    copy->examine = real->examine != NULL ? examine : NULL;
    copy->examination = wrap_checks(real->examination, arena);
    copy->start = real->start != NULL ? start : NULL;
    return copy;
}

static const struct cmk_rewriter *
wrap_rewriter(const struct cmk_rewriter *real, struct cm_arena *arena)
{
    struct cmk_rewriter *copy = cm_arena_alloc(arena, sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *real;
    copy->configure = real->configure != NULL ? configure_rewriter : NULL;
    copy->rewrite = real->rewrite != NULL ? rewrite : NULL;
    copy->inspect = real->inspect != NULL ? inspect : NULL;
    return copy;
}

static const struct cmk_signer *
wrap_signer(const struct cmk_signer *real, struct cm_arena *arena)
{
    struct cmk_signer *copy = cm_arena_alloc(arena, sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *real;
    copy->configure = real->configure != NULL ? configure_signer : NULL;
    copy->sign = real->sign != NULL ? sign : NULL;
    copy->check = real->check != NULL ? check_signature : NULL;
    return copy;
}

const struct cmk_plugin *
cf_probe_wrap(const struct cmk_plugin *real, struct cm_arena *arena, struct cm_err *err)
{
    struct cmk_plugin *copy = cm_arena_alloc(arena, sizeof *copy);
    cf_now.real = real;
    /* the engine has copied the table; its texts are where they were */
    (void)dl_iterate_phdr(find_code, (void *)(uintptr_t)real->id);
    if (copy == NULL) {
        (void)cm_fail(err, CM_E_LIMIT, "out of memory");
        return NULL;
    }
    *copy = *real;
    if (real->connector != NULL)
        copy->connector = wrap_connector(real->connector, arena);
    if (real->rewriter != NULL)
        copy->rewriter = wrap_rewriter(real->rewriter, arena);
    if (real->signer != NULL)
        copy->signer = wrap_signer(real->signer, arena);
    return copy;
}
