/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark explain: what a check asks, and what to do about it. */
#include "base/json.h"
#include "base/text.h"
#include "plugin/loader.h"
#include "programs/session.h"
#include "verdict/report_lines.h"

#include <string.h>

#define LABEL_TEXT  12 /* where the texts behind labels begin */
#define TEXT_MOST   ((size_t)4 << 20)
#define MOST_CHECKS 4096 /* of all plug-ins */
#define MOST_HEADS  256

static const struct cm_flag flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "names other folders of plug-ins (plugin_path)"},
    {"format", 0, CM_TAKES_WORD, "text|json", "of what is printed"},
    {.name = NULL},
};

/* A check, whoever declares it. */
struct known {
    const char *id, *question, *expected, *remedy;
    const struct cm_plugin *plugin; /* NULL: the engine */
    bool binding, gate;
    bool of_system, advice; /* asked by `system check` */
    bool of_origin;         /* asked where the policy asks for an origin */
};

struct knowing {
    struct cm_session *session;
    struct cm_arena *arena;
    struct known checks[MOST_CHECKS];
    size_t count;
    const char *heads[MOST_HEADS + 1]; /* ids of the installed plug-ins */
    size_t head_count;
};

/* ---- all there is ---- */

static void
know(struct knowing *all, const struct known *check)
{
    if (all->count < MOST_CHECKS && check->id != NULL)
        all->checks[all->count++] = *check;
}

static void
know_engine(struct knowing *all)
{
    size_t count;
    const struct cm_check *c = cm_engine_checks(&count);
    for (size_t i = 0; i < count; i++)
        know(all, &(struct known){c[i].id, c[i].question, c[i].expected, c[i].remedy, NULL,
                                  c[i].binding, c[i].gate, false, false, c[i].of_origin});
    c = cm_system_checks(&count);
    for (size_t i = 0; i < count; i++)
        know(all, &(struct known){c[i].id, c[i].question, c[i].expected, c[i].remedy, NULL, false,
                                  false, true, c[i].advice, false});
}

static void
know_table(struct knowing *all, const struct cm_plugin *plugin, const struct cmk_check *c,
           bool of_system)
{
    for (; c != NULL && c->id != NULL; c++)
        know(all, &(struct known){cm_arena_printf(all->arena, "%s.%s", plugin->id, c->id),
                                  c->question, c->expected, c->remedy, plugin,
                                  (c->flags & CMK_BINDING) != 0, (c->flags & CMK_GATE) != 0,
                                  of_system, (c->flags & CMK_ADVICE) != 0, false});
}

static void
know_plugin(struct knowing *all, const struct cm_plugin *plugin)
{
    const struct cmk_connector *connector = plugin->table->connector;
    if (connector == NULL)
        return;
    know_table(all, plugin, connector->verify, false);
    know_table(all, plugin, connector->examination, true);
}

static bool
load(struct knowing *all, const char *id, struct cm_err *err)
{
    const struct cm_plugin *plugin;
    if (!cm_plugins_load(all->session->plugins, id, &plugin, err))
        return false;
    know_plugin(all, plugin);
    return true;
}

static void
note_head(void *data, const char *path, const struct cm_note *note, const struct cm_err *refused)
{
    struct knowing *all = data;
    if (refused != NULL)
        cm_log(all->session->log, CM_LOG_WARNING, "%s", refused->text);
    else if (all->head_count < MOST_HEADS)
        all->heads[all->head_count++] = cm_arena_text(all->arena, note->id);
    (void)path;
}

/* ---- the one that is meant ---- */

static const struct known *
find(const struct knowing *all, const char *id)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->checks[i].id, id) == 0)
            return &all->checks[i];
    return NULL;
}

/* The plug-in that the id names, or, if it is mistyped, seems to name. */
static const char *
head_of(const struct knowing *all, const char *id)
{
    const char *head = cm_arena_printf(all->arena, "%.*s", (int)strcspn(id, "."), id);
    return head != NULL ? cm_nearest(head, all->heads) : NULL;
}

static int
not_found(struct knowing *all, const char *id)
{
    const char **ids = cm_arena_alloc(all->arena, (all->count + 1) * sizeof *ids);
    for (size_t i = 0; ids != NULL && i < all->count; i++)
        ids[i] = all->checks[i].id;
    const char *near = ids != NULL ? cm_nearest(id, ids) : NULL;
    return cm_session_usage(all->session,
                            "there is no check '%s'%s%s (countermark explain lists "
                            "all)",
                            id, near != NULL ? "; the nearest is " : "", near != NULL ? near : "");
}

/* ---- what is said of it ---- */

static const char *
manual_of(struct knowing *all, const struct known *check)
{
    if (check->plugin == NULL)
        return "countermark(1)";
    return cm_arena_printf(all->arena, "countermark-%s(7)", check->plugin->id);
}

static const char *
kind_of(const struct known *check)
{
    return check->of_system ? "of `system check`: asked whichever build is meant"
           : check->gate    ? "gate: asked first, and unless it passes nothing more is asked"
           : check->binding ? "binding"
                            : "required by default";
}

#define ALWAYS "always counts: no signing policy can make it optional or waive it"
#define UNLESS                                                                                     \
    "counts, unless a signing policy names it in `optional` (shown, not counted) or waives it "    \
    "until a day, with a reason"
#define NOT_ASKED "; one with origin = \"none\" does not ask it"

