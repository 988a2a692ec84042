/* SPDX-License-Identifier: Apache-2.0
 *
 * A job's configuration and a file of a digest: whatever is read is JSON without two members of one
 * name, and what is not read says why.
 */
#include "../demand.h"
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
    demand(digest.text == NULL || (size >= 64 && memcmp(digest.text + 11, text, 64) == 0));
    kit_free(kit);
    free(text);
    return 0;
}
