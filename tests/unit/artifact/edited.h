/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of edits have in common.
 */
#ifndef CM_TESTS_UNIT_ARTIFACT_EDITED_H
#define CM_TESTS_UNIT_ARTIFACT_EDITED_H

#include "artifact/archive_write.h"

#include "zip.h"

#define MOST ((size_t)64 << 20)

static const struct cm_edits_digests no_digests = {false, false, false};
static const struct cm_edits_digests all_digests = {true, true, true};

static inline struct cm_archive *
open_fd(int fd, const struct cm_archive_limits *limits)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_archive *archive = NULL;
    if (!cm_archive_open(fd, "the archive", limits, &archive, &err))
        fail_msg("%s", err.text);
    return archive;
}

static inline void
read_back(int fd, struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    if (!cm_fd_read_all(fd, "the output", to, &err))
        fail_msg("%s", err.text);
}

static inline void
write_edits(struct cm_edits *edits, const struct cm_edits_digests *digests, struct cm_buf *to,
            struct cm_written *ret)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int out = zip_file_of("", 0);
    if (!cm_edits_write(edits, out, digests, ret, &err))
        fail_msg("%s", err.text);
    read_back(out, to);
    assert_int_equal(ret->size, to->size);
}

#define LONG "hello hello hello hello hello hello hello hello"

/* Entries of all kinds, with everything that may stand beside them. */
static inline void
make(struct zip *zip)
{
    zip_add(zip, "first.txt", "FIRST", 5, ZIP_STORE);
    zip_add(zip, "lib/", "", 0, ZIP_STORE);
    zip_add(zip, "lib/a.dll", LONG, sizeof LONG - 1, ZIP_DEFLATE | ZIP_DESCRIBED);
    zip_add(zip, "lib/b.dll", LONG, sizeof LONG - 1, ZIP_DEFLATE | ZIP_DESCRIBED_BARE);
    zip_add(zip, "\xc3\xa4", "last", 4, ZIP_DEFLATE);
    for (size_t i = 0; i < zip->count; i++) {
        struct zip_entry *entry = &zip->entries[i];
        entry->local.extra = ZIP_TEXT("UT\x09\0\3\0\0\0\1\0\0\0\1");
        entry->record.extra = ZIP_TEXT("UT\5\0\3\0\0\0\1");
        entry->record.comment = ZIP_TEXT("a comment");
        entry->record.internal = 1;
        entry->record.made_by = 3 << 8 | 30;
    }
    zip->entries[2].record.attributes = 0100644u << 16;
    zip->comment = ZIP_TEXT("the comment of the archive");
}

#endif
