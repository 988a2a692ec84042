/* SPDX-License-Identifier: Apache-2.0 */
#include "store/journal.h"

#include "../shell.h"
#include "base/buf.h"
#include "base/fd.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/countermark-journal-XXXXXX";
static char path[128];

static int
set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/signatures.jsonl", folder);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    return shell_remove(folder);
}

static int
fresh(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static bool
add(int number, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *entry = json_pack("{s:i}", "number", number);
    return cm_journal_add(path, entry, err);
}

static struct cm_journal_state
check(void)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_journal_state state;
    if (!cm_journal_check(path, &state, &err))
        fail_msg("%s", err.text);
    return state;
}

static void
read_file(struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    if (!cm_file_read(path, to, &err))
        fail_msg("%s", err.text);
}

static void
write_file(const char *at, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(at, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void
test_lines_follow_each_other(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    for (int i = 0; i < 5; i++)
        if (!add(i, &err))
            fail_msg("%s", err.text);
    struct cm_journal_state found = check();
    assert_int_equal(found.lines, 5);
    assert_int_equal(found.torn, 0);
    read_file(&text);
    const char *last = cm_buf_text(&text) + text.size - 1;
    while (last[-1] != '\n')
        last--;
    char sha256[CM_SHA256_HEX];
    assert_true(cm_sha256(last, strlen(last) - 1, sha256));
    assert_string_equal(sha256, found.last);
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
}

static void
test_a_line_that_was_changed_or_taken_out_is_noticed(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    for (int i = 0; i < 3; i++)
        assert_true(add(i, &err));
    read_file(&text);
    char *second = strchr(text.at, '\n') + 1, *third = strchr(second, '\n') + 1;
    struct cm_journal_state found;
    write_file(text.at, (size_t)(second - text.at));
    assert_int_equal(check().lines, 1);
    /* without the second */
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_true(fputs(third, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_false(cm_journal_check(path, &found, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_non_null(strstr(err.text, "line 2"));
    /* another number in the second */
    *(strstr(second, "\"number\":") + strlen("\"number\":")) = '7';
    write_file(text.at, text.size);
    assert_false(cm_journal_check(path, &found, &err));
    assert_non_null(strstr(err.text, "line 3"));
}

static void
test_a_line_that_was_cut_off_is_closed_and_skipped(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    assert_true(add(1, &err));
    assert_true(add(2, &err));
    read_file(&text);
    for (size_t cut = 1; cut < 40; cut += 7) {
        write_file(text.at, text.size - cut);
        assert_int_equal(check().torn, cut == 1 ? 0 : 1);
        assert_true(add(3, &err));
        struct cm_journal_state found = check();
        assert_int_equal(found.lines, cut == 1 ? 3 : 2);
        assert_int_equal(found.torn, cut == 1 ? 0 : 1);
        assert_true(add(4, &err));
        assert_int_equal(check().lines, cut == 1 ? 4 : 3);
    }
}

static void
test_no_whole_line_at_the_end_is_refused(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    for (size_t i = 0; i < 3 * CM_JOURNAL_LINE_MOST; i++)
        cm_buf_putc(&text, 'x');
    write_file(text.at, text.size);
    assert_false(add(1, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
}

static void
test_an_entry_too_large_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    for (size_t i = 0; i < CM_JOURNAL_LINE_MOST; i++)
        cm_buf_putc(&text, 'x');
    CM_CLEANUP(cm_json_done) json_t *entry = json_pack("{s:s}", "a", cm_buf_text(&text));
    assert_true(add(1, &err));
    assert_false(cm_journal_add(path, entry, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_int_equal(check().lines, 1);
    assert_int_equal(check().torn, 0);
}

static void
test_a_file_that_others_can_write_is_refused(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_journal_state found;
    assert_true(add(1, &err));
    assert_int_equal(chmod(path, 0622), 0);
    assert_false(add(2, &err));
    assert_int_equal(err.class, CM_E_DENIED);
    assert_false(cm_journal_check(path, &found, &err));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(check().lines, 1);
}

static void
test_many_at_once_make_one_chain(void **state)
{
    (void)state;
    enum { MANY = 8, EACH = 20 };
    pid_t children[MANY];
    struct cm_err err = CM_ERR_INIT;
    for (int i = 0; i < MANY; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            for (int k = 0; k < EACH; k++)
                if (!add(i, &err))
                    _exit(1);
            _exit(0);
        }
    }
    for (int i = 0; i < MANY; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(check().lines, MANY * EACH);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lines_follow_each_other, fresh),
        cmocka_unit_test_setup(test_a_line_that_was_changed_or_taken_out_is_noticed, fresh),
        cmocka_unit_test_setup(test_a_line_that_was_cut_off_is_closed_and_skipped, fresh),
        cmocka_unit_test_setup(test_no_whole_line_at_the_end_is_refused, fresh),
        cmocka_unit_test_setup(test_an_entry_too_large_is_refused_and_leaves_nothing, fresh),
        cmocka_unit_test_setup(test_a_file_that_others_can_write_is_refused, fresh),
        cmocka_unit_test_setup(test_many_at_once_make_one_chain, fresh),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