static const char *
policy_of(const struct known *check)
{
    if (check->of_system)
        return check->advice ? "shown, never counted" : "counts; no signing policy is meant";
    if (check->of_origin)
        return check->binding ? ALWAYS NOT_ASKED : UNLESS NOT_ASKED;
    return check->binding ? ALWAYS : UNLESS;
}

static json_t *
check_json(struct knowing *all, const struct known *check)
{
    json_t *value = json_object();
    bool ok = value != NULL;
    cm_json_set_text(value, "check", check->id, &ok);
    cm_json_set_text(value, "question", check->question, &ok);
    cm_json_set_text(value, "expected", check->expected, &ok);
    cm_json_set_text(value, "remedy", check->remedy, &ok);
    cm_json_set_bool(value, "binding", check->binding, &ok);
    cm_json_set_bool(value, "gate", check->gate, &ok);
    cm_json_set_text(value, "policy", policy_of(check), &ok);
    cm_json_set_text(value, "plugin", check->plugin != NULL ? check->plugin->id : NULL, &ok);
    cm_json_set_text(value, "version",
                     check->plugin != NULL ? check->plugin->table->version : CM_VERSION, &ok);
    cm_json_set_text(value, "manual", manual_of(all, check), &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

static void
put(struct cm_page *page, const char *label, const char *text)
{
    cm_page_labelled(page, 2, LABEL_TEXT, label, CM_OPERATORS, text);
}

static void
put_check(struct cm_page *page, struct knowing *all, const struct known *check)
{
    const struct cm_plugin *plugin = check->plugin;
    cm_page_paint(page, CM_BOLD, check->id);
    cm_buf_puts(page->to, "\n\n");
    put(page, "question", check->question);
    put(page, "expected", check->expected);
    put(page, "remedy", check->remedy);
    put(page, "kind", kind_of(check));
    put(page, "policy", policy_of(check));
    put(page, "of",
        plugin != NULL ? cm_arena_printf(all->arena, "plug-in %s %s (%s)", plugin->id,
                                         plugin->table->version, plugin->path)
                       : "the engine, version " CM_VERSION);
    put(page, "manual", manual_of(all, check));
}

static void
put_list(struct cm_page *page, const struct knowing *all)
{
    for (size_t i = 0; i < all->count; i++)
        cm_buf_printf(page->to, "%-36s %s\n", all->checks[i].id, all->checks[i].question);
}

static json_t *
list_json(struct knowing *all)
{
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < all->count; i++)
        ok = json_array_append_new(list, check_json(all, &all->checks[i])) == 0;
    if (!ok)
        cm_json_done(&list);
    return list;
}

/* `one` NULL: all. */
static int
print(struct knowing *all, const struct known *one, bool json)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(TEXT_MOST);
    const struct cm_look look = cm_session_look(all->session);
    struct cm_page page = {&text, &look, cm_page_width(&look)};
    if (json) {
        CM_CLEANUP(cm_json_done)
        json_t *value = one != NULL ? check_json(all, one) : list_json(all);
        if (value == NULL || !cm_json_pretty(value, &text))
            return CM_EXIT_INTERNAL;
        cm_buf_putc(&text, '\n');
    } else if (one != NULL) {
        put_check(&page, all, one);
    } else {
        put_list(&page, all);
    }
    return cm_session_print(all->session, &text);
}

static int
explain_one(struct knowing *all, const char *id, bool json)
{
    struct cm_err err = CM_ERR_INIT;
    const struct known *check = find(all, id);
    if (check == NULL) {
        cm_plugins_each(all->session->plugins, note_head, all);
        const char *head = head_of(all, id);
        if (head != NULL && !load(all, head, &err))
            return cm_session_failed(all->session, &err);
        check = find(all, id);
    }
    return check != NULL ? print(all, check, json) : not_found(all, id);
}

static int
explain_all(struct knowing *all, bool json)
{
    cm_plugins_each(all->session->plugins, note_head, all);
    for (size_t i = 0; i < all->head_count; i++) {
        struct cm_err err = CM_ERR_INIT;
        if (!load(all, all->heads[i], &err)) /* which hides no other */
            cm_log(all->session->log, CM_LOG_WARNING, "%s", err.text);
    }
    return print(all, NULL, json);
}

static int
run(struct cm_session *session)
{
    const enum cm_form form = cm_session_form(session);
    int status;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(4 << 20);
    struct knowing *all = arena != NULL ? cm_arena_alloc(arena, sizeof *all) : NULL;
    if (session->said->rest_count > 1)
        return cm_session_usage(session, "one check at a time");
    if (cm_said(session->said, "config") != NULL && (status = cm_session_trust(session)) != 0)
        return status;
    if (all == NULL)
        return CM_EXIT_INTERNAL;
    if ((status = cm_session_plugins(session)) != 0)
        return status;
    *all = (struct knowing){.session = session, .arena = arena};
    know_engine(all);
    return session->said->rest_count == 1
               ? explain_one(all, session->said->rest[0], form == CM_JSON)
               : explain_all(all, form == CM_JSON);
}

const struct cm_command cm_command_explain = {
    .name = "explain",
    .rest = "[CHECK]",
    .takes = CM_TAKES_TEXT,
    .summary = "say what a check asks, and what to do about it",
    .more = "Without CHECK, lists all. Runs code of the plug-in that the id names; to list\n"
            "all, of all plug-ins that are installed.",
    .flags = flags,
    .run = run,
};
