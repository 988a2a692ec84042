/* SPDX-License-Identifier: Apache-2.0
 *
 * The plug-in's end of a rewriter's services. Of the archive nothing is here but whether there is
 * one.
 */
#include "codec_near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct wire
ask_of(enum codec_service what, const struct cmk_archive *archive)
{
    struct wire w = near_ask(what);
    wire_put(&w, archive != NULL);
    return w;
}

static uint64_t
near_count(struct cmk_call *c, struct cmk_archive *archive)
{
    struct wire w = ask_of(CODEC_COUNT, archive);
    return (uint64_t)near_number(c, &w);
}

static const char *
near_entry(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry)
{
    struct wire w = ask_of(CODEC_ENTRY, archive);
    wire_put(&w, (int64_t)entry);
    return near_text(c, &w);
}

static int64_t
near_find(struct cmk_call *c, struct cmk_archive *archive, const char *name)
{
    struct wire w = ask_of(CODEC_FIND, archive);
    wire_put_text(&w, name);
    return near_number(c, &w);
}

static int64_t
near_find_alike(struct cmk_call *c, struct cmk_archive *archive, const char *name)
{
    struct wire w = ask_of(CODEC_FIND_ALIKE, archive);
    wire_put_text(&w, name);
    return near_number(c, &w);
}

static struct cmk_bytes
near_read(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry, uint64_t most)
{
    struct wire w = ask_of(CODEC_READ, archive);
    wire_put(&w, (int64_t)entry);
    wire_put(&w, (int64_t)most);
    return near_bytes(c, &w);
}

static int32_t
near_splice(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry, uint64_t offset,
            uint64_t size, struct cmk_bytes instead)
{
    struct wire w = ask_of(CODEC_SPLICE, archive);
    wire_put(&w, (int64_t)entry);
    wire_put(&w, (int64_t)offset);
    wire_put(&w, (int64_t)size);
    wire_put_bytes(&w, instead.at, (size_t)instead.size);
    return (int32_t)near_number(c, &w);
}

static int32_t
near_add(struct cmk_call *c, struct cmk_archive *archive, const char *name,
         struct cmk_bytes content, uint32_t flags)
{
    struct wire w = ask_of(CODEC_ADD, archive);
    wire_put_text(&w, name);
    wire_put_bytes(&w, content.at, (size_t)content.size);
    wire_put(&w, flags);
    return (int32_t)near_number(c, &w);
}

static int32_t
near_remove(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry)
{
    struct wire w = ask_of(CODEC_REMOVE, archive);
    wire_put(&w, (int64_t)entry);
    return (int32_t)near_number(c, &w);
}

static struct cmk_bytes
near_outcome(struct cmk_call *c, struct cmk_archive *archive, const char *name)
{
    struct wire w = ask_of(CODEC_OUTCOME, archive);
    wire_put_text(&w, name);
    return near_bytes(c, &w);
}

static const struct cmk_archive_ops near_archives = {
    .size = sizeof near_archives,
    .count = near_count,
    .name = near_entry,
    .find = near_find,
    .find_alike = near_find_alike,
    .read = near_read,
    .splice = near_splice,
    .add = near_add,
    .remove = near_remove,
    .digest = near_outcome,
};

static void
near_note(struct cmk_call *c, const char *fact, const char *before, const char *after)
{
    struct wire w = near_ask(CODEC_NOTE);
    wire_put_text(&w, fact);
    wire_put_text(&w, before);
    wire_put_text(&w, after);
    near_done(c, &w);
}

static void
near_doubt(struct cmk_call *c, const char *text)
{
    struct wire w = near_ask(CODEC_DOUBT);
    wire_put_text(&w, text);
    near_done(c, &w);
}

/* ---- hooks ---- */

void
near_get_work(struct near *near, struct wire *call, struct near_work *ret)
{
    ret->name = wire_get_text(call, &near->heap);
    ret->has_archive = wire_get(call) != 0;
    json_t *origin = wire_get_json(call), *attachments = wire_get_json(call);
    ret->origin = origin != NULL ? cm_call_keep(&near->call, origin) : NULL;
    ret->attachments = attachments != NULL ? cm_call_keep(&near->call, attachments) : NULL;
}

int32_t
near_run_work(const struct cmk_rewriter *rewriter, enum codec_hook hook, struct near *near,
              const struct near_work *of)
{
    struct cm_working here = {.archive = NULL}; /* the call is one about an artifact */
    const struct cmk_work work = {
        .size = sizeof work,
        .name = of->name,
        .archives = &near_archives,
        .archive = of->has_archive ? (struct cmk_archive *)(void *)&here : NULL,
        .origin = of->origin,
        .attachments = of->attachments,
        .note = near_note,
        .doubt = near_doubt,
    };
    near->call.work = &here;
    return hook == CODEC_REWRITE ? rewriter->rewrite(&near->call.face, &work)
                                 : rewriter->inspect(&near->call.face, &work);
}
