/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run leaves behind, and what it must not touch.
 */
#include "isolate.h"
#include "play.h"

#include "base/fd.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WARM_UP    10u
#define HEADS_MOST 16u /* of secrets that may be asked for; more spell one out */

/* ---- again and again ---- */

struct left {
    unsigned descriptors, threads;
    uint64_t memory;
};

static struct left
look(void)
{
    return (struct left){cf_count_entries("/proc/self/fd"), cf_count_entries("/proc/self/task"),
                         cf_memory_live()};
}

static bool
runs(const struct cf_honest *h, unsigned count, struct cm_err *why)
{
    for (unsigned i = 0; i < count; i++) {
        CM_CLEANUP(cm_json_done) json_t *out = NULL;
        cf_doing(h->play->trial, "run %u of %u", i + 1, count);
        if (!cf_play(h->play, NULL, &out, why))
            return false;
    }
    return true;
}

static bool
repeated(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    const struct left at_first = look();
    if (!cf_honest_begin(t, &h, why) || !runs(&h, WARM_UP, why))
        return false;
    const struct left before = look();
    if (!runs(&h, t->request->runs, why))
        return false;
    const struct left after = look();
    if (after.descriptors > at_first.descriptors)
        return cm_fail(why, CM_E_MALFORMED, "descriptors: %u before the first run, %u after %u",
                       at_first.descriptors, after.descriptors, t->request->runs);
    if (after.threads != at_first.threads)
        return cm_fail(why, CM_E_MALFORMED, "threads: %u before the first run, %u after %u",
                       at_first.threads, after.threads, t->request->runs);
    /* a byte a run is more than any cache takes, and less than any leak */
    return after.memory < before.memory + t->request->runs ||
           cm_fail(why, CM_E_MALFORMED, "memory: %llu bytes in use before %u runs, %llu after",
                   (unsigned long long)before.memory, t->request->runs,
                   (unsigned long long)after.memory);
}

/* ---- other surroundings, and the same must come of it ---- */

static bool
same_with(struct cf_trial *t, const struct cf_disturbance *how, const char *what,
          struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    if (!cf_honest_begin(t, &h, why))
        return false;
    cf_doing(t, "%s", what);
    return cf_play(h.play, how, &out, why) &&
           (cf_same(h.out, out, why) || cm_context(why, "%s, something else comes of it", what));
}

static bool
tables(struct cf_trial *t, struct cm_err *why)
{
    const struct cf_disturbance how = {.probe = {.tight_tables = true}};
    return same_with(t, &how, "with tables that end where they say they end", why);
}

static bool
later(struct cf_trial *t, struct cm_err *why)
{
    const struct cf_disturbance how = {.probe = {.later_tables = true}};
    return same_with(t, &how, "with longer tables, of a later engine", why);
}

/* Checks may give another answer then, but none a pass that it did not honestly give. */
static bool
safe_with(struct cf_trial *t, const struct cf_disturbance *how, const char *what,
          struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    if (!cf_honest_begin(t, &h, why))
        return false;
    cf_doing(t, "%s", what);
    return cf_play(h.play, how, &out, why) &&
           cf_no_false_pass(h.play, h.out, out, what, false, NULL, why);
}

/* What needs an interface may do without an answer, but never with a pass. */
static bool
interfaces(struct cf_trial *t, struct cm_err *why)
{
    const struct cf_disturbance how = {.probe = {.lacks_interfaces = true}};
    return safe_with(t, &how, "without optional interfaces", why);
}

static bool
least(struct cf_trial *t, struct cm_err *why)
{
    const struct cf_disturbance how = {.probe = {.least_tables = true}};
    return safe_with(t, &how, "with no more of optional interfaces than what is asked for", why);
}

static bool
arena(struct cf_trial *t, struct cm_err *why)
{
    const struct cf_disturbance how = {.fault = NULL};
    bool guarded = cf_memory_guard();
    return same_with(t, &how, guarded ? "with memory that is gone when it is freed" : "again", why);
}

static bool
state(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_play_done) struct cf_play *play = NULL;
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    const struct cf_disturbance how = {.probe = {.watches_state = true}};
    if (!cf_play_begin(t, &play, why) || !cf_play(play, &how, &out, why))
        return false;
    return *cf_now.changed == '\0' || cm_fail(why, CM_E_MALFORMED, "%s", cf_now.changed);
}

