/* SPDX-License-Identifier: Apache-2.0
 *
 * libzip_add ARCHIVE ENTRY BYTES: adds one entry to an archive, in place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

int
main(int argc, char **argv)
{
    static char content[1 << 20];
    int error = 0;
    memset(content, 'x', sizeof content);
    zip_t *archive = argc == 4 ? zip_open(argv[1], 0, &error) : NULL;
    if (!archive)
        return 1;
    zip_source_t *source = zip_source_buffer(archive, content, strtoul(argv[3], NULL, 10), 0);
    if (!source || zip_file_add(archive, argv[2], source, ZIP_FL_ENC_UTF_8) < 0)
        return 1;
    return zip_close(archive) == 0 ? 0 : 1;
}
