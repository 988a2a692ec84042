/* SPDX-License-Identifier: Apache-2.0
 *
 * A condition that was read is written for people such that it is read as the same again; each of
 * its texts is the same as itself, and is never empty.
 */
#include "base/json.h"
#include "certificate.h"
#include "x509/name.h"

static void
look_at(const json_t *name)
{
    size_t i, k;
    json_t *rdn, *attribute;
    json_array_foreach(name, i, rdn)
    {
        json_array_foreach(rdn, k, attribute)
        {
            const char *text = cm_json_text(attribute, "text");
            demand(cm_name_same(attribute, attribute) == (text != NULL));
            demand(text == NULL || text[strspn(text, " ")] != '\0');
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf shown = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_json_done) json_t *name = NULL;
    CM_CLEANUP(cm_json_done) json_t *again = NULL;
    struct cm_err err = CM_ERR_INIT;
    cm_buf_add(&text, data, size);
    if (text.failed || !cm_name_condition(cm_buf_text(&text), &name, &err))
        return 0;
    demand(json_array_size(name) > 0);
    look_at(name);
    demand(cm_name_show(name, &shown, &err));
    if (shown.size > CM_NAME_CONDITION_MOST)
        return 0; /* escapes have made it longer */
    demand(cm_name_condition(cm_buf_text(&shown), &again, &err) && json_equal(name, again));
    return 0;
}
