/* SPDX-License-Identifier: Apache-2.0
 *
 * `systems` and `hosts`: who is asked, and how they are reached.
 */
#include "trust/reader.h"

#include "base/fd.h"
#include "base/text.h"
#include "trust/url.h"

#include <string.h>

/* Certificates are read much later; that they can be is said now. */
static const char *
read_ca(struct cm_reader *reader, const struct cm_node *group)
{
    const char *path = cm_take_text(reader, group, "ca", NULL, false);
    struct cm_node node;
    if (path == NULL || !cm_node_member(reader, group, "ca", &node))
        return NULL;
    if (cm_starts_with(path, "file:"))
        path += strlen("file:");
    if (!cm_take_checked(reader, &node, path, &cm_kind_path))
        return NULL;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    struct cm_err err = CM_ERR_INIT;
    if (!cm_file_open_guarded(path, &fd, NULL, &err)) {
        cm_node_complain(reader, &node, "name a file of PEM certificates", "%s", err.text);
        return NULL;
    }
    return path;
}

struct cm_peer
cm_take_peer(struct cm_reader *reader, const struct cm_node *group)
{
    return (struct cm_peer){
        .ca = read_ca(reader, group),
        .spki = cm_take_text(reader, group, "spki", &cm_kind_spki, false),
        .allow_addresses = cm_take_words(reader, group, "allow_addresses", &cm_kind_network, false),
    };
}

static void
read_system(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"slug", "name", "description",     "connector", "builder",
                                       "ca",   "spki", "allow_addresses", NULL};
    struct cm_system *system = ret;
    system->slug = cm_take_text(reader, group, "slug", &cm_kind_slug, true);
    system->name = cm_take_text(reader, group, "name", NULL, false);
    system->description = cm_take_text(reader, group, "description", NULL, false);
    system->connector = cm_take_text(reader, group, "connector", &cm_kind_slug, true);
    system->builder = cm_take_text(reader, group, "builder", &cm_kind_uri, false);
    system->peer = cm_take_peer(reader, group);
    system->settings = cm_take_settings(reader, group, keys);
    system->place = cm_node_place(group);
}

const struct cm_shape cm_shape_system = {
    .key = "systems",
    .noun = "system",
    .size = sizeof(struct cm_system),
    .name = offsetof(struct cm_system, slug),
    .read = read_system,
};

/* "Git.Acme.Example:443" is git.acme.example. */
static const char *
read_host_name(struct cm_reader *reader, const struct cm_node *group)
{
    const char *name = cm_take_text(reader, group, "name", NULL, true);
    struct cm_err err = CM_ERR_INIT;
    char room[CM_URL_HOST_SIZE], host[CM_URL_HOST_SIZE];
    struct cm_url url;
    struct cm_node node;
    if (name == NULL || !cm_node_member(reader, group, "name", &node))
        return NULL;
    const char *text = cm_arena_printf(reader->trust->arena, "https://%s/", name);
    bool plain = name[strcspn(name, "/?#")] == 0;
    if (text != NULL && plain && cm_url_parse_origin(text, room, &url, &err)) {
        cm_url_host(&url, host);
        return cm_reader_text(reader, host);
    }
    cm_node_complain(reader, &node, "write host or host:port, as it stands in the URL",
                     "%s is not the name of a host", cm_reader_show(reader, name));
    return NULL;
}

static void
read_host(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"name", "ca", "spki", "allow_addresses", "case_insensitive",
                                       NULL};
    struct cm_host *host = ret;
    host->name = read_host_name(reader, group);
    host->peer = cm_take_peer(reader, group);
    host->case_insensitive = cm_take_truth(reader, group, "case_insensitive");
    host->place = cm_node_place(group);
    cm_take_no_more(reader, group, keys);
}

const struct cm_shape cm_shape_host = {
    .key = "hosts",
    .noun = "host",
    .size = sizeof(struct cm_host),
    .name = offsetof(struct cm_host, name),
    .read = read_host,
};
