/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "unit.h"

static int
new_file(void)
{
    struct cm_err err = CM_ERR_INIT;
    int fd = -1;
    assert_true(cm_file_unlinked(NULL, &fd, &err));
    return fd;
}

/* All that was written; valid until the next call. */
static const char *
written(int fd)
{
    static struct cm_buf text = CM_BUF_INIT(1 << 24);
    struct cm_err err = CM_ERR_INIT;
    cm_buf_done(&text);
    assert_true(lseek(fd, 0, SEEK_SET) == 0);
    assert_true(cm_fd_read_all(fd, "log", &text, &err));
    return cm_buf_text(&text);
}

static void
test_lines_up_to_the_level(void **state)
{
    (void)state;
    CM_CLEANUP(cm_fd_done) int fd = new_file();
    struct cm_log *log = cm_log_new(fd, CM_LOG_WARNING, false);
    cm_log(log, CM_LOG_ERROR, "%d: bad\nthing \x1b[2J", 1);
    cm_log(log, CM_LOG_WARNING, "\xc3\xa4 careful");
    cm_log(log, CM_LOG_INFO, "not shown");
    cm_log_progress(log, "not on a file");
    assert_string_equal(written(fd), "countermark: 1: bad\\nthing \\x1b[2J\n"
                                     "countermark: \xc3\xa4 careful\n");
    assert_null(cm_log_free(log));
}

static void
test_no_log_drops_everything(void **state)
{
    (void)state;
    cm_log(NULL, CM_LOG_ERROR, "x");
    cm_log_progress(NULL, "x");
    cm_log_withhold(NULL, "secret");
    assert_false(cm_log_holds_secret(NULL, "secret"));
    assert_null(cm_log_free(NULL));
}

static void
test_json_lines(void **state)
{
    (void)state;
    CM_CLEANUP(cm_fd_done) int fd = new_file();
    struct cm_log *log = cm_log_new(fd, CM_LOG_DEBUG, true);
    cm_log_withhold(log, "hunter2");
    cm_log(log, CM_LOG_INFO, "a \"quote\", a \xff byte, a\nline, hunter2");
    log = cm_log_free(log);

    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *line = NULL;
    const char *text = written(fd);
    assert_true(cm_starts_with(text, "{\"time\":\"2"));
    assert_true(cm_ends_with(text, "\"}\n"));
    assert_true(cm_json_parse(text, strlen(text), "line", &line, &err));
    assert_string_equal(cm_json_text(line, "level"), "info");
    assert_string_equal(cm_json_text(line, "message"),
                        "a \"quote\", a \\xff byte, a\\nline, [withheld]");
    int64_t when = 0;
    assert_true(cm_parse_time(cm_json_text(line, "time"), &when));
}

static void
test_secrets_never_appear(void **state)
{
    (void)state;
    CM_CLEANUP(cm_fd_done) int fd = new_file();
    struct cm_log *log = cm_log_new(fd, CM_LOG_INFO, false);
    cm_log_withhold(log, "abcdef");
    cm_log_withhold(log, "defghi");      /* overlaps the end of the first */
    cm_log_withhold(log, "abcd");        /* is a part of the first */
    cm_log_withhold(log, "line\nbreak"); /* is escaped in a line */
    cm_log_withhold(log, "\xd0\xbf\xd0\xb0\xd1\x80");
    cm_log_withhold(log, "abc"); /* too short */
    cm_log_withhold(log, NULL);
    cm_log(log, CM_LOG_INFO, "1 abcdefghi 2 %s 3 abcabc 4 abcdabcdabcd", "abcdef");
    cm_log(log, CM_LOG_INFO,
           "line\nbreak line\\nbreak \xd0\xbf\xd0\xb0\xd1\x80 \\u{43f}\\u{430}\\u{440}");
    assert_string_equal(written(fd),
                        "countermark: 1 [withheld] 2 [withheld] 3 abcabc 4 [withheld]\n"
                        "countermark: [withheld] [withheld] [withheld] [withheld]\n");
    assert_true(cm_log_holds_secret(log, "xxabcdxx"));
    assert_true(cm_log_holds_secret(log, "line\\nbreak"));
    assert_false(cm_log_holds_secret(log, "abc"));
    assert_false(cm_log_holds_secret(log, NULL));
    (void)cm_log_free(log);
}

