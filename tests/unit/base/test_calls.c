/* SPDX-License-Identifier: Apache-2.0
 *
 * Each call by itself, in a process that is confined by the filter alone: Landlock, which refuses
 * some of this in newer kernels, is not there. What the kernel would say without the filter is
 * never what is expected.
 */
#include "base/run/calls.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"

#define ARGUMENTS 6

struct call {
    const char *name;
    long number;
    long with[ARGUMENTS];
    int says; /* the error's number; 0: none */
};

/* What somebody says who is confined; what goes wrong before is no number of an error. */
static int
said_by(int (*somebody)(const struct call *), const struct call *call, bool signals_kept)
{
    struct cm_err err = CM_ERR_INIT;
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !cm_confine_calls(signals_kept, &err))
            _exit(255);
        _exit(somebody(call));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 254;
}

static int
make(const struct call *call)
{
    const long *with = call->with;
    return syscall(call->number, with[0], with[1], with[2], with[3], with[4], with[5]) == -1 ? errno
                                                                                             : 0;
}

static void
assert_say(const struct call *calls, size_t count, bool signals_kept)
{
    for (size_t i = 0; i < count; i++) {
        int said = said_by(make, &calls[i], signals_kept);
        if (said != calls[i].says)
            fail_msg("%s: %s", calls[i].name, strerror(said));
    }
}

/* ---- whatever they are asked ---- */

/* With arguments that nobody can do anything with. */
#define SENSELESS(call)                                                                            \
    {                                                                                              \
#call, SYS_##call, {-1, -1, -1, -1, -1, -1 }, EPERM                                        \
    }
#define NUMBERED(call, number)                                                                     \
    {                                                                                              \
#call, number, {-1, -1, -1, -1, -1, -1 }, EPERM                                            \
    }
#define ABSENT(call)                                                                               \
    {                                                                                              \
#call, SYS_##call, {-1, -1, -1, -1, -1, -1 }, ENOSYS                                       \
    }

static void
test_files_by_name_or_descriptor(void **state)
{
    (void)state;
    static const struct call calls[] = {
#ifdef SYS_chmod
        SENSELESS(chmod),
        SENSELESS(chown),
        SENSELESS(lchown),
        SENSELESS(utime),
        SENSELESS(utimes),
        SENSELESS(futimesat),
#endif
        SENSELESS(fchmod),
        SENSELESS(fchmodat),
        NUMBERED(fchmodat2, 452),
        SENSELESS(fchown),
        SENSELESS(fchownat),
        SENSELESS(utimensat),
        SENSELESS(setxattr),
        SENSELESS(lsetxattr),
        SENSELESS(fsetxattr),
        NUMBERED(setxattrat, 463),
        SENSELESS(removexattr),
        SENSELESS(lremovexattr),
        SENSELESS(fremovexattr),
        NUMBERED(removexattrat, 466),
        NUMBERED(file_setattr, 469),
        SENSELESS(truncate),
        SENSELESS(name_to_handle_at),
        SENSELESS(open_by_handle_at),
        ABSENT(openat2),
    };
    assert_say(calls, CM_COUNT(calls), true);
}

static void
test_what_others_do_and_share(void **state)
{
    (void)state;
    static const struct call calls[] = {
#ifdef SYS_inotify_init
        SENSELESS(inotify_init),
#endif
        SENSELESS(inotify_init1),
        SENSELESS(inotify_add_watch),
        SENSELESS(fanotify_init),
        SENSELESS(fanotify_mark),
        SENSELESS(socket),
        SENSELESS(io_uring_setup),
        SENSELESS(io_uring_enter),
        SENSELESS(io_uring_register),
        SENSELESS(ptrace),
        SENSELESS(process_vm_readv),
        SENSELESS(process_vm_writev),
        SENSELESS(pidfd_getfd),
        SENSELESS(kcmp),
        SENSELESS(setsid),
        SENSELESS(setpgid),
        SENSELESS(setpriority),
        SENSELESS(ioprio_set),
        SENSELESS(sched_setparam),
        SENSELESS(sched_setscheduler),
        SENSELESS(sched_setattr),
        SENSELESS(prlimit64),
        SENSELESS(shmget),
        SENSELESS(shmat),
        SENSELESS(shmctl),
        SENSELESS(semget),
        SENSELESS(semctl),
        SENSELESS(semop),
        SENSELESS(semtimedop),
        SENSELESS(msgget),
        SENSELESS(msgctl),
        SENSELESS(msgsnd),
        SENSELESS(msgrcv),
        SENSELESS(mq_open),
        SENSELESS(mq_unlink),
        SENSELESS(keyctl),
        SENSELESS(add_key),
        SENSELESS(request_key),
    };
    assert_say(calls, CM_COUNT(calls), true);
}

