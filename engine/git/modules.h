/* SPDX-License-Identifier: Apache-2.0
 *
 * git/modules.h: the file .gitmodules, and where a submodule comes from: pure.
 *
 * Bytes of whoever may commit. They are read as git reads them, and what git would pass over, or
 * what its versions read differently, is refused: a list is git's list, or there is none.
 */
#ifndef CM_GIT_MODULES_H
#define CM_GIT_MODULES_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CM_GIT_MODULES_FILE ".gitmodules"
#define CM_GIT_MODULES_SIZE ((size_t)64 * 1024) /* bytes of the file */
#define CM_GIT_MODULES_MOST 100u                /* submodules in it */

/* Texts in the arena. */
struct cm_git_module {
    const char *name;
    const char *path; /* components that are neither empty nor "." or "..", joined by '/' */
    const char *url;  /* as it stands there, and may hold a secret: cm_git_module_url() */
};

struct cm_git_modules {
    struct cm_git_module *at; /* in the byte order of paths */
    size_t count;
};

/* Of git's configuration syntax: UTF-8; comments; sections [submodule "NAME"], each name once, each
 * with one `path` and one `url`; other variables of a submodule, which say nothing of what it is;
 * values with quotes, the escapes \" and \\, and lines that go on. Paths and names hold no control
 * characters and no backslash, and no path stands twice. CM_E_MALFORMED with the line, CM_E_LIMIT
 * beyond the numbers above; messages repeat nothing of the file. */
bool cm_git_modules_parse(struct cm_arena *arena, const char *text, size_t size,
                          struct cm_git_modules *ret, struct cm_err *err) CM_MUST;

/* The URL that a `url` of .gitmodules means in the repository of that URL: an https, http, ssh or
 * git URL, without userinfo. Relative ones ("../x", "./x") are resolved as git does it; HOST:PATH
 * becomes ssh://HOST/PATH. Refused are other schemes and paths of a machine (CM_E_UNSUPPORTED), and
 * as CM_E_MALFORMED what cm_url_parse() refuses, and where a secret or something that reads like a
 * ref could hide: a query, or an '@' that ends no userinfo. Messages do not repeat it. Arena. */
bool cm_git_module_url(struct cm_arena *arena, const char *repository, const char *url,
                       const char **ret, struct cm_err *err) CM_MUST;

#endif
