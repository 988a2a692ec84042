/* SPDX-License-Identifier: Apache-2.0
 *
 * The names of an archive by their keys: a table of entry numbers. Keys are made again where they
 * are compared, which is seldom, and so take no memory.
 */
#include "artifact/archive_inside.h"
#include "artifact/archive_name.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MOST   ((size_t)1 << 20) /* folding makes names a few times longer at most */
#define PRIME      ((UINT64_C(1) << 61) - 1)
#define WORD       ((size_t)7)
#define SLASH      0u  /* a word that no part has */
#define SHOWN_MOST 200 /* bytes of a name in a message */

/* What is looked for: a key, and a buffer for those that it is compared with. */
struct looking {
    const struct cm_archive *archive;
    struct cm_buf key, other;
};

static void
looking_done(struct looking *looking)
{
    cm_buf_done(&looking->key);
    cm_buf_done(&looking->other);
}

#define LOOKING(archive_)                                                                          \
    {                                                                                              \
        .archive = (archive_), .key = CM_BUF_INIT(KEY_MOST), .other = CM_BUF_INIT(KEY_MOST)        \
    }

/* ---- hashes: a polynomial of the key, at a place that was drawn by chance ---- */

static uint64_t
hash_word(const struct cm_archive_names *names, uint64_t hash, uint64_t word)
{
    unsigned __int128 product = (unsigned __int128)(hash + word) * names->multiplier;
    uint64_t sum = (uint64_t)(product & PRIME) + (uint64_t)(product >> 61);
    return (sum & PRIME) + (sum >> 61);
}

/* A part of a key, seven bytes at a time with their number, so that no two are the same words. */
static uint64_t
hash_part(const struct cm_archive_names *names, uint64_t hash, const char *at, size_t size)
{
    while (size > 0) {
        size_t step = size < WORD ? size : WORD;
        uint64_t word = 0;
        memcpy(&word, at, step);
        hash = hash_word(names, hash, word << 3 | step);
        at += step;
        size -= step;
    }
    return hash;
}

/* Of the whole key; that of a folder of it is what comes out at its end. */
static uint64_t
hash_of(const struct cm_archive_names *names, const struct cm_buf *key)
{
    const char *at = key->at, *end = at + key->size, *slash = NULL;
    uint64_t hash = 0;
    while ((slash = memchr(at, '/', (size_t)(end - at)))) {
        hash = hash_word(names, hash_part(names, hash, at, (size_t)(slash - at)), SLASH);
        at = slash + 1;
    }
    return hash_part(names, hash, at, (size_t)(end - at));
}

/* Which entry has the first `size` bytes of the key for its own? */
static bool
find_key(struct looking *looking, size_t size, uint64_t hash, uint32_t *ret)
{
    const struct cm_archive *archive = looking->archive;
    const struct cm_archive_names *names = &archive->names;
    struct cm_err ignored = CM_ERR_INIT;
    for (uint32_t i = (uint32_t)hash & names->mask; names->slots[i].entry != 0;
         i = (i + 1) & names->mask) {
        if (names->slots[i].hash != (uint32_t)hash)
            continue;
        const struct cm_archive_entry *entry = &archive->entries[names->slots[i].entry - 1];
        if (!cm_archive_name_key(entry->name, entry->name_size, &looking->other, &ignored) ||
            looking->other.size != size || memcmp(looking->other.at, looking->key.at, size) != 0)
            continue;
        *ret = names->slots[i].entry - 1;
        return true;
    }
    return false;
}

/* Goes through the folders of the key, from the outermost on, as long as none is a file. */
static bool
find_file_above(struct looking *looking, uint32_t *ret)
{
    const struct cm_archive *archive = looking->archive;
    const char *at = looking->key.at, *end = at + looking->key.size, *slash = NULL;
    uint64_t hash = 0;
    while ((slash = memchr(at, '/', (size_t)(end - at)))) {
        uint32_t entry = 0;
        hash = hash_part(&archive->names, hash, at, (size_t)(slash - at));
        if (find_key(looking, (size_t)(slash - looking->key.at), hash, &entry) &&
            !archive->entries[entry].is_folder) {
            *ret = entry;
            return true;
        }
        hash = hash_word(&archive->names, hash, SLASH);
        at = slash + 1;
    }
    return false;
}

/* ---- filling ---- */

static bool
make_table(struct cm_archive *archive, struct cm_err *err)
{
    struct cm_archive_names *names = &archive->names;
    uint32_t slots = 2;
    while (slots < archive->count * 2)
        slots *= 2;
    names->slots = calloc(slots, sizeof *names->slots);
    if (!names->slots)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory for its names", archive->name);
    names->mask = slots - 1;
    if (!cm_random(&names->multiplier, sizeof names->multiplier))
        return cm_fail(err, CM_E_INTERNAL, "the system gives no random numbers");
    names->multiplier = names->multiplier % (PRIME - 256) + 256;
    return true;
}

static bool
key_of(struct looking *looking, uint32_t number, struct cm_err *err)
{
    const struct cm_archive_entry *entry = &looking->archive->entries[number];
    return cm_archive_name_key(entry->name, entry->name_size, &looking->key, err);
}

static int
shown_size(const struct cm_archive_entry *entry)
{
    return entry->name_size < SHOWN_MOST ? (int)entry->name_size : SHOWN_MOST;
}

