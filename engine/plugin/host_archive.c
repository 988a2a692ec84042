/* SPDX-License-Identifier: Apache-2.0
 *
 * The artifact as an archive with edits that wait. What a plug-in changes is noted here, with what
 * stood there: reports rest on what was done, not on what a plug-in says of it.
 */
#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "plugin/call.h"

#include <inttypes.h>
#include <string.h>

#define MOST_SPLICES 10000 /* of one entry */

static const struct cmk_bytes none = {NULL, 0};

void
cm_working_done(struct cm_working *work)
{
    uint32_t count = work->archive != NULL ? cm_archive_count(work->archive) : 0;
    for (uint32_t i = 0; work->touched != NULL && i < count; i++)
        if (work->touched[i] != NULL)
            cm_buf_done(&work->touched[i]->content);
    cm_edits_done(&work->edits);
    cm_json_done(&work->notes);
    cm_json_done(&work->doubts);
    cm_json_done(&work->added);
    cm_json_done(&work->removed);
    cm_scratch_remove(&work->scratch);
}

/* ---- what is meant ---- */

/* The archive that the call was handed. NULL if nothing is to be done: the call has failed, or
 * fails now because it was handed in for another. */
static struct cm_working *
working(struct cmk_call *c, struct cmk_archive *archive)
{
    struct cm_call *call = cm_call_of(c);
    struct cm_working *work = call->work;
    if (cm_call_failed(c) || archive == NULL)
        return NULL;
    if ((const void *)archive == (const void *)work)
        return work;
    cm_call_failf(call, CM_E_INTERNAL, "plug-in %s hands in an archive that it was not given",
                  call->host->is.plugin->id);
    return NULL;
}

/* The same for edits, which there are none of without an archive. */
static struct cm_working *
editing(struct cmk_call *c, struct cmk_archive *archive)
{
    struct cm_call *call = cm_call_of(c);
    if (!cm_call_failed(c) && archive == NULL)
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s edits what is no archive",
                      call->host->is.plugin->id);
    return working(c, archive);
}

static const struct cm_archive_entry *
entry_of(struct cmk_call *c, const struct cm_working *work, uint64_t entry)
{
    struct cm_call *call = cm_call_of(c);
    if (work == NULL)
        return NULL;
    if (entry < cm_archive_count(work->archive))
        return cm_archive_entry(work->archive, (uint32_t)entry);
    cm_call_failf(call, CM_E_INTERNAL,
                  "plug-in %s asks for entry %" PRIu64 " of an archive that has %" PRIu32,
                  call->host->is.plugin->id, entry, cm_archive_count(work->archive));
    return NULL;
}

/* NULL fails the call. */
static struct cm_touched *
touch(struct cm_call *call, uint64_t entry)
{
    struct cm_working *work = call->work;
    if (work->touched == NULL)
        work->touched = cm_call_alloc(call, cm_archive_count(work->archive) * sizeof(void *));
    if (work->touched == NULL)
        return NULL;
    if (work->touched[entry] == NULL)
        work->touched[entry] = cm_call_alloc(call, sizeof **work->touched);
    return work->touched[entry];
}

/* ---- looking ---- */

static uint64_t
count_entries(struct cmk_call *c, struct cmk_archive *archive)
{
    const struct cm_working *work = working(c, archive);
    return work != NULL ? cm_archive_count(work->archive) : 0;
}

static const char *
name_of(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry)
{
    const struct cm_archive_entry *e = entry_of(c, working(c, archive), entry);
    return e != NULL ? e->name : NULL;
}

/* No entry has the number of a failure, so that whoever looks for -1 does not find the first. */
static int64_t
find(struct cmk_call *c, struct cmk_archive *archive, const char *name)
{
    uint32_t entry;
    const struct cm_working *work = working(c, archive);
    bool found = work != NULL && name != NULL && cm_archive_find(work->archive, name, &entry);
    return found ? (int64_t)entry : -1;
}

static int64_t
find_alike(struct cmk_call *c, struct cmk_archive *archive, const char *name)
{
    uint32_t entry;
    const struct cm_working *work = working(c, archive);
    bool found = work != NULL && name != NULL && cm_archive_find_alike(work->archive, name, &entry);
    return found ? (int64_t)entry : -1;
}

/* Is in memory until the call is over. NULL fails it. */
static struct cm_touched *
read_touched(struct cm_call *call, uint64_t entry, uint64_t most)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_working *work = call->work;
    const struct cm_archive_entry *e = entry_of(&call->face, work, entry);
    struct cm_touched *t = e != NULL ? touch(call, entry) : NULL;
    if (t == NULL)
        return NULL;
    if (e->size > most || e->size > CM_CALL_MOST - work->read) {
        cm_call_failf(call, CM_E_LIMIT, "%s: %" PRIu32 " bytes are more than plug-in %s may read",
                      e->name, e->size, call->host->is.plugin->id);
        return NULL;
    }
    if (t->is_read)
        return t;
    t->content = (struct cm_buf)CM_BUF_INIT(e->size);
    if (!cm_archive_read(work->archive, (uint32_t)entry, &t->content, &err)) {
        cm_call_fail(call, &err);
        return NULL;
    }
    work->read += t->content.size;
    t->is_read = true;
    return t;
}