static void
test_a_repeating_secret_is_covered_whole(void **state)
{
    (void)state;
    CM_CLEANUP(cm_fd_done) int fd = new_file();
    struct cm_log *log = cm_log_new(fd, CM_LOG_INFO, false);
    cm_log_withhold(log, "aaaa");
    cm_log(log, CM_LOG_INFO, "xaaaaaaay");
    assert_string_equal(written(fd), "countermark: x[withheld]y\n");
    (void)cm_log_free(log);
}

static void
test_a_message_too_long_is_named(void **state)
{
    (void)state;
    CM_CLEANUP(cm_fd_done) int fd = new_file();
    struct cm_log *log = cm_log_new(fd, CM_LOG_INFO, false);
    cm_log(log, CM_LOG_INFO, "%2000000d", 1);
    assert_string_equal(written(fd), "countermark: (a message too long to show)\n");
    (void)cm_log_free(log);
}

/* The kernel hands over what was written in pieces, and when it likes: reads `enough` bytes, or
 * what there is after a silence that is a failure. */
static void
read_terminal(int master, char *to, size_t enough, size_t most)
{
    struct pollfd ready = {.fd = master, .events = POLLIN};
    for (size_t size = 0; size < enough && poll(&ready, 1, 10000) == 1;) {
        ssize_t got = read(master, to + size, most - size);
        assert_true(got > 0);
        size += (size_t)got;
    }
}

/* A terminal of our own: what is written to it comes back with \n as \r\n. */
static void
test_progress_on_a_terminal(void **state)
{
    (void)state;
    CM_CLEANUP(cm_fd_done) int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        print_message("no terminal to be had: not tried\n");
        skip();
    }
    CM_CLEANUP(cm_fd_done) int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &(struct winsize){.ws_col = 10}), 0);

    struct cm_log *log = cm_log_new(terminal, CM_LOG_INFO, false);
    cm_log_withhold(log, "hunter2");
    cm_log_progress(log, "");
    cm_log_progress(log, "1 of 2, and what does not fit");
    cm_log(log, CM_LOG_INFO, "line");
    cm_log_progress(log, "");
    cm_log_progress(log, "hunter2");
    cm_log_progress(log, "");
    (void)cm_log_free(log);

    static const char expected[] = "\r\033[K1 of 2, a"
                                   "\r\033[Kcountermark: line\r\n"
                                   "\r\033[K[withheld"
                                   "\r\033[K";
    char text[sizeof expected + 100] = "";
    read_terminal(master, text, sizeof expected - 1, sizeof text - 1);
    assert_string_equal(text, expected);
}

static void *
write_lines(void *log)
{
    for (int i = 0; i < 500; i++) {
        cm_log(log, CM_LOG_INFO, "0123456789 secret%d", i);
        cm_log_withhold(log, i % 2 ? "secret1" : "secret2");
    }
    return NULL;
}

static void
test_threads_do_not_mix_lines(void **state)
{
    (void)state;
    CM_CLEANUP(cm_fd_done) int fd = new_file();
    struct cm_log *log = cm_log_new(fd, CM_LOG_INFO, false);
    pthread_t threads[4];
    for (size_t i = 0; i < CM_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, log), 0);
    for (size_t i = 0; i < CM_COUNT(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    size_t lines = 0;
    const char *text = written(fd);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1, lines++)
        assert_true(cm_starts_with(line, "countermark: 0123456789 "));
    assert_int_equal(lines, 2000);
    (void)cm_log_free(log);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_up_to_the_level),
        cmocka_unit_test(test_no_log_drops_everything),
        cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_secrets_never_appear),
        cmocka_unit_test(test_a_repeating_secret_is_covered_whole),
        cmocka_unit_test(test_a_message_too_long_is_named),
        cmocka_unit_test(test_progress_on_a_terminal),
        cmocka_unit_test(test_threads_do_not_mix_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
