/* SPDX-License-Identifier: Apache-2.0 */
#include "base/run/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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

/* ---- what is refused, whatever its arguments ---- */

static const int denied[] = {
    /* The network. */
    SYS_socket,
#ifdef SYS_socketcall
    SYS_socketcall,
#endif
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    /* Other processes, and ways out of the group. */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_kcmp,
    SYS_setsid,
    SYS_setpgid,
    SYS_setpriority,
    SYS_ioprio_set,
    SYS_sched_setparam,
    SYS_sched_setscheduler,
    SYS_sched_setattr,
    SYS_prlimit64,
    /* What others share, and have without a file. */
    SYS_shmget,
    SYS_shmat,
    SYS_shmctl,
    SYS_semget,
    SYS_semctl,
    SYS_semop,
    SYS_semtimedop,
    SYS_msgget,
    SYS_msgctl,
    SYS_msgsnd,
    SYS_msgrcv,
#ifdef SYS_ipc
    SYS_ipc,
#endif
    SYS_mq_open,
    SYS_mq_unlink,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
/* What changes files without Landlock's say, in some version or in all: by their names, and through
 * a descriptor that needs not even be open for writing. */
#ifdef SYS_chmod
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
    SYS_truncate,
    SYS_fchmod,
    SYS_fchmodat,
    452, /* fchmodat2 */
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    463, /* setxattrat */
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    466, /* removexattrat */
    469, /* file_setattr */
/* What opens files by no name, and what tells of names that may not be listed. */
#ifdef SYS_inotify_init
    SYS_inotify_init,
#endif
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_inotify_init1,
    SYS_inotify_add_watch,
    SYS_fanotify_init,
    SYS_fanotify_mark,
    /* The machine. */
    SYS_syslog,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_unshare,
    SYS_setns,
};

/* Their flags are behind a pointer, where no filter looks: programs do with what they had before.
 */
static const int absent[] = {SYS_openat2, SYS_clone3};

/* ---- what is refused with some arguments ---- */

#ifdef __s390x__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif
#define WHOLE UINT32_MAX

/* That bits of an argument are just these. */
static const struct rule {
    int call;
    size_t argument;
    uint32_t mask, value;
} rules[] = {
/* to empty a file takes no right to write before the third version of Landlock, if it is opened for
 * reading; and the access mode 3 takes no right at all in any */
#ifdef SYS_open
    {SYS_open, 1, O_ACCMODE, 3},
    {SYS_open, 1, O_ACCMODE | O_TRUNC, O_TRUNC},
#endif
    {SYS_openat, 2, O_ACCMODE, 3},
    {SYS_openat, 2, O_ACCMODE | O_TRUNC, O_TRUNC},
    /* signals to whom one likes, when something happens to a file; and others held up by it */
    {SYS_fcntl, 1, WHOLE, F_SETOWN},
    {SYS_fcntl, 1, WHOLE, F_SETOWN_EX},
    {SYS_fcntl, 1, WHOLE, F_SETSIG},
    {SYS_fcntl, 1, WHOLE, F_SETLEASE},
    /* to outlive us */
    {SYS_prctl, 0, WHOLE, PR_SET_PDEATHSIG},
    /* namespaces: all privileges in there */
    {SYS_clone, CLONE_FLAGS, CLONE_NEWNS, CLONE_NEWNS},
    {SYS_clone, CLONE_FLAGS, CLONE_NEWCGROUP, CLONE_NEWCGROUP},
    {SYS_clone, CLONE_FLAGS, CLONE_NEWUTS, CLONE_NEWUTS},
    {SYS_clone, CLONE_FLAGS, CLONE_NEWIPC, CLONE_NEWIPC},
    {SYS_clone, CLONE_FLAGS, CLONE_NEWUSER, CLONE_NEWUSER},
    {SYS_clone, CLONE_FLAGS, CLONE_NEWPID, CLONE_NEWPID},
    {SYS_clone, CLONE_FLAGS, CLONE_NEWNET, CLONE_NEWNET},
};

/* What is asked of pipes and files. Others change flags of files that are open for reading, or put
 * words into a terminal; to all of them this is no device that they know. */
static const uint32_t ioctls[] = {FIONREAD, FIONBIO, FIOCLEX, FIONCLEX};

/* ---- the filter ---- */

#define MOST                                                                                       \
    (7 + 2 * (CM_COUNT(denied) + CM_COUNT(absent)) + 6 * CM_COUNT(rules) + 4 + CM_COUNT(ioctls) +  \
     OF_SIGNALS)
#define OF_SIGNALS (4 + 3 + 4 * (4 + 1) + 2)

struct filter {
    struct sock_filter at[MOST];
    unsigned short count;
};

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW 4
#else
#define LOW 0
#endif

