/* SPDX-License-Identifier: Apache-2.0
 *
 * scene.h: everything around a host in a test: plug-in, options, secrets, project, evidence.
 */
#ifndef SCENE_H
#define SCENE_H

#include "fake_outside.h"
#include "plugin/host.h"

#define SCENE_SECRET "hunter2-the-secret"
#define SCENE_NOW    INT64_C(1767312000000000000) /* 2026-01-02T00:00:00Z */

struct scene {
    struct cm_plugins *plugins;
    const struct cm_plugin *plugin;
    struct cm_log *log;
    int log_fd;
    json_t *evidence, *options, *secrets;
    struct cm_outside out;
    struct cm_arena *arena; /* of answers */

    struct cm_repository repositories[2];
    const char *refs[4], *tag_branches[4];
    struct cm_host known_hosts[1];
    struct cm_project project;
    struct cm_policy policy;
    struct cm_trust trust;
    struct cm_peer peer;
    const char *run_helper;      /* for signers; NULL: none */
    bool examination;            /* no policy, and the examination's checks */
    struct cm_plugin_host *host; /* NULL until it is opened */
};

/* `options` is JSON. One repository, https://git.example/acme/widget; refs/heads/main. The secret
 * of options "key" and "api_key" is SCENE_SECRET. */
void scene_begin(struct scene *, const struct cmk_plugin *table, const char *options);
void scene_pages(struct scene *, const struct fake_page *pages, const struct fake_file *files);
void scene_done(struct scene *); /* for CM_CLEANUP */

void scene_open_outside(struct scene *); /* for collecting */
void scene_open_inside(struct scene *);  /* pure */
void scene_close(struct scene *);

/* authenticate, collect, finish; each must succeed */
void scene_collect(struct scene *);
/* Adds a document by hand; content and error as JSON or NULL ("class: message"). */
void scene_document(struct scene *, const char *name, const char *content, enum cm_class error);
struct cm_answer scene_ask(struct scene *, const char *check);

const json_t *scene_got(const struct scene *, const char *document);
const char *scene_error(const struct scene *, const char *document); /* class; "" if it was had */
const char *scene_log(struct scene *, char *to, size_t size);

#endif
