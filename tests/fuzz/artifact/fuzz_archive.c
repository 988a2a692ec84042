/* SPDX-License-Identifier: Apache-2.0
 *
 * An input is a file that says to be an archive. What is taken has to be what the header promises:
 * every byte belongs to something, every name is found, every content is read one way.
 */
#include "../demand.h"
#include "artifact/archive.h"

#include "base/fd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define READ_MOST ((size_t)1 << 20)

static const struct cm_archive_limits limits = {
    .entries = 1000, .name = 260, .ratio = 1000, .inflated = 4 << 20};

static int
file_of(const void *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    int fd = memfd_create("input", MFD_CLOEXEC);
    demand(fd >= 0 && cm_fd_write_all(fd, "input", at, size, &err));
    return fd;
}

static void
check_entry(const struct cm_archive *archive, uint32_t number, size_t size)
{
    uint32_t found = UINT32_MAX;
    const struct cm_archive_entry *entry = cm_archive_entry(archive, number);
    demand(entry->name_size > 0 && strlen(entry->name) == entry->name_size);
    demand(entry->is_folder == (entry->name[entry->name_size - 1] == '/'));
    demand(cm_archive_find(archive, entry->name, &found) && found == number);
    demand(cm_archive_find_alike(archive, entry->name, &found) && found == number);
    demand(!cm_archive_may_add(archive, entry->name, NULL));
    demand(entry->at + (uint64_t)entry->span <= entry->record && entry->record < size);
    demand(entry->content > entry->at &&
           (uint64_t)entry->content + entry->packed <= entry->at + (uint64_t)entry->span);
}

/* Do the spans cover all that is in front of the directory, once? */
static uint64_t
covered(const struct cm_archive *archive)
{
    uint64_t sum = 0, end = 0;
    for (uint32_t i = 0; i < cm_archive_count(archive); i++) {
        const struct cm_archive_entry *entry = cm_archive_entry(archive, i);
        sum += entry->span;
        end = entry->at + (uint64_t)entry->span > end ? entry->at + (uint64_t)entry->span : end;
    }
    demand(sum == end);
    return sum;
}

static void
read_all(struct cm_archive *archive)
{
    struct cm_err err = CM_ERR_INIT;
    bool good = cm_archive_check_contents(archive, &err);
    demand(good == (err.class == CM_OK));
    for (uint32_t i = 0; i < cm_archive_count(archive); i++) {
        struct cm_err why = CM_ERR_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(READ_MOST);
        uint32_t size = cm_archive_entry(archive, i)->size;
        bool done = cm_archive_read(archive, i, &content, &why);
        demand(done == (why.class == CM_OK) && (!done || content.size == size));
        demand(!good || done || size > READ_MOST);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    CM_CLEANUP(cm_fd_done) int fd = file_of(data, size);
    bool good = cm_archive_open(fd, "input", &limits, &archive, &err);
    demand(good == (err.class == CM_OK) && good == (archive != NULL));
    demand(good || err.class == CM_E_MALFORMED || err.class == CM_E_UNSUPPORTED ||
           err.class == CM_E_LIMIT);
    if (!good)
        return 0;
    demand(cm_archive_looks_like_one(fd));
    demand(covered(archive) <= size);
    for (uint32_t i = 0; i < cm_archive_count(archive); i++)
        check_entry(archive, i, size);
    read_all(archive);
    return 0;
}
