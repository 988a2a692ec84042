/* SPDX-License-Identifier: Apache-2.0
 *
 * What libarchive makes of archives, reading from the end or, with --stream, from the front: see
 * readers.py. */
#include "read.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

static const char *
read_entry(struct archive *archive, struct reading *reading)
{
    char block[READ_BLOCK];
    la_ssize_t got;
    while ((got = archive_read_data(archive, block, sizeof block)) > 0 &&
           reading_add(reading, block, (size_t)got))
        continue;
    return got < 0 ? "cannot be read" : NULL;
}

static void
read_archive(const char *path, bool stream)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    if (stream)
        archive_read_support_format_zip_streamable(archive);
    else
        archive_read_support_format_zip_seekable(archive);
    int result = archive_read_open_filename(archive, path, READ_BLOCK);
    while (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
        result = archive_read_next_header(archive, &entry);
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
            break;
        const char *name = archive_entry_pathname(entry);
        struct reading reading;
        reading_begin(&reading);
        const char *why = read_entry(archive, &reading);
        said_entry(name ? name : "", name ? strlen(name) : 0, &reading, why);
    }
    if (result == ARCHIVE_EOF)
        said_end();
    else
        said_error("cannot be read on");
    archive_read_free(archive);
}

int
main(int argc, char **argv)
{
    bool stream = argc > 1 && strcmp(argv[1], "--stream") == 0;
    (void)setlocale(LC_ALL, "C.UTF-8"); /* without one it has no UTF-8 names */
    for (int i = stream ? 2 : 1; i < argc; i++)
        read_archive(argv[i], stream);
    return 0;
}