static struct cmk_bytes
read_entry(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry, uint64_t most)
{
    const struct cm_touched *t =
        working(c, archive) != NULL ? read_touched(cm_call_of(c), entry, most) : NULL;
    return t != NULL ? (struct cmk_bytes){cm_buf_text(&t->content), t->content.size} : none;
}

/* ---- editing ---- */

/* Where it belongs: behind what begins before it, and what is put in behind what was put in there
 * before. NULL, and the call has failed, if it overlaps another. */
static struct cm_splice **
place_of(struct cm_call *call, struct cm_touched *t, size_t offset, size_t size)
{
    struct cm_splice **at = &t->splices;
    size_t end = 0, count = 0;
    for (; *at != NULL && ((*at)->offset < offset || ((*at)->offset == offset && !(*at)->size));
         at = &(*at)->next) {
        end = (*at)->offset + (*at)->size;
        count++;
    }
    bool overlaps = end > offset || (*at != NULL && offset + size > (*at)->offset);
    if (!overlaps && count < MOST_SPLICES)
        return at;
    cm_call_failf(call, overlaps ? CM_E_INTERNAL : CM_E_LIMIT,
                  overlaps ? "plug-in %s changes the byte at %zu of an entry twice"
                           : "plug-in %s changes too many ranges (at %zu of an entry)",
                  call->host->is.plugin->id, offset);
    return NULL;
}

/* In the call's memory, and within what can be reported. */
static struct cm_splice *
new_splice(struct cm_call *call, size_t offset, size_t size, struct cmk_bytes instead)
{
    struct cm_working *work = call->work;
    size_t room = CM_SPLICED_MOST - work->spliced;
    if (size > room || instead.size > room - size) {
        cm_call_failf(call, CM_E_LIMIT, "plug-in %s changes more than %zu bytes, old and new",
                      call->host->is.plugin->id, CM_SPLICED_MOST);
        return NULL;
    }
    struct cm_splice *splice = cm_call_alloc(call, sizeof *splice);
    char *copy = cm_call_alloc(call, (size_t)instead.size + 1);
    if (splice == NULL || copy == NULL)
        return NULL;
    if (instead.size > 0)
        memcpy(copy, instead.at, (size_t)instead.size);
    *splice = (struct cm_splice){NULL, offset, size, {copy, instead.size}};
    work->spliced += size + (size_t)instead.size;
    return splice;
}

/* An entry's content, if it is one that may be changed and the range lies in it. */
static struct cm_touched *
range_of(struct cm_call *call, uint64_t entry, uint64_t offset, uint64_t size)
{
    struct cm_touched *t = read_touched(call, entry, UINT64_MAX);
    if (t == NULL)
        return NULL;
    bool inside = offset <= t->content.size && size <= t->content.size - offset;
    if (inside && !t->is_removed)
        return t;
    cm_call_failf(call, CM_E_INTERNAL,
                  inside ? "plug-in %s changes entry %" PRIu64 ", which it has removed"
                         : "plug-in %s changes a range of entry %" PRIu64 " that is not in it",
                  call->host->is.plugin->id, entry);
    return NULL;
}

/* The same bytes again are no change. */
static int32_t
splice_entry(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry, uint64_t offset,
             uint64_t size, struct cmk_bytes instead)
{
    struct cm_call *call = cm_call_of(c);
    struct cm_touched *t = editing(c, archive) != NULL ? range_of(call, entry, offset, size) : NULL;
    if (t != NULL && instead.at == NULL && instead.size > 0) {
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s puts in bytes that are nowhere",
                      call->host->is.plugin->id);
        t = NULL;
    }
    if (t == NULL || (size == instead.size &&
                      (size == 0 || memcmp(t->content.at + offset, instead.at, size) == 0)))
        return call->failure.class;
    struct cm_splice **at = place_of(call, t, (size_t)offset, (size_t)size);
    struct cm_splice *added =
        at != NULL ? new_splice(call, (size_t)offset, (size_t)size, instead) : NULL;
    if (added != NULL) {
        added->next = *at;
        *at = added;
    }
    return call->failure.class;
}

/* Notes it for reports; false fails the call. */
static bool
note_entry(struct cm_call *call, json_t *list, const char *name, uint64_t size, const char *sha256)
{
    json_t *object = json_object();
    bool ok = object != NULL;
    cm_json_set_text(object, "entry", name, &ok);
    cm_json_set_int(object, "size", (int64_t)size, &ok);
    cm_json_set_text(object, "sha256", sha256, &ok);
    if (ok)
        ok = json_array_append_new(list, object) == 0;
    else
        json_decref(object);
    if (!ok)
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
    return ok;
}

