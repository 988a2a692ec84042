/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "pipeline/admit.h"

bool
cm_admit_again(const struct cm_trust *trust, struct cm_plugins *plugins, const json_t *evidence,
               struct cm_admitted *ret, struct cm_complaints *complaints, struct cm_err *err)
{
    const json_t *request = cm_json_get(evidence, "request");
    const struct cm_submission submission = {
        .project = cm_json_text(request, "project"),
        .policy = cm_json_text(request, "policy"),
        .system = cm_json_text(request, "system"),
        .artifact = cm_json_text(cm_json_path(evidence, "effective.artifact"), "slug"),
        .submitter = cm_json_text(request, "submitter"),
        .names = cm_json_get(request, "names"),
    };
    return cm_admit(trust, plugins, &submission, ret, complaints, err);
}