static bool
refuse_alike(const struct cm_archive *archive, const char *name, uint32_t other, struct cm_err *err)
{
    const struct cm_archive_entry *entry = &archive->entries[other];
    if (strcmp(name, entry->name) == 0)
        return cm_fail(err, CM_E_MALFORMED, "there is another entry of that name");
    return cm_fail(err, CM_E_MALFORMED, "some readers take its name and \"%.*s\" for the same",
                   shown_size(entry), entry->name);
}

static bool
refuse_file_above(const struct cm_archive *archive, uint32_t file, struct cm_err *err)
{
    const struct cm_archive_entry *entry = &archive->entries[file];
    return cm_fail(err, CM_E_MALFORMED, "it lies in \"%.*s\", which is a file", shown_size(entry),
                   entry->name);
}

static bool
take_in(struct looking *looking, struct cm_archive_names *names, uint32_t number,
        struct cm_err *err)
{
    uint32_t other = 0;
    if (!key_of(looking, number, err))
        return false;
    uint64_t hash = hash_of(names, &looking->key);
    if (find_key(looking, looking->key.size, hash, &other))
        return refuse_alike(looking->archive, looking->archive->entries[number].name, other, err);
    uint32_t i = (uint32_t)hash & names->mask;
    while (names->slots[i].entry != 0)
        i = (i + 1) & names->mask;
    names->slots[i] = (struct cm_archive_slot){.hash = (uint32_t)hash, .entry = number + 1};
    return true;
}

static bool
is_not_in_a_file(struct looking *looking, uint32_t number, struct cm_err *err)
{
    uint32_t file = 0;
    if (!key_of(looking, number, err))
        return false;
    if (find_file_above(looking, &file))
        return refuse_file_above(looking->archive, file, err);
    return true;
}

bool
cm_archive_names_fill(struct cm_archive *archive, struct cm_err *err)
{
    CM_CLEANUP(looking_done) struct looking looking = LOOKING(archive);
    if (!make_table(archive, err))
        return false;
    for (uint32_t i = 0; i < archive->count; i++)
        if (!take_in(&looking, &archive->names, i, err))
            return cm_archive_entry_context(archive, i, err);
    for (uint32_t i = 0; i < archive->count; i++)
        if (!is_not_in_a_file(&looking, i, err))
            return cm_archive_entry_context(archive, i, err);
    return true;
}

/* ---- asking ---- */

bool
cm_archive_find_alike(const struct cm_archive *archive, const char *name, uint32_t *ret_entry)
{
    struct cm_err ignored = CM_ERR_INIT;
    CM_CLEANUP(looking_done) struct looking looking = LOOKING(archive);
    return cm_archive_name_key(name, strlen(name), &looking.key, &ignored) &&
           find_key(&looking, looking.key.size, hash_of(&archive->names, &looking.key), ret_entry);
}

bool
cm_archive_find(const struct cm_archive *archive, const char *name, uint32_t *ret_entry)
{
    uint32_t entry = 0;
    if (!cm_archive_find_alike(archive, name, &entry) ||
        strcmp(archive->entries[entry].name, name) != 0)
        return false;
    *ret_entry = entry;
    return true;
}

/* Has an entry a folder of that key? */
static bool
find_below(struct looking *looking, uint32_t *ret)
{
    struct cm_err ignored = CM_ERR_INIT;
    const struct cm_buf *key = &looking->key, *other = &looking->other;
    for (uint32_t i = 0; i < looking->archive->count; i++) {
        const struct cm_archive_entry *entry = &looking->archive->entries[i];
        if (cm_archive_name_key(entry->name, entry->name_size, &looking->other, &ignored) &&
            other->size > key->size && other->at[key->size] == '/' &&
            memcmp(other->at, key->at, key->size) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool
refuse_below(const struct cm_archive *archive, uint32_t below, struct cm_err *err)
{
    const struct cm_archive_entry *entry = &archive->entries[below];
    return cm_fail(err, CM_E_MALFORMED, "it is a folder to \"%.*s\"", shown_size(entry),
                   entry->name);
}

static bool
may_add(struct looking *looking, const char *name, struct cm_err *err)
{
    const struct cm_archive *archive = looking->archive;
    size_t size = strlen(name);
    uint32_t other = 0;
    if (size > archive->limits.name || size > UINT16_MAX)
        return cm_fail(err, CM_E_LIMIT, "its name is longer than %" PRIu32 " bytes",
                       archive->limits.name < UINT16_MAX ? archive->limits.name : UINT16_MAX);
    if (!cm_archive_name_key(name, size, &looking->key, err))
        return false;
    uint64_t hash = hash_of(&archive->names, &looking->key);
    if (find_key(looking, looking->key.size, hash, &other))
        return refuse_alike(archive, name, other, err);
    if (find_file_above(looking, &other))
        return refuse_file_above(archive, other, err);
    if (name[size - 1] != '/' && find_below(looking, &other))
        return refuse_below(archive, other, err);
    return true;
}

bool
cm_archive_may_add(const struct cm_archive *archive, const char *name, struct cm_err *err)
{
    CM_CLEANUP(looking_done) struct looking looking = LOOKING(archive);
    return may_add(&looking, name, err) ||
           cm_context(err, "%s: no entry \"%.*s\" can be added", archive->name, SHOWN_MOST, name);
}
