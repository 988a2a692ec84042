/* SPDX-License-Identifier: Apache-2.0
 *
 * What is removed when all mirrors together are too large.
 */
#include "mirrors.h"

#define SIZE (PACK_SIZE + IDX_SIZE) /* of each */
#define OWN  "https://git.test/own.git"

/* The n-th of the others: the first was used the longest time ago. Of the last four. */
static const char *
url(unsigned n)
{
    static char urls[4][100];
    static unsigned next;
    char *at = urls[next++ % 4];
    snprintf(at, sizeof urls[0], "https://git.test/%u.git", n);
    return at;
}

static void
set_time(const char *path, unsigned n)
{
    const struct timespec when = {.tv_sec = 1000000000, .tv_nsec = (long)n};
    const struct timespec times[2] = {when, when};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Others with the times 1, 2, ... ns, made in another order; and its own, the oldest of all. */
static struct cm_mirror *
make_all(void **state, unsigned count)
{
    for (unsigned n = count; n > 0; n--)
        make_mirror(state, url(n));
    struct cm_mirror *own = used(state, OWN);
    keep(own, 1, false);
    for (unsigned n = 1; n <= count; n++)
        set_time(mirror_path(state, url(n), ""), n);
    set_time(mirror_path(state, OWN, ""), 0);
    return own;
}

static bool
stays(void **state, const char *of)
{
    bool mirror = is_there(mirror_path(state, of, ""));
    assert_int_equal(is_there(mirror_path(state, of, ".lock")), mirror);
    return mirror;
}

static void
test_the_longest_unused_go(void **state)
{
    struct cm_mirror *own = make_all(state, 4);
    cm_mirror_trim(own, UINT64_C(5) * SIZE);
    for (unsigned n = 1; n <= 4; n++)
        assert_true(stays(state, url(n)));
    cm_mirror_trim(own, UINT64_C(5) * SIZE - 1);
    assert_false(stays(state, url(1)));
    assert_true(stays(state, url(2)));
    cm_mirror_trim(own, UINT64_C(2) * SIZE);
    assert_false(stays(state, url(2)));
    assert_false(stays(state, url(3)));
    assert_true(stays(state, url(4)));
    cm_mirror_trim(own, 0);
    assert_false(stays(state, url(4)));
    assert_true(stays(state, OWN));
    assert_int_equal(pack_count(own), 1);
    assert_int_equal(count_of(in_folder(state, MIRRORS), ""), 2);
    cm_mirror_close(own);
}

/* Every use renews the time. */
static void
test_a_use_counts(void **state)
{
    struct cm_mirror *own = make_all(state, 3);
    cm_mirror_close(used(state, url(1)));
    cm_mirror_trim(own, UINT64_C(2) * SIZE);
    assert_true(stays(state, url(1)));
    assert_false(stays(state, url(2)));
    assert_false(stays(state, url(3)));
    cm_mirror_close(own);
}

static void
test_what_is_in_use_stays(void **state)
{
    char incoming[PATH_MAX];
    struct cm_mirror *own = make_all(state, 4);
    struct cm_mirror *reader = used(state, url(1)), *writer = used(state, url(2));
    assert_int_equal(update(writer, incoming), CM_MIRROR_GOT);
    set_time(mirror_path(state, url(1), ""), 1);
    set_time(mirror_path(state, url(2), ""), 2);
    cm_mirror_trim(own, UINT64_C(4) * SIZE);
    assert_true(stays(state, url(1)));
    assert_true(stays(state, url(2)));
    assert_false(stays(state, url(3)));
    assert_true(stays(state, url(4)));
    cm_mirror_trim(own, 0);
    assert_true(stays(state, url(1)));
    assert_true(stays(state, url(2)));
    cm_mirror_close(reader);
    cm_mirror_close(writer);
    cm_mirror_trim(own, 0);
    assert_int_equal(count_of(in_folder(state, MIRRORS), ""), 2);
    cm_mirror_close(own);
}

/* It counts, and goes as what is nobody's; also where its mirror is used meanwhile. */
static void
test_what_was_set_aside(void **state)
{
    struct cm_mirror *own = make_all(state, 2);
    struct cm_mirror *broken = used(state, url(1));
    assert_true(cm_mirror_set_aside(broken));
    keep(broken, 2, false);
    set_time(mirror_path(state, url(1), ".broken"), 0);
    cm_mirror_trim(own, UINT64_C(4) * SIZE);
    assert_true(is_there(mirror_path(state, url(1), ".broken")));
    cm_mirror_trim(own, UINT64_C(4) * SIZE - 1);
    assert_false(is_there(mirror_path(state, url(1), ".broken")));
    assert_true(stays(state, url(1)));
    assert_true(stays(state, url(2)));

    assert_true(cm_mirror_set_aside(own)); /* one's own does not stay for being set aside */
    cm_mirror_trim(own, 0);
    assert_false(is_there(mirror_path(state, OWN, ".broken")));
    assert_true(stays(state, url(1)));
    assert_false(stays(state, url(2)));
    cm_mirror_close(broken);
    cm_mirror_close(own);
}

/* Before any that somebody may still use, however lately that was; and it takes its lock with it.
 */
static void
test_what_was_set_aside_goes_first(void **state)
{
    struct cm_mirror *own = make_all(state, 2);
    struct cm_mirror *broken = used(state, url(2));
    assert_true(cm_mirror_set_aside(broken));
    cm_mirror_close(broken);
    cm_mirror_trim(own, UINT64_C(2) * SIZE);
    assert_false(is_there(mirror_path(state, url(2), ".broken")));
    assert_true(stays(state, url(1)));
    assert_false(stays(state, url(2)));
    cm_mirror_close(own);
}

/* As long as somebody updates its mirror, who may be putting it there. */
static void
test_what_is_being_set_aside_stays(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_mirror *own = make_all(state, 1);
    struct cm_mirror *broken = used(state, url(1));
    assert_true(cm_mirror_set_aside(broken));
    cm_mirror_close(broken);
    int fd = cm_mirror_lock_open(mirror_path(state, url(1), ".lock"), &err);
    assert_true(fd >= 0);
    assert_int_equal(cm_mirror_lock(fd, F_WRLCK, CM_MIRROR_LOCK_WRITE, &err), CM_MIRROR_GOT);
    cm_mirror_trim(own, 0);
    assert_true(is_there(mirror_path(state, url(1), ".broken")));
    assert_int_equal(close(fd), 0);
    cm_mirror_trim(own, 0);
    assert_false(is_there(mirror_path(state, url(1), ".broken")));
    assert_int_equal(err.class, CM_OK);
    cm_mirror_close(own);
}

/* Who had opened the lock of a mirror that was removed does not take it for the next one's. */
static void
test_a_lock_that_is_gone(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_mirror *own = make_all(state, 1);
    CM_CLEANUP(cm_fd_done) int fd = cm_mirror_lock_open(mirror_path(state, url(1), ".lock"), &err);
    assert_true(fd >= 0);
    cm_mirror_trim(own, 0);
    assert_false(stays(state, url(1)));
    assert_int_equal(cm_mirror_lock(fd, F_RDLCK, CM_MIRROR_LOCK_READ, &err), CM_MIRROR_BUSY);
    assert_int_equal(cm_mirror_lock(fd, F_WRLCK, CM_MIRROR_LOCK_WRITE, &err), CM_MIRROR_BUSY);
    assert_int_equal(err.class, CM_OK);
    struct cm_mirror *next = used(state, url(1));
    assert_int_equal(pack_count(next), 0);
    keep(next, 2, false);
    assert_true(stays(state, url(1)));
    cm_mirror_trim(own, 0);
    assert_true(stays(state, url(1)));
    cm_mirror_close(next);
    cm_mirror_close(own);
}

/* What somebody else put there is not looked at. */
static void
test_what_is_no_mirror(void **state)
{
    static const char *const names[] = {"README", "0123456789012345678901234567890123456789x",
                                        "012345678901234567890123456789012345678",
                                        "012345678901234567890123456789012345678G",
                                        "0123456789012345678901234567890123456789.keep"};
    struct cm_mirror *own = make_all(state, 1);
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        char name[100];
        snprintf(name, sizeof name, MIRRORS "/%s", names[i]);
        assert_int_equal(mkdir(in_folder(state, name), 0700), 0);
    }
    cm_mirror_trim(own, 0);
    assert_int_equal(count_of(in_folder(state, MIRRORS), ""), 2 + (int)CM_COUNT(names));
    assert_false(stays(state, url(1)));
    cm_mirror_close(own);
}

static void
test_nothing_there(void **state)
{
    struct cm_mirror *own = used(state, OWN);
    cm_mirror_trim(own, 0);
    cm_mirror_close(own);
    assert_int_equal(count_of(*state, ""), 0);
}

#define TRIM_TEST(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TRIM_TEST(test_the_longest_unused_go),
        TRIM_TEST(test_a_use_counts),
        TRIM_TEST(test_what_is_in_use_stays),
        TRIM_TEST(test_what_was_set_aside),
        TRIM_TEST(test_what_was_set_aside_goes_first),
        TRIM_TEST(test_what_is_being_set_aside_stays),
        TRIM_TEST(test_a_lock_that_is_gone),
        TRIM_TEST(test_what_is_no_mirror),
        TRIM_TEST(test_nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
