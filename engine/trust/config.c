/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of a configuration, and what stands at their top.
 */
#include "trust/reader.h"

#include "base/fd.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MIRRORS_LEAST (INT64_C(1) << 20)

/* ---- one file ---- */

/* libconfig gives a text the line of the token behind it; the guard has seen it itself. */
static void
mend_lines(config_setting_t *at, const struct cm_buf *lines, size_t *next)
{
    if (config_setting_is_aggregate(at)) {
        for (int i = 0; i < config_setting_length(at); i++)
            mend_lines(config_setting_get_elem(at, (unsigned)i), lines, next);
    } else if (config_setting_type(at) == CONFIG_TYPE_STRING) {
        bool known = *next + sizeof at->line <= lines->size;
        if (known && config_setting_name(at) == NULL)
            memcpy(&at->line, lines->at + *next, sizeof at->line);
        *next += sizeof at->line;
    }
}

static void
complain_of_syntax(struct cm_reader *reader, const struct cm_source *source)
{
    const char *text = config_error_text(&source->tree);
    const char *remedy =
        "look there, and just in front of it, for a missing ; , = quote or bracket";
    struct cm_place place = {source->file, (unsigned)config_error_line(&source->tree)};
    if (strstr(text, "duplicate") != NULL)
        remedy = "the same group has it already, further up: remove one of the two";
    cm_complain(reader->complaints, place, "", remedy, "%s", text);
}

static unsigned
count_lines(const char *at, size_t size)
{
    unsigned lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += at[i] == '\n';
    return lines;
}

/* Reads up to what the guard stopped at. A syntax error in the line where it stopped is of its
 * making. */
static void
read_source(struct cm_reader *reader, struct cm_source *source, const char *at, size_t size)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf lines = CM_BUF_INIT(CM_CONFIG_MOST * sizeof(unsigned));
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CONFIG_MOST + 1);
    size_t good = cm_guard_scan(source->file, at, size, &lines, reader->complaints);
    cm_buf_add(&text, at, good);
    cm_buf_putc(&text, '\n'); /* a comment in the last line wants one */
    if (text.failed || lines.failed) {
        reader->failed = true;
        return;
    }
    bool read = config_read_string(&source->tree, cm_buf_text(&text));
    source->broken = !read || good < size;
    if (!read &&
        (good == size || (unsigned)config_error_line(&source->tree) < count_lines(at, good)))
        complain_of_syntax(reader, source);
    size_t next = 0;
    mend_lines(config_root_setting(&source->tree), &lines, &next);
}

static struct cm_source *
add_source(struct cm_reader *reader, const char *file)
{
    struct cm_source *source = &reader->sources[reader->source_count++];
    source->file = cm_reader_text(reader, file);
    config_init(&source->tree);
    return source;
}

static void
read_file(struct cm_reader *reader, const char *path)
{
    struct cm_source *source = add_source(reader, path);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CONFIG_MOST);
    CM_CLEANUP(cm_fd_done) int fd = -1;
    struct cm_err err = CM_ERR_INIT;
    if (!cm_file_open_guarded(path, &fd, NULL, &err) || !cm_fd_read_all(fd, path, &text, &err)) {
        source->broken = true;
        cm_complain(reader->complaints, (struct cm_place){path, 0}, "", NULL, "%s", err.text);
        return;
    }
    read_source(reader, source, cm_buf_text(&text), text.size);
}

/* ---- conf.d ---- */

static int
is_part(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && cm_ends_with(entry->d_name, ".conf");
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static const char *
parts_folder(struct cm_reader *reader, const char *path)
{
    const char *slash = strrchr(path, '/');
    int size = slash != NULL ? (int)(slash - path) + 1 : 0;
    return cm_arena_printf(reader->trust->arena, "%.*sconf.d", size, path);
}

static int
list_parts(struct cm_reader *reader, const char *folder, struct dirent ***ret)
{
    int count = scandir(folder, ret, is_part, by_bytes);
    if (count >= 0)
        return count;
    *ret = NULL;
    if (errno != ENOENT) {
        char reason[128];
        cm_complain(reader->complaints, (struct cm_place){folder, 0}, "", NULL,
                    "cannot be listed: %s", strerror_r(errno, reason, sizeof reason));
    }
    return 0;
}

static void
read_parts(struct cm_reader *reader, const char *folder, struct dirent **parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *path = cm_arena_printf(reader->trust->arena, "%s/%s", folder, parts[i]->d_name);
        if (path != NULL)
            read_file(reader, path);
        else
            reader->failed = true;
        free(parts[i]);
    }
}

