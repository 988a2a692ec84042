/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything for every n with the n-th allocation failing, alone, and with all that follow: what
 * fails says so, nothing is leaked, and nobody takes what he would refuse with more memory.
 */
#include "edited.h"

#include "base/digest.h"

/* NOLINTBEGIN(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's --wrap wants these
 */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_reallocarray(void *at, size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_reallocarray(void *at, size_t count, size_t size);
char *__wrap_strdup(const char *text);
/* NOLINTEND(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static size_t allocations_left = SIZE_MAX;
static bool once; /* after one that failed, there is memory again */

static bool
may_allocate(void)
{
    if (allocations_left == SIZE_MAX)
        return true;
    if (allocations_left > 0) {
        allocations_left--;
        return true;
    }
    if (once)
        allocations_left = SIZE_MAX;
    return false;
}

void *
__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *
__wrap_realloc(void *at, size_t size)
{
    return may_allocate() ? __real_realloc(at, size) : NULL;
}

void *
__wrap_reallocarray(void *at, size_t count, size_t size)
{
    return may_allocate() ? __real_reallocarray(at, count, size) : NULL;
}

char *
__wrap_strdup(const char *text)
{
    return may_allocate() ? __real_strdup(text) : NULL;
}

/* Says so, if it failed for want of memory. */
static bool
done_or_no_memory(bool done, const struct cm_err *err)
{
    if (!done && err->class != CM_E_LIMIT)
        fail_msg("%s: %s", cm_class_name(err->class), err->text);
    return done;
}

struct world {
    int fd, out, from; /* borrowed */
    struct cm_archive *archive;
};

/* Without any memory left, the right answers are given. */
static void
check_answers(const struct cm_archive *archive)
{
    size_t left = allocations_left;
    uint32_t entry = 99;
    bool before = once;
    allocations_left = 0;
    once = false;
    assert_true(cm_archive_find(archive, "\xc3\xa4", &entry) && entry == 4);
    assert_true(cm_archive_find_alike(archive, "%C3%84", &entry) && entry == 4);
    assert_true(cm_archive_find_alike(archive, "LIB/a.DLL", &entry) && entry == 2);
    assert_false(cm_archive_find_alike(archive, "lib/c.dll", &entry));
    assert_true(cm_archive_may_add(archive, "%C3%85", NULL));
    assert_false(cm_archive_may_add(archive, "%C3%84", NULL));
    assert_false(cm_archive_may_add(archive, "Lib", NULL));
    allocations_left = left;
    once = before;
}

static bool
open_it(struct world *world)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    bool done = cm_archive_open(world->fd, "it", NULL, &archive, &err);
    if (done)
        check_answers(archive);
    return done_or_no_memory(done, &err);
}

static bool
read_it(struct world *world)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(1000);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    bool done = cm_archive_open(world->fd, "it", NULL, &archive, &err);
    for (uint32_t i = 0; done && i < cm_archive_count(archive); i++) {
        cm_buf_cut(&to, 0);
        done = cm_archive_read(archive, i, &to, &err);
        assert_int_equal(to.size, done ? cm_archive_entry(archive, i)->size : 0);
    }
    done = done && cm_archive_unpack(archive, 2, world->out, 1000, &err) &&
           cm_archive_check_contents(archive, &err);
    return done_or_no_memory(done, &err);
}

static bool
edit_it(struct world *world)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_written written = {.size = 99};
    char hex[CM_SHA512_HEX] = "";
    CM_CLEANUP(cm_edits_done) struct cm_edits *edits = cm_edits_new(world->archive);
    if (!edits)
        return false;
    bool done =
        cm_edits_replace(edits, 0, "new", 3, &err) && cm_edits_replace(edits, 2, LONG, 20, &err) &&
        cm_edits_replace_from(edits, 3, world->from, &err) && cm_edits_remove(edits, 1, &err) &&
        cm_edits_add(edits, "\xc3\xb6", "added", 5, false, &err) &&
        cm_edits_add(edits, "and", "added", 5, true, &err);
    bool before = done;
    done = done && cm_edits_write(edits, world->out, &all_digests, &written, &err) &&
           cm_edits_digest(edits, "sha256", hex, &err);
    if (before && written.size != 99) {
        assert_int_equal(strlen(written.input_sha256), CM_SHA256_HEX - 1);
        assert_int_equal(strlen(written.sha256), CM_SHA256_HEX - 1);
        assert_int_equal(strlen(written.sha512), CM_SHA512_HEX - 1);
        CM_CLEANUP(cm_archive_done) struct cm_archive *after = NULL;
        size_t left = allocations_left;
        allocations_left = SIZE_MAX;
        after = open_fd(world->out, NULL);
        assert_int_equal(cm_archive_count(after), 6);
        assert_int_equal(ftruncate(world->out, 0), 0);
        allocations_left = left;
    }
    assert_true(!done || strlen(hex) == CM_SHA256_HEX - 1);
    return done_or_no_memory(done, &err);
}

static void
fail_each_allocation(bool (*work)(struct world *world), size_t least)
{
    size_t n = 0;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    make(&zip);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    CM_CLEANUP(cm_fd_done) int out = zip_file_of("", 0);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = open_fd(fd, NULL);
    struct world world = {fd, out, fd, archive};
    for (bool done = false; !done; n++) {
        assert_true(n < 1000);
        allocations_left = n;
        done = work(&world);
        allocations_left = SIZE_MAX;
    }
    print_message("worked with %zu allocations\n", n - 1);
    assert_true(n > least);
}

static int
for_good(void **state)
{
    (void)state;
    once = false;
    return 0;
}

static int
for_once(void **state)
{
    (void)state;
    once = true;
    return 0;
}

static void
test_open(void **state)
{
    (void)state;
    fail_each_allocation(open_it, 10);
}

static void
test_read(void **state)
{
    (void)state;
    fail_each_allocation(read_it, 20);
}

static void
test_edit(void **state)
{
    (void)state;
    fail_each_allocation(edit_it, 20);
}

/* Names that are alike are refused with whatever memory there is. */
static void
test_alike(void **state)
{
    (void)state;
    bool malformed = false;
    CM_CLEANUP(zip_done) struct zip zip = ZIP_INIT;
    zip_add(&zip, "\xc3\xa4", "1", 1, ZIP_STORE);
    zip_add(&zip, "a\xcc\x88", "2", 1, ZIP_STORE);
    CM_CLEANUP(cm_fd_done) int fd = zip_file(&zip);
    for (size_t n = 0; !malformed; n++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_archive *archive = NULL;
        allocations_left = n;
        bool done = cm_archive_open(fd, "it", NULL, &archive, &err);
        allocations_left = SIZE_MAX;
        assert_false(done);
        assert_true(err.class == CM_E_LIMIT || err.class == CM_E_MALFORMED);
        malformed = err.class == CM_E_MALFORMED;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_open, for_good),  cmocka_unit_test_setup(test_open, for_once),
        cmocka_unit_test_setup(test_read, for_good),  cmocka_unit_test_setup(test_read, for_once),
        cmocka_unit_test_setup(test_edit, for_good),  cmocka_unit_test_setup(test_edit, for_once),
        cmocka_unit_test_setup(test_alike, for_good), cmocka_unit_test_setup(test_alike, for_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
