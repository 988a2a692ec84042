/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that change between reading and writing, and while they are written; and a system that
 * interrupts, gives little at a time, or nothing. The calls that matter go through this file.
 */
#include "artifact/archive_write.h"

#include "base/digest.h"
#include "zip.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#define MOST ((size_t)64 << 20)

/* ---- the system, as it is told to be ---- */

static struct {
    int copy_error;    /* of copy_file_range, the first time */
    size_t copy_most;  /* bytes at once; 0: as many as wanted */
    bool copy_nothing; /* as if the file were at its end */
    bool no_thread, no_inflate, no_window, no_deflate;
    int no_digest; /* the n-th that ends fails */
    unsigned copies, threads;

    size_t read_most;
    bool read_interrupts;      /* every other time */
    int read_error, read_left; /* after so many calls; or, if there is no error: */
    int change_fd;             /* the byte there is changed then */
    off_t change_at;
    bool has_changed;
} sys;

/* NOLINTBEGIN(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's --wrap wants these
 */
ssize_t __real_copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t size,
                               unsigned flags);
ssize_t __wrap_copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t size,
                               unsigned flags);
ssize_t __real_pread(int fd, void *to, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *to, size_t size, off_t at);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *data);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                          void *data);
int __real_inflateInit2_(z_stream *stream, int bits, const char *version, int size);
int __wrap_inflateInit2_(z_stream *stream, int bits, const char *version, int size);
int __real_inflate(z_stream *stream, int flush);
int __wrap_inflate(z_stream *stream, int flush);
int __real_deflateInit2_(z_stream *stream, int level, int method, int bits, int memory,
                         int strategy, const char *version, int size);
int __wrap_deflateInit2_(z_stream *stream, int level, int method, int bits, int memory,
                         int strategy, const char *version, int size);
int __real_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *to, unsigned *size);
int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *to, unsigned *size);
/* NOLINTEND(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

ssize_t
__wrap_copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t size,
                       unsigned flags)
{
    sys.copies++;
    if (sys.copy_nothing)
        return 0;
    if (sys.copy_error != 0) {
        errno = sys.copy_error;
        sys.copy_error = 0;
        return -1;
    }
    if (sys.copy_most > 0 && size > sys.copy_most)
        size = sys.copy_most;
    return __real_copy_file_range(in, in_at, out, out_at, size, flags);
}

static void
change_byte(int fd, off_t at)
{
    char byte = 0;
    assert_int_equal(__real_pread(fd, &byte, 1, at), 1);
    byte = (char)(byte ^ 1);
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

ssize_t
__wrap_pread(int fd, void *to, size_t size, off_t at)
{
    static bool interrupted;
    interrupted = sys.read_interrupts && !interrupted;
    if (interrupted) {
        errno = EINTR;
        return -1;
    }
    if (sys.read_left > 0 && --sys.read_left == 0) {
        if (sys.read_error != 0) {
            errno = sys.read_error;
            return -1;
        }
        change_byte(sys.change_fd, sys.change_at);
        sys.has_changed = true;
    }
    return __real_pread(fd, to, sys.read_most > 0 && size > sys.read_most ? sys.read_most : size,
                        at);
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                      void *data)
{
    sys.threads++;
    return sys.no_thread ? EAGAIN : __real_pthread_create(thread, attr, run, data);
}

int
__wrap_inflateInit2_(z_stream *stream, int bits, const char *version, int size)
{
    return sys.no_inflate ? Z_MEM_ERROR : __real_inflateInit2_(stream, bits, version, size);
}

int
__wrap_inflate(z_stream *stream, int flush)
{
    return sys.no_window ? Z_MEM_ERROR : __real_inflate(stream, flush);
}

int
__wrap_deflateInit2_(z_stream *stream, int level, int method, int bits, int memory, int strategy,
                     const char *version, int size)
{
    return sys.no_deflate
               ? Z_MEM_ERROR
               : __real_deflateInit2_(stream, level, method, bits, memory, strategy, version, size);
}

int
__wrap_EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *to, unsigned *size)
{
    bool fails = sys.no_digest > 0 && --sys.no_digest == 0;
    return fails ? 0 : __real_EVP_DigestFinal_ex(context, to, size);
}

static int
forget(void **state)
{
    (void)state;
    memset(&sys, 0, sizeof sys);
    return 0;
}

/* ---- one archive, one edit ---- */

