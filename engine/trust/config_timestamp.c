/* SPDX-License-Identifier: Apache-2.0
 *
 * `timestamp`: who is asked for the time of a signature, and by which authority's word it counts.
 */
#include "trust/reader.h"

#include "base/text.h"
#include "trust/url.h"

static bool
check_url(const char *text, struct cm_err *err)
{
    struct cm_url url;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new((size_t)1 << 17);
    return arena == NULL ? cm_fail(err, CM_E_LIMIT, "no memory")
                         : cm_url_parse(arena, text, &url, err);
}

static const struct cm_kind kind_url = {check_url, "write \"https://host/path\"", false};

/* What is stamped is a signature, which is no secret, and a stamp is verified by itself: plain http
 * is fine for it, at addresses that the operator knows. */
static void
check_plain(struct cm_reader *reader, const struct cm_node *group, const struct cm_timestamp *stamp)
{
    if (stamp->url != NULL && cm_starts_with(stamp->url, "http:") &&
        stamp->peer.allow_addresses.count == 0 && !cm_node_is_open(group))
        cm_node_complain(
            reader, group, "write allow_addresses = [ \"192.0.2.1\" ], with the server's addresses",
            "a server that is spoken to without TLS is asked at listed addresses only, "
            "and none is");
}

const struct cm_timestamp *
cm_take_timestamp(struct cm_reader *reader, const struct cm_node *root)
{
    static const char *const keys[] = {"url", "authority", "ca", "spki", "allow_addresses", NULL};
    struct cm_node group;
    struct cm_timestamp *stamp = cm_reader_alloc(reader, 1, sizeof *stamp);
    if (stamp == NULL || !cm_node_member(reader, root, "timestamp", &group))
        return NULL;
    if (!config_setting_is_group(group.at)) {
        cm_node_complain(reader, &group, "write { url = \"...\"; authority = \"/...pem\"; }",
                         "is not a group");
        return NULL;
    }
    stamp->url = cm_take_text(reader, &group, "url", &kind_url, true);
    stamp->authority = cm_take_text(reader, &group, "authority", &cm_kind_path, true);
    stamp->peer = cm_take_peer(reader, &group);
    stamp->place = cm_node_place(&group);
    cm_take_no_more(reader, &group, keys);
    check_plain(reader, &group, stamp);
    return stamp;
}
