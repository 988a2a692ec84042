/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of attestations from anybody, read twice: with the payload left out of the JSON where that
 * is plain, and as JSON alone. Both read the same, or neither does.
 */
#include "../reason.h"
#include "attest/attestations.h"
#include "base/json.h"

#include <string.h>

static const struct cm_dsse_apart none = {NULL, 0};

/* One object, by both ways. */
static void
compare(const char *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_dsse_apart apart = {NULL, 0};
    CM_CLEANUP(cm_json_done) json_t *one = NULL;
    CM_CLEANUP(cm_json_done) json_t *other = NULL;
    bool plain = cm_json_parse(at, size, "it", &other, &err);
    demand(cm_dsse_parse(at, size, "it", &one, &apart, &err) == plain);
    if (!plain)
        return;
    CM_CLEANUP(cm_envelope_done) struct cm_envelope short_way = {.count = 0};
    CM_CLEANUP(cm_envelope_done) struct cm_envelope long_way = {.count = 0};
    bool read = cm_envelope_read(one, &apart, "it", &short_way, &err);
    demand(cm_envelope_read(other, &none, "it", &long_way, &err) == read);
    if (!read)
        return;
    demand(short_way.count == long_way.count && short_way.count >= 1 &&
           short_way.count <= CM_MOST_SIGNATURES);
    demand(short_way.encoding.size == long_way.encoding.size &&
           memcmp(short_way.encoding.at, long_way.encoding.at, long_way.encoding.size) == 0);
    demand(short_way.payload_at <= short_way.encoding.size);
    for (size_t i = 0; i < short_way.count; i++)
        demand(short_way.signatures[i].size > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.at = NULL};
    compare((const char *)at, size);
    if (!cm_attestations_read(at, size, "it", &attestations, &err)) {
        demand_reason(&err);
        return 0;
    }
    demand(attestations.count >= 1 && attestations.count <= CM_MOST_ATTESTATIONS);
    for (size_t i = 0; i < attestations.count; i++)
        demand(attestations.at[i].where[0] != '\0' &&
               attestations.at[i].bundle.has_envelope ==
                   (attestations.at[i].bundle.envelope.count > 0));
    return 0;
}
