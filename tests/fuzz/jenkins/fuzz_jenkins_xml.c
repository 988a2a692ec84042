/* SPDX-License-Identifier: Apache-2.0
 *
 * A job's configuration and a file of a digest: whatever is read is JSON without two members of one
 * name, and what is not read says why.
 */
#include "../demand.h"
#include "base/text.h"
#include "jenkins.h"
#include "kit.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void
demand_json(const struct jk_json *read)
{
    json_error_t error;
    demand((read->text == NULL) == (read->wrong != NULL));
    if (read->text == NULL)
        return;
    demand(strlen(read->text) == read->size);
    json_t *json = json_loadb(read->text, read->size, JSON_REJECT_DUPLICATES, &error);
    demand(json != NULL && json_is_object(json));
    json_decref(json);
}

/* The digest that was read is the text's, in one of both forms: nothing was lost or made up. */
static bool
says_the_same(const char *hex, const char *text, size_t size)
{
    unsigned char raw[32];
    CM_CLEANUP(cm_buf_done) struct cm_buf base64 = CM_BUF_INIT(64);
    if (size >= 64 && memcmp(hex, text, 64) == 0)
        return true;
    demand(cm_unhex(hex, 64, raw));
    cm_base64(&base64, raw, sizeof raw);
    return base64.size == 44 && size >= 44 && memcmp(base64.at, text, 44) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct kit *kit = kit_new();
    if (text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    struct jk_json config = jk_xml_read(kit_call(kit), text, size);
    demand_json(&config);
    demand(config.text == NULL || strstr(text, "<!DOCTYPE") == NULL);
    struct jk_json digest = jk_sidecar_read(kit_call(kit), text, size);
    demand_json(&digest);
    demand(digest.text == NULL || says_the_same(digest.text + 11, text, size));
    kit_free(kit);
    free(text);
    return 0;
}
