/* SPDX-License-Identifier: Apache-2.0
 *
 * An input is a script of edits, and an archive. The script: the number of its steps, then for each
 * the kind, the entry and the size of what is written there. Whatever can be opened and edited has
 * to be one that can be opened again: the same bytes for each way to write, entries that nobody
 * touched as they were, the others as they were made.
 */
#include "../demand.h"
#include "artifact/archive_write.h"

#include "base/fd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP_SIZE    3u
#define CONTENT_MOST 3000u
#define FILE_MOST    ((size_t)8 << 20)

static const struct cm_archive_limits limits = {
    .entries = 1000, .name = 260, .ratio = 1000, .inflated = 4 << 20};

enum step_kind { REPLACE, REPLACE_FROM, REMOVE, ADD_STORED, ADD_DEFLATED, KINDS };

struct round {
    struct cm_archive *archive, *after;
    struct cm_edits *edits;
    int fd, out;
    uint8_t last[1000]; /* what was done to each entry: 1 and the step, 0 nothing */
    const uint8_t *script;
    uint32_t added;
};

static void
round_done(struct round *round)
{
    cm_edits_done(&round->edits);
    cm_archive_done(&round->archive);
    cm_archive_done(&round->after);
    cm_fd_done(&round->fd);
    cm_fd_done(&round->out);
}

static int
file_of(const void *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    int fd = memfd_create("input", MFD_CLOEXEC);
    demand(fd >= 0 && cm_fd_write_all(fd, "input", at, size, &err));
    return fd;
}

static size_t
content_of(const uint8_t *step, char to[CONTENT_MOST])
{
    size_t size = (size_t)step[2] * step[2] % CONTENT_MOST;
    for (size_t i = 0; i < size; i++)
        to[i] = (char)(i * step[1] >> (step[2] & 7));
    return size;
}

/* ---- edits ---- */

static bool
take_step(struct round *round, uint8_t number, struct cm_err *err)
{
    const uint8_t *step = round->script + (size_t)number * STEP_SIZE;
    char content[CONTENT_MOST], name[32];
    size_t size = content_of(step, content);
    unsigned kind = step[0] % KINDS;
    if (kind == ADD_STORED || kind == ADD_DEFLATED) {
        (void)snprintf(name, sizeof name, "added/%u%s", number, step[1] & 1 ? "" : "\xc3\xa4");
        if (!cm_edits_add(round->edits, name, content, size, kind == ADD_STORED, err))
            return false;
        round->added++;
        return true;
    }
    uint32_t count = cm_archive_count(round->archive);
    if (count == 0)
        return cm_fail(err, CM_E_NOT_FOUND, "there is nothing");
    uint32_t entry = step[1] % count;
    CM_CLEANUP(cm_fd_done) int from = kind == REPLACE_FROM ? file_of(content, size) : -1;
    bool done = kind == REMOVE    ? cm_edits_remove(round->edits, entry, err)
                : kind == REPLACE ? cm_edits_replace(round->edits, entry, content, size, err)
                                  : cm_edits_replace_from(round->edits, entry, from, err);
    if (done)
        round->last[entry] = (uint8_t)(number + 1);
    return done;
}

/* ---- what came of them ---- */

static void
read_bytes(int fd, struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    demand(lseek(fd, 0, SEEK_SET) == 0 && cm_fd_read_all(fd, "it", to, &err));
}

static void
check_untouched(const struct cm_archive_entry *entry, const struct cm_archive_entry *now,
                const struct cm_buf *before, const struct cm_buf *after)
{
    demand(entry->span == now->span && entry->crc32 == now->crc32 && entry->size == now->size &&
           entry->flags == now->flags && entry->modified == now->modified);
    demand(memcmp(before->at + entry->at, after->at + now->at, entry->span) == 0);
}