#define LONG "hello hello hello hello hello hello hello hello"
enum { READ, CHANGED, KEPT, READ_TOO };

static const struct cm_edits_digests no_digests = {false, false, false};
static const struct cm_edits_digests all_digests = {true, true, true};
static const struct cm_edits_digests output_alone = {false, true, false};

static void
make(struct zip *zip)
{
    zip_add(zip, "read", LONG, sizeof LONG - 1, ZIP_DEFLATE | ZIP_DESCRIBED);
    zip_add(zip, "changed", LONG, sizeof LONG - 1, ZIP_DEFLATE | ZIP_DESCRIBED);
    zip_add(zip, "kept", "GOODGOOD", 8, ZIP_STORE);
    zip_add(zip, "read, too", "", 0, ZIP_DEFLATE);
    zip->comment = ZIP_TEXT("comment");
}

struct scene {
    int fd, out;
    struct cm_archive *archive;
    struct cm_edits *edits;
    struct cm_buf bytes; /* of the archive as it was */
};

static void
scene_done(struct scene *scene)
{
    cm_edits_done(&scene->edits);
    cm_archive_done(&scene->archive);
    cm_fd_done(&scene->fd);
    cm_fd_done(&scene->out);
    cm_buf_done(&scene->bytes);
}

/* Opened, two entries read, one to be changed, one to be added; nothing written. */
static struct scene
begin(void)
{
    struct scene scene = {.out = zip_file_of("", 0), .bytes = CM_BUF_INIT(MOST)};
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(1000);
    make(&zip);
    zip_write(&zip, &scene.bytes);
    scene.fd = zip_file_of(scene.bytes.at, scene.bytes.size);
    if (!cm_archive_open(scene.fd, "the archive", NULL, &scene.archive, &err) ||
        !cm_archive_read(scene.archive, READ_TOO, &content, &err) ||
        !cm_archive_read(scene.archive, READ, &content, &err))
        fail_msg("%s", err.text);
    scene.edits = cm_edits_new(scene.archive);
    assert_true(cm_edits_replace(scene.edits, CHANGED, "new", 3, &err));
    assert_true(cm_edits_add(scene.edits, "added", "it", 2, false, &err));
    return scene;
}

static void
check_changed(struct scene *scene, const struct cm_edits_digests *digests)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_written written = {.size = 99};
    if (cm_edits_write(scene->edits, scene->out, digests, &written, &err))
        fail_msg("nothing was noticed");
    if (err.class != CM_E_MALFORMED || !strstr(err.text, "the archive: it has "))
        fail_msg("%s: %s", cm_class_name(err.class), err.text);
    assert_int_equal(written.size, 99);
}

static void
check_written(struct scene *scene, const struct cm_edits_digests *digests,
              struct cm_written *written)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(1000);
    CM_CLEANUP(cm_archive_done) struct cm_archive *after = NULL;
    if (!cm_edits_write(scene->edits, scene->out, digests, written, &err) ||
        !cm_archive_open(scene->out, "the output", NULL, &after, &err) ||
        !cm_archive_read(after, CHANGED, &content, &err))
        fail_msg("%s", err.text);
    assert_int_equal(cm_archive_count(after), 5);
    assert_string_equal(cm_buf_text(&content), "new");
}

/* Each byte changed, between reading and writing: refused, or it was one of a content that nobody
 * has read, and the digest is that of the file as it is now. */
