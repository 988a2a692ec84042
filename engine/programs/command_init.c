/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark init: from the address of a page to a configuration for a person to review. */
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "pipeline/hook_options.h"
#include "plugin/host.h"
#include "plugin/options.h"
#include "programs/gathering.h"
#include "programs/installed.h"
#include "programs/session.h"
#include "programs/spoken.h"
#include "programs/starter_text.h"
#include "trust/pattern.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS_MOST 4096
#define SLUG_MOST    63
#define FILE_MOST    ((size_t)1 << 20)

static const struct cm_flag flags[] = {
    {"output", 'o', CM_TAKES_FILE, "FILE", "write it there, where nothing is yet"},
    {"connector", 0, CM_TAKES_TEXT, "ID", "plug-in for it, if the address does not tell"},
    {"timeout", 0, CM_TAKES_TEXT, "DURATION", "of asking; default " CM_DEFAULT_TIMEOUT},
    CM_SPOKEN_WORDS,
    {.name = NULL},
};

struct starting {
    struct cm_session *session;
    const char *address;
    const struct cm_plugin *plugin;
    json_t *words;       /* owned: said, and proposed where nothing was said */
    json_t *about;       /* owned: proposed for the engine's part */
    struct cm_err taken; /* of several connectors, or of none: why not */
    size_t takers;
    bool was_asked;
};

static void
starting_done(struct starting *s)
{
    cm_json_done(&s->words);
    cm_json_done(&s->about);
}

/* ---- what the connector makes of the address ---- */

/* What the operator said counts more than what was read anywhere. */
static bool
take_proposals(struct starting *s, const struct cm_start *proposed)
{
    const struct cmk_option *table = s->plugin->table->options;
    bool ok = true;
    for (const struct cmk_option *o = table; o != NULL && o->name != NULL; o++) {
        const char *word = cm_option_word(o), *text = cm_json_text(proposed->settings, o->name);
        if (text != NULL && json_object_get(s->session->said->names, word) == NULL)
            cm_json_set_text(s->words, word, text, &ok);
    }
    return ok && json_object_update(s->about, proposed->about) == 0;
}

static bool
start(const struct starting *s, const struct cm_plugin *plugin, json_t *options, json_t *evidence,
      struct cm_start *ret, struct cm_err *err)
{
    struct cm_plugin_host *host = NULL;
    CM_CLEANUP(cm_json_done) json_t *none = json_object();
    const struct cm_host_settings settings = {.plugin = plugin,
                                              .options = options,
                                              .evidence = evidence != NULL ? evidence : none,
                                              .log = s->session->log};
    bool done = cm_host_new(&settings, &host, err) &&
                cm_host_start(host, s->address, evidence != NULL, ret, err);
    cm_host_free(host);
    return done;
}

/* What is no page of one connector's is none of another's either: then all of them say why. */
static void
remember_refusal(struct starting *s, const struct cm_err *err)
{
    struct cm_err before = s->taken;
    if (before.class == CM_E_NOT_FOUND && err->class == CM_E_NOT_FOUND)
        (void)cm_fail(&s->taken, CM_E_NOT_FOUND, "%s; %s", before.text, err->text);
    else if (before.class == CM_OK || before.class == CM_E_NOT_FOUND)
        s->taken = *err;
}

/* One connector: does it take the address? What nobody has named need not be a connector, or one
 * that builds have pages at. */
