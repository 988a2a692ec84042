/* SPDX-License-Identifier: Apache-2.0
 *
 * What a test does with a rewriter: packages in, packages out.
 */
#include "stage.h"

#include "artifact/archive_write.h"
#include "base/buf.h"
#include "base/fd.h"
#include "base/json.h"

#include <string.h>
#include <unistd.h>

#define MOST_PACKAGE ((size_t)32 << 20)

/* ---- what it is handed ---- */

void
cmk_test_origin_says(struct cmk_test *t, const char *field, const char *text)
{
    bool ok = true;
    if (text == NULL)
        (void)json_object_del(t->origin, field);
    else
        cm_json_set_text(t->origin, field, text, &ok);
    if (!ok)
        stage_wrong("the origin's %s is no text in UTF-8", field);
}

void
cmk_test_attach(struct cmk_test *t, const char *file_name, const char *json)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *content = NULL;
    bool ok = true;
    if (json == NULL) {
        (void)json_object_del(t->attachments, file_name);
        return;
    }
    if (!cm_json_parse(json, strlen(json), file_name, &content, &err))
        stage_wrong("%s", err.text);
    cm_json_set(t->attachments, file_name, content, &ok);
    if (!ok)
        stage_wrong("out of memory");
}

/* Lives until the test is freed. */
static struct cmk_bytes
keep(struct cmk_test *t, const void *at, size_t size)
{
    return (struct cmk_bytes){stage_need(cm_arena_bytes(t->arena, size > 0 ? at : "", size)), size};
}

void
cmk_test_pack(struct cmk_test *t, const char *entry, struct cmk_bytes content)
{
    if (t->entry_count == STAGE_MOST)
        stage_wrong("more than %d entries", STAGE_MOST);
    t->entries[t->entry_count++] = (struct stage_entry){
        .name = stage_need(cm_arena_text(t->arena, entry)),
        .content = keep(t, content.at, (size_t)content.size),
    };
}

/* ---- files ---- */

static int
file_of(const void *at, size_t size)
{
    int fd = -1;
    struct cm_err err = CM_ERR_INIT;
    if (!cm_file_unlinked(NULL, &fd, &err) || !cm_fd_write_all(fd, "a package", at, size, &err))
        stage_wrong("%s", err.text);
    return fd;
}

/* What the edits make of their archive. */
static struct cmk_bytes
written(struct cmk_test *t, struct cm_edits *edits)
{
    static const struct cm_edits_digests none = {false, false, false};
    struct cm_written facts;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = file_of("", 0);
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST_PACKAGE);
    if (!cm_edits_write(edits, fd, &none, &facts, &err) || lseek(fd, 0, SEEK_SET) != 0 ||
        !cm_fd_read_all(fd, "a package", &bytes, &err))
        stage_wrong("%s", err.text);
    return keep(t, bytes.at, bytes.size);
}

struct cmk_bytes
cmk_test_packed(struct cmk_test *t)
{
    static const char empty[22] = "PK\5\6";
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = file_of(empty, sizeof empty);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    if (!cm_archive_open(fd, "the package", NULL, &archive, &err))
        stage_wrong("%s", err.text);
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = stage_need(cm_edits_new(archive));
    for (size_t i = 0; i < t->entry_count; i++) {
        const struct stage_entry *e = &t->entries[i];
        if (!cm_edits_add(edits, e->name, e->content.at, (size_t)e->content.size, false, &err))
            stage_wrong("%s", err.text);
    }
    return written(t, edits);
}

static bool
open_package(int fd, const char *name, struct cm_archive **ret, struct cm_err *err)
{
    return !cm_archive_looks_like_one(fd) ||
           (cm_archive_open(fd, name, NULL, ret, err) && cm_archive_check_contents(*ret, err));
}

/* ---- hooks ---- */

static struct cm_plugin_host *
begin(struct cmk_test *t, struct cmk_bytes package)
{
    t->err = (struct cm_err)CM_ERR_INIT;
    t->answer = (struct cm_answer){.check = NULL};
    cm_json_done(&t->told);
    t->written = keep(t, package.at, (size_t)package.size);
    return stage_judging(t);
}

int32_t
cmk_test_rewrite(struct cmk_test *t, const char *file_name, struct cmk_bytes package)
{
    struct cm_plugin_host *host = begin(t, package);
    CM_CLEANUP(cm_fd_done) int fd = file_of(package.at, (size_t)package.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = NULL;
    if (!open_package(fd, file_name, &archive, &t->err))
        return t->err.class;
    const struct cm_host_work work = {file_name, archive, t->origin, t->attachments};
    if (!cm_host_rewrite(host, &work, &edits, &t->told, &t->err))
        return t->err.class;
    if (edits != NULL && cm_edits_any(edits))
        t->written = written(t, edits);
    return CMK_OK;
}

int32_t
cmk_test_inspect(struct cmk_test *t, const char *file_name, struct cmk_bytes package)
{
    struct cm_plugin_host *host = begin(t, package);
    CM_CLEANUP(cm_fd_done) int fd = file_of(package.at, (size_t)package.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    if (!open_package(fd, file_name, &archive, &t->err))
        return t->err.class;
    const struct cm_host_work work = {.name = file_name, .archive = archive};
    return cm_host_inspect(host, &work, &t->told, &t->err) ? CMK_OK : (int32_t)t->err.class;
}

/* ---- what came of it ---- */

struct cmk_bytes
cmk_test_written(const struct cmk_test *t)
{
    return t->written;
}

struct cmk_bytes
cmk_test_entry(struct cmk_test *t, const char *name)
{
    uint32_t entry;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = file_of(t->written.at, (size_t)t->written.size);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(MOST_PACKAGE);
    if (!cm_archive_open(fd, "what was written", NULL, &archive, &err) ||
        !cm_archive_find(archive, name, &entry))
        return (struct cmk_bytes){NULL, 0};
    if (!cm_archive_read(archive, entry, &content, &err))
        stage_wrong("%s", err.text);
    return keep(t, content.at, content.size);
}

const char *
cmk_test_noted(struct cmk_test *t, const char *fact)
{
    size_t i;
    json_t *note;
    json_array_foreach(cm_json_get(t->told, "notes"), i, note)
    {
        const char *after = cm_json_text(note, "after"), *text = cm_json_text(note, "text");
        if (strcmp(cm_json_text(note, "fact"), fact) != 0)
            continue;
        text = after != NULL ? after : text != NULL ? text : cm_json_text(note, "before");
        return cm_arena_text(t->arena, text);
    }
    return NULL;
}

const char *
cmk_test_doubts(struct cmk_test *t)
{
    size_t i;
    json_t *doubt;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    json_array_foreach(cm_json_get(t->told, "doubts"), i, doubt)
    {
        cm_buf_printf(&text, "%s\n", json_string_value(doubt));
    }
    return stage_need(cm_arena_text(t->arena, cm_buf_text(&text)));
}

const char *
cmk_test_changes(struct cmk_test *t)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_PACKAGE);
    if (t->told == NULL || !cm_json_canonical(t->told, &text))
        return "";
    return stage_need(cm_arena_text(t->arena, cm_buf_text(&text)));
}
