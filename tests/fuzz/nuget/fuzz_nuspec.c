/* SPDX-License-Identifier: Apache-2.0
 *
 * The editor of nuspecs, and what must hold of every edit: the outcome says what the origin is and
 * needs no further one, and with what stood there put back it is the file that it was.
 *
 * The first byte of the input chooses the origin's ref and what becomes of contradictions.
 */
#include "../demand.h"
#include "host.h"
#include "nuget.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void
choose(struct host *h, uint8_t how)
{
    static const char *const refs[] = {"refs/heads/main", "refs/tags/v1",
                                       "refs/heads/a\"<&'>\xf0\x9f\x98\x80", NULL};
    host_set(h->origin, "ref", refs[how & 3]);
    host_set(h->options, "contradiction", (how & 4) != 0 ? "refuse" : "replace");
}

static int
by_offset(const void *a, const void *b)
{
    const struct splice *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* What stood in each range, put back into the outcome. */
static void
demand_restored(struct host *h, const struct cm_buf *outcome, const uint8_t *data, size_t size)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf back = CM_BUF_INIT((size_t)4 << 20);
    size_t from = 0, done = 0;
    qsort(h->splices, h->splice_count, sizeof *h->splices, by_offset);
    for (size_t i = 0; i < h->splice_count; i++) {
        const struct splice *s = &h->splices[i];
        size_t kept = (size_t)s->offset - done;
        cm_buf_add(&back, outcome->at + from, kept);
        cm_buf_add(&back, data + s->offset, (size_t)s->size);
        from += kept + (size_t)s->instead_size;
        done = (size_t)(s->offset + s->size);
    }
    cm_buf_add(&back, outcome->at + from, outcome->size - from);
    demand(!back.failed && back.size == size && memcmp(back.at, data, size) == 0);
}

static void
demand_documented(const struct cm_buf *outcome, uint8_t how)
{
    CM_CLEANUP(host_close) struct host h;
    host_open(&h);
    host_entry(&h, "a.nuspec", outcome->at, outcome->size);
    choose(&h, (uint8_t)(how | 4)); /* nothing in it contradicts */
    demand(host_rewrite(&h) == CMK_OK);
    demand(host_edits(&h) == 0);
}

static void
edit(uint8_t how, const uint8_t *nuspec, size_t size)
{
    CM_CLEANUP(host_close) struct host h;
    host_open(&h);
    host_entry(&h, "a.nuspec", nuspec, size);
    choose(&h, how);
    demand(host_inspect(&h) == CMK_OK);
    int32_t status = host_rewrite(&h);
    demand(status == CMK_OK || status == CMK_E_DENIED || status == CMK_E_LIMIT ||
           status == CMK_E_MALFORMED || status == CMK_E_UNSUPPORTED);
    demand(status == CMK_OK || host_edits(&h) == 0);
    if (status != CMK_OK)
        return;
    const struct cm_buf *outcome = host_outcome(&h, "a.nuspec");
    demand_restored(&h, outcome, nuspec, size);
    demand_documented(outcome, how);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        edit(*data, data + 1, size - 1);
    return 0;
}
