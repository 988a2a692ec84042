/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/archive_write_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ADDITIONS_MOST ((size_t)1024)
#define ROOM_LEAST     8u
#define RATIO_FROM     ((uint32_t)1 << 20) /* as when it is opened */

struct cm_edits *
cm_edits_new(struct cm_archive *archive)
{
    struct cm_edits *edits = calloc(1, sizeof *edits);
    if (!edits)
        return NULL;
    edits->archive = archive;
    edits->size = archive->size;
    edits->inflated = archive->inflated;
    edits->count = archive->count;
    return edits;
}

static void
addition_done(struct cm_addition *addition)
{
    free(addition->name);
    addition->name = NULL;
    free(addition->key);
    addition->key = NULL;
    cm_packed_done(&addition->packed);
}

void
cm_edits_done(struct cm_edits **edits)
{
    struct cm_edits *it = *edits;
    *edits = NULL;
    if (!it)
        return;
    for (size_t i = 0; i < it->change_count; i++)
        cm_packed_done(&it->changes[i].packed);
    for (size_t i = 0; i < it->addition_count; i++)
        addition_done(&it->additions[i]);
    free(it->changes);
    free(it->additions);
    free(it);
}

bool
cm_edits_any(const struct cm_edits *edits)
{
    return edits != NULL && edits->change_count + edits->addition_count > 0;
}

static bool
no_memory(const struct cm_edits *edits, struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "%s: no memory for its edits", edits->archive->name);
}

/* One more element fits behind; *room grows. */
static bool
make_room(void **array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return true;
    size_t more = *room > 0 ? *room * 2 : ROOM_LEAST;
    void *grown = reallocarray(*array, more, size);
    if (!grown)
        return false;
    *array = grown;
    *room = more;
    return true;
}

/* ---- how large it would become ---- */

struct cost {
    uint64_t size, inflated;
    uint32_t count;
};

uint32_t
cm_archive_record_size(const struct cm_archive *archive, uint32_t entry)
{
    uint32_t end = entry + 1 < archive->count ? archive->entries[entry + 1].record : archive->end;
    return end - archive->entries[entry].record;
}

/* Of an entry as it is (NULL), or after a change. */
static struct cost
cost_of(const struct cm_archive *archive, uint32_t number, const struct cm_change *change)
{
    const struct cm_archive_entry *entry = &archive->entries[number];
    uint64_t record = cm_archive_record_size(archive, number);
    uint64_t header = entry->content - entry->at;
    if (!change)
        return (struct cost){entry->span + record, entry->size, 1};
    if (change->removed)
        return (struct cost){0, 0, 0};
    return (struct cost){header + change->packed.packed + record, change->packed.size, 1};
}

/* An archive that could not be opened again is not written. */
static bool
pay(struct cm_edits *edits, const struct cost *before, const struct cost *after, struct cm_err *err)
{
    const struct cm_archive_limits *limits = &edits->archive->limits;
    uint64_t size = edits->size - before->size + after->size;
    uint64_t inflated = edits->inflated - before->inflated + after->inflated;
    uint32_t count = edits->count - before->count + after->count;
    if (size > UINT32_MAX)
        return cm_fail(err, CM_E_LIMIT, "it would grow beyond 4 GiB, which takes ZIP64");
    if (inflated > limits->inflated)
        return cm_fail(err, CM_E_LIMIT, "its entries would hold more than %" PRIu64 " bytes",
                       limits->inflated);
    if (count > limits->entries || count > CM_ZIP_ENTRIES_MOST)
        return cm_fail(err, CM_E_LIMIT, "it would have %" PRIu32 " entries, more than the limit",
                       count);
    edits->size = size;
    edits->inflated = inflated;
    edits->count = count;
    return true;
}

static bool
check_ratio(const struct cm_edits *edits, const struct cm_packed *packed, struct cm_err *err)
{
    uint32_t ratio = edits->archive->limits.ratio;
    return packed->size <= RATIO_FROM || packed->size <= (uint64_t)packed->packed * ratio ||
           cm_fail(err, CM_E_LIMIT, "a content that is packed 1:%" PRIu32 " or more", ratio);
}

/* ---- changes ---- */