static int32_t
add(struct cmk_call *c, struct cmk_archive *archive, const char *name, struct cmk_bytes content,
    uint32_t flags)
{
    struct cm_err err = CM_ERR_INIT;
    char sha256[CM_SHA256_HEX];
    struct cm_call *call = cm_call_of(c);
    struct cm_working *work = editing(c, archive);
    if (work == NULL)
        return call->failure.class;
    if (name == NULL || (content.at == NULL && content.size > 0) ||
        (flags & ~CMK_ADD_STORED) != 0) {
        cm_call_failf(call, CM_E_INTERNAL,
                      "plug-in %s adds an entry without a name or bytes, or with flags that do not "
                      "exist",
                      call->host->is.plugin->id);
        return call->failure.class;
    }
    const void *at = content.at != NULL ? content.at : "";
    if (!cm_edits_add(work->edits, name, at, (size_t)content.size, (flags & CMK_ADD_STORED) != 0,
                      &err))
        cm_call_fail(call, &err);
    else if (!cm_sha256(at, (size_t)content.size, sha256))
        cm_call_failf(call, CM_E_INTERNAL, "a digest cannot be made");
    else
        (void)note_entry(call, work->added, name, content.size, sha256);
    return call->failure.class;
}

static int32_t
remove_entry(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_call *call = cm_call_of(c);
    struct cm_working *work = editing(c, archive);
    const struct cm_archive_entry *e = entry_of(c, work, entry);
    struct cm_touched *t = e != NULL ? touch(call, entry) : NULL;
    if (t == NULL)
        return call->failure.class;
    if (t->is_removed || t->splices != NULL) {
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s removes %s, which it has %s already",
                      call->host->is.plugin->id, e->name, t->is_removed ? "removed" : "changed");
        return call->failure.class;
    }
    t->is_removed = true;
    if (!cm_edits_remove(work->edits, (uint32_t)entry, &err))
        cm_call_fail(call, &err);
    else
        (void)note_entry(call, work->removed, e->name, e->size, NULL);
    return call->failure.class;
}

/* ---- the outcome ---- */

static bool
put_together(const struct cm_touched *t, struct cm_buf *to)
{
    size_t at = 0;
    for (const struct cm_splice *s = t->splices; s != NULL; s = s->next) {
        cm_buf_add(to, t->content.at + at, s->offset - at);
        cm_buf_add(to, s->instead.at, (size_t)s->instead.size);
        at = s->offset + s->size;
    }
    cm_buf_add(to, t->content.at + at, t->content.size - at);
    return !to->failed;
}

static void
apply(struct cm_call *call, uint32_t entry, const struct cm_touched *t)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done)
    struct cm_buf content = CM_BUF_INIT(t->content.size + CM_SPLICED_MOST);
    if (!put_together(t, &content))
        (void)cm_fail(&err, CM_E_LIMIT, "out of memory");
    else if (cm_edits_replace(call->work->edits, entry, cm_buf_text(&content), content.size, &err))
        return;
    cm_call_fail(call, &err);
}

bool
cm_working_apply(struct cm_call *call)
{
    const struct cm_working *work = call->work;
    uint32_t count = work->touched != NULL ? cm_archive_count(work->archive) : 0;
    for (uint32_t i = 0; i < count && call->failure.class == CM_OK; i++)
        if (work->touched[i] != NULL && work->touched[i]->splices != NULL)
            apply(call, i, work->touched[i]);
    return call->failure.class == CM_OK;
}

static struct cmk_bytes
digest(struct cmk_call *c, struct cmk_archive *archive, const char *name)
{
    struct cm_err err = CM_ERR_INIT;
    char hex[2 * 64 + 1];
    struct cm_call *call = cm_call_of(c);
    struct cm_working *work = working(c, archive);
    if (work == NULL || !cm_working_apply(call))
        return none;
    if (name == NULL || (strcmp(name, "sha256") != 0 && strcmp(name, "sha512") != 0)) {
        cm_call_failf(call, CM_E_UNSUPPORTED, "'%s' is not a digest of this engine",
                      name != NULL ? name : "");
        return none;
    }
    if (!cm_edits_digest(work->edits, name, hex, &err)) {
        cm_call_fail(call, &err);
        return none;
    }
    size_t size = strlen(hex) / 2;
    unsigned char *raw = cm_call_alloc(call, size);
    return raw != NULL && cm_unhex(hex, 2 * size, raw) ? (struct cmk_bytes){raw, size} : none;
}

const struct cmk_archive_ops cm_host_archives = {
    .size = sizeof(struct cmk_archive_ops),
    .count = count_entries,
    .name = name_of,
    .find = find,
    .find_alike = find_alike,
    .read = read_entry,
    .splice = splice_entry,
    .add = add,
    .remove = remove_entry,
    .digest = digest,
};
