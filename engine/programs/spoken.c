/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/spoken.h"

#include "base/json.h"
#include "plugin/options.h"
#include "plugin/options_said.h"
#include "programs/commands.h"
#include "trust/spoken.h"

#include <string.h>

static const struct cm_flag flags[] = {CM_SPOKEN_FLAGS, {.name = NULL}};
static const struct cm_flag of_verify[] = {CM_SPOKEN_REWRITER, {.name = NULL}};

void
cm_spoken_names(const char *ret[CM_MOST_ARGUMENTS])
{
    for (size_t i = 0; i < CM_COUNT(flags); i++)
        ret[i] = flags[i].name;
}

/* ---- a configuration, or words: never a little of both ---- */

static const char *
said_of(const struct cm_session *session, const struct cm_flag *table)
{
    for (const struct cm_flag *f = table; f->name != NULL; f++)
        if (cm_said(session->said, f->name) != NULL)
            return f->name;
    return NULL;
}

static int
check_no_words(const struct cm_session *session)
{
    const char *name = said_of(session, flags);
    json_t *said;
    if (name == NULL)
        name = said_of(session, of_verify);
    if (name != NULL)
        return cm_session_usage(session,
                                "--%s goes with --connector only; otherwise it is for the "
                                "configuration to say",
                                name);
    json_object_foreach(session->said->names, name, said)
    {
        if (json_is_array(said))
            return cm_session_usage(session, "--%s is said twice", name);
    }
    return 0;
}

/* An option of the connector that goes by another name because of the engine's: that is meant. */
static const char *
other_word(const struct cm_plugin *plugin, const char *name)
{
    for (const struct cmk_option *o = plugin->table->options; o != NULL && o->name != NULL; o++)
        if (strcmp(o->name, name) == 0 && o->said_as != NULL)
            return o->said_as;
    return NULL;
}

static int
check_no_file(const struct cm_session *session, const struct cm_plugin *plugin)
{
    static const char *const of_file[] = {"config", "project", "policy", "system",
                                          "artifact-configuration"};
    for (size_t i = 0; i < CM_COUNT(of_file); i++) {
        const char *word = other_word(plugin, of_file[i]);
        if (cm_said(session->said, of_file[i]) == NULL)
            continue;
        return cm_session_usage(
            session,
            "--%s goes with a configuration, and --connector does without one: leave one of the "
            "two out%s%s%s%s",
            of_file[i], word != NULL ? "; the connector's own " : "",
            word != NULL ? of_file[i] : "", word != NULL ? " is said with --" : "",
            word != NULL ? word : "");
    }
    return 0;
}

static int
load(struct cm_session *session, const char *option, const struct cm_plugin **ret)
{
    struct cm_err err = CM_ERR_INIT;
    int status = cm_session_plugins(session);
    if (status != 0 || cm_plugins_load(session->plugins, cm_said(session->said, option), ret, &err))
        return status;
    (void)cm_context(&err, "--%s", option);
    return cm_session_failed(session, &err);
}

static int
load_connector(struct cm_session *session, const struct cm_plugin **ret)
{
    int status = load(session, "connector", ret);
    if (status == 0 && (*ret)->table->connector == NULL)
        return cm_session_usage(session, "--connector %s: this plug-in is no connector",
                                (*ret)->id);
    return status;
}

/* NULL if none was said. */
static int
load_rewriter(struct cm_session *session, const struct cm_plugin **ret)
{
    *ret = NULL;
    if (cm_said(session->said, "rewriter") == NULL)
        return 0;
    int status = load(session, "rewriter", ret);
    if (status == 0 && (*ret)->table->rewriter == NULL)
        return cm_session_usage(session, "--rewriter %s: this plug-in is no rewriter", (*ret)->id);
    return status;
}

/* ---- words ---- */

struct cm_words
cm_session_words(const struct cm_session *session, const char *name)
{
    static const char *const none[] = {NULL};
    size_t count = 0;
    while (cm_said_at(session->said, name, count) != NULL)
        count++;
    const char **at = cm_arena_alloc(session->installation.arena, (count + 1) * sizeof *at);
    for (size_t i = 0; at != NULL && i < count; i++)
        at[i] = cm_said_at(session->said, name, i);
    return (struct cm_words){at != NULL ? at : none, at != NULL ? count : 0, {0}};
}

struct cm_spoken
cm_session_spoken(const struct cm_session *session, const struct cm_options_said *options)
{
    const struct cm_arguments *said = session->said;
    return (struct cm_spoken){
        .connector = cm_said(said, "connector"),
        .submitter = cm_session_submitter(session),
        .peer = {.ca = cm_said(said, "ca"),
                 .spki = cm_said(said, "spki"),
                 .allow_addresses = cm_session_words(session, "allow-address")},
        .repository_peer = {.ca = cm_said(said, "repository-ca"),
                            .spki = cm_said(said, "repository-spki"),
                            .allow_addresses =
                                cm_session_words(session, "repository-allow-address")},
        .repositories = cm_session_words(session, "repository"),
        .refs = cm_session_words(session, "ref"),
        .tag_branches = cm_session_words(session, "tag-branch"),
        .assume = cm_session_words(session, "assume"),
        .assume_reason = cm_said(said, "assume-reason"),
        .optional = cm_session_words(session, "optional"),
        .max_age = cm_said(said, "max-age"),
        .rewriter = cm_said(said, "rewriter"),
        .packages = cm_session_words(session, "packages"),
        .system_settings = options->system,
        .link_settings = options->link,
        .policy_settings = options->policy,
    };
}

