/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/installed.h"

#include <string.h>

struct noting {
    struct cm_arena *arena;
    struct cm_installed *to;
};

static void
note_one(void *data, const char *path, const struct cm_note *note, const struct cm_err *refused)
{
    const struct noting *n = data;
    struct cm_installed *to = n->to;
    (void)path;
    if (refused != NULL || to->count == CM_COUNT(to->ids))
        return;
    for (size_t i = 0; i < to->count; i++)
        if (strcmp(to->ids[i], note->id) == 0)
            return;
    const char *id = cm_arena_text(n->arena, note->id);
    if (id != NULL)
        to->ids[to->count++] = id;
}

void
cm_session_installed(struct cm_session *session, struct cm_installed *ret)
{
    struct noting noting = {session->installation.arena, ret};
    ret->count = 0;
    cm_plugins_each(session->plugins, note_one, &noting);
}
