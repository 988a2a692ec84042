/* SPDX-License-Identifier: Apache-2.0 */
#include "signing/packet.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int near_end, far_end;

static int
set_up(void **state)
{
    (void)state;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    near_end = pair[0];
    far_end = pair[1];
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    cm_fd_done(&near_end);
    cm_fd_done(&far_end);
    return 0;
}

static int64_t
soon(void)
{
    return cm_monotonic_now() + 20 * CM_SECOND;
}

static size_t
open_files(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

/* As somebody would who does not keep to the form. */
static void
send_raw(const void *at, size_t size, size_t files)
{
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(sizeof(int) * 64)];
    } control;
    memset(&control, 0, sizeof control);
    int most = 1 << 20;
    assert_int_equal(setsockopt(near_end, SOL_SOCKET, SO_SNDBUF, &most, sizeof most), 0);
    struct iovec part = {.iov_base = (void *)(uintptr_t)at, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (files > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * files);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * files);
        for (size_t i = 0; i < files; i++)
            memcpy(CMSG_DATA(header) + i * sizeof(int), &near_end, sizeof(int));
    }
    assert_int_equal(sendmsg(near_end, &message, MSG_NOSIGNAL), (ssize_t)size);
}

static void
test_a_value_and_files_come_over(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct stat sent, came;
    CM_CLEANUP(cm_fd_done) int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CM_CLEANUP(cm_json_done) json_t *said = json_pack("{s:s, s:[i]}", "wants", "x", "n", 7);
    CM_CLEANUP(cm_packet_done) struct cm_packet packet = CM_PACKET_INIT;
    const int files[] = {file, near_end};
    assert_true(cm_packet_send(near_end, said, files, 2, soon(), &err));
    assert_true(cm_packet_receive(far_end, soon(), &packet, &err));
    assert_true(json_equal(packet.said, said));
    assert_int_equal(packet.file_count, 2);
    assert_int_equal(fstat(file, &sent), 0);
    assert_int_equal(fstat(packet.files[0], &came), 0);
    assert_int_equal(sent.st_rdev, came.st_rdev);
    for (size_t i = 0; i < 2; i++)
        assert_true(fcntl(packet.files[i], F_GETFD) & FD_CLOEXEC);
}

static void
test_packets_stay_apart(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    for (int i = 0; i < 3; i++) {
        CM_CLEANUP(cm_json_done) json_t *said = json_pack("{s:i}", "n", i);
        assert_true(cm_packet_send(near_end, said, NULL, 0, soon(), &err));
    }
    for (int i = 0; i < 3; i++) {
        CM_CLEANUP(cm_packet_done) struct cm_packet packet = CM_PACKET_INIT;
        assert_true(cm_packet_receive(far_end, soon(), &packet, &err));
        assert_int_equal(cm_json_int(packet.said, "n", -1), i);
        assert_int_equal(packet.file_count, 0);
    }
}

static void
assert_refused(const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_packet_done) struct cm_packet packet = CM_PACKET_INIT;
    assert_false(cm_packet_receive(far_end, soon(), &packet, &err));
    assert_int_equal(err.class, CM_E_MALFORMED);
    assert_non_null(strstr(err.text, says));
    assert_null(packet.said);
    assert_int_equal(packet.file_count, 0);
}

static void
test_what_is_no_packet_is_refused_and_its_files_are_closed(void **state)
{
    (void)state;
    static char large[CM_PACKET_MOST + 1];
    size_t before = open_files();
    memset(large, ' ', sizeof large);
    large[0] = '{';
    large[1] = '}';
    send_raw("{\"a\":1", 6, 1);
    assert_refused("");
    send_raw("[1]", 3, 2);
    assert_refused("no object");
    send_raw("{\"a\":1,\"a\":2}", 13, 1);
    assert_refused("");
    send_raw(large, sizeof large, 3);
    assert_refused("larger");
    send_raw("{}", 2, CM_PACKET_FILES + 1);
    assert_refused("more files");
    send_raw("{}", 2, 64);
    assert_refused("more files");
    assert_int_equal(open_files(), before);
}

static void
test_files_of_an_empty_packet_are_closed(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    size_t before = open_files();
    CM_CLEANUP(cm_packet_done) struct cm_packet packet = CM_PACKET_INIT;
    send_raw("", 0, 3);
    assert_false(cm_packet_receive(far_end, soon(), &packet, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    assert_int_equal(packet.file_count, 0);
    assert_int_equal(open_files(), before);
}

static void
test_what_does_not_fit_is_not_sent(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    for (size_t i = 0; i < CM_PACKET_MOST; i++)
        cm_buf_putc(&text, 'x');
    CM_CLEANUP(cm_json_done) json_t *said = json_pack("{s:s}", "a", cm_buf_text(&text));
    CM_CLEANUP(cm_json_done) json_t *small = json_object();
    const int files[CM_PACKET_FILES + 1] = {near_end, near_end, near_end, near_end, near_end};
    assert_false(cm_packet_send(near_end, said, NULL, 0, soon(), &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    err = (struct cm_err)CM_ERR_INIT;
    assert_false(cm_packet_send(near_end, small, files, CM_PACKET_FILES + 1, soon(), &err));
    assert_int_equal(err.class, CM_E_LIMIT);
}

static void
test_an_end_is_told_apart_from_silence(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_packet_done) struct cm_packet packet = CM_PACKET_INIT;
    CM_CLEANUP(cm_json_done) json_t *said = json_object();
    assert_false(cm_packet_receive(far_end, cm_monotonic_now() + CM_SECOND / 50, &packet, &err));
    assert_int_equal(err.class, CM_E_CANCELLED);
    cm_fd_done(&near_end);
    err = (struct cm_err)CM_ERR_INIT;
    assert_false(cm_packet_receive(far_end, soon(), &packet, &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
    err = (struct cm_err)CM_ERR_INIT;
    assert_false(cm_packet_send(far_end, said, NULL, 0, soon(), &err));
    assert_int_equal(err.class, CM_E_NOT_FOUND);
}

static void
test_a_full_socket_is_waited_for_no_longer_than_may_be(void **state)
{
    (void)state;
    bool sent = true;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *said = json_pack("{s:s}", "a", "b");
    for (int i = 0; sent && i < 100000; i++)
        sent = cm_packet_send(near_end, said, NULL, 0, cm_monotonic_now() + CM_SECOND / 20, &err);
    assert_false(sent);
    assert_int_equal(err.class, CM_E_CANCELLED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_value_and_files_come_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_packets_stay_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_packet_is_refused_and_its_files_are_closed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_of_an_empty_packet_are_closed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_does_not_fit_is_not_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_end_is_told_apart_from_silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_socket_is_waited_for_no_longer_than_may_be,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
