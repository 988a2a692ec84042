/* SPDX-License-Identifier: Apache-2.0
 *
 * What the strict archive module makes of archives: see readers.py. */
#include "read.h"

#include "artifact/archive.h"
#include "base/fd.h"

static bool
say_entry(struct cm_archive *archive, uint32_t index, struct cm_err *err)
{
    const struct cm_archive_entry *entry = cm_archive_entry(archive, index);
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(READ_MOST);
    struct reading reading;
    if (!cm_archive_read(archive, index, &content, err))
        return false;
    reading_begin(&reading);
    (void)reading_add(&reading, cm_buf_text(&content), content.size);
    said_entry(entry->name, entry->name_size, &reading, NULL);
    return true;
}

static bool
read_archive(const char *path, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    if (!cm_file_open(path, &fd, err) || !cm_archive_open(fd, path, NULL, &archive, err) ||
        !cm_archive_check_contents(archive, err))
        return false;
    for (uint32_t i = 0; i < cm_archive_count(archive); i++) {
        if (!say_entry(archive, i, err))
            return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct cm_err err = CM_ERR_INIT;
        if (read_archive(argv[i], &err))
            said_end();
        else
            printf("!%s: %s\n", cm_class_name(err.class), err.text);
    }
    return 0;
}
