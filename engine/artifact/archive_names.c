/* SPDX-License-Identifier: Apache-2.0
 *
 * The names of an archive by their keys: a table of entry numbers. Keys are made again where they
 * are compared, which is seldom: there is one of who asks, and one of whom it is compared with.
 */
#include "artifact/archive_inside.h"

#include <stdlib.h>
#include <string.h>

#define PRIME      ((UINT64_C(1) << 61) - 1)
#define WORD       ((size_t)7)
#define SLASH      0u  /* a word that no part has */
#define SHOWN_MOST 200 /* bytes of a name in a message */

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
hash_of(const struct cm_archive_names *names)
{
    const char *at = names->key->at, *end = at + names->key->size, *slash = NULL;
    uint64_t hash = 0;
    while ((slash = memchr(at, '/', (size_t)(end - at)))) {
        hash = hash_word(names, hash_part(names, hash, at, (size_t)(slash - at)), SLASH);
        at = slash + 1;
    }
    return hash_part(names, hash, at, (size_t)(end - at));
}

/* Of a name that was taken already: it has one. */
static void
make_other(const struct cm_archive_names *names, const struct cm_archive_entry *entry)
{
    if (!cm_name_key_make(names->other, entry->name, entry->name_size, NULL))
        names->other->size = 0;
}

/* Which entry has the first `size` bytes of the key for its own? */
static bool
find_key(const struct cm_archive *archive, size_t size, uint64_t hash, uint32_t *ret)
{
    const struct cm_archive_names *names = &archive->names;
    for (uint32_t i = (uint32_t)hash & names->mask; names->slots[i].entry != 0;
         i = (i + 1) & names->mask) {
        if (names->slots[i].hash != (uint32_t)hash)
            continue;
        const struct cm_archive_entry *entry = &archive->entries[names->slots[i].entry - 1];
        make_other(names, entry);
        if (names->other->size != size || memcmp(names->other->at, names->key->at, size) != 0)
            continue;
        *ret = names->slots[i].entry - 1;
        return true;
    }
    return false;
}

/* Goes through the folders of the key, from the outermost on, as long as none is a file. */
static bool
find_file_above(const struct cm_archive *archive, uint32_t *ret)
{
    const struct cm_name_key *key = archive->names.key;
    const char *at = key->at, *end = at + key->size, *slash = NULL;
    uint64_t hash = 0;
    while ((slash = memchr(at, '/', (size_t)(end - at)))) {
        uint32_t entry = 0;
        hash = hash_part(&archive->names, hash, at, (size_t)(slash - at));
        if (find_key(archive, (size_t)(slash - key->at), hash, &entry) &&
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
    names->key = calloc(1, sizeof *names->key);
    names->other = calloc(1, sizeof *names->other);
    if (!names->slots || !names->key || !names->other)
        return cm_archive_no_memory(archive, err);
    names->mask = slots - 1;
    if (!cm_random(&names->multiplier, sizeof names->multiplier))
        return cm_fail(err, CM_E_INTERNAL, "the system gives no random numbers");
    names->multiplier = names->multiplier % (PRIME - 256) + 256;
    size_t most = archive->limits.name < UINT16_MAX ? archive->limits.name : UINT16_MAX;
    return cm_name_key_begin(names->key, most, err) && cm_name_key_begin(names->other, most, err);
}

void
cm_archive_names_done(struct cm_archive_names *names)
{
    if (names->key)
        cm_name_key_done(names->key);
    if (names->other)
        cm_name_key_done(names->other);
    free(names->key);
    free(names->other);
    free(names->slots);
}

static bool
make_key(const struct cm_archive *archive, uint32_t number, struct cm_err *err)
{
    const struct cm_archive_entry *entry = &archive->entries[number];
    return cm_name_key_make(archive->names.key, entry->name, entry->name_size, err);
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
take_in(struct cm_archive *archive, uint32_t number, struct cm_err *err)
{
    uint32_t other = 0;
    struct cm_archive_names *names = &archive->names;
    if (!make_key(archive, number, err))
        return false;
    uint64_t hash = hash_of(names);
    if (find_key(archive, names->key->size, hash, &other))
        return refuse_alike(archive, archive->entries[number].name, other, err);
    uint32_t i = (uint32_t)hash & names->mask;
    while (names->slots[i].entry != 0)
        i = (i + 1) & names->mask;
    names->slots[i] = (struct cm_archive_slot){.hash = (uint32_t)hash, .entry = number + 1};
    return true;
}

static bool
is_not_in_a_file(const struct cm_archive *archive, uint32_t number, struct cm_err *err)
{
    uint32_t file = 0;
    if (!make_key(archive, number, err))
        return false;
    return !find_file_above(archive, &file) || refuse_file_above(archive, file, err);
}

bool
cm_archive_names_fill(struct cm_archive *archive, struct cm_err *err)
{
    if (!make_table(archive, err))
        return false;
    for (uint32_t i = 0; i < archive->count; i++)
        if (!take_in(archive, i, err))
            return cm_archive_entry_context(archive, i, err);
    for (uint32_t i = 0; i < archive->count; i++)
        if (!is_not_in_a_file(archive, i, err))
            return cm_archive_entry_context(archive, i, err);
    return true;
}

/* ---- asking ---- */

bool
cm_archive_find_alike(const struct cm_archive *archive, const char *name, uint32_t *ret_entry)
{
    const struct cm_archive_names *names = &archive->names;
    return cm_name_key_make(names->key, name, strlen(name), NULL) &&
           find_key(archive, names->key->size, hash_of(names), ret_entry);
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
find_below(const struct cm_archive *archive, uint32_t *ret)
{
    const struct cm_name_key *key = archive->names.key, *other = archive->names.other;
    for (uint32_t i = 0; i < archive->count; i++) {
        make_other(&archive->names, &archive->entries[i]);
        if (other->size > key->size && other->at[key->size] == '/' &&
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
may_add(const struct cm_archive *archive, const char *name, struct cm_err *err)
{
    const struct cm_archive_names *names = &archive->names;
    size_t size = strlen(name);
    uint32_t other = 0;
    if (!cm_name_key_make(names->key, name, size, err))
        return false;
    if (find_key(archive, names->key->size, hash_of(names), &other))
        return refuse_alike(archive, name, other, err);
    if (find_file_above(archive, &other))
        return refuse_file_above(archive, other, err);
    if (name[size - 1] != '/' && find_below(archive, &other))
        return refuse_below(archive, other, err);
    return true;
}

bool
cm_archive_may_add(const struct cm_archive *archive, const char *name, struct cm_err *err)
{
    return may_add(archive, name, err) ||
           cm_context(err, "%s: no entry \"%.*s\" can be added", archive->name, SHOWN_MOST, name);
}
