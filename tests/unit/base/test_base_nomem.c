/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything once for every n with the n-th allocation failing: nothing may crash or leak, what
 * fails says so, and at the end it works.
 */
#include "base/arena.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

/* NOLINTBEGIN(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's --wrap wants these
 */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
/* NOLINTEND(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static size_t allocations_left = SIZE_MAX;

static bool
may_allocate(void)
{
    return allocations_left > 0 && (allocations_left == SIZE_MAX || allocations_left-- > 0);
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

/* jansson is a library of its own that --wrap does not reach: it is handed our malloc. */
static void *
jansson_malloc(size_t size)
{
    return __wrap_malloc(size);
}

static const char json_text[] = "{\"B\":[1,2.5,\"\\n\"],\"a\":{\"C\":null,\"d\":true}}";

static bool
read_and_write_json(void)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *json = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1000);
    if (!cm_json_parse(json_text, sizeof json_text - 1, "test", &json, &err)) {
        assert_true(err.class == CM_E_LIMIT || err.class == CM_E_MALFORMED);
        assert_true(strlen(err.text) > 0);
        return false;
    }
    if (!cm_json_canonical(json, &text)) {
        assert_int_equal(text.size, 0);
        return false;
    }
    assert_string_equal(text.at, "{\"B\":[1,2.5,\"\\n\"],\"a\":{\"C\":null,\"d\":true}}");
    return true;
}

static bool
build_json(void)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *json = json_object();
    cm_json_set_text(json, "a", "b", &ok);
    cm_json_set(json, "list", json_array(), &ok);
    cm_json_set_int(json, "n", 5, &ok);
    assert_int_equal(ok, json_object_size(json) == 3);
    return ok;
}

static bool
fill_an_arena(void)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 20);
    const char *escaped = cm_escape(arena, "line\n");
    void *large = cm_arena_alloc(arena, 100000);
    const char *shown = cm_show_duration(arena, 5000000000);
    return escaped && large && shown && strcmp(escaped, "line\\n") == 0 &&
           strcmp(shown, "5 s") == 0;
}

static bool
fill_a_buffer(void)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf buf = CM_BUF_INIT(10000);
    buf.secret = true;
    for (int i = 0; i < 100; i++) {
        size_t before = buf.size;
        cm_buf_printf(&buf, "%d,", i);
        assert_true(buf.failed ? buf.size == before : buf.size > before);
    }
    return !buf.failed;
}

static bool
handle_files(void)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    char hex[CM_SHA256_HEX];
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1000);
    if (!cm_file_unlinked("/tmp", &fd, &err) || !cm_fd_write_all(fd, "x", "abc", 3, &err) ||
        lseek(fd, 0, SEEK_SET) != 0)
        return false;
    bool done = cm_fd_read_all(fd, "x", &text, &err) && cm_sha256_fd(fd, "x", hex, &err);
    assert_int_equal(done, err.class == CM_OK);
    return done && text.size == 3;
}

/* Whatever happens, the secret is not shown: a log that could not remember it says nothing. */
static bool
log_a_secret(void)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    assert_true(cm_file_unlinked("/tmp", &fd, &err));
    struct cm_log *log = cm_log_new(fd, CM_LOG_INFO, false);
    cm_log_withhold(log, "hunter2\n");
    cm_log(log, CM_LOG_INFO, "it is hunter2\n!");
    bool was_logged = log != NULL;
    (void)cm_log_free(log);

    char text[200] = "";
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    assert_true(got >= 0);
    assert_null(strstr(text, "hunter2"));
    return was_logged && strcmp(text, "countermark: it is [withheld]!\n") == 0;
}

static void
fail_each_allocation(bool (*work)(void))
{
    size_t n = 0;
    for (bool done = false; !done; n++) {
        assert_true(n < 1000);
        allocations_left = n;
        done = work();
        allocations_left = SIZE_MAX;
    }
    print_message("worked with %zu allocations\n", n - 1);
    assert_true(n > 1);
}

#define NOMEM_TEST(work)                                                                           \
    static void test_##work(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        fail_each_allocation(work);                                                                \
    }

NOMEM_TEST(read_and_write_json)
NOMEM_TEST(build_json)
NOMEM_TEST(fill_an_arena)
NOMEM_TEST(fill_a_buffer)
NOMEM_TEST(handle_files)
NOMEM_TEST(log_a_secret)

int
main(void)
{
    json_set_alloc_funcs(jansson_malloc, free);
    json_object_seed(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_and_write_json), cmocka_unit_test(test_build_json),
        cmocka_unit_test(test_fill_an_arena),       cmocka_unit_test(test_fill_a_buffer),
        cmocka_unit_test(test_handle_files),        cmocka_unit_test(test_log_a_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
