/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark plugin list, inspect, dump: the first two run no code of a plug-in. */
#include "base/fd.h"
#include "base/json.h"
#include "plugin/loader.h"
#include "programs/dump_plugin.h"
#include "programs/schema_plugin.h"
#include "programs/session.h"

#define PLUGIN_MOST (64u << 20)

static const struct cm_flag list_flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "names other folders of plug-ins (plugin_path)"},
    {.name = NULL},
};
static const struct cm_flag inspect_flags[] = {{.name = NULL}};
static const struct cm_flag dump_flags[] = {
    {"format", 0, CM_TAKES_WORD, "text|json|schema", "of what is printed; schema: of its options"},
    {.name = NULL},
};

struct listing {
    struct cm_buf text;
    size_t count;
};

static void
listing_done(struct listing *listing)
{
    cm_buf_done(&listing->text);
}

static void
list_one(void *data, const char *path, const struct cm_note *note, const struct cm_err *refused)
{
    struct listing *to = data;
    to->count++;
    if (refused != NULL)
        cm_buf_printf(&to->text, "%-16s refused: %s\n", "-", refused->text);
    else
        cm_buf_printf(&to->text, "%-16s SDK %u.%u  %s\n", note->id, note->sdk_target >> 16,
                      note->sdk_target & 0xffffu, path);
}

static void
list_folder(const char *path, struct listing *to)
{
    struct cm_err refused = CM_ERR_INIT;
    if (!cm_folder_is_guarded(path, &refused))
        cm_buf_printf(&to->text, "%-16s refused: %s\n", "-", refused.text);
}

/* Why there may be nothing in them. */
static void
list_folders(const struct cm_session *session, struct listing *to)
{
    const struct cm_words *own = session->trust != NULL ? &session->trust->plugin_path : NULL;
    if (own == NULL || own->count == 0)
        list_folder(session->installation.plugin_folder, to);
    for (size_t i = 0; own != NULL && i < own->count; i++)
        list_folder(own->at[i], to);
}

/* A file that cannot be read or is no plug-in is the wrong file; what makes it dangerous to load
 * is for the operator to mend. */
static int
wrong_file(const struct cm_session *session, const struct cm_err *err)
{
    int status = cm_session_failed(session, err);
    return err->class == CM_E_DENIED || err->class == CM_E_INTERNAL ? status : CM_EXIT_USAGE;
}

static int
run_list(struct cm_session *session)
{
    int status;
    CM_CLEANUP(listing_done) struct listing listing = {.text = CM_BUF_INIT(1 << 20)};
    if (session->said->rest_count > 0)
        return cm_session_usage(session, "plugin list takes no argument");
    if (cm_said(session->said, "config") != NULL && (status = cm_session_trust(session)) != 0)
        return status;
    if ((status = cm_session_plugins(session)) != 0)
        return status;
    cm_plugins_each(session->plugins, list_one, &listing);
    if (listing.count == 0) {
        list_folders(session, &listing);
        cm_buf_puts(&listing.text, "There are no plug-ins.\n");
    }
    cm_buf_puts(&listing.text,
                "Plug-ins run inside the engine: each is part of what has to be trusted.\n");
    return cm_session_print(session, &listing.text);
}

static bool
read_note(const char *path, struct cm_buf *bytes, struct cm_note *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    return cm_file_open(path, &fd, err) && cm_fd_read_all(fd, path, bytes, err) &&
           cm_note_read(bytes->at, bytes->size, path, ret, err);
}

static int
run_inspect(struct cm_session *session)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_note note;
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(PLUGIN_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(8192);
    char sha256[CM_SHA256_HEX];
    if (session->said->rest_count != 1)
        return cm_session_usage(session, "name one file");
    const char *path = session->said->rest[0];
    if (!read_note(path, &bytes, &note, &err))
        return wrong_file(session, &err);
    if (!cm_sha256(bytes.at, bytes.size, sha256))
        return CM_EXIT_INTERNAL;
    struct cm_err refused = CM_ERR_INIT;
    bool accepted = cm_note_accept(&note, path, &refused);
    cm_buf_printf(&text,
                  "path=%s\nsha256=%s\nid=%s\nsdk.target=%u.%u\nsdk.least=%u.%u\n"
                  "executable_stack=%s\ntext_relocations=%s\nrun_path=%s\naccepted=%s\n",
                  path, sha256, note.id, note.sdk_target >> 16, note.sdk_target & 0xffffu,
                  note.sdk_least >> 16, note.sdk_least & 0xffffu,
                  note.executable_stack ? "yes" : "no", note.text_relocations ? "yes" : "no",
                  note.run_path ? "yes" : "no", accepted ? "yes" : "no");
    if (!accepted)
        cm_buf_printf(&text, "refused=%s\n", refused.text);
    return cm_session_print(session, &text);
}

static int
run_dump(struct cm_session *session)
{
    const enum cm_form form = cm_session_form(session);
    int status;
    struct cm_err err = CM_ERR_INIT;
    const struct cm_plugin *plugin;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(4 << 20);
    if (session->said->rest_count != 1)
        return cm_session_usage(session, "name one file");
    if ((status = cm_session_plugins(session)) != 0)
        return status;
    if (!cm_plugins_load_file(session->plugins, session->said->rest[0], &plugin, &err))
        return wrong_file(session, &err);
    CM_CLEANUP(cm_json_done)
    json_t *dump = form == CM_SCHEMA ? cm_plugin_schema(plugin) : cm_dump_plugin(plugin);
    if (dump == NULL ||
        !(form == CM_TEXT ? cm_dump_text(dump, &text) : cm_json_pretty(dump, &text)))
        return CM_EXIT_INTERNAL;
    if (form != CM_TEXT)
        cm_buf_putc(&text, '\n');
    return cm_session_print(session, &text);
}

const struct cm_command cm_command_plugin_list = {
    .name = "plugin list",
    .summary = "list the installed plug-ins, without running any",
    .flags = list_flags,
    .run = run_list,
};

const struct cm_command cm_command_plugin_inspect = {
    .name = "plugin inspect",
    .rest = "FILE",
    .takes = CM_TAKES_FILE,
    .summary = "say what a file says of itself, without running any of it",
    .flags = inspect_flags,
    .run = run_inspect,
};

const struct cm_command cm_command_plugin_dump = {
    .name = "plugin dump",
    .rest = "FILE",
    .takes = CM_TAKES_FILE,
    .summary = "load a plug-in and print its options, checks and hooks",
    .more = "This runs code of the file: its constructors and its entry function.",
    .flags = dump_flags,
    .run = run_dump,
};
