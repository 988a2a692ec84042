/* SPDX-License-Identifier: Apache-2.0
 *
 * Lies about an honest archive, one at a time.
 */
#ifndef CM_TESTS_UNIT_ARTIFACT_LIES_H
#define CM_TESTS_UNIT_ARTIFACT_LIES_H

#include "zip.h"

/* The entries of the honest one: "good.txt" (4 bytes, stored), "lib/", "lib/a.dll" (deflated, with
 * a descriptor), "other.txt" (deflated). */
enum { GOOD, FOLDER, DEEP, TEXT };

struct lie {
    const char *name;
    void (*tell)(struct zip *zip);
    enum cm_class class;
    const char *says; /* part of the reason */
};

extern const struct lie lies_directory[], lies_entry[], lies_name[], lies_place[];
extern const size_t lies_directory_count, lies_entry_count, lies_name_count, lies_place_count;

#define M CM_E_MALFORMED
#define U CM_E_UNSUPPORTED
#define Z "ZIP64; package feeds and their signatures do not take ZIP64"

/* ---- what header and record say alike ---- */

static inline void
zip_rename(struct zip *zip, int entry, const char *name, size_t size)
{
    zip->entries[entry].local.name = (struct zip_piece){name, size};
    zip->entries[entry].record.name = (struct zip_piece){name, size};
}

static inline void
zip_extra(struct zip *zip, int entry, const char *bytes, size_t size)
{
    zip->entries[entry].local.extra = (struct zip_piece){bytes, size};
    zip->entries[entry].record.extra = (struct zip_piece){bytes, size};
}

static inline void
zip_flag(struct zip *zip, int entry, uint16_t flags)
{
    zip->entries[entry].local.flags |= flags;
    zip->entries[entry].record.flags |= flags;
}

#endif