static void
try_connector(struct starting *s, const char *id)
{
    const struct cm_plugin *plugin;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_start_done) struct cm_start proposed = {NULL, NULL};
    if (!cm_plugins_load(s->session->plugins, id, &plugin, &err)) {
        if (cm_said(s->session->said, "connector") != NULL)
            s->taken = err;
        else
            cm_log(s->session->log, CM_LOG_DEBUG, "not asked: %s", err.text);
        return;
    }
    const struct cmk_connector *connector = plugin->table->connector;
    if ((connector == NULL || connector->start == NULL) &&
        cm_said(s->session->said, "connector") == NULL)
        return;
    CM_CLEANUP(cm_json_done)
    json_t *heard = cm_options_heard(plugin->table->options, s->session->said->names);
    if (!start(s, plugin, heard, NULL, &proposed, &err)) {
        if (s->takers == 0)
            remember_refusal(s, &err);
        return;
    }
    if (++s->takers > 1) {
        (void)cm_fail(&s->taken, CM_E_NOT_FOUND,
                      "%s and %s both know such addresses: name one with --connector",
                      s->plugin->id, plugin->id);
        return;
    }
    s->plugin = plugin;
    if (!take_proposals(s, &proposed))
        (void)cm_fail(&s->taken, CM_E_LIMIT, "out of memory");
    else
        s->taken = (struct cm_err)CM_ERR_INIT;
}

/* The one that is named, or the one that takes it. */
static int
find_connector(struct starting *s)
{
    struct cm_installed known = {.count = 0};
    const char *said = cm_said(s->session->said, "connector");
    if (said != NULL)
        try_connector(s, said);
    else
        cm_session_installed(s->session, &known);
    for (size_t i = 0; i < known.count; i++)
        try_connector(s, known.ids[i]);
    if (s->takers == 1 && s->taken.class == CM_OK)
        return 0;
    if (s->taken.class == CM_OK)
        (void)cm_fail(&s->taken, CM_E_NOT_FOUND, "there is no connector installed");
    else if (s->takers == 0 && said == NULL && s->taken.class == CM_E_NOT_FOUND)
        (void)cm_context(&s->taken, "no installed connector takes this address");
    return cm_session_failed(s->session, &s->taken);
}

/* ---- words for the engine's part ---- */

/* "Acme Corp" is acme-corp; NULL if nothing of it can be one. */
static const char *
slug_of(struct cm_arena *arena, const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    char slug[SLUG_MOST + 1];
    size_t size = 0;
    for (; text != NULL && *text != '\0' && size < SLUG_MOST; text++) {
        char c = cm_ascii_lower(*text);
        c = strchr(allowed, c) != NULL ? c : '-';
        if (size > 0 || strchr("._-", c) == NULL)
            slug[size++] = c;
    }
    slug[size] = '\0';
    return cm_is_slug(slug) ? cm_arena_text(arena, slug) : NULL;
}

static struct cm_words
one_word(struct cm_arena *arena, const char *text)
{
    static const char *const none[] = {NULL};
    const char **at = cm_arena_alloc(arena, 2 * sizeof *at);
    if (at == NULL || text == NULL)
        return (struct cm_words){none, 0, {0}};
    at[0] = text;
    return (struct cm_words){at, 1, {0}};
}

static struct cm_spoken
spoken_of(const struct starting *s, const struct cm_options_said *options)
{
    struct cm_arena *arena = s->session->installation.arena;
    struct cm_spoken spoken = cm_session_spoken(s->session, options);
    spoken.connector = spoken.system = s->plugin->id;
    spoken.organization = slug_of(arena, cm_json_text(s->about, "organization"));
    spoken.project = slug_of(arena, cm_json_text(s->about, "project"));
    spoken.policy = "release";
    if (spoken.repositories.count == 0)
        spoken.repositories = one_word(arena, cm_json_text(s->about, "repository"));
    if (spoken.refs.count == 0)
        spoken.refs = one_word(arena, cm_json_text(s->about, "ref"));
    return spoken;
}

static int
read_words(const struct starting *s, struct cm_options_said *ret)
{
    const char *own[CM_MOST_ARGUMENTS];
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    cm_spoken_names(own);
    const struct cmk_option *table = s->plugin->table->options;
    if (cm_options_said(table, s->words, own, ret, &complaints) &&
        cm_options_are_sound(table, ret, &complaints))
        return 0;
    return cm_session_complain_of_words(s->session, &complaints);
}

