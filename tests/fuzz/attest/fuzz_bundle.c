/* SPDX-License-Identifier: Apache-2.0
 *
 * A sigstore bundle from anybody. What is read has one content and is by no certificate.
 */
#include "../reason.h"
#include "attest/bundle.h"
#include "base/json.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_dsse_apart apart = {NULL, 0};
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    CM_CLEANUP(cm_bundle_done) struct cm_bundle bundle = {.hint = NULL};
    if (!cm_dsse_parse(at, size, "it", &value, &apart, &err) ||
        !cm_bundle_read(value, &apart, "it", &bundle, &err)) {
        demand_reason(&err);
        return 0;
    }
    demand(cm_is_bundle(value));
    demand(bundle.has_envelope == (bundle.signature.size == 0));
    demand(bundle.envelope.count == (bundle.has_envelope ? 1 : 0));
    demand(bundle.log_entries <= CM_MOST_LOG_ENTRIES);
    demand(cm_json_get(json_object_get(value, "verificationMaterial"), "certificate") == NULL);
    return 0;
}