/* What the connector has to say of its options, here already: everything wrong in one run. Names of
 * the build may still come with a notification. */
static void
look_at_options(const struct cm_plugin *plugin, const struct cm_options_said *options,
                struct cm_complaints *complaints)
{
    const struct cm_words_said said = {
        .system = &options->system, .link = &options->link, .policy = &options->policy};
    json_t *resolved = NULL, *secrets = NULL;
    if (!cm_options_resolve(plugin->table->options, &said, &resolved, &secrets, complaints))
        return;
    json_decref(resolved);
    json_decref(secrets);
}

/* ---- words for two plug-ins ---- */

static bool
knows(const struct cm_plugin *connector, const char *word)
{
    for (const struct cmk_option *o = connector->table->options; o != NULL && o->name != NULL; o++)
        if (o->of != CMK_OF_PLUGIN && strcmp(cm_option_word(o), word) == 0)
            return true;
    return false;
}

/* Takes the words that are the rewriter's out of `words`. Owned; NULL without memory. */
static json_t *
take_rewriters(const struct cm_plugin *rewriter, const struct cm_plugin *connector, json_t *words,
               struct cm_complaints *complaints)
{
    const struct cmk_option *o = rewriter->table->options;
    json_t *taken = json_object();
    bool ok = taken != NULL;
    for (; ok && o != NULL && o->name != NULL; o++) {
        json_t *said = o->of == CMK_OF_PLUGIN ? json_object_get(words, o->name) : NULL;
        if (said == NULL)
            continue;
        if (knows(connector, o->name))
            cm_complain(complaints, (struct cm_place){.file = NULL}, o->name,
                        "say it in a configuration", "%s and %s both have an option of that name",
                        connector->id, rewriter->id);
        cm_json_set(taken, o->name, json_incref(said), &ok);
        ok = ok && json_object_del(words, o->name) == 0;
    }
    if (!ok)
        cm_json_done(&taken);
    return taken;
}

/* The engine's words, options of verify and, dashed, the rewriter's: what a word that nobody knows
 * may be near to. NULL without memory. Arena of the installation. */
static const char *const *
near_words(const struct cm_session *session, const struct cm_plugin *rewriter)
{
    struct cm_arena *arena = session->installation.arena;
    const struct cmk_option *o = rewriter != NULL ? rewriter->table->options : NULL;
    const char **words = cm_arena_alloc(arena, (2 * CM_MOST_ARGUMENTS + 600) * sizeof *words);
    size_t count = 0;
    if (words == NULL)
        return NULL;
    cm_spoken_names(words);
    while (words[count] != NULL)
        count++;
    const struct cm_flag *ours[CM_MOST_ARGUMENTS + 1];
    cm_command_flags(&cm_command_verify, ours);
    for (const struct cm_flag *const *f = ours; *f != NULL; f++)
        words[count++] = (*f)->name;
    for (; o != NULL && o->name != NULL; o++)
        if (o->of == CMK_OF_PLUGIN && (words[count] = cm_option_dashed(arena, o)) != NULL)
            count++;
    words[count] = NULL;
    return words;
}

static int
make_trust(struct cm_session *session, const struct cm_plugin *plugin,
           const struct cm_plugin *rewriter)
{
    json_t *names = session->said->names;
    const char *const *own = near_words(session, rewriter);
    CM_CLEANUP(cm_options_said_done) struct cm_options_said options = {0}, told = {0};
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_json_done)
    json_t *of_rewriter =
        rewriter != NULL ? take_rewriters(rewriter, plugin, names, &complaints) : json_object();
    if (own == NULL || of_rewriter == NULL)
        return CM_EXIT_INTERNAL;
    bool known = cm_options_said(plugin->table->options, names, own, &options, &complaints);
    if (known)
        look_at_options(plugin, &options, &complaints);
    struct cm_spoken spoken = cm_session_spoken(session, &options);
    if (rewriter != NULL &&
        cm_options_said_of_plugin(rewriter->table->options, of_rewriter, own, &told, &complaints))
        spoken.rewriter_settings = told.plugin;
    if (!cm_trust_spoken(&spoken, &session->trust, &complaints) || complaints.count > 0)
        return cm_session_complain_of_words(session, &complaints);
    if (json_object_clear(names) != 0 || json_object_update(names, options.names) != 0)
        return CM_EXIT_INTERNAL;
    return 0;
}

int
cm_session_trust_or_words(struct cm_session *session)
{
    int status;
    const struct cm_plugin *plugin, *rewriter;
    if (cm_said(session->said, "connector") == NULL) {
        if ((status = check_no_words(session)) != 0 || (status = cm_session_trust(session)) != 0)
            return status;
        return cm_session_plugins(session);
    }
    if ((status = load_connector(session, &plugin)) != 0 ||
        (status = load_rewriter(session, &rewriter)) != 0 ||
        (status = check_no_file(session, plugin)) != 0)
        return status;
    return make_trust(session, plugin, rewriter);
}