/* The arguments that are looked at have 32 bits, and the kernel itself looks at no others. */
#define ARGUMENT(number) (offsetof(struct seccomp_data, args) + 8 * (number) + LOW)

static void
put(struct filter *filter, unsigned int code, size_t value, size_t yes, size_t no)
{
    filter->at[filter->count++] =
        (struct sock_filter){(uint16_t)code, (uint8_t)yes, (uint8_t)no, (uint32_t)value};
}

static void
put_load(struct filter *filter, size_t place)
{
    put(filter, BPF_LD | BPF_W | BPF_ABS, place, 0, 0);
}

/* The next `yes` or `no` instructions are left out. */
static void
put_jump(struct filter *filter, uint32_t value, size_t yes, size_t no)
{
    put(filter, BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
}

static void
put_answer(struct filter *filter, uint32_t answer)
{
    put(filter, BPF_RET | BPF_K, answer, 0, 0);
}

/* 7 with put_end(). The call's number is at hand from here on, before and after all that follows.
 */
static void
put_begin(struct filter *filter)
{
    put_load(filter, offsetof(struct seccomp_data, arch));
    put_jump(filter, MACHINE, 1, 0);
    put_answer(filter, SECCOMP_RET_KILL_PROCESS);
    put_load(filter, offsetof(struct seccomp_data, nr));
    put(filter, BPF_JMP | BPF_JGE | BPF_K, OTHER_NUMBERS, 0, 1);
    put_answer(filter, SECCOMP_RET_KILL_PROCESS);
}

/* 2 */
static void
refuse(struct filter *filter, int call, uint32_t because)
{
    put_jump(filter, (uint32_t)call, 0, 1);
    put_answer(filter, SECCOMP_RET_ERRNO | because);
}

/* 6 */
static void
refuse_by(struct filter *filter, const struct rule *rule)
{
    put_jump(filter, (uint32_t)rule->call, 0, 5);
    put_load(filter, ARGUMENT(rule->argument));
    put(filter, BPF_ALU | BPF_AND | BPF_K, rule->mask, 0, 0);
    put_jump(filter, rule->value, 0, 1);
    put_answer(filter, SECCOMP_RET_ERRNO | EPERM);
    put_load(filter, offsetof(struct seccomp_data, nr));
}

/* 4, and one for each */
static void
refuse_but(struct filter *filter, int call, size_t argument, const uint32_t *values, size_t count,
           uint32_t because)
{
    put_jump(filter, (uint32_t)call, 0, count + 3);
    put_load(filter, ARGUMENT(argument));
    for (size_t i = 0; i < count; i++)
        put_jump(filter, values[i], count - i, 0);
    put_answer(filter, SECCOMP_RET_ERRNO | because);
    put_load(filter, offsetof(struct seccomp_data, nr));
}

/* OF_SIGNALS. Its children have other numbers, which nobody knows yet: they do not signal
 * themselves. */
static void
refuse_signals(struct filter *filter)
{
    const uint32_t own = (uint32_t)getpid(), whom[] = {0, own, (uint32_t)-getpgrp()};
    refuse_but(filter, SYS_kill, 0, whom, CM_COUNT(whom), EPERM);
    refuse_but(filter, SYS_tkill, 0, &own, 1, EPERM);
    refuse_but(filter, SYS_tgkill, 0, &own, 1, EPERM);
    refuse_but(filter, SYS_rt_sigqueueinfo, 0, &own, 1, EPERM);
    refuse_but(filter, SYS_rt_tgsigqueueinfo, 0, &own, 1, EPERM);
    refuse(filter, SYS_pidfd_send_signal, EPERM);
}

bool
cm_confine_calls(bool signals_kept, struct cm_err *err)
{
    struct filter filter = {.count = 0};
    put_begin(&filter);
    for (size_t i = 0; i < CM_COUNT(denied); i++)
        refuse(&filter, denied[i], EPERM);
    for (size_t i = 0; i < CM_COUNT(absent); i++)
        refuse(&filter, absent[i], ENOSYS);
    for (size_t i = 0; i < CM_COUNT(rules); i++)
        refuse_by(&filter, &rules[i]);
    refuse_but(&filter, SYS_ioctl, 1, ioctls, CM_COUNT(ioctls), ENOTTY);
    if (!signals_kept)
        refuse_signals(&filter);
    put_answer(&filter, SECCOMP_RET_ALLOW);
    const struct sock_fprog all = {.len = filter.count, .filter = filter.at};
    if (MACHINE == 0)
        return cm_fail(err, CM_E_UNSUPPORTED, "no program is run on a processor of this kind");
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0 ||
           cm_fail_errno(err, errno, "this kernel has no seccomp, without which no program is run");
}
