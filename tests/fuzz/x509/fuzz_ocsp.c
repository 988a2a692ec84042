/* SPDX-License-Identifier: Apache-2.0
 *
 * Nothing but what the issuer signed is an answer: it said "good", and nothing else.
 */
#include "base/clock.h"
#include "base/json.h"
#include "certificate.h"
#include "fixed.h"
#include "x509/ocsp.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static X509 *leaf, *issuer;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *answer = NULL;
    if (leaf == NULL)
        leaf = fixed(FIXED_LEAF);
    if (issuer == NULL)
        issuer = fixed(FIXED_ISSUER);
    if (cm_ocsp_answer(data, size, leaf, issuer, FIXED_AT * CM_SECOND, &answer, &err))
        demand(strcmp(cm_json_text(answer, "status"), "good") == 0);
    return 0;
}