static void
read_files(struct cm_reader *reader, const char *path)
{
    const char *folder = parts_folder(reader, path);
    struct dirent **parts = NULL;
    size_t count = folder != NULL ? (size_t)list_parts(reader, folder, &parts) : 0;
    reader->sources = cm_reader_alloc(reader, count + 1, sizeof *reader->sources);
    if (reader->sources != NULL) {
        read_file(reader, path);
        read_parts(reader, folder, parts, count);
    }
    free(parts);
}

/* ---- the top ---- */

static const char *const top_keys[] = {
    "organization", "state", "mirrors",       "plugin_path", "systems",   "hosts", "proxy",
    "projects",     "keys",  "evidence_keys", "keys_socket", "timestamp", NULL};

static struct cm_node
root_of(const struct cm_source *source)
{
    return (struct cm_node){source, config_root_setting(&source->tree), ""};
}

/* What stands in one file only. False if it stands nowhere. */
static bool
find_once(struct cm_reader *reader, const char *key, struct cm_node *ret_root)
{
    struct cm_node first, other;
    bool found = false;
    for (size_t i = 0; i < reader->source_count; i++) {
        struct cm_node root = root_of(&reader->sources[i]);
        if (!cm_node_member(reader, &root, key, &other))
            continue;
        if (found) {
            struct cm_place place = cm_node_place(&first);
            cm_node_complain(reader, &other, "remove one of the two", "stands already at %s:%u",
                             place.file, place.line);
            continue;
        }
        found = true;
        first = other;
        *ret_root = root;
    }
    return found;
}

static bool
is_any_broken(const struct cm_reader *reader)
{
    for (size_t i = 0; i < reader->source_count; i++) {
        if (reader->sources[i].broken)
            return true;
    }
    return false;
}

static void
read_organization(struct cm_reader *reader)
{
    static const char *const keys[] = {"slug", "name", "verifier", NULL};
    struct cm_trust *trust = reader->trust;
    struct cm_node root, group;
    if (!find_once(reader, "organization", &root)) {
        if (!is_any_broken(reader))
            cm_complain(reader->complaints, (struct cm_place){reader->sources[0].file, 0}, "",
                        "write organization = { slug = \"acme\"; };",
                        "\"organization\" is missing");
        return;
    }
    if (!cm_node_member(reader, &root, "organization", &group))
        return;
    if (!config_setting_is_group(group.at)) {
        cm_node_complain(reader, &group, "write { slug = \"acme\"; }", "is not a group");
        return;
    }
    trust->organization = cm_take_text(reader, &group, "slug", &cm_kind_slug, true);
    trust->organization_name = cm_take_text(reader, &group, "name", NULL, false);
    cm_take_no_more(reader, &group, keys);
    trust->verifier = cm_take_text(reader, &group, "verifier", &cm_kind_uri, false);
    if (trust->verifier != NULL || trust->organization == NULL)
        return;
    trust->verifier = cm_arena_printf(trust->arena, "countermark:%s", trust->organization);
    reader->failed = reader->failed || trust->verifier == NULL;
}

/* So small that no history fits is a mistake of units. */
static void
read_mirrors(struct cm_reader *reader, const struct cm_node *root)
{
    static const char remedy[] = "write 512M or 4G, or 0 to keep none";
    struct cm_node node;
    int64_t size = 0;
    const char *text = cm_take_text(reader, root, "mirrors", NULL, false);
    if (text == NULL || !cm_node_member(reader, root, "mirrors", &node))
        return;
    if (!cm_parse_size(text, &size))
        cm_node_complain(reader, &node, remedy, "%s is not a size", cm_reader_show(reader, text));
    else if (size > 0 && size < MIRRORS_LEAST)
        cm_node_complain(reader, &node, remedy, "%s is less than 1M", cm_reader_show(reader, text));
    else
        reader->trust->mirrors = (uint64_t)size;
}

