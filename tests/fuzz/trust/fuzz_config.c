/* SPDX-License-Identifier: Apache-2.0
 *
 * The bytes of a configuration: the guard, libconfig, and what is read from its tree.
 */
#include "base/json.h"
#include "trust/config.h"
#include "trust/effective.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 forgets a text when it stops at a syntax error behind it. */
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void); /* NOLINT(*-reserved-identifier,cert-dcl*) */
const char *
__lsan_default_suppressions(void) /* NOLINT(*-reserved-identifier,cert-dcl*) */
{
    return "leak:libconfig.so";
}

/* What was accepted can be made effective. */
static void
use(const struct cm_trust *trust)
{
    for (size_t i = 0; i < trust->project_count; i++) {
        const struct cm_project *project = &trust->projects[i];
        for (size_t j = 0; j < project->policy_count; j++) {
            const struct cm_policy *policy = &project->policies[j];
            json_t *json = cm_effective(trust, project, policy,
                                        cm_project_link(project, policy->systems.at[0]), NULL);
            if (json == NULL)
                abort();
            json_decref(json);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cm_complaints complaints = {0}, guarded = {0};
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = NULL;
    bool good = cm_config_guard("fuzz.conf", data, size, &guarded);
    bool read = cm_config_read_text("fuzz.conf", data, size, &trust, &complaints);
    if ((read && !good) || read != (trust != NULL) || read != (complaints.count == 0))
        abort();
    if (read)
        use(trust);
    cm_complaints_done(&complaints);
    cm_complaints_done(&guarded);
    return 0;
}
