/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/archive_copy.h"
#include "base/text.h"

#include <string.h>

bool
cm_archive_changed(const struct cm_archive *archive, struct cm_err *err)
{
    return cm_fail(err, CM_E_MALFORMED, "%s: it has changed since it was read", archive->name);
}

void
cm_follower_done(struct cm_follower *follower)
{
    cm_digest_done(&follower->locals);
    cm_digest_done(&follower->content);
}

bool
cm_follower_begin(struct cm_follower *follower, const struct cm_archive *archive,
                  struct cm_err *err)
{
    follower->archive = archive;
    follower->locals = cm_digest_new("sha256");
    return follower->locals || cm_archive_no_memory(archive, err);
}

/* Was the content of the entry that it is in handed out? */
static bool
is_seen(const struct cm_follower *follower)
{
    const struct cm_archive *archive = follower->archive;
    return follower->seen < archive->seen_count &&
           archive->seen[follower->seen].entry == archive->by_offset[follower->next];
}

static void
end_content(struct cm_follower *follower)
{
    char hex[CM_SHA256_HEX];
    unsigned char sha256[CM_SHA256_SIZE];
    const struct cm_archive_seen *seen = &follower->archive->seen[follower->seen++];
    if (!cm_digest_end(CM_TAKE(follower->content), hex) || !cm_unhex(hex, sizeof hex - 1, sha256) ||
        memcmp(sha256, seen->sha256, sizeof sha256) != 0)
        follower->changed = true;
}

/* As many of the bytes as are of one kind. */
static size_t
follow_some(struct cm_follower *follower, const struct cm_archive_entry *entry,
            const unsigned char *at, size_t size)
{
    uint64_t behind = (uint64_t)entry->content + entry->packed;
    bool in_content = follower->at >= entry->content && follower->at < behind;
    uint64_t end = in_content                      ? behind
                   : follower->at < entry->content ? entry->content
                                                   : (uint64_t)entry->at + entry->span;
    size_t step = size < end - follower->at ? size : (size_t)(end - follower->at);
    if (!in_content)
        cm_digest_add(follower->locals, at, step);
    else if (is_seen(follower))
        cm_digest_add(follower->content, at, step);
    follower->at += step;
    return step;
}

void
cm_follow(struct cm_follower *follower, const unsigned char *at, size_t size)
{
    const struct cm_archive *archive = follower->archive;
    while (size > 0 && follower->next < archive->count) {
        const struct cm_archive_entry *entry =
            &archive->entries[archive->by_offset[follower->next]];
        if (is_seen(follower) && !follower->content)
            follower->content = cm_digest_new("sha256");
        size_t step = follow_some(follower, entry, at, size);
        at += step;
        size -= step;
        if (follower->at < (uint64_t)entry->at + entry->span)
            continue;
        if (is_seen(follower))
            end_content(follower);
        follower->next++;
    }
}

bool
cm_follower_end(struct cm_follower *follower, struct cm_err *err)
{
    char locals[CM_SHA256_HEX];
    const struct cm_archive *archive = follower->archive;
    if (!cm_archive_end_digest(archive, &follower->locals, locals, err))
        return false;
    if (follower->changed || strcmp(locals, archive->locals_sha256) != 0)
        return cm_archive_changed(archive, err);
    return true;
}
