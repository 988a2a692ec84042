/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/outside_module.h"

#include "base/fd.h"
#include "base/text.h"

#include <dlfcn.h>
#include <string.h>

bool
cm_outside_load(const char *path, const struct cm_outside_table **ret,
                char ret_sha256[CM_SHA256_HEX], struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_text_done) char *resolved = NULL;
    char sha256[CM_SHA256_HEX];
    if (!cm_file_open_guarded(path, &fd, &resolved, err) || !cm_sha256_fd(fd, path, sha256, err))
        return cm_context(err, "the module for the outside");

    void *module = dlopen(resolved, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == NULL)
        return cm_fail(err, CM_E_INTERNAL, "%s: %s", path, dlerror());
    const struct cm_outside_table *table = dlsym(module, CM_OUTSIDE_SYMBOL);
    if (table == NULL || table->version != CM_OUTSIDE_VERSION ||
        strcmp(table->build, CM_VERSION) != 0)
        return cm_fail(err, CM_E_INTERNAL,
                       "%s is not of this build (%s): install Countermark as a whole", path,
                       CM_VERSION);
    *ret = table;
    memcpy(ret_sha256, sha256, sizeof sha256);
    return true;
}
