/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/hook_options.h"

#include "base/json.h"

json_t *
cm_hook_options(const json_t *evidence)
{
    json_t *options = json_deep_copy(cm_json_path(evidence, "effective.options"));
    json_t *names = cm_json_path(evidence, "request.names");
    if (options != NULL && names != NULL && json_object_update_missing(options, names) != 0)
        cm_json_done(&options);
    return options;
}
