/* SPDX-License-Identifier: Apache-2.0
 *
 * A pack as the helper reads it beside libgit2. The first byte of an input says in pieces of how
 * many bytes it comes (0: in one). What is found must be the same in one piece and in many.
 */
#include "git/helper/graph.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t
count_in_steps(const uint8_t *data, size_t size, size_t step)
{
    struct cm_helper_graph *graph = cm_helper_graph_new();
    if (!graph)
        abort();
    for (size_t at = 0; at < size; at += step)
        cm_helper_graph_feed(graph, data + at, size - at < step ? size - at : step);
    uint32_t count = cm_helper_graph_count(graph);
    cm_helper_graph_free(graph);
    return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint32_t whole = count_in_steps(data + 1, size - 1, size);
    if (data[0] > 0 && count_in_steps(data + 1, size - 1, data[0]) != whole)
        abort();
    return 0;
}
