/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is read can be written, read again, and is then written in the same way.
 */
#include "../demand.h"
#include "base/json.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void
check_refusal(const struct cm_err *err)
{
    demand(err->class == CM_E_MALFORMED || err->class == CM_E_LIMIT);
    demand(cm_starts_with(err->text, "fuzz: line ") && cm_is_utf8(err->text, strlen(err->text)));
}

static void
check_round_trip(const json_t *json, bool (*write)(const json_t *json, struct cm_buf *to),
                 const struct cm_buf *canonical)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *again = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf written = CM_BUF_INIT((size_t)1 << 30);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)1 << 30);
    demand(write(json, &written) && cm_is_utf8(written.at, written.size));
    demand(cm_json_parse(written.at, written.size, "fuzz", &again, &err));
    demand(cm_json_canonical(again, &text));
    demand(text.size == canonical->size && memcmp(text.at, canonical->at, text.size) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *json = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf canonical = CM_BUF_INIT((size_t)1 << 30);
    if (!cm_json_parse(data, size, "fuzz", &json, &err)) {
        check_refusal(&err);
        return 0;
    }
    demand(cm_json_canonical(json, &canonical));
    check_round_trip(json, cm_json_canonical, &canonical);
    check_round_trip(json, cm_json_pretty, &canonical);
    return 0;
}
