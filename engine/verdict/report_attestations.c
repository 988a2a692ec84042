/* SPDX-License-Identifier: Apache-2.0
 *
 * What was attested, for people. */
#include "verdict/report.h"

#include "base/json.h"

#define LABEL_TEXT 14

void
cm_report_attestations(struct cm_page *page, const json_t *attestations)
{
    size_t index;
    const json_t *file;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1024);
    if (attestations == NULL)
        return;
    cm_buf_printf(&text, "by %s", cm_json_text(attestations, "key_id"));
    if (cm_json_bool(attestations, "first", false))
        cm_buf_printf(&text, ", as at the first time, %s",
                      cm_json_text(attestations, "decided_at"));
    else if (!cm_json_bool(attestations, "kept", false))
        cm_buf_puts(&text, ", and not kept: whoever asks again is attested anew");
    cm_page_labelled(page, 2, LABEL_TEXT, "attested", CM_FOREIGN, cm_buf_text(&text));
    json_array_foreach(cm_json_get(attestations, "files"), index, file)
    {
        cm_page_labelled(page, 2, LABEL_TEXT, index == 0 ? "written to" : "", CM_OPERATORS,
                         json_string_value(file));
    }
}
