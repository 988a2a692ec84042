/* SPDX-License-Identifier: Apache-2.0
 *
 * What was signed and attested, for people. */
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

void
cm_report_signature(struct cm_page *page, const json_t *signature)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1024);
    const char *file = cm_json_text(signature, "file");
    if (signature == NULL)
        return;
    cm_buf_printf(&text, "by %s, at %s", cm_json_text(signature, "key_id"),
                  cm_json_text(signature, "signed_at"));
    cm_page_labelled(page, 2, LABEL_TEXT, "signed", CM_FOREIGN, cm_buf_text(&text));
    if (cm_json_text(signature, "stamped_at") != NULL)
        cm_page_labelled(page, 2, LABEL_TEXT, "stamped", CM_FOREIGN,
                         cm_json_text(signature, "stamped_at"));
    if (file != NULL)
        cm_page_labelled(page, 2, LABEL_TEXT, "signature", CM_OPERATORS, file);
}
