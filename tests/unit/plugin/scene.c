/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include "base/json.h"
#include "evidence/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

void
scene_begin(struct scene *s, const struct cmk_plugin *table, const char *options)
{
    struct cm_err err = CM_ERR_INIT;
    *s = (struct scene){.log_fd = memfd_create("log", MFD_CLOEXEC)};
    assert_true(s->log_fd >= 0);
    s->plugins = cm_plugins_new(NULL, NULL);
    if (!cm_plugins_add(s->plugins, table, &s->plugin, &err))
        fail_msg("%s", err.text);
    s->log = cm_log_new(s->log_fd, CM_LOG_DEBUG, false);
    s->arena = cm_arena_new(4 << 20);
    s->evidence = cm_evidence_new();
    s->options = json_loads(options, 0, NULL);
    s->secrets = json_pack("{s:s, s:s}", "key", "env:SCENE_SECRET", "api_key", "env:SCENE_SECRET");
    assert_true(s->log && s->arena && s->evidence && s->options && s->secrets);
    assert_int_equal(setenv("SCENE_SECRET", SCENE_SECRET, 1), 0);

    s->repositories[0].url = "https://git.example/acme/widget";
    s->repositories[1].url = "https://other.example/acme/Widget.git";
    s->refs[0] = "refs/heads/main";
    s->known_hosts[0] = (struct cm_host){.name = "other.example", .case_insensitive = true};
    s->policy = (struct cm_policy){.slug = "release", .refs = {s->refs, 1, {NULL, 0}}};
    s->policy.tag_branches.at = s->tag_branches;
    s->project = (struct cm_project){
        .slug = "widget", .repositories = s->repositories, .repository_count = 1};
    s->trust = (struct cm_trust){.organization = "acme",
                                 .hosts = s->known_hosts,
                                 .host_count = 1,
                                 .projects = &s->project,
                                 .project_count = 1};
    fake_begin(&s->out, NULL, NULL);
}

void
scene_pages(struct scene *s, const struct fake_page *pages, const struct fake_file *files)
{
    fake_begin(&s->out, pages, files);
}

void
scene_close(struct scene *s)
{
    s->host = cm_host_free(s->host);
}

void
scene_done(struct scene *s)
{
    scene_close(s);
    fake_done(&s->out);
    json_decref(s->evidence);
    json_decref(s->options);
    json_decref(s->secrets);
    cm_arena_free(s->arena);
    cm_log_free(s->log);
    cm_plugins_free(s->plugins);
    close(s->log_fd);
}

static void
open_host(struct scene *s, const struct cm_host_settings *settings)
{
    struct cm_err err = CM_ERR_INIT;
    scene_close(s);
    if (!cm_host_new(settings, &s->host, &err))
        fail_msg("%s", err.text);
}

void
scene_open_outside(struct scene *s)
{
    open_host(s, &(struct cm_host_settings){
                     .plugin = s->plugin,
                     .options = s->options,
                     .evidence = s->evidence,
                     .log = s->log,
                     .outside = &fake_outside,
                     .out = &s->out,
                     .secrets = s->secrets,
                     .peer = &s->peer,
                     .trust = &s->trust,
                     .project = &s->project,
                     .policy = s->examination ? NULL : &s->policy,
                     .examination = s->examination,
                 });
}

void
scene_open_inside(struct scene *s)
{
    open_host(s, &(struct cm_host_settings){.plugin = s->plugin,
                                            .run_helper = s->run_helper,
                                            .options = s->options,
                                            .evidence = s->evidence,
                                            .log = s->log,
                                            .examination = s->examination});
}

void
scene_collect(struct scene *s)
{
    struct cm_err err = CM_ERR_INIT;
    scene_open_outside(s);
    if (!cm_host_begin(s->host, &err) || !cm_host_authenticate(s->host, &err) ||
        !cm_host_collect(s->host, &err) || !cm_host_finish(s->host, &err))
        fail_msg("%s", err.text);
}

void
scene_document(struct scene *s, const char *name, const char *content, enum cm_class error)
{
    const struct cm_document facts = {
        .of = CM_OF_SYSTEM, .asked = "GET https://ci.example/x", .size = -1};
    struct cm_err why = CM_ERR_INIT, err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done)
    json_t *json = content != NULL ? json_loads(content, JSON_DECODE_ANY, NULL) : NULL;
    assert_true(content == NULL || json != NULL);
    (void)cm_fail(&why, error, "because of %s", name);
    if (!cm_evidence_add(s->evidence, name, &facts, json, error != CM_OK ? &why : NULL, NULL, &err))
        fail_msg("%s", err.text);
}

struct cm_answer
scene_ask(struct scene *s, const char *check)
{
    struct cm_answer answer = {.check = NULL};
    for (size_t i = 0; i < cm_host_check_count(s->host); i++)
        if (strcmp(cm_host_check(s->host, i)->id, check) == 0)
            cm_host_ask(s->host, i, SCENE_NOW, s->arena, &answer);
    assert_non_null(answer.check);
    return answer;
}

const json_t *
scene_got(const struct scene *s, const char *document)
{
    const json_t *found = cm_evidence_document(s->evidence, document);
    if (found == NULL)
        fail_msg("there is no document %s", document);
    return found;
}

const char *
scene_error(const struct scene *s, const char *document)
{
    const char *class = cm_json_text(cm_json_get(scene_got(s, document), "error"), "class");
    return class != NULL ? class : "";
}

const char *
scene_log(struct scene *s, char *to, size_t size)
{
    ssize_t got = pread(s->log_fd, to, size - 1, 0);
    assert_true(got >= 0);
    to[got] = '\0';
    return to;
}