static void
check_replaced(struct round *round, const uint8_t *step, const struct cm_archive_entry *entry,
               uint32_t number)
{
    char content[CONTENT_MOST];
    struct cm_err err = CM_ERR_INIT;
    size_t size = content_of(step, content);
    CM_CLEANUP(cm_buf_done) struct cm_buf got = CM_BUF_INIT(CONTENT_MOST);
    const struct cm_archive_entry *now = cm_archive_entry(round->after, number);
    demand(entry->method == now->method && entry->modified == now->modified);
    demand((entry->flags & ~8u) == now->flags);
    demand(cm_archive_read(round->after, number, &got, &err));
    demand(got.size == size && (size == 0 || memcmp(got.at, content, size) == 0));
}

static void
check_entries(struct round *round, const struct cm_buf *before, const struct cm_buf *after)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < cm_archive_count(round->archive); i++) {
        const struct cm_archive_entry *entry = cm_archive_entry(round->archive, i);
        const uint8_t *step =
            round->last[i] == 0 ? NULL : round->script + (size_t)(round->last[i] - 1) * STEP_SIZE;
        uint32_t number = 0;
        bool there = cm_archive_find(round->after, entry->name, &number);
        demand(there == !(step && step[0] % KINDS == REMOVE));
        if (!there)
            continue;
        demand(number == left++); /* in their old order */
        if (step)
            check_replaced(round, step, entry, number);
        else
            check_untouched(entry, cm_archive_entry(round->after, number), before, after);
    }
    demand(cm_archive_count(round->after) == left + round->added);
}

static void
check_digests(const struct cm_written *written, const struct cm_buf *before,
              const struct cm_buf *after)
{
    char sha256[CM_SHA256_HEX];
    demand(cm_sha256(before->at, before->size, sha256));
    demand(strcmp(written->input_sha256, sha256) == 0);
    demand(cm_sha256(after->at, after->size, sha256));
    demand(strcmp(written->sha256, sha256) == 0 && written->size == after->size);
}

static void
write_both_ways(struct round *round, const struct cm_buf *before)
{
    static const struct cm_edits_digests all = {true, true, true}, none = {false, false, false};
    struct cm_written written;
    char sha512[CM_SHA512_HEX];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int other = file_of("", 0);
    CM_CLEANUP(cm_buf_done) struct cm_buf after = CM_BUF_INIT(FILE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf again = CM_BUF_INIT(FILE_MOST);
    demand(cm_edits_write(round->edits, round->out, &all, &written, &err));
    read_bytes(round->out, &after);
    check_digests(&written, before, &after);
    demand(cm_edits_digest(round->edits, "sha512", sha512, &err));
    demand(strcmp(sha512, written.sha512) == 0);
    demand(cm_edits_write(round->edits, other, &none, &written, &err));
    read_bytes(other, &again);
    demand(again.size == after.size && memcmp(again.at, after.at, after.size) == 0);
    demand(cm_edits_any(round->edits) ||
           (after.size == before->size && memcmp(after.at, before->at, after.size) == 0));
    demand(cm_archive_open(round->out, "output", &limits, &round->after, &err));
    check_entries(round, before, &after);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    uint8_t steps = size > 0 ? data[0] & 15 : 0;
    size_t script = 1 + (size_t)steps * STEP_SIZE;
    if (size < script)
        return 0;
    CM_CLEANUP(round_done)
    struct round round = {
        .fd = file_of(data + script, size - script), .out = file_of("", 0), .script = data + 1};
    CM_CLEANUP(cm_buf_done) struct cm_buf before = CM_BUF_INIT(FILE_MOST);
    if (!cm_archive_open(round.fd, "input", &limits, &round.archive, &err))
        return 0;
    round.edits = cm_edits_new(round.archive);
    demand(round.edits != NULL);
    for (uint8_t i = 0; i < steps; i++)
        (void)take_step(&round, i, &err);
    read_bytes(round.fd, &before);
    write_both_ways(&round, &before);
    return 0;
}