/* The rules of a file hold for what is known; what is not stands in for itself. So what was said
 * wrong is said now, and not by the file. */
static int
look_at_words(struct starting *s, const struct cm_spoken *known)
{
    static const char *const nowhere[] = {"https://repository.invalid/unknown", NULL};
    static const char *const any[] = {"refs/heads/unknown", NULL};
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    struct cm_spoken spoken = *known;
    if (spoken.repositories.count == 0)
        spoken.repositories = (struct cm_words){nowhere, 1, {0}};
    if (spoken.refs.count == 0)
        spoken.refs = (struct cm_words){any, 1, {0}};
    if (spoken.tag_branches.count == 0)
        spoken.tag_branches = (struct cm_words){any, 1, {0}};
    s->session->trust = cm_trust_free(s->session->trust);
    if (cm_trust_spoken(&spoken, &s->session->trust, &complaints))
        return 0;
    return cm_session_complain_of_words(s->session, &complaints);
}

/* ---- asking ---- */

/* With a secret to ask with, and everything else that a question needs. */
static bool
can_ask(const struct starting *s)
{
    bool secret = false;
    for (const struct cmk_option *o = s->plugin->table->options; o != NULL && o->name; o++) {
        bool known = json_object_get(s->words, cm_option_word(o)) != NULL;
        if ((o->of == CMK_OF_SYSTEM || o->of == CMK_OF_LINK) && !known &&
            (o->flags & CMK_REQUIRED) != 0)
            return false;
        secret = secret || (known && o->type == CMK_SECRET);
    }
    return secret;
}

/* A key that is refused, or a system that does not answer it, makes no configuration; what is just
 * not there, or not shown to everybody, leaves lines to be filled in. */
static int
look_at_answers(const struct starting *s, const json_t *evidence)
{
    const char *name;
    json_t *document;
    json_object_foreach(cm_json_get(evidence, "documents"), name, document)
    {
        const json_t *error = cm_json_get(document, "error");
        struct cm_err err = CM_ERR_INIT;
        if (error == NULL)
            continue;
        (void)cm_fail(&err, cm_class_of(cm_json_text(error, "class")), "%s: %s", name,
                      cm_json_text(error, "message"));
        if (err.class == CM_E_NOT_FOUND || !cm_json_bool(document, "credential", false)) {
            cm_log(s->session->log, CM_LOG_WARNING, "%s", err.text);
            continue;
        }
        int status = cm_session_failed(s->session, &err);
        cm_log(s->session->log, CM_LOG_ERROR,
               "nothing was written; without a secret, init begins from the address alone");
        return status == CM_EXIT_USAGE ? CM_EXIT_UNDECIDED : status;
    }
    return 0;
}

static int
ask(struct starting *s, const struct cm_options_said *said)
{
    int status;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_admitted_done) struct cm_admitted admitted = {0};
    CM_CLEANUP(cm_gathered_done) struct cm_gathered gathered = {.artifact = -1};
    CM_CLEANUP(cm_start_done) struct cm_start proposed = {NULL, NULL};
    const struct cm_submission submission = {.submitter = cm_session_submitter(s->session),
                                             .names = said->names};
    if (!cm_admit(s->session->trust, s->session->plugins, &submission, &admitted, &complaints,
                  &err))
        return cm_session_not_admitted(s->session, &complaints, &err);
    if ((status = cm_gathering_about_system(s->session, &admitted, CM_TO_START, &gathered)) != 0 ||
        (status = look_at_answers(s, gathered.evidence)) != 0)
        return status;
    CM_CLEANUP(cm_json_done) json_t *options = cm_hook_options(gathered.evidence);
    if (options == NULL || !start(s, s->plugin, options, gathered.evidence, &proposed, &err) ||
        !take_proposals(s, &proposed))
        return options == NULL ? CM_EXIT_INTERNAL : cm_session_failed(s->session, &err);
    s->was_asked = true;
    return 0;
}

