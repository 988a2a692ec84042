/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/statement_lines.h"

#include "attest/vsa.h"
#include "base/text.h"

void
cm_put_summary(struct cm_page *page, size_t column, const struct cm_statement *statement,
               bool with_result)
{
    size_t i;
    json_t *one;
    struct cm_vsa vsa;
    char verified[CM_TIME_SIZE] = "";
    struct cm_err none = CM_ERR_INIT;
    if (!cm_vsa_read(statement, "", &vsa, &none))
        return;
    if (vsa.time_verified != CM_NO_TIME)
        cm_format_time(vsa.time_verified, verified);
    cm_page_labelled(page, 2, column, "verifier", CM_FOREIGN, vsa.verifier_id);
    cm_page_labelled(page, 2, column, "resource", CM_FOREIGN, vsa.resource_uri);
    cm_page_labelled(page, 2, column, "policy", CM_FOREIGN, vsa.policy_uri);
    cm_page_labelled(page, 2, column, "verified", CM_FOREIGN, verified);
    cm_page_labelled(page, 2, column, "result", CM_FOREIGN, with_result ? vsa.result : NULL);
    json_array_foreach(vsa.levels, i, one)
    {
        cm_page_labelled(page, 2, column, i == 0 ? "levels" : "", CM_FOREIGN,
                         json_string_value(one));
    }
}