static void
test_changed_before(void **state)
{
    (void)state;
    unsigned passed = 0;
    CM_CLEANUP(scene_done) struct scene model = begin();
    uint32_t kept = cm_archive_entry(model.archive, KEPT)->content;
    uint32_t dropped = cm_archive_entry(model.archive, CHANGED)->content;
    uint32_t packed = cm_archive_entry(model.archive, CHANGED)->packed;
    for (size_t i = 0; i < model.bytes.size; i++) {
        CM_CLEANUP(scene_done) struct scene scene = begin();
        change_byte(scene.fd, (off_t)i);
        if (!(i >= kept && i < kept + 8) && !(i >= dropped && i < dropped + packed)) {
            check_changed(&scene, &all_digests);
            continue;
        }
        struct cm_written written;
        char now[CM_SHA256_HEX];
        scene.bytes.at[i] = (char)(scene.bytes.at[i] ^ 1);
        assert_true(cm_sha256(scene.bytes.at, scene.bytes.size, now));
        check_written(&scene, &all_digests, &written);
        assert_string_equal(written.input_sha256, now);
        passed++;
    }
    assert_int_equal(passed, 8 + packed);
}

/* Where all contents were looked at, none may change. */
static void
test_changed_after_check(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    for (int dropped = 0; dropped < 2; dropped++) {
        CM_CLEANUP(scene_done) struct scene scene = begin();
        assert_true(cm_archive_check_contents(scene.archive, &err));
        change_byte(scene.fd,
                    cm_archive_entry(scene.archive, dropped ? CHANGED : KEPT)->content + 1);
        check_changed(&scene, &all_digests);
    }
    CM_CLEANUP(scene_done) struct scene scene = begin();
    struct cm_written written;
    assert_true(cm_archive_check_contents(scene.archive, &err));
    check_written(&scene, &all_digests, &written);
}

static void
test_other_size(void **state)
{
    (void)state;
    for (off_t more = -30; more <= 30; more += 10) {
        CM_CLEANUP(scene_done) struct scene scene = begin();
        if (more == 0)
            continue;
        assert_int_equal(ftruncate(scene.fd, (off_t)scene.bytes.size + more), 0);
        check_changed(&scene, &all_digests);
    }
    CM_CLEANUP(scene_done) struct scene scene = begin();
    const off_t cuts[] = {cm_archive_entry(scene.archive, KEPT)->content + 4, 20};
    for (size_t i = 0; i < CM_COUNT(cuts); i++) { /* in what is to be copied */
        assert_int_equal(ftruncate(scene.fd, cuts[i]), 0);
        check_changed(&scene, &all_digests);
        check_changed(&scene, &no_digests);
        check_changed(&scene, &output_alone);
    }
}

/* The directory and the end record are always looked at. */
static void
test_directory_without_digests(void **state)
{
    (void)state;
    CM_CLEANUP(scene_done) struct scene model = begin();
    for (size_t i = cm_archive_entry(model.archive, 0)->record; i < model.bytes.size; i++) {
        CM_CLEANUP(scene_done) struct scene scene = begin();
        change_byte(scene.fd, (off_t)i);
        check_changed(&scene, i % 2 ? &no_digests : &output_alone);
    }
}

/* Any byte changed at any time while it is written: refused; or what is written is made of the
 * bytes that the digest is of. */
static void
check_at_any_time(struct scene *scene, int left, off_t at)
{
    struct cm_written written;
    struct cm_err err = CM_ERR_INIT;
    char before[CM_SHA256_HEX], after[CM_SHA256_HEX];
    assert_true(cm_sha256(scene->bytes.at, scene->bytes.size, before));
    scene->bytes.at[at] = (char)(scene->bytes.at[at] ^ 1);
    assert_true(cm_sha256(scene->bytes.at, scene->bytes.size, after));
    sys.read_left = left;
    sys.change_fd = scene->fd;
    sys.change_at = at;
    if (!cm_edits_write(scene->edits, scene->out, &all_digests, &written, &err)) {
        assert_int_equal(err.class, CM_E_MALFORMED);
        return;
    }
    assert_true(strcmp(written.input_sha256, before) == 0 ||
                strcmp(written.input_sha256, after) == 0);
    CM_CLEANUP(cm_archive_done) struct cm_archive *strict = NULL;
    if (!cm_archive_open(scene->out, "the output", NULL, &strict, &err))
        fail_msg("change of %d at read %d: %s", (int)at, left, err.text);
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(1000);
    bool good = cm_archive_read(strict, KEPT, &content, &err);
    assert_true(good || strcmp(written.input_sha256, after) == 0);
}