/* ---- what is said aloud ---- */

static bool
read_said(struct cm_buf *to, struct cm_err *err)
{
    (void)fflush(NULL); /* of the plug-in's, too */
    return lseek(cf_said_fd(), 0, SEEK_SET) == 0 && cm_fd_read_all(cf_said_fd(), "said", to, err);
}

static bool
silent(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    CM_CLEANUP(cm_buf_done) struct cm_buf said = CM_BUF_INIT(1 << 20);
    if (!cf_honest_begin(t, &h, why) || !read_said(&said, why))
        return false;
    return said.size == 0 ||
           cm_fail(why, CM_E_MALFORMED, "it writes to standard output or error: '%.*s'",
                   (int)(said.size > 200 ? 200 : said.size), said.at);
}

/* ---- secrets ---- */

static bool
holds_marker(const char *text)
{
    for (size_t i = 0; i + CF_MARKER_PIECE < sizeof CF_MARKER; i++) {
        char piece[CF_MARKER_PIECE + 1];
        memcpy(piece, CF_MARKER + i, CF_MARKER_PIECE);
        piece[CF_MARKER_PIECE] = '\0';
        if (strstr(text, piece) != NULL)
            return true;
    }
    return false;
}

static bool
keeps_secret(const json_t *out, const char *during, struct cm_err *why)
{
    const char *name;
    json_t *part;
    CM_CLEANUP(cm_buf_done) struct cm_buf said = CM_BUF_INIT(1 << 20);
    json_object_foreach((json_t *)(uintptr_t)out, name, part)
    {
        char *text = cf_written_out(part);
        bool holds = text != NULL && holds_marker(text);
        free(text);
        if (holds)
            return cm_fail(why, CM_E_MALFORMED, "%s: a piece of a secret is in its %s", during,
                           name);
    }
    if (!read_said(&said, why))
        return false;
    if (holds_marker(cm_buf_text(&said)))
        return cm_fail(why, CM_E_MALFORMED, "%s: a piece of a secret is written out", during);
    return cf_now.secret_heads <= HEADS_MOST ||
           cm_fail(why, CM_E_MALFORMED,
                   "%s: it asks %u times what a secret begins with, which spells it out", during,
                   cf_now.secret_heads);
}

static bool
secret(struct cf_trial *t, struct cm_err *why)
{
    static const struct cf_fault echoes[] = {
        {"repeats a secret", CM_OK, 0, CF_ECHO, 0, CM_OK},
        {"says a secret only", CM_OK, 0, CF_ALL_ECHO, 0, CM_OK}};
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why) || !keeps_secret(h.out, "honest", why))
        return false;
    size_t asked = h.play->asked[CF_SYSTEM];
    for (size_t i = 0; i < asked * CM_COUNT(echoes); i++) {
        CM_CLEANUP(cm_json_done) json_t *out = NULL;
        char during[200];
        const struct cf_disturbance how = {.fault = &echoes[i % CM_COUNT(echoes)],
                                           .asked = i / CM_COUNT(echoes)};
        (void)snprintf(during, sizeof during, "question %zu: the answer %s", how.asked + 1,
                       how.fault->id);
        cf_doing(t, "%s", during);
        if (!cf_play(h.play, &how, &out, why) || !keeps_secret(out, during, why))
            return false;
    }
    return true;
}

/* ---- options, notifications, addresses ---- */

static const char *const odd[] = {"",         " ",  ".",
                                  "..",       "/",  "a/b",
                                  "%00",      "%",  "\"",
                                  "'",        "\\", "*",
                                  "**",       "{",  "[",
                                  "<",        "\n", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x92",
                                  "0",        "-1", "99999999999999999999",
                                  "https://", "//", "?",
                                  "#",        "@",  ":",
                                  "null"};

static bool
one_odd_option(const struct cf_honest *h, const char *name, json_t *owned, struct cm_err *why)
{
    CM_CLEANUP(cm_json_done)
    json_t *options = json_copy(cm_json_get(h->play->script->root, "options"));
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    struct cm_err refused = CM_ERR_INIT;
    const struct cf_disturbance how = {.options = options};
    if (owned == NULL)
        (void)json_object_del(options, name);
    else if (json_object_set_new(options, name, owned) != 0)
        return cm_fail(why, CM_E_LIMIT, "out of memory");
    /* refused by the table: then no hook is run, and that is as it should be */
    if (!cf_play(h->play, &how, &out, &refused))
        return refused.class == CM_E_CONFIG || cm_fail(why, refused.class, "%s", refused.text);
    return cf_none_ends_with(out, CM_E_INTERNAL, why) || cm_context(why, "option %s", name);
}

