/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/spoken.h"

#include "plugin/options.h"
#include "plugin/options_said.h"
#include "trust/spoken.h"

#include <string.h>

static const struct cm_flag flags[] = {CM_SPOKEN_FLAGS, {.name = NULL}};

void
cm_spoken_names(const char *ret[CM_MOST_ARGUMENTS])
{
    for (size_t i = 0; i < CM_COUNT(flags); i++)
        ret[i] = flags[i].name;
}

/* ---- a configuration, or words: never a little of both ---- */

static int
check_no_words(const struct cm_session *session)
{
    const char *name;
    json_t *said;
    for (const struct cm_flag *f = flags; f->name != NULL; f++)
        if (cm_said(session->said, f->name) != NULL)
            return cm_session_usage(session,
                                    "--%s goes with --connector only; otherwise it is for the "
                                    "configuration to say",
                                    f->name);
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
    static const char *const of_file[] = {"config", "project", "policy", "system"};
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
load_connector(struct cm_session *session, const struct cm_plugin **ret)
{
    struct cm_err err = CM_ERR_INIT;
    const char *id = cm_said(session->said, "connector");
    int status = cm_session_plugins(session);
    if (status != 0)
        return status;
    if (!cm_plugins_load(session->plugins, id, ret, &err)) {
        (void)cm_context(&err, "--connector");
        return cm_session_failed(session, &err);
    }
    if ((*ret)->table->connector == NULL)
        return cm_session_usage(session, "--connector %s: this plug-in is no connector", id);
    return 0;
}

/* ---- words ---- */

/* All that was said of it, in order. */
static struct cm_words
words_of(const struct cm_session *session, const char *name)
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
                 .allow_addresses = words_of(session, "allow-address")},
        .repository_peer = {.ca = cm_said(said, "repository-ca"),
                            .spki = cm_said(said, "repository-spki"),
                            .allow_addresses = words_of(session, "repository-allow-address")},
        .repositories = words_of(session, "repository"),
        .refs = words_of(session, "ref"),
        .tag_branches = words_of(session, "tag-branch"),
        .assume = words_of(session, "assume"),
        .assume_reason = cm_said(said, "assume-reason"),
        .optional = words_of(session, "optional"),
        .max_age = cm_said(said, "max-age"),
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

static int
make_trust(struct cm_session *session, const struct cm_plugin *plugin)
{
    const char *own[CM_MOST_ARGUMENTS];
    json_t *names = session->said->names;
    CM_CLEANUP(cm_options_said_done) struct cm_options_said options = {0};
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    cm_spoken_names(own);
    bool known = cm_options_said(plugin->table->options, names, own, &options, &complaints);
    if (known)
        look_at_options(plugin, &options, &complaints);
    const struct cm_spoken spoken = cm_session_spoken(session, &options);
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
    const struct cm_plugin *plugin;
    if (cm_said(session->said, "connector") == NULL) {
        if ((status = check_no_words(session)) != 0 || (status = cm_session_trust(session)) != 0)
            return status;
        return cm_session_plugins(session);
    }
    if ((status = load_connector(session, &plugin)) != 0 ||
        (status = check_no_file(session, plugin)) != 0)
        return status;
    return make_trust(session, plugin);
}