size_t
cm_edits_place(const struct cm_edits *edits, uint32_t at)
{
    size_t low = 0, high = edits->change_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (edits->changes[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Takes what is packed out of the change. */
static bool
take_change(struct cm_edits *edits, struct cm_change *change, struct cm_err *err)
{
    size_t place = cm_edits_place(edits, change->at);
    bool again = place < edits->change_count && edits->changes[place].entry == change->entry;
    struct cost before =
        cost_of(edits->archive, change->entry, again ? &edits->changes[place] : NULL);
    struct cost after = cost_of(edits->archive, change->entry, change);
    if (!make_room((void **)&edits->changes, edits->change_count, &edits->change_room,
                   sizeof *edits->changes))
        return no_memory(edits, err);
    if (!pay(edits, &before, &after, err))
        return cm_context(err, "%s", edits->archive->name);
    struct cm_change *to = &edits->changes[place];
    if (again) {
        cm_packed_done(&to->packed);
    } else {
        memmove(to + 1, to, (edits->change_count - place) * sizeof *to);
        edits->change_count++;
    }
    *to = *change;
    change->packed = (struct cm_packed)CM_PACKED_INIT;
    return true;
}

static void
change_done(struct cm_change *change)
{
    cm_packed_done(&change->packed);
}

static bool
has_entry(const struct cm_edits *edits, uint32_t entry, struct cm_err *err)
{
    return entry < edits->archive->count ||
           cm_fail(err, CM_E_NOT_FOUND, "%s: there is no entry %" PRIu32, edits->archive->name,
                   entry);
}

static struct cm_change
change_of(const struct cm_edits *edits, uint32_t entry)
{
    return (struct cm_change){
        .entry = entry, .at = edits->archive->entries[entry].at, .packed = CM_PACKED_INIT};
}

static bool
check_content(const struct cm_edits *edits, bool is_folder, const struct cm_packed *packed,
              struct cm_err *err)
{
    if (is_folder && packed->size > 0)
        return cm_fail(err, CM_E_MALFORMED, "a folder has no content");
    return check_ratio(edits, packed, err);
}

/* From memory, or from a descriptor. */
static bool
replace(struct cm_edits *edits, uint32_t entry, const void *at, size_t size, int from,
        struct cm_err *err)
{
    if (!has_entry(edits, entry, err))
        return false;
    const struct cm_archive_entry *old = &edits->archive->entries[entry];
    CM_CLEANUP(change_done) struct cm_change change = change_of(edits, entry);
    bool packed = at ? cm_pack(at, size, old->method, &change.packed, err)
                     : cm_pack_from(from, old->method, &change.packed, err);
    if (!packed || !check_content(edits, old->is_folder, &change.packed, err))
        return cm_archive_entry_context(edits->archive, entry, err);
    return take_change(edits, &change, err);
}

bool
cm_edits_replace(struct cm_edits *edits, uint32_t entry, const void *at, size_t size,
                 struct cm_err *err)
{
    return replace(edits, entry, at ? at : "", at ? size : 0, -1, err);
}

bool
cm_edits_replace_from(struct cm_edits *edits, uint32_t entry, int from, struct cm_err *err)
{
    return replace(edits, entry, NULL, 0, from, err);
}

bool
cm_edits_remove(struct cm_edits *edits, uint32_t entry, struct cm_err *err)
{
    if (!has_entry(edits, entry, err))
        return false;
    CM_CLEANUP(change_done) struct cm_change change = change_of(edits, entry);
    change.removed = true;
    return take_change(edits, &change, err);
}

/* ---- additions ---- */

static bool
is_folder(const struct cm_addition *addition)
{
    return addition->name[addition->name_size - 1] == '/';
}

/* Does `other` lie in it? */
static bool
is_above(const struct cm_addition *addition, const struct cm_addition *other)
{
    return other->key_size > addition->key_size && other->key[addition->key_size] == '/' &&
           memcmp(other->key, addition->key, addition->key_size) == 0;
}

static bool
is_beside(const struct cm_addition *addition, const struct cm_addition *other, struct cm_err *err)
{
    if (addition->key_size == other->key_size &&
        memcmp(addition->key, other->key, other->key_size) == 0)
        return cm_fail(err, CM_E_MALFORMED, "some readers take its name and \"%s\" for the same",
                       other->name);
    if ((!is_folder(other) && is_above(other, addition)) ||
        (!is_folder(addition) && is_above(addition, other)))
        return cm_fail(err, CM_E_MALFORMED, "it and \"%s\" are a file, and what lies in it",
                       other->name);
    return true;
}

static bool
name_addition(struct cm_edits *edits, const char *name, struct cm_addition *addition,
              struct cm_err *err)
{
    if (!cm_archive_may_add(edits->archive, name, err))
        return false;
    const struct cm_name_key *key = edits->archive->names.key; /* just made */
    addition->name = strdup(name);
    addition->name_size = (uint16_t)strlen(name);
    addition->key = malloc(key->size);
    addition->key_size = key->size;
    if (!addition->name || !addition->key)
        return no_memory(edits, err);
    memcpy(addition->key, key->at, key->size);
    for (size_t i = 0; i < edits->addition_count; i++)
        if (!is_beside(addition, &edits->additions[i], err))
            return cm_context(err, "%s: no entry \"%s\" can be added", edits->archive->name, name);
    return true;
}

static bool
take_addition(struct cm_edits *edits, struct cm_addition *addition, struct cm_err *err)
{
    const struct cost nothing = {0, 0, 0};
    const struct cost cost = {(uint64_t)CM_ZIP_LOCAL_SIZE + CM_ZIP_RECORD_SIZE +
                                  (uint64_t)2 * addition->name_size + addition->packed.packed,
                              addition->packed.size, 1};
    if (edits->addition_count == ADDITIONS_MOST)
        return cm_fail(err, CM_E_LIMIT, "more than %zu entries added", ADDITIONS_MOST);
    if (!make_room((void **)&edits->additions, edits->addition_count, &edits->addition_room,
                   sizeof *edits->additions))
        return no_memory(edits, err);
    if (!pay(edits, &nothing, &cost, err))
        return false;
    edits->additions[edits->addition_count++] = *addition;
    *addition = (struct cm_addition){.packed = CM_PACKED_INIT};
    return true;
}

bool
cm_edits_add(struct cm_edits *edits, const char *name, const void *at, size_t size, bool stored,
             struct cm_err *err)
{
    CM_CLEANUP(addition_done)
    struct cm_addition addition = {.method = stored ? CM_ZIP_STORED : CM_ZIP_DEFLATED,
                                   .packed = CM_PACKED_INIT};
    if (!name_addition(edits, name, &addition, err))
        return false;
    if (cm_pack(at, size, addition.method, &addition.packed, err) &&
        check_content(edits, is_folder(&addition), &addition.packed, err) &&
        take_addition(edits, &addition, err))
        return true;
    return cm_context(err, "%s: no entry \"%s\" can be added", edits->archive->name, name);
}
