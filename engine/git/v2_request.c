/* SPDX-License-Identifier: Apache-2.0 */
#include "git/v2.h"

#include "base/text.h"
#include "trust/pattern.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE_MOST 1024 /* a filter or a prefix with the word in front */

/* One line of "NAME VALUE"; a value that is too long fails the buffer, it is never cut. */
static void
put_pair(struct cm_buf *to, const char *name, const char *value)
{
    char line[LINE_MOST];
    int size = snprintf(line, sizeof line, "%s %s", name, value);
    if (size < 0 || (size_t)size >= sizeof line)
        to->failed = true;
    else
        cm_pkt_put(to, line);
}

static void
put_number(struct cm_buf *to, const char *name, int64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, number);
    put_pair(to, name, digits);
}

static void
begin(const struct cm_git_advertisement *of, const char *command, struct cm_buf *to)
{
    cm_pkt_put(to, command);
    if (of->object_format)
        cm_pkt_put(to, "object-format=sha1");
    cm_pkt_put_mark(to, CM_PKT_DELIM);
}

bool
cm_git_prefix_is_valid(const char *prefix)
{
    if (!prefix ||
        (!cm_starts_with(prefix, "refs/heads/") && !cm_starts_with(prefix, "refs/tags/")))
        return false;
    /* What the prefix of a valid name may lack is a last component; "x" is one. */
    char name[CM_GIT_REF_MOST + 2];
    int size = snprintf(name, sizeof name, "%sx", prefix);
    return size > 0 && (size_t)size < sizeof name && cm_ref_is_valid(name);
}

void
cm_git_ls_refs_request(const struct cm_git_advertisement *of, const char *const *prefixes,
                       size_t count, struct cm_buf *to)
{
    begin(of, "command=ls-refs", to);
    cm_pkt_put(to, "peel");
    for (size_t i = 0; i < count; i++)
        put_pair(to, "ref-prefix", prefixes[i]);
    cm_pkt_put_mark(to, CM_PKT_FLUSH);
}

void
cm_git_fetch_request(const struct cm_git_advertisement *of, const struct cm_git_fetch_ask *ask,
                     struct cm_buf *to)
{
    begin(of, "command=fetch", to);
    cm_pkt_put(to, "ofs-delta");
    cm_pkt_put(to, "no-progress");
    if (ask->filter)
        put_pair(to, "filter", ask->filter);
    if (ask->depth > 0)
        put_number(to, "deepen", ask->depth);
    if (ask->since > 0)
        put_number(to, "deepen-since", ask->since);
    for (size_t i = 0; i < ask->want_count; i++)
        put_pair(to, "want", ask->wants[i]);
    for (size_t i = 0; i < ask->have_count; i++)
        put_pair(to, "have", ask->haves[i]);
    cm_pkt_put(to, "done");
    cm_pkt_put_mark(to, CM_PKT_FLUSH);
}
