/* SPDX-License-Identifier: Apache-2.0
 *
 * The editor of [Content_Types].xml, and what must hold of every edit: the outcome knows a type for
 * each file that is attached and needs no further edit, and it is one piece more and nothing less.
 */
#include "../demand.h"
#include "host.h"
#include "nuget.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char nuspec[] = "<package><metadata><repository type='git' url='" HOST_URL
                             "' branch='main' commit='" HOST_COMMIT "'/></metadata></package>";

static void
open_with(struct host *h, const void *types, size_t size)
{
    host_open(h);
    host_text(h, "a.nuspec", nuspec);
    host_entry(h, "[Content_Types].xml", types, size);
    demand(json_object_set_new(h->attachments, "Build.json", json_object()) == 0);
    demand(json_object_set_new(h->attachments, "Log.txt", json_string("a")) == 0);
}

static void
demand_known(const struct cm_buf *outcome)
{
    CM_CLEANUP(host_close) struct host h;
    open_with(&h, outcome->at, outcome->size);
    demand(host_rewrite(&h) == CMK_OK);
    demand(h.splice_count == 0);
    demand(h.count == h.before + 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CM_CLEANUP(host_close) struct host h;
    open_with(&h, data, size);
    demand(host_inspect(&h) == CMK_OK);
    int32_t status = host_rewrite(&h);
    demand(status == CMK_OK || status == CMK_E_LIMIT || status == CMK_E_MALFORMED ||
           status == CMK_E_UNSUPPORTED);
    demand(status == CMK_OK || host_edits(&h) == 0);
    if (status != CMK_OK)
        return 0;
    const struct cm_buf *outcome = host_outcome(&h, "[Content_Types].xml");
    demand(h.splice_count <= 1);
    if (h.splice_count == 1) {
        const struct splice *s = &h.splices[0];
        demand(s->size == 0 && outcome->size == size + s->instead_size);
        demand(memcmp(outcome->at, data, (size_t)s->offset) == 0);
        demand(memcmp(outcome->at + s->offset + s->instead_size, data + s->offset,
                      size - (size_t)s->offset) == 0);
    }
    demand_known(outcome);
    return 0;
}
