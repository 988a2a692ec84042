/* SPDX-License-Identifier: Apache-2.0 */
#include "base/run/confine.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
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
    size_t size = version >= 6   ? sizeof rules
                  : version >= 4 ? offsetof(struct ruleset, scoped)
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
confine_files(const struct cm_confines *confines, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int rules = -1;
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "this kernel has no Landlock, without which no program is run");
    return new_ruleset(version, &rules, err) && allow_all(rules, confines, all_of(version), err) &&
           (syscall(SYS_landlock_restrict_self, rules, 0) == 0 ||
            cm_fail_errno(err, errno, "cannot confine a program"));
}

/* ---- all else: seccomp ---- */

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define MACHINE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define MACHINE AUDIT_ARCH_S390X
#else
#define MACHINE 0
#endif
#define OTHER_NUMBERS 0x40000000 /* of x86: the same calls by other numbers */

/* The network, other processes, ways out of the group; and what changes files by their names
 * without Landlock's say, in some version or in all. */
static const int denied[] = {
#ifdef SYS_chmod
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
#endif
#ifdef SYS_socketcall
    SYS_socketcall,
#endif
    SYS_socket,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_kcmp,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_setsid,
    SYS_setpgid,
    SYS_truncate,
    SYS_fchmodat,
    SYS_fchownat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_utimensat,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_unshare,
    SYS_setns,
    SYS_prlimit64,
    452 /* fchmodat2 */,
};

#define HEAD 6

static bool
confine_calls(struct cm_err *err)
{
    struct sock_filter all[HEAD + 2 * CM_COUNT(denied) + 1] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_NUMBERS, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    size_t count = HEAD;
    for (size_t i = 0; i < CM_COUNT(denied); i++) {
        all[count++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)denied[i], 0, 1);
        all[count++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)EPERM);
    }
    all[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog filter = {.len = (unsigned short)count, .filter = all};
    if (MACHINE == 0)
        return cm_fail(err, CM_E_UNSUPPORTED, "no program is run on a processor of this kind");
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 ||
           cm_fail_errno(err, errno, "this kernel has no seccomp, without which no program is run");
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
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return cm_fail_errno(err, errno, "cannot give up privileges");
    return limit(RLIMIT_CORE, 0, err) && limit(RLIMIT_CPU, SECONDS, err) &&
           limit(RLIMIT_FSIZE, confines->most, err) && confine_files(confines, err) &&
           confine_calls(err);
}
