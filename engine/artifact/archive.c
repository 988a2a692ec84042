/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening: the end record, the directory, each local header, the names. Nothing of a content.
 */
#include "artifact/archive_inside.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOWN_MOST ((size_t)200) /* bytes of a name in a message */

const struct cm_archive_limits cm_archive_usual = {
    .entries = CM_ZIP_ENTRIES_MOST,
    .name = 260,
    .ratio = 1000,
    .inflated = UINT64_C(16) << 30,
};

/* ---- what is wrong where ---- */

bool
cm_archive_context(const struct cm_archive *archive, const char *name, size_t name_size,
                   uint64_t at, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf shown = CM_BUF_INIT(16 * SHOWN_MOST);
    bool whole = name_size <= SHOWN_MOST;
    cm_escape_controls_to(&shown, name, whole ? name_size : SHOWN_MOST);
    return cm_context(err, "%s: entry \"%s%s\" at offset %" PRIu64, archive->name,
                      cm_buf_text(&shown), whole ? "" : "...", at);
}

bool
cm_archive_no_memory(const struct cm_archive *archive, struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "%s: no memory to read it", archive->name);
}

bool
cm_archive_end_digest(const struct cm_archive *archive, struct cm_digest **digest,
                      char ret[CM_SHA256_HEX], struct cm_err *err)
{
    return cm_digest_end(CM_TAKE(*digest), ret) ||
           cm_fail(err, CM_E_INTERNAL, "%s: SHA-256 is not available", archive->name);
}

bool
cm_archive_entry_context(const struct cm_archive *archive, uint32_t entry, struct cm_err *err)
{
    const struct cm_archive_entry *it = &archive->entries[entry];
    return cm_archive_context(archive, it->name, it->name_size, it->at, err);
}

/* ---- the whole ---- */

struct cm_archive *
cm_archive_free(struct cm_archive *archive)
{
    if (!archive)
        return NULL;
    cm_window_done(&archive->window);
    free(archive->name);
    free(archive->entries);
    free(archive->by_offset);
    free(archive->text);
    free(archive->last);
    cm_archive_names_done(&archive->names);
    free(archive->seen);
    free(archive);
    return NULL;
}

void
cm_archive_done(struct cm_archive **archive)
{
    *archive = cm_archive_free(*archive);
}

static struct cm_archive *
new_archive(int fd, const char *name, const struct cm_archive_limits *limits)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = calloc(1, sizeof *archive);
    if (!archive || !(archive->name = strdup(name)))
        return NULL;
    archive->limits = *limits;
    archive->window = (struct cm_window){.fd = fd, .name = archive->name};
    return CM_TAKE(archive);
}

static bool
find_end(struct cm_archive *archive, struct cm_err *err)
{
    struct stat status;
    if (fstat(archive->window.fd, &status) < 0)
        return cm_fail_errno(err, errno, "%s", archive->name);
    if (!S_ISREG(status.st_mode))
        return cm_fail(err, CM_E_MALFORMED, "%s: not a regular file", archive->name);
    archive->size = (uint64_t)status.st_size;
    return cm_archive_find_end(archive, err);
}

bool
cm_archive_open(int fd, const char *name, const struct cm_archive_limits *limits,
                struct cm_archive **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done)
    struct cm_archive *archive = new_archive(fd, name, limits ? limits : &cm_archive_usual);
    if (!archive)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory to read it", name);
    if (!find_end(archive, err) || !cm_archive_read_directory(archive, err) ||
        !cm_archive_read_locals(archive, err) || !cm_archive_names_fill(archive, err))
        return false;
    *ret = CM_TAKE(archive);
    return true;
}

bool
cm_archive_check_end(int fd, const char *name, const struct cm_archive_limits *limits,
                     struct cm_err *err)
{
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = new_archive(fd, name, limits);
    if (!archive)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory to read it", name);
    return find_end(archive, err);
}

bool
cm_archive_looks_like_one(int fd)
{
    char head[4] = "";
    ssize_t got = 0;
    do
        got = pread(fd, head, sizeof head, 0);
    while (got < 0 && errno == EINTR);
    return memcmp(head, "PK\3\4", sizeof head) == 0 || memcmp(head, "PK\5\6", sizeof head) == 0;
}

uint32_t
cm_archive_count(const struct cm_archive *archive)
{
    return archive->count;
}

const struct cm_archive_entry *
cm_archive_entry(const struct cm_archive *archive, uint32_t entry)
{
    return entry < archive->count ? &archive->entries[entry] : NULL;
}