static void
test_the_machine(void **state)
{
    (void)state;
    static const struct call calls[] = {
        SENSELESS(syslog),  SENSELESS(bpf),         SENSELESS(perf_event_open), SENSELESS(mount),
        SENSELESS(umount2), SENSELESS(userfaultfd), SENSELESS(pivot_root),      SENSELESS(unshare),
        SENSELESS(setns),   ABSENT(clone3),
    };
    assert_say(calls, CM_COUNT(calls), true);
}

/* ---- for some of what they are asked ---- */

#ifdef __s390x__
#define CLONE(space)                                                                               \
    {                                                                                              \
#space, SYS_clone, {0, (space) | CLONE_THREAD }, EPERM                                     \
    }
#else
#define CLONE(space)                                                                               \
    {                                                                                              \
#space, SYS_clone, {(space) | CLONE_THREAD }, EPERM                                        \
    } /* a thread of no process */
#endif

static void
test_arguments(void **state)
{
    (void)state;
    static const struct call calls[] = {
        CLONE(CLONE_NEWNS),
        CLONE(CLONE_NEWCGROUP),
        CLONE(CLONE_NEWUTS),
        CLONE(CLONE_NEWIPC),
        CLONE(CLONE_NEWUSER),
        CLONE(CLONE_NEWPID),
        CLONE(CLONE_NEWNET),
        {"clone", SYS_clone, {CLONE_THREAD}, EINVAL},
        {"owner", SYS_fcntl, {STDERR_FILENO, F_SETOWN, 0}, EPERM},
        {"owner, in full", SYS_fcntl, {STDERR_FILENO, F_SETOWN_EX, -1}, EPERM},
        {"signal", SYS_fcntl, {STDERR_FILENO, F_SETSIG, 0}, EPERM},
        {"lease", SYS_fcntl, {STDERR_FILENO, F_SETLEASE, -1}, EPERM},
        {"descriptor's flags", SYS_fcntl, {STDERR_FILENO, F_GETFD}, 0},
        {"to outlive us", SYS_prctl, {PR_SET_PDEATHSIG, 0}, EPERM},
        {"a name", SYS_prctl, {PR_SET_NAME, (long)"a name"}, 0},
    };
    assert_say(calls, CM_COUNT(calls), true);
}

static off_t
size_of(const char *file)
{
    struct stat info;
    assert_int_equal(stat(file, &info), 0);
    return info.st_size;
}

static void
test_opening(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    const char *file = in_folder(state, "file");
    assert_true(cm_file_replace(file, 0600, "content", 7, &err));
    const struct call refused[] = {
#ifdef SYS_open
        {"open, truncated", SYS_open, {(long)file, O_RDONLY | O_TRUNC}, EPERM},
        {"open, mode 3", SYS_open, {(long)file, 3}, EPERM},
        {"open, truncated, mode 3", SYS_open, {(long)file, 3 | O_TRUNC}, EPERM},
#endif
        {"truncated", SYS_openat, {AT_FDCWD, (long)file, O_RDONLY | O_TRUNC}, EPERM},
        {"truncated, made", SYS_openat, {AT_FDCWD, (long)file, O_CREAT | O_TRUNC}, EPERM},
        {"mode 3", SYS_openat, {AT_FDCWD, (long)file, 3}, EPERM},
        {"truncated, mode 3", SYS_openat, {AT_FDCWD, (long)file, 3 | O_TRUNC}, EPERM},
        {"read", SYS_openat, {AT_FDCWD, (long)file, O_RDONLY}, 0},
        {"read and written", SYS_openat, {AT_FDCWD, (long)file, O_RDWR | O_CREAT}, 0},
    };
    assert_say(refused, CM_COUNT(refused), true);
    assert_int_equal(size_of(file), 7);
    const struct call emptied[] = {
        {"written", SYS_openat, {AT_FDCWD, (long)file, O_WRONLY | O_TRUNC}, 0},
        {"both", SYS_openat, {AT_FDCWD, (long)file, O_RDWR | O_TRUNC}, 0},
    };
    assert_say(emptied, CM_COUNT(emptied), true);
    assert_int_equal(size_of(file), 0);
}

