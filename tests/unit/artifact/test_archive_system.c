/* SPDX-License-Identifier: Apache-2.0
 *
 * What the system refuses, or gives little by little: reads, copies, threads, zlib, digests.
 */
#include "scene.h"

/* ---- little at a time, and interrupted ---- */

static void
test_patience(void **state)
{
    CM_CLEANUP(scene_done) struct scene scene = begin();
    struct cm_written first, second;
    char now[CM_SHA256_HEX];
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_sha256(scene.bytes.at, scene.bytes.size, now));
    check_written(&scene, &all_digests, &first);
    assert_string_equal(first.input_sha256, now);
    sys.read_interrupts = true;
    sys.read_most = 7;
    sys.copy_most = 11;
    CM_CLEANUP(scene_done) struct scene other = begin();
    assert_true(cm_archive_looks_like_one(other.fd));
    check_written(&other, &all_digests, &second);
    assert_string_equal(second.input_sha256, now);
    assert_string_equal(second.sha256, first.sha256);
    assert_int_equal(sys.copies, 0);
    assert_int_equal(ftruncate(other.out, 0), 0);
    CM_CLEANUP(cm_fd_done) int from = zip_file_of("new", 3);
    assert_true(cm_edits_replace_from(other.edits, CHANGED, from, &err));
    sys.copy_error = EINTR;
    check_written(&other, &no_digests, &second);
    assert_true(sys.copies > 4);
    (void)forget(state);
    assert_true(cm_sha256_fd(other.out, "the output", now, &err));
    assert_string_equal(now, first.sha256);
}

static void
test_copying(void **state)
{
    static const int by_hand[] = {EXDEV, EINVAL, ENOSYS, EOPNOTSUPP};
    char now[CM_SHA256_HEX];
    struct cm_written written, all;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(scene_done) struct scene model = begin();
    check_written(&model, &all_digests, &all);
    for (size_t i = 0; i < CM_COUNT(by_hand); i++) {
        (void)forget(state);
        sys.copy_error = by_hand[i];
        CM_CLEANUP(scene_done) struct scene scene = begin();
        check_written(&scene, &no_digests, &written);
        assert_int_equal(sys.copies, 1); /* never tried again */
        assert_int_equal(written.size, all.size);
        assert_true(cm_sha256_fd(scene.out, "the output", now, &err));
        assert_string_equal(now, all.sha256);
    }
    (void)forget(state);
    CM_CLEANUP(scene_done) struct scene scene = begin();
    sys.copy_error = ENOSPC;
    assert_false(cm_edits_write(scene.edits, scene.out, &no_digests, &written, &err));
    assert_int_equal(err.class, CM_E_TRANSIENT);
    assert_non_null(strstr(err.text, "copying it"));
    sys.copy_nothing = true;
    check_changed(&scene, &no_digests);
}

/* Each read that is made can fail. */
static void
test_unreadable(void **state)
{
    static const struct cm_edits_digests *const ways[] = {&all_digests, &output_alone, &no_digests};
    for (size_t i = 0; i < CM_COUNT(ways); i++)
        for (int left = 1;; left++) {
            struct cm_written written;
            struct cm_err err = CM_ERR_INIT;
            CM_CLEANUP(scene_done) struct scene scene = begin();
            sys.read_left = left;
            sys.read_error = EIO;
            bool done = cm_edits_write(scene.edits, scene.out, ways[i], &written, &err);
            bool failed = sys.read_left == 0;
            (void)forget(state);
            assert_int_equal(done, !failed);
            if (done)
                break;
            assert_non_null(strstr(err.text, "reading it"));
        }
}

/* Each read can fail, also when all contents are looked at. */
static void
fail_each_read(const struct zip *zip, int most)
{
    bool done = false;
    CM_CLEANUP(cm_fd_done) int fd = zip_file(zip);
    for (int left = 1; !done; left++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
        sys.read_left = left;
        sys.read_error = EIO;
        done = cm_archive_open(fd, "it", NULL, &archive, &err) &&
               cm_archive_check_contents(archive, &err);
        assert_int_equal(done, sys.read_left > 0);
        assert_true(done || strstr(err.text, "reading it"));
        assert_true(done || left < most);
        memset(&sys, 0, sizeof sys);
    }
}

/* The second header begins where that ends which is read in one go (1 KiB, then 256 more), with
 * more than 1 KiB of extra fields; and the directory is larger. */
static void
test_unreadable_at_first(void **state)
{
    (void)state;
    static char filler[257 * 1024 - 31], comment[60000];
    static const char extra[3000] = "\x99\x99\xb4\xb";
    memset(comment, 'c', sizeof comment);
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "1", filler, sizeof filler, ZIP_STORE);
    zip_add(&zip, "2", LONG, sizeof LONG - 1, ZIP_DEFLATE | ZIP_DESCRIBED)->local.extra =
        (struct zip_piece){extra, sizeof extra};
    for (size_t i = 0; i < 6; i++) {
        static const char *const names[] = {"3", "4", "5", "6", "7", "8"};
        zip_add(&zip, names[i], LONG, sizeof LONG - 1, ZIP_DEFLATE)->record.comment =
            (struct zip_piece){comment, sizeof comment};
    }
    fail_each_read(&zip, 20);
}

