/* SPDX-License-Identifier: Apache-2.0
 *
 * An archive with edits to be written, and a system that does what it is told: it interrupts, gives
 * little at a time, or nothing, or another byte. For one file of a program that is linked with
 * --wrap of these calls.
 */
#ifndef CM_TESTS_UNIT_ARTIFACT_SCENE_H
#define CM_TESTS_UNIT_ARTIFACT_SCENE_H

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
    bool no_inflate, no_window, no_deflate;
    int no_digest; /* the n-th that ends fails */
    unsigned copies, threads;
    unsigned no_thread; /* the n-th and all behind it fail; 0: none */

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

static inline void
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
    bool none = sys.no_thread > 0 && sys.threads >= sys.no_thread;
    return none ? EAGAIN : __real_pthread_create(thread, attr, run, data);
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

static inline int
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

static inline void
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

static inline void
scene_done(struct scene *scene)
{
    cm_edits_done(&scene->edits);
    cm_archive_done(&scene->archive);
    cm_fd_done(&scene->fd);
    cm_fd_done(&scene->out);
    cm_buf_done(&scene->bytes);
}

/* Opened, two entries read, one to be changed, one to be added; nothing written. */
static inline struct scene
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

static inline void
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

static inline void
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

#endif
