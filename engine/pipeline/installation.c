/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipeline.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

bool
cm_installation_find(struct cm_installation *ret, struct cm_err *err)
{
    char program[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    if (size <= 0)
        return cm_fail(err, CM_E_INTERNAL, "/proc/self/exe: %s", strerror(errno));
    program[size] = '\0';

    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new((size_t)64 * 1024);
    if (arena == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    int folder = (int)(strrchr(program, '/') - program);
    struct cm_installation found = {
        .program = cm_arena_text(arena, program),
        .plugin_folder = cm_arena_printf(arena, "%.*s/%s/plugins", folder, program, CM_REL_LIBDIR),
        .outside_module = cm_arena_printf(arena, "%.*s/%s/countermark-outside.so", folder, program,
                                          CM_REL_LIBDIR),
        .token_module =
            cm_arena_printf(arena, "%.*s/%s/countermark-token.so", folder, program, CM_REL_LIBDIR),
        .git_helper =
            cm_arena_printf(arena, "%.*s/%s/countermark-git", folder, program, CM_REL_LIBEXECDIR),
        .run_helper =
            cm_arena_printf(arena, "%.*s/%s/countermark-run", folder, program, CM_REL_LIBEXECDIR),
        .keys_program = cm_arena_printf(arena, "%.*s/countermark-keys", folder, program),
    };
    if (found.program == NULL || found.plugin_folder == NULL || found.outside_module == NULL ||
        found.token_module == NULL || found.git_helper == NULL || found.run_helper == NULL ||
        found.keys_program == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    *ret = found;
    ret->arena = CM_TAKE(arena);
    return true;
}

void
cm_installation_done(struct cm_installation *installation)
{
    installation->arena = cm_arena_free(installation->arena);
}