/* It has to be looked at whether an end record in a content is one. */
static void
test_unreadable_end(void **state)
{
    (void)state;
    static const char end[] = "PK\5\6\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\0";
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "end", end, sizeof end, ZIP_STORE);
    fail_each_read(&zip, 10);
}

static void
test_no_zlib(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(scene_done) struct scene scene = begin();
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(1000);
    sys.no_inflate = true;
    assert_false(cm_archive_read(scene.archive, READ, &content, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_false(cm_archive_check_contents(scene.archive, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    sys.no_inflate = false;
    sys.no_window = true;
    assert_false(cm_archive_read(scene.archive, READ, &content, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    sys.no_deflate = true;
    err = (struct cm_err)CM_ERR_INIT;
    assert_false(cm_edits_replace(scene.edits, CHANGED, "x", 1, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_true(cm_edits_replace(scene.edits, KEPT, "x", 1, &err)); /* which is stored */
}

/* Each digest that ends can fail, which then is nobody's fault but the library's. */
static void
test_no_digest(void **state)
{
    int n = 1;
    for (bool done = false; !done; n++) {
        struct cm_written written;
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(scene_done) struct scene scene = begin();
        CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(1000);
        CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
        sys.no_digest = n;
        done = cm_archive_open(scene.fd, "it", NULL, &archive, &err) &&
               cm_archive_read(archive, READ, &content, &err) &&
               cm_archive_check_contents(archive, &err) &&
               cm_edits_write(scene.edits, scene.out, &all_digests, &written, &err);
        assert_int_equal(done, sys.no_digest > 0);
        (void)forget(state);
        /* That of a content that was read is compared: without it, it has changed. */
        assert_true(done || err.class == CM_E_INTERNAL ||
                    (err.class == CM_E_MALFORMED && strstr(err.text, "it has changed")));
    }
    assert_in_range(n, 10, 30);
}

/* ---- the other threads ---- */

/* Whatever of them can be had, the digests are the same. */
static void
test_without_threads(void **state)
{
    struct cm_written first, second;
    CM_CLEANUP(scene_done) struct scene scene = begin();
    check_written(&scene, &all_digests, &first);
    assert_int_equal(sys.threads, 2);
    for (unsigned from = 1; from <= 2; from++) {
        (void)forget(state);
        sys.no_thread = from;
        CM_CLEANUP(scene_done) struct scene other = begin();
        check_written(&other, &all_digests, &second);
        assert_int_equal(sys.threads, 2);
        assert_string_equal(second.input_sha256, first.input_sha256);
        assert_string_equal(second.sha256, first.sha256);
        assert_string_equal(second.sha512, first.sha512);
    }
    CM_CLEANUP(scene_done) struct scene other = begin();
    (void)forget(state);
    assert_int_equal(ftruncate(other.out, 0), 0);
    check_written(&other, &no_digests, &second); /* there is nothing for them to do */
    assert_int_equal(sys.threads, 0);
}

static volatile sig_atomic_t signals;
static pthread_t signalled;

static void
on_signal(int number)
{
    (void)number;
    signals++;
    signalled = pthread_self();
}

/* Signals come to the thread that writes, and what they interrupt goes on. */
static void
test_signals(void **state)
{
    (void)state;
    sigset_t blocked;
    struct cm_written written;
    struct cm_err err = CM_ERR_INIT;
    size_t size = 32 << 20;
    char *bytes = calloc(1, size);
    assert_non_null(bytes);
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "large", bytes, size, ZIP_STORE);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_fd_done) int out = zip_file_of("", 0);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    assert_true(cm_archive_open(fd, "the archive", NULL, &archive, &err));
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(archive);
    const struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART */
    const struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    bool done = cm_edits_write(edits, out, &all_digests, &written, &err);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    if (!done)
        fail_msg("%s", err.text);
    assert_true(signals > 0);
    assert_true(pthread_equal(signalled, pthread_self()));
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
    assert_int_equal(sigismember(&blocked, SIGALRM), 0); /* as before */
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_patience, forget),
        cmocka_unit_test_setup(test_copying, forget),
        cmocka_unit_test_setup(test_unreadable, forget),
        cmocka_unit_test_setup(test_unreadable_at_first, forget),
        cmocka_unit_test_setup(test_unreadable_end, forget),
        cmocka_unit_test_setup(test_no_zlib, forget),
        cmocka_unit_test_setup(test_no_digest, forget),
        cmocka_unit_test_setup(test_without_threads, forget),
        cmocka_unit_test_setup(test_signals, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
