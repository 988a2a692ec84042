/* SPDX-License-Identifier: Apache-2.0 */
#include "git/worker.h"

#include "base/fd.h"

#include <unistd.h>

bool
cm_git_spool_open(const char *folder, struct cm_git_spool *ret, struct cm_err *err)
{
    struct cm_git_spool spool = {.fd = -1, .wake = -1};
    if (!cm_file_unlinked(folder, &spool.fd, err))
        return false;
    *ret = spool;
    return true;
}

/* That it cannot be told means that it was told already and not been heard yet. */
static void
wake(const struct cm_git_spool *spool)
{
    const uint64_t once = 1;
    if (spool->wake >= 0)
        (void)!write(spool->wake, &once, sizeof once);
}

bool
cm_git_spool_write(struct cm_git_spool *spool, const void *at, size_t size, struct cm_err *err)
{
    if (!cm_fd_write_all(spool->fd, "the pack", at, size, err))
        return cm_context(err, "no room is left (set TMPDIR to a folder with room for packs)");
    spool->written += size;
    wake(spool);
    return true;
}

void
cm_git_spool_end(struct cm_git_spool *spool, bool whole)
{
    if (spool->ended || spool->stopped)
        return;
    spool->ended = whole;
    spool->stopped = !whole;
    wake(spool);
}

void
cm_git_spool_done(struct cm_git_spool *spool)
{
    cm_fd_done(&spool->fd);
    spool->wake = -1;
}