/* Of a file, the kernel itself would answer each of them. */
static void
test_devices(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    int answer;
    const char *file = in_folder(state, "file");
    assert_true(cm_file_replace(file, 0600, "content", 7, &err));
    CM_CLEANUP(cm_fd_done) int fd = open(file, O_RDONLY | O_CLOEXEC);
    const struct call calls[] = {
        {"size of blocks", SYS_ioctl, {fd, FIGETBSZ, (long)&answer}, ENOTTY},
        {"flags", SYS_ioctl, {fd, FS_IOC_SETFLAGS, -1}, ENOTTY},
        {"more than the kernel reads", SYS_ioctl, {fd, FIGETBSZ | INT64_C(1) << 40, -1}, ENOTTY},
        {"what is there", SYS_ioctl, {fd, FIONREAD, (long)&answer}, 0},
        {"close-on-exec", SYS_ioctl, {fd, FIOCLEX}, 0},
    };
    assert_say(calls, CM_COUNT(calls), true);
}

/* ---- signals ---- */

static int
signal_others(const struct call *call)
{
    const long us = getpid(), other = getppid();
    const struct call calls[] = {
        {"", SYS_kill, {other, 0}, EPERM},
        {"", SYS_kill, {1, 0}, EPERM},
        {"", SYS_kill, {-1, 0}, EPERM},
        {"", SYS_kill, {-other - 1, 0}, EPERM},
        {"", SYS_tkill, {other, 0}, EPERM},
        {"", SYS_tgkill, {other, other, 0}, EPERM},
        {"", SYS_rt_sigqueueinfo, {other, 0, -1}, EPERM},
        {"", SYS_rt_tgsigqueueinfo, {other, other, 0, -1}, EPERM},
        {"", SYS_pidfd_send_signal, {-1, 0}, EPERM},
        {"", SYS_kill, {us, 0}, 0},
        {"", SYS_kill, {0, 0}, 0},
        {"", SYS_kill, {-getpgrp(), 0}, 0},
        {"", SYS_tkill, {us, 0}, 0},
        {"", SYS_tgkill, {us, us, 0}, 0},
        {"", SYS_rt_sigqueueinfo, {us, 0, -1}, EFAULT},
    };
    (void)call;
    for (size_t i = 0; i < CM_COUNT(calls); i++)
        if (make(&calls[i]) != calls[i].says)
            return 100 + (int)i; /* no number of an error that is seen here */
    return 0;
}

static void
test_signals(void **state)
{
    (void)state;
    assert_int_equal(said_by(signal_others, NULL, false), 0);
    assert_int_equal(said_by(signal_others, NULL, true), 100); /* Landlock's business */
}

/* ---- honest programs ---- */

static void *
end_thread(void *with)
{
    return with;
}

static int
start_all(const struct call *call)
{
    pthread_t thread;
    int status;
    (void)call;
    if (pthread_create(&thread, NULL, end_thread, NULL) != 0 || pthread_join(thread, NULL) != 0)
        return 100;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child < 0 || waitpid(child, &status, 0) != child ? 101 : status;
}

static void
test_threads_and_children(void **state)
{
    (void)state;
    assert_int_equal(said_by(start_all, NULL, true), 0);
    assert_int_equal(said_by(start_all, NULL, false), 0);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_by_name_or_descriptor),
        cmocka_unit_test(test_what_others_do_and_share),
        cmocka_unit_test(test_the_machine),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_threads_and_children),
        FOLDER_TEST(test_opening),
        FOLDER_TEST(test_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