/* The lists of all files, one behind the other. */
static void
read_paths(struct cm_reader *reader, const char *key, struct cm_words *to)
{
    for (size_t i = 0; i < reader->source_count; i++) {
        struct cm_node root = root_of(&reader->sources[i]);
        struct cm_words more = cm_take_words(reader, &root, key, &cm_kind_path, false);
        const char **at = cm_reader_alloc(reader, to->count + more.count + 1, sizeof *at);
        if (at == NULL)
            return;
        for (size_t j = 0; j < to->count; j++)
            at[j] = to->at[j];
        for (size_t j = 0; j < more.count; j++)
            at[to->count + j] = more.at[j];
        *to = (struct cm_words){at, to->count + more.count, more.place};
    }
}

static void
note_files(struct cm_reader *reader)
{
    const char **at = cm_reader_alloc(reader, reader->source_count + 1, sizeof *at);
    for (size_t i = 0; at != NULL && i < reader->source_count; i++)
        at[i] = reader->sources[i].file;
    reader->trust->files = (struct cm_words){.at = at, .count = at ? reader->source_count : 0};
}

static void
read_top(struct cm_reader *reader)
{
    struct cm_trust *trust = reader->trust;
    struct cm_node root;
    read_organization(reader);
    if (find_once(reader, "state", &root))
        trust->state = cm_take_text(reader, &root, "state", &cm_kind_path, true);
    if (find_once(reader, "mirrors", &root))
        read_mirrors(reader, &root);
    if (find_once(reader, "keys_socket", &root))
        trust->keys_socket = cm_take_text(reader, &root, "keys_socket", &cm_kind_path, true);
    if (find_once(reader, "proxy", &root))
        trust->proxy = cm_take_proxy(reader, &root);
    if (find_once(reader, "timestamp", &root))
        trust->timestamp = cm_take_timestamp(reader, &root);
    read_paths(reader, "plugin_path", &trust->plugin_path);
    read_paths(reader, "evidence_keys", &trust->evidence_keys);
    trust->keys = cm_take_joined(reader, &cm_shape_key, &trust->key_count);
    trust->systems = cm_take_joined(reader, &cm_shape_system, &trust->system_count);
    trust->hosts = cm_take_joined(reader, &cm_shape_host, &trust->host_count);
    trust->projects = cm_take_joined(reader, &cm_shape_project, &trust->project_count);
    cm_check_proxied(reader);
    cm_check_keys(reader);
    for (size_t i = 0; i < reader->source_count; i++) {
        root = root_of(&reader->sources[i]);
        cm_take_no_more(reader, &root, top_keys);
    }
}

/* ---- all of it ---- */

static bool
begin(struct cm_reader *reader, struct cm_complaints *complaints)
{
    *reader = (struct cm_reader){.trust = cm_trust_new(), .complaints = complaints};
    return reader->trust != NULL;
}

/* Ends the reader; gives what was read. */
static struct cm_trust *
end(struct cm_reader *reader, bool begun)
{
    struct cm_complaints *complaints = reader->complaints;
    if (begun && reader->sources != NULL) {
        note_files(reader);
        read_top(reader);
        cm_complaints_sort(complaints, &reader->trust->files);
    }
    for (size_t i = 0; i < reader->source_count; i++)
        config_destroy(&reader->sources[i].tree);
    if (!begun || reader->failed)
        cm_complain(complaints, (struct cm_place){NULL, 0}, "", NULL,
                    "there is not enough memory for this configuration");
    return reader->trust;
}

/* Only a configuration that nobody complained of is one. */
static bool
settle(struct cm_trust *read, const struct cm_complaints *complaints, struct cm_trust **ret)
{
    if (complaints->count > 0 || complaints->cut) {
        cm_trust_free(read);
        return false;
    }
    *ret = read;
    return true;
}

struct cm_trust *
cm_config_read_incomplete(const char *path, struct cm_complaints *complaints)
{
    struct cm_reader reader;
    bool begun = begin(&reader, complaints);
    if (begun)
        read_files(&reader, path);
    return end(&reader, begun);
}

bool
cm_config_read(const char *path, struct cm_trust **ret, struct cm_complaints *complaints)
{
    return settle(cm_config_read_incomplete(path, complaints), complaints, ret);
}

bool
cm_config_read_text(const char *name, const void *at, size_t size, struct cm_trust **ret,
                    struct cm_complaints *complaints)
{
    struct cm_reader reader;
    bool begun = begin(&reader, complaints);
    if (begun)
        reader.sources = cm_reader_alloc(&reader, 1, sizeof *reader.sources);
    if (reader.sources != NULL)
        read_source(&reader, add_source(&reader, name), at, size);
    return settle(end(&reader, begun), complaints, ret);
}
