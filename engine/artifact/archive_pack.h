/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact/archive_pack.h: a content, packed. The same content gives the same bytes.
 */
#ifndef CM_ARTIFACT_ARCHIVE_PACK_H
#define CM_ARTIFACT_ARCHIVE_PACK_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cm_packed {
    uint32_t crc32, packed, size;
    struct cm_buf bytes; /* here, or */
    int fd;              /* in an unlinked file of ours; -1 */
};

#define CM_PACKED_INIT                                                                             \
    {                                                                                              \
        .bytes = CM_BUF_INIT(UINT32_MAX), .fd = -1                                                 \
    }

/* By method 0 or 8. CM_E_LIMIT: 4 GiB or more, before or afterwards. `ret` is empty before. */
bool cm_pack(const void *at, size_t size, uint16_t method, struct cm_packed *ret,
             struct cm_err *err) CM_MUST;

/* From a descriptor's offset 0 to its end. */
bool cm_pack_from(int from, uint16_t method, struct cm_packed *ret, struct cm_err *err) CM_MUST;

void cm_packed_done(struct cm_packed *packed); /* for CM_CLEANUP */

#endif
