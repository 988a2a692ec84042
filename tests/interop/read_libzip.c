/* SPDX-License-Identifier: Apache-2.0
 *
 * What libzip makes of archives: see readers.py. */
#include "read.h"

#include <zip.h>

static const char *
read_entry(zip_t *archive, zip_uint64_t index, struct reading *reading)
{
    char block[READ_BLOCK];
    zip_file_t *file = zip_fopen_index(archive, index, 0);
    if (!file)
        return zip_strerror(archive);
    zip_int64_t got;
    while ((got = zip_fread(file, block, sizeof block)) > 0 &&
           reading_add(reading, block, (size_t)got))
        continue;
    zip_fclose(file);
    return got < 0 ? "cannot be read" : NULL;
}

static void
read_archive(const char *path, int flags)
{
    int error = 0;
    zip_t *archive = zip_open(path, ZIP_RDONLY | flags, &error);
    if (!archive) {
        said_error("cannot be opened");
        return;
    }
    zip_int64_t count = zip_get_num_entries(archive, 0);
    for (zip_uint64_t i = 0; i < (zip_uint64_t)count; i++) {
        const char *name = zip_get_name(archive, i, 0);
        struct reading reading;
        reading_begin(&reading);
        const char *why = read_entry(archive, i, &reading);
        said_entry(name ? name : "", name ? strlen(name) : 0, &reading, why);
    }
    zip_discard(archive);
    said_end();
}

int
main(int argc, char **argv)
{
    bool strict = argc > 1 && strcmp(argv[1], "--check") == 0;
    for (int i = strict ? 2 : 1; i < argc; i++)
        read_archive(argv[i], strict ? ZIP_CHECKCONS : 0);
    return 0;
}
