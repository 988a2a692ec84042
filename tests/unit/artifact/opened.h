/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of honest archives have in common.
 */
#ifndef CM_TESTS_UNIT_ARTIFACT_OPENED_H
#define CM_TESTS_UNIT_ARTIFACT_OPENED_H

#include "artifact/archive.h"

#include "zip.h"

#define READ_MOST ((size_t)64 << 20)

static inline struct cm_archive *
open_zip(const struct zip *zip, int *ret_fd)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_archive *archive = NULL;
    *ret_fd = zip_file(zip);
    if (!cm_archive_open(*ret_fd, "the archive", NULL, &archive, &err))
        fail_msg("%s", err.text);
    return archive;
}

static inline void
check_content(struct cm_archive *archive, const char *name, const void *at, size_t size)
{
    uint32_t entry = 0;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(READ_MOST);
    if (!cm_archive_find(archive, name, &entry))
        fail_msg("there is no %s", name);
    if (!cm_archive_read(archive, entry, &content, &err))
        fail_msg("%s", err.text);
    assert_int_equal(content.size, size);
    assert_memory_equal(cm_buf_text(&content), size > 0 ? at : "", size);
}

#endif
