/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop without any network: watches, timers, the end.
 */
#include "base/clock.h"
#include "base/log.h"
#include "net/net.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct cm_net *
open_net(int64_t left, int cancel_fd)
{
    struct cm_net *net = NULL;
    struct cm_err err = CM_ERR_INIT;
    struct cm_outside_settings settings = {.deadline = cm_monotonic_now() + left,
                                           .cancel_fd = cancel_fd};
    assert_true(cm_net_open(&settings, &net, &err));
    return net;
}

static void
set_true(void *data)
{
    *(bool *)data = true;
}

struct reader {
    struct cm_net *net;
    struct cm_watch *watch;
    char got[100];
    size_t size;
    bool over, hung_up;
};

static void
read_some(void *data, int fd, short revents)
{
    struct reader *reader = data;
    assert_true(revents & (POLLIN | POLLHUP));
    ssize_t got = read(fd, reader->got + reader->size, 3);
    assert_true(got >= 0);
    reader->hung_up |= (revents & POLLHUP) != 0;
    reader->size += (size_t)got;
    if (got == 0) {
        cm_net_unwatch(reader->net, reader->watch);
        reader->over = true;
    }
}

static void
close_it(void *data)
{
    int *fd = data;
    assert_int_equal(write(*fd, " and more", 9), 9);
    close(*fd);
}

static void
watch_reads_to_the_end(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct cm_net *net = open_net(20 * CM_SECOND, -1);
    struct reader reader = {.net = net};
    reader.watch = cm_net_watch(net, ends[0], POLLIN, read_some, &reader);
    assert_non_null(reader.watch);
    assert_int_equal(write(ends[1], "something", 9), 9);
    assert_true(cm_net_after(net, CM_SECOND / 100, close_it, &ends[1]));
    assert_true(cm_net_wait(net, &reader.over));
    assert_true(reader.hung_up); /* which libcurl does not pass on */
    assert_int_equal(reader.size, strlen("something and more"));
    assert_memory_equal(reader.got, "something and more", reader.size);
    close(ends[0]);
    cm_net_close(net);
}

struct note {
    char *to;
    char letter;
};

static void
take_note(void *data)
{
    struct note *note = data;
    note->to[strlen(note->to)] = note->letter;
}

static void
timers_fire_in_order(void **state)
{
    char notes[10] = "";
    struct note a = {notes, 'a'}, b = {notes, 'b'}, c = {notes, 'c'};
    (void)state;
    struct cm_net *net = open_net(20 * CM_SECOND, -1);
    assert_true(cm_net_after(net, CM_SECOND / 50, take_note, &c));
    assert_true(cm_net_after(net, 0, take_note, &a));
    assert_true(cm_net_after(net, CM_SECOND / 100, take_note, &b));
    int64_t before = cm_monotonic_now();
    assert_true(cm_net_sleep(net, CM_SECOND / 40));
    assert_true(cm_monotonic_now() - before >= CM_SECOND / 40);
    assert_string_equal(notes, "abc");
    cm_net_close(net);
}

static void
deadline_ends_a_wait(void **state)
{
    bool never = false, ended = false, fired = false;
    (void)state;
    struct cm_net *net = open_net(CM_SECOND / 50, -1);
    assert_true(cm_net_on_end(net, set_true, &ended));
    assert_true(cm_net_after(net, 10 * CM_SECOND, set_true, &fired));
    assert_true(cm_net_remaining(net) > 0);
    assert_false(cm_net_wait(net, &never));
    assert_int_equal(cm_net_remaining(net), 0);
    assert_true(cm_net_cancelled(net));
    assert_true(ended);
    assert_false(fired);
    assert_false(cm_net_sleep(net, 1));
    cm_net_close(net);
}

static void
cancel_ends_a_sleep(void **state)
{
    int ends[2];
    bool ended = false;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct cm_net *net = open_net(INT64_C(3600) * CM_SECOND, ends[0]);
    assert_true(cm_net_on_end(net, set_true, &ended));
    assert_true(cm_net_after(net, CM_SECOND / 100, close_it, &ends[1]));
    assert_false(cm_net_sleep(net, INT64_MAX));
    assert_true(ended);
    cm_net_close(net);
    close(ends[0]);
}

static void
wait_inside(void *data)
{
    struct cm_net *net = data;
    bool never = false;
    assert_false(cm_net_wait(net, &never));
    assert_false(cm_net_sleep(net, CM_SECOND));
}

static void
callbacks_do_not_wait(void **state)
{
    bool done = false;
    (void)state;
    struct cm_net *net = open_net(20 * CM_SECOND, -1);
    assert_true(cm_net_after(net, 0, wait_inside, net));
    assert_true(cm_net_after(net, 0, set_true, &done));
    assert_true(cm_net_wait(net, &done));
    cm_net_close(net);
}

static void
on_end_after_the_end(void **state)
{
    bool never = false, ended = false;
    (void)state;
    struct cm_net *net = open_net(0, -1);
    assert_false(cm_net_wait(net, &never));
    assert_true(cm_net_on_end(net, set_true, &ended));
    assert_false(cm_net_wait(net, &never));
    assert_true(ended);
    cm_net_close(net);
}

/* On a terminal, whoever waits longer than a second sees that. */
static void
waiting_is_shown(void **state)
{
    char seen[1000] = "";
    bool never = false;
    (void)state;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    assert_int_equal(grantpt(terminal), 0);
    assert_int_equal(unlockpt(terminal), 0);
    int screen = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    assert_true(screen >= 0);
    struct cm_log *log = cm_log_new(screen, CM_LOG_INFO, false);
    struct cm_outside_settings settings = {
        .deadline = cm_monotonic_now() + CM_SECOND * 5 / 4, .cancel_fd = -1, .log = log};
    struct cm_net *net = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_net_open(&settings, &net, &err));
    assert_false(cm_net_wait(net, &never));
    assert_true(read(terminal, seen, sizeof seen - 1) > 0);
    assert_non_null(strstr(seen, "waiting, 1 s"));
    cm_net_close(net);
    cm_log_free(log);
    close(screen);
    close(terminal);
}

static void
settings_are_copied(void **state)
{
    char helper[] = "/usr/libexec/helper";
    struct cm_net *net = NULL;
    struct cm_err err = CM_ERR_INIT;
    struct cm_outside_settings settings = {.cancel_fd = -1, .helper = helper};
    (void)state;
    assert_true(cm_net_open(&settings, &net, &err));
    helper[0] = 'x';
    assert_string_equal(cm_net_settings(net)->helper, "/usr/libexec/helper");
    assert_string_equal(cm_net_settings(net)->agent, "countermark/" CM_VERSION);
    assert_null(cm_net_settings(net)->folder);
    cm_net_close(net);
    cm_net_close(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watch_reads_to_the_end), cmocka_unit_test(timers_fire_in_order),
        cmocka_unit_test(deadline_ends_a_wait),   cmocka_unit_test(cancel_ends_a_sleep),
        cmocka_unit_test(callbacks_do_not_wait),  cmocka_unit_test(on_end_after_the_end),
        cmocka_unit_test(waiting_is_shown),       cmocka_unit_test(settings_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
