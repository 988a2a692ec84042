/* SPDX-License-Identifier: Apache-2.0 */
#include "base/run/confine.h"

#include "base/fd.h"
#include "base/run/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECONDS 600 /* of processor time */

/* ---- files: Landlock ---- */

/* What newer kernels know, and the headers of Debian 12 do not. */
#define TRUNCATE     (UINT64_C(1) << 14) /* from version 3 on */
#define IOCTL_DEVICE (UINT64_C(1) << 15) /* 5 */
#define NET_ALL      UINT64_C(3)         /* 4: TCP, binding and connecting */
#define SCOPE_ALL    UINT64_C(3)         /* 6: abstract sockets, signals */
#define SCOPES       6

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RUN  (READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define USE  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | IOCTL_DEVICE)
#define CHANGE                                                                                     \
    (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                        \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |  \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | TRUNCATE)
#define OF_A_FILE                                                                                  \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE |   \
     TRUNCATE | IOCTL_DEVICE)

/* As the newest of those versions has it; older ones take the beginning. */
struct ruleset {
    uint64_t files, net, scoped;
};

/* What is there on each machine, and secret on none. */
static const struct {
    const char *path;
    uint64_t may;
} always[] = {
    {"/usr", RUN},
    {"/bin", RUN},
    {"/sbin", RUN},
    {"/lib", RUN},
    {"/lib32", RUN},
    {"/lib64", RUN},
    {"/etc/ld.so.cache", READ},
    {"/etc/localtime", READ},
    {"/etc/ssl/openssl.cnf", READ},
    {"/etc/ssl/certs", READ},
    {"/etc/ca-certificates", READ},
    {"/etc/pki/ca-trust", READ},
    {"/etc/crypto-policies", READ},
    {"/dev/null", USE},
    {"/dev/zero", READ},
    {"/dev/random", READ},
    {"/dev/urandom", READ},
};

static uint64_t
all_of(long version)
{
    uint64_t all = (UINT64_C(1) << 13) - 1;
    all |= version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
    all |= version >= 3 ? TRUNCATE : 0;
    return all | (version >= 5 ? IOCTL_DEVICE : 0);
}

static bool
new_ruleset(long version, int *ret, struct cm_err *err)
{
    const struct ruleset rules = {all_of(version), NET_ALL, SCOPE_ALL};
    size_t size = version >= SCOPES ? sizeof rules
                  : version >= 4    ? offsetof(struct ruleset, scoped)
                                    : offsetof(struct ruleset, net);
    *ret = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    return *ret >= 0 || cm_fail_errno(err, errno, "cannot begin to confine a program");
}

/* Of a path that is there; what is not there needs no rule. */
static bool
allow(int rules, const char *path, uint64_t may, uint64_t known, struct cm_err *err)
{
    struct stat info;
    CM_CLEANUP(cm_fd_done) int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0)
        return true;
    may &= known & (S_ISDIR(info.st_mode) ? UINT64_MAX : OF_A_FILE);
    const struct landlock_path_beneath_attr rule = {.allowed_access = may, .parent_fd = fd};
    return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ||
           cm_fail_errno(err, errno, "%s: cannot be opened to a program", path);
}

static bool
allow_all(int rules, const struct cm_confines *confines, uint64_t known, struct cm_err *err)
{
    for (size_t i = 0; i < CM_COUNT(always); i++)
        if (!allow(rules, always[i].path, always[i].may, known, err))
            return false;
    for (size_t i = 0; i < confines->readable_count; i++)
        if (!allow(rules, confines->readable[i], READ, known, err))
            return false;
    return allow(rules, confines->program, RUN, known, err) &&
           allow(rules, "/proc/self/fd/0", LANDLOCK_ACCESS_FS_READ_FILE, known, err) &&
           allow(rules, ".", CHANGE, known, err);
}

static bool
confine_files(const struct cm_confines *confines, long version, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int rules = -1;
    return new_ruleset(version, &rules, err) && allow_all(rules, confines, all_of(version), err) &&
           (syscall(SYS_landlock_restrict_self, rules, 0) == 0 ||
            cm_fail_errno(err, errno, "cannot confine a program"));
}

/* ---- privileges ---- */

/* Root's program is no root: but for reading what the operator names, whoever owns it, where
 * Landlock lets it. What is given up here does not come back with no_new_privs. */
static bool
confine_privileges(struct cm_err *err)
{
    struct __user_cap_header_struct of = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = {0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_capget, &of, now) != 0)
        return cm_fail_errno(err, errno, "cannot give up privileges");
    uint32_t kept = now[0].permitted & UINT32_C(1) << CAP_DAC_READ_SEARCH;
    const struct __user_cap_data_struct then[_LINUX_CAPABILITY_U32S_3] = {
        {.effective = kept, .permitted = kept}};
    return syscall(SYS_capset, &of, then) == 0 ||
           cm_fail_errno(err, errno, "cannot give up privileges");
}

/* ---- the whole ---- */

static bool
limit(__rlimit_resource_t what, rlim_t most, struct cm_err *err)
{
    struct rlimit now;
    if (getrlimit(what, &now) != 0)
        return cm_fail_errno(err, errno, "cannot read a limit");
    most = now.rlim_max < most ? now.rlim_max : most;
    const struct rlimit then = {.rlim_cur = most, .rlim_max = most};
    return setrlimit(what, &then) == 0 || cm_fail_errno(err, errno, "cannot limit a program");
}

bool
cm_confine(const struct cm_confines *confines, struct cm_err *err)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "this kernel has no Landlock, without which no program is run");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return cm_fail_errno(err, errno, "cannot end with whoever has started it");
    return limit(RLIMIT_CORE, 0, err) && limit(RLIMIT_CPU, SECONDS, err) &&
           limit(RLIMIT_FSIZE, confines->most, err) && confine_privileges(err) &&
           confine_files(confines, version, err) && cm_confine_calls(version >= SCOPES, err);
}