static void
test_changed_meanwhile(void **state)
{
    CM_CLEANUP(scene_done) struct scene model = begin();
    bool any = true;
    int left = 0;
    while (any) {
        any = false;
        left++;
        for (size_t i = 0; i < model.bytes.size; i++) {
            CM_CLEANUP(scene_done) struct scene scene = begin();
            check_at_any_time(&scene, left, (off_t)i);
            any |= sys.has_changed;
            (void)forget(state);
        }
    }
    assert_in_range(left, 5, 50); /* at so many places of its work */
}

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

/* Each read can fail, also when all contents are looked at. The second header begins where that
 * ends which is read in one go (1 KiB, then 256 more), with more than 1 KiB of extra fields; the
 * directory is larger; and it has to be looked at whether an end record in a content is one. */
static void
test_unreadable_at_first(void **state)
{
    bool done = false;
    static char filler[257 * 1024 - 31], comment[60000];
    static const char extra[3000] = "\x99\x99\xb4\xb";
    static const char end[] = "PK\5\6\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\0";
    memset(comment, 'c', sizeof comment);
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "1", filler, sizeof filler, ZIP_STORE);
    zip_add(&zip, "2", LONG, sizeof LONG - 1, ZIP_DEFLATE | ZIP_DESCRIBED);
    for (size_t i = 0; i < 6; i++) {
        static const char *const names[] = {"3", "4", "5", "6", "7", "8"};
        zip_add(&zip, names[i], LONG, sizeof LONG - 1, ZIP_DEFLATE)->record.comment =
            (struct zip_piece){comment, sizeof comment};
    }
    zip.entries[1].local.extra = (struct zip_piece){extra, sizeof extra};
    zip_add(&zip, "end", end, sizeof end, ZIP_STORE);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    for (int left = 1; !done; left++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
        sys.read_left = left;
        sys.read_error = EIO;
        done = cm_archive_open(fd, "it", NULL, &archive, &err) &&
               cm_archive_check_contents(archive, &err);
        assert_int_equal(done, sys.read_left > 0);
        assert_true(done || strstr(err.text, "reading it"));
        assert_true(done || left < 20);
        (void)forget(state);
    }
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

/* ---- the second thread ---- */

static void
test_without_thread(void **state)
{
    struct cm_written first, second;
    CM_CLEANUP(scene_done) struct scene scene = begin();
    check_written(&scene, &all_digests, &first);
    assert_int_equal(sys.threads, 1);
    sys.no_thread = true;
    CM_CLEANUP(scene_done) struct scene other = begin();
    check_written(&other, &all_digests, &second);
    assert_int_equal(sys.threads, 2);
    assert_string_equal(second.input_sha256, first.input_sha256);
    assert_string_equal(second.sha256, first.sha256);
    assert_string_equal(second.sha512, first.sha512);
    (void)forget(state);
    assert_int_equal(ftruncate(other.out, 0), 0);
    check_written(&other, &no_digests, &second); /* there is nothing for it to do */
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
        cmocka_unit_test_setup(test_changed_before, forget),
        cmocka_unit_test_setup(test_changed_after_check, forget),
        cmocka_unit_test_setup(test_other_size, forget),
        cmocka_unit_test_setup(test_directory_without_digests, forget),
        cmocka_unit_test_setup(test_changed_meanwhile, forget),
        cmocka_unit_test_setup(test_patience, forget),
        cmocka_unit_test_setup(test_copying, forget),
        cmocka_unit_test_setup(test_unreadable, forget),
        cmocka_unit_test_setup(test_unreadable_at_first, forget),
        cmocka_unit_test_setup(test_no_zlib, forget),
        cmocka_unit_test_setup(test_no_digest, forget),
        cmocka_unit_test_setup(test_without_thread, forget),
        cmocka_unit_test_setup(test_signals, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
