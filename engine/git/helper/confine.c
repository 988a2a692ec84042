/* SPDX-License-Identifier: Apache-2.0 */
#include "git/helper/helper.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define MIB ((rlim_t)1024 * 1024)

static bool
limit(__rlimit_resource_t what, const char *name, rlim_t most, struct cm_err *err)
{
    struct rlimit now;
    if (getrlimit(what, &now) != 0)
        return cm_fail_errno(err, errno, "cannot read the limit on %s", name);
    if (now.rlim_max < most)
        most = now.rlim_max;
    struct rlimit then = {.rlim_cur = most, .rlim_max = most};
    if (setrlimit(what, &then) != 0)
        return cm_fail_errno(err, errno, "cannot limit %s", name);
    return true;
}

bool
cm_helper_confine(struct cm_err *err)
{
    umask(077);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        (!CM_SANITIZED && prctl(PR_SET_DUMPABLE, 0) != 0))
        return cm_fail_errno(err, errno, "cannot give up privileges");
    if (!limit(RLIMIT_CORE, "core files", 0, err) ||
        !limit(RLIMIT_CPU, "processor time", 300, err) ||
        !limit(RLIMIT_FSIZE, "files", 2048 * MIB, err) ||
        !limit(RLIMIT_NOFILE, "descriptors", 64, err))
        return false;
    return CM_SANITIZED || limit(RLIMIT_AS, "memory", 3072 * MIB, err);
}

bool
cm_helper_confine_threads(struct cm_err *err)
{
    return CM_SANITIZED || limit(RLIMIT_NPROC, "processes", 0, err);
}
