/* SPDX-License-Identifier: Apache-2.0
 *
 * plum.h: a rewriter whose hooks do what the test says, and a package for it.
 */
#ifndef PLUM_H
#define PLUM_H

#include "../artifact/zip.h"
#include "base/json.h"
#include "scene.h"

typedef void plum_hook(struct cmk_call *, const struct cmk_work *);

static plum_hook *plum_does; /* what the next hook does */

static int32_t
plum_run(struct cmk_call *c, const struct cmk_work *w)
{
    plum_does(c, w);
    return c->base->status(c);
}

static const char *const plum_patterns[] = {"*.zip", NULL};

static const struct cmk_rewriter plum_rewriter = {
    .size = sizeof plum_rewriter,
    .patterns = plum_patterns,
    .rewrite = plum_run,
    .inspect = plum_run,
};

static const struct cmk_plugin plum = {
    .size = sizeof plum,
    .sdk_target = CMK_SDK_1_0,
    .sdk_least = CMK_SDK_1_0,
    .id = "plum",
    .version = "1",
    .summary = "a rewriter for tests",
    .rewriter = &plum_rewriter,
};

/* ---- a package, and what becomes of it ---- */

#define PLUM_TEXT "one two three four\n"

struct plum_package {
    struct scene scene;
    int fd;
    struct cm_archive *archive;
    struct cm_edits *edits;
    json_t *changes; /* of the last hook */
    json_t *origin, *attachments;
    struct cm_err err;
};

static void
plum_begin(struct plum_package *p)
{
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    *p = (struct plum_package){.fd = -1};
    zip_add(&zip, "a.txt", PLUM_TEXT, sizeof PLUM_TEXT - 1, ZIP_DEFLATE);
    zip_add(&zip, "sub/", NULL, 0, ZIP_STORE);
    zip_add(&zip, "sub/B.bin", "\xff\xfe\0x", 4, ZIP_STORE);
    zip_add(&zip, "empty", "", 0, ZIP_STORE);
    p->fd = zip_file(&zip);
    if (!cm_archive_open(p->fd, "p.zip", NULL, &p->archive, &p->err))
        fail_msg("%s", p->err.text);
    scene_begin(&p->scene, &plum, "{}");
    scene_open_inside(&p->scene);
    p->origin = json_pack("{s:s}", "commit", "abc");
    p->attachments =
        json_pack("{s:{s:{s:s, s:b}}}", "a.json", "x", "withheld", "string", "empty", 0);
    assert_true(p->origin != NULL && p->attachments != NULL);
}

static void
plum_forget(struct plum_package *p)
{
    cm_edits_done(&p->edits);
    cm_json_done(&p->changes);
    p->err = (struct cm_err)CM_ERR_INIT;
}

static void
plum_done(struct plum_package *p)
{
    plum_forget(p);
    cm_archive_done(&p->archive);
    cm_fd_done(&p->fd);
    cm_json_done(&p->origin);
    cm_json_done(&p->attachments);
    scene_done(&p->scene);
}

#define PLUM_PACKAGE(p)                                                                            \
    CM_CLEANUP(plum_done) struct plum_package p;                                                   \
    plum_begin(&(p))

static inline bool
plum_rewrites(struct plum_package *p, plum_hook *hook)
{
    const struct cm_host_work work = {
        .name = "p.zip", .archive = p->archive, .origin = p->origin, .attachments = p->attachments};
    plum_forget(p);
    plum_does = hook;
    return cm_host_rewrite(p->scene.host, &work, &p->edits, &p->changes, &p->err);
}

static inline bool
plum_inspects(struct plum_package *p, plum_hook *hook)
{
    const struct cm_host_work work = {.name = "p.zip", .archive = p->archive};
    plum_forget(p);
    plum_does = hook;
    return cm_host_inspect(p->scene.host, &work, &p->changes, &p->err);
}

static inline void
plum_expect(const struct plum_package *p, const char *path, const char *canonical)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    if (!cm_json_canonical(cm_json_path(p->changes, path), &text))
        fail_msg("%s: %s", path, p->err.text);
    assert_string_equal(cm_buf_text(&text), canonical);
}

static inline void
plum_refused(struct plum_package *p, plum_hook *hook, enum cm_class class, const char *text)
{
    assert_false(plum_rewrites(p, hook));
    if (p->err.class != class || strstr(p->err.text, text) == NULL)
        fail_msg("%s: %s", cm_class_name(p->err.class), p->err.text);
    assert_null(p->edits);
    assert_null(p->changes);
}

#endif