/* ---- the file ---- */

static int
deliver(const struct starting *s, const struct cm_buf *text, size_t marked)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(s->session->said, "output");
    int status = path == NULL ? cm_session_print(s->session, text) : 0;
    if (path != NULL && !cm_file_write_new(path, 0600, text->at, text->size, &err)) {
        (void)cm_context(&err, "--output");
        (void)cm_session_failed(s->session, &err);
        return CM_EXIT_OUTPUT;
    }
    if (status == 0 && marked > 0)
        cm_log(s->session->log, CM_LOG_INFO, "%zu line%s with " CM_STARTING_MARK ": fill %s in",
               marked, marked == 1 ? " begins" : "s begin", marked == 1 ? "it" : "them");
    return status;
}

static int
write_file(struct starting *s)
{
    int status;
    size_t marked = 0;
    CM_CLEANUP(cm_options_said_done) struct cm_options_said options = {0};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(FILE_MOST);
    if ((status = read_words(s, &options)) != 0)
        return status;
    const struct cm_spoken spoken = spoken_of(s, &options);
    if ((status = look_at_words(s, &spoken)) != 0)
        return status;
    const struct cm_starting starting = {
        .address = cm_arena_printf(s->session->installation.arena, "%.*s",
                                   (int)strcspn(s->address, "?#"), s->address),
        .file = cm_said(s->session->said, "output"),
        .plugin = s->plugin,
        .spoken = &spoken,
        .options = &options,
        .was_asked = s->was_asked,
    };
    if (!cm_starting_text(&starting, &text, &marked))
        return cm_session_usage(s->session, "a value holds what no configuration can hold");
    return deliver(s, &text, marked);
}

static int
begin(struct starting *s)
{
    int status;
    CM_CLEANUP(cm_options_said_done) struct cm_options_said options = {0};
    if ((status = find_connector(s)) != 0 || s->plugin == NULL ||
        (status = read_words(s, &options)) != 0)
        return status;
    const struct cm_spoken spoken = spoken_of(s, &options);
    if ((status = look_at_words(s, &spoken)) != 0 ||
        (can_ask(s) && (status = ask(s, &options)) != 0))
        return status;
    return write_file(s);
}

/* What cannot be written is known before anything is asked. */
static int
may_write(const struct cm_session *session)
{
    struct cm_err err = CM_ERR_INIT;
    const char *path = cm_said(session->said, "output");
    if (path == NULL || cm_file_may_write_new(path, &err))
        return 0;
    (void)cm_context(&err, "--output");
    (void)cm_session_failed(session, &err);
    return CM_EXIT_OUTPUT;
}

static int
run(struct cm_session *session)
{
    int status;
    const char *address = session->said->rest_count == 1 ? session->said->rest[0] : "";
    CM_CLEANUP(starting_done)
    struct starting s = {.session = session, .address = address, .about = json_object()};
    if (session->said->rest_count != 1)
        return cm_session_usage(session, "name one address: that of a build's, a job's or a "
                                         "project's page");
    if (strlen(address) > ADDRESS_MOST || !cm_is_utf8(address, strlen(address)))
        return cm_session_usage(session, "the address is too long, or not UTF-8");
    s.words = json_deep_copy(session->said->names);
    if (s.words == NULL || s.about == NULL)
        return CM_EXIT_INTERNAL;
    if ((status = may_write(session)) != 0 || (status = cm_session_plugins(session)) != 0)
        return status;
    return begin(&s);
}

const struct cm_command cm_command_init = {
    .name = "init",
    .rest = "ADDRESS",
    .takes = CM_TAKES_TEXT,
    .summary = "begin a configuration with the address of a build's page",
    .more = "Writes a commented configuration for you to review. What the address does not\n"
            "tell is marked; with the options that the connector needs to ask (a key, for\n"
            "instance), ids, repository and branch are filled in from what the system says.",
    .flags = flags,
    .names = true,
    .run = run,
};
