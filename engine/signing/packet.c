/* SPDX-License-Identifier: Apache-2.0 */
#include "signing/packet.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MILLISECOND (CM_SECOND / 1000)

/* One more descriptor than may be fits in: the one that is too many is seen, and closed. */
#define ROOM_FOR_FILES (CM_PACKET_FILES + 1)

union control {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(sizeof(int) * ROOM_FOR_FILES)];
};

void
cm_packet_done(struct cm_packet *packet)
{
    cm_json_done(&packet->said);
    for (size_t i = 0; i < packet->file_count; i++)
        cm_fd_done(&packet->files[i]);
    packet->file_count = 0;
}

/* ---- waiting ---- */

static bool
wait_for(int socket, short what, int64_t deadline, struct cm_err *err)
{
    for (;;) {
        struct pollfd one = {.fd = socket, .events = what};
        int64_t left = (deadline - cm_monotonic_now() + MILLISECOND - 1) / MILLISECOND;
        if (left <= 0)
            return cm_fail(err, CM_E_CANCELLED, "the other process does not answer in time");
        int ready = poll(&one, 1, left > INT_MAX ? INT_MAX : (int)left);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return cm_fail_errno(err, errno, "the other process cannot be waited for");
    }
}

/* ---- sending ---- */

static void
add_files(struct msghdr *message, union control *control, const int *files, size_t count)
{
    if (count == 0)
        return;
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), files, sizeof(int) * count);
}

bool
cm_packet_send(int socket, const json_t *said, const int *files, size_t count, int64_t deadline,
               struct cm_err *err)
{
    union control control;
    memset(&control, 0, sizeof control);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_PACKET_MOST);
    if (count > CM_PACKET_FILES || !cm_json_canonical(said, &text))
        return cm_fail(err, CM_E_LIMIT, "what is to be said to the other process is too large");
    struct iovec part = {.iov_base = text.at, .iov_len = text.size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    add_files(&message, &control, files, count);
    for (;;) {
        if (!wait_for(socket, POLLOUT, deadline, err))
            return false;
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent == (ssize_t)text.size)
            return true;
        if (sent >= 0)
            return cm_fail(err, CM_E_INTERNAL, "a packet was sent in part");
        if (errno == EPIPE || errno == ECONNRESET)
            return cm_fail(err, CM_E_NOT_FOUND, "the other process has ended");
        if (errno != EINTR && errno != EAGAIN)
            return cm_fail_errno(err, errno, "nothing can be sent to the other process");
    }
}

/* ---- receiving ---- */

/* Everything that came is taken over, so that all of it is closed by whoever drops the packet; what
 * does not fit is closed here. *ret_more: something did not. */
static void
take_files(struct msghdr *message, struct cm_packet *ret, bool *ret_more)
{
    *ret_more = (message->msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h != NULL; h = CMSG_NXTHDR(message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
            if (ret->file_count < CM_PACKET_FILES) {
                ret->files[ret->file_count++] = fd;
                continue;
            }
            cm_fd_done(&fd);
            *ret_more = true;
        }
    }
}

static bool
receive_once(int socket, struct cm_buf *to, struct cm_packet *ret, bool *ret_again,
             struct cm_err *err)
{
    bool more = false;
    union control control;
    char *room = cm_buf_extend(to, to->most);
    if (room == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    struct iovec part = {.iov_base = room, .iov_len = to->most};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    *ret_again = got < 0 && (errno == EINTR || errno == EAGAIN);
    cm_buf_cut(to, got > 0 ? (size_t)got : 0);
    if (*ret_again)
        return true;
    if (got < 0 && errno != ECONNRESET)
        return cm_fail_errno(err, errno, "nothing can be received from the other process");
    if (got >= 0)
        take_files(&message, ret, &more);
    if (got <= 0) /* an empty packet looks like the end, and may have files with it */
        return cm_fail(err, CM_E_NOT_FOUND, "the other process has ended");
    if (more)
        return cm_fail(err, CM_E_MALFORMED, "more files came than there may be");
    return (message.msg_flags & MSG_TRUNC) == 0 ||
           cm_fail(err, CM_E_MALFORMED, "a packet was larger than it may be");
}

bool
cm_packet_receive(int socket, int64_t deadline, struct cm_packet *ret, struct cm_err *err)
{
    bool again = true;
    CM_CLEANUP(cm_packet_done) struct cm_packet packet = CM_PACKET_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_PACKET_MOST);
    while (again)
        if (!wait_for(socket, POLLIN, deadline, err) ||
            !receive_once(socket, &text, &packet, &again, err))
            return false;
    if (!cm_json_parse(cm_buf_text(&text), text.size, "the packet", &packet.said, err))
        return false;
    if (!json_is_object(packet.said))
        return cm_fail(err, CM_E_MALFORMED, "the packet is no object");
    *ret = packet;
    packet = (struct cm_packet)CM_PACKET_INIT;
    return true;
}
