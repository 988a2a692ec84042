/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is taken for a signature: what verifies says who signed, and is of nothing else.
 */
#include "../reason.h"
#include "attest/cms.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Of "x". */
#define OF_X  "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
#define OTHER "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4882"

static void
look(const uint8_t *data, size_t size, const struct cm_cms_wish *wish)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts = {.signed_at = 0};
    if (!cm_cms_verify(data, size, wish, OF_X, &facts, &err)) {
        demand_reason(&err);
        return;
    }
    demand(cm_starts_with(facts.key_id, "sha256:") && strlen(facts.certificate) == 64);
    demand(!cm_cms_verify(data, size, wish, OTHER, &facts, &err));
}

/* What a program made of it: a content is found, or a reason. */
static void
look_for_made(const uint8_t *data, size_t size)
{
    static const struct cm_cms_wish made = {.content = "{program:1.3.6.1.4.1.311.2.1.4}"};
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts = {.signed_at = 0};
    char sha256[CM_SHA256_HEX];
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(CM_CMS_MADE_MOST);
    if (cm_cms_made_read(data, size, "1.3.6.1.4.1.311.2.1.4", &content, &err))
        demand(content.size > 0);
    else
        demand_reason(&err);
    if (!cm_cms_made_sha256(data, size, sha256, &err)) {
        demand_reason(&err);
        return;
    }
    demand(!cm_cms_verify(data, size, &made, OTHER, &facts, &err));
    if (cm_cms_verify(data, size, &made, sha256, &facts, &err))
        demand(content.size > 0 && cm_starts_with(facts.key_id, "sha256:"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cm_cms_wish detached = {.content = "{artifact}"};
    static const struct cm_cms_wish text = {.content = "Hash:{sha256:base64}\n",
                                            .demands = CM_CMS_DEMANDS};
    look(data, size, &detached);
    look(data, size, &text);
    look_for_made(data, size);
    return 0;
}