static bool
options(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    for (const struct cmk_option *o = cf_now.real->options; o != NULL && o->name != NULL; o++) {
        cf_doing(t, "without option %s", o->name);
        if (!one_odd_option(&h, o->name, NULL, why))
            return false;
        for (size_t i = 0; i < CM_COUNT(odd) && o->type != CMK_SECRET; i++) {
            bool is_list = (o->type & CMK_LIST) != 0;
            json_t *value = is_list ? json_pack("[s]", odd[i]) : json_string(odd[i]);
            cf_doing(t, "option %s is '%s'", o->name, odd[i]);
            if (!one_odd_option(&h, o->name, value, why))
                return false;
        }
    }
    return true;
}

static bool
one_body(const struct cf_honest *h, const char *at, size_t size, struct cm_err *why)
{
    CM_CLEANUP(cm_json_done) json_t *out = NULL;
    const struct cf_disturbance how = {.body = at, .body_size = size};
    cf_doing(h->play->trial, "a notification of %zu bytes: %.100s", size, at);
    return cf_play(h->play, &how, &out, why);
}

static bool
notifications(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    const json_t *honest = cm_json_get(t->script->root, "notification");
    if (cf_now.real->connector->read_names == NULL)
        return cf_skip(t, "it reads no notifications");
    if (honest == NULL)
        return cm_fail(why, CM_E_CONFIG, "it reads notifications: give one as 'notification'");
    if (json_object_size(cm_json_get(h.out, "names")) == 0)
        return cm_fail(why, CM_E_MALFORMED, "it reads no name in the script's notification");
    for (size_t i = 0; i < CM_COUNT(odd); i++)
        if (!one_body(&h, odd[i], strlen(odd[i]), why))
            return false;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    if (!cm_json_canonical(honest, &text))
        return cm_fail(why, CM_E_LIMIT, "the notification is too long");
    for (size_t size = 0; size < text.size; size++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf head = CM_BUF_INIT(1 << 20);
        cm_buf_add(&head, text.at, size); /* of its own: who reads on reads what is not his */
        if (!one_body(&h, cm_buf_text(&head), size, why))
            return false;
    }
    return true;
}

static bool
addresses(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_honest_done) struct cf_honest h = {NULL, NULL};
    if (!cf_honest_begin(t, &h, why))
        return false;
    if (cf_now.real->connector->start == NULL)
        return cf_skip(t, "it makes nothing of an address");
    if (cm_json_text(t->script->root, "address") == NULL)
        return cm_fail(why, CM_E_CONFIG, "it starts from addresses: give one as 'address'");
    if (cm_json_get(h.out, "started") == NULL)
        return cm_fail(why, CM_E_MALFORMED, "it makes nothing of the script's address");
    for (size_t i = 0; i < CM_COUNT(odd); i++) {
        CM_CLEANUP(cm_json_done) json_t *out = NULL;
        const struct cf_disturbance how = {.address = odd[i]};
        cf_doing(t, "address '%s'", odd[i]);
        if (!cf_play(h.play, &how, &out, why))
            return false;
    }
    return true;
}

const struct cf_line cf_lasting_lines[] = {
    {.id = "repeated", .kinds = CF_ANY, .run = repeated},
    {.id = "tables: no longer than they say", .kinds = CF_ANY, .run = tables},
    {.id = "tables: of a later engine", .kinds = CF_ANY, .run = later},
    {.id = "tables: no more than is asked for", .kinds = CF_ANY, .run = least},
    {.id = "tables: no optional interfaces", .kinds = CF_ANY, .run = interfaces},
    {.id = "memory is gone after each call", .kinds = CF_ANY, .run = arena},
    {.id = "process unchanged", .kinds = CF_ANY, .run = state},
    {.id = "silent", .kinds = CF_ANY, .run = silent},
    {.id = "secrets", .kinds = CF_ANY, .run = secret},
    {.id = "options", .kinds = CF_ANY, .run = options},
    {.id = "notifications", .kinds = CF_BUILD, .run = notifications},
    {.id = "addresses", .kinds = CF_BUILD, .run = addresses},
    {.id = NULL},
};
