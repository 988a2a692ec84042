/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dsse.h"

#include "base/text.h"

#include <string.h>

void
cm_dsse_put_head(struct cm_buf *to, const char *type, size_t payload_size)
{
    cm_buf_printf(to, "DSSEv1 %zu %s %zu ", strlen(type), type, payload_size);
}

static size_t
decoded_size(const char *base64, size_t size)
{
    size_t pad = size >= 4 ? (size_t)(base64[size - 1] == '=') + (base64[size - 2] == '=') : 0;
    return size / 4 * 3 - pad;
}

bool
cm_dsse_encode(struct cm_buf *to, const char *type, const char *base64, size_t base64_size,
               enum cm_dsse_alphabet alphabet, size_t *ret_payload_at)
{
    size_t before = to->size;
    cm_dsse_put_head(to, type, decoded_size(base64, base64_size));
    size_t at = to->size;
    if (!to->failed &&
        (alphabet == CM_DSSE_EITHER ? cm_unbase64_either : cm_unbase64)(base64, base64_size, to)) {
        *ret_payload_at = at;
        return true;
    }
    cm_buf_cut(to, before);
    return false;
}
