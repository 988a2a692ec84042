/* SPDX-License-Identifier: Apache-2.0
 *
 * Of a key that signs a text in one way only, one JWS is known; whatever else is believed would be
 * a second way to write it, or a forgery.
 */
#include "base/json.h"
#include "certificate.h"
#include "fixed.h"
#include "x509/jws.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static X509 *leaf;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_jws_done) struct cm_jws jws = {.header = NULL};
    CM_CLEANUP(cm_json_done) json_t *header = NULL;
    if (leaf == NULL)
        leaf = fixed(FIXED_LEAF);
    const char *text = (const char *)data;
    bool peeked = cm_jws_peek(text, size, &header, &err);
    if (!cm_jws_verify(text, size, leaf, &jws, &err))
        return 0;
    demand(peeked && json_equal(header, jws.header));
    demand(size == strlen(FIXED_JWS) && memcmp(text, FIXED_JWS, size) == 0);
    demand(strcmp(cm_buf_text(&jws.payload), "{\"a\":1}") == 0);
    return 0;
}
