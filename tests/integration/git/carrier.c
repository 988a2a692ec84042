/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier.h"

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PREFACE "001e# service=git-upload-pack\n0000"

void
carrier_begin(struct carrier *carrier, const char *repository)
{
    *carrier = (struct carrier){.repository = repository,
                                .piece = CARRIER_ALL,
                                .refuse = CARRIER_ALL,
                                .fail = CARRIER_ALL,
                                .cut = CARRIER_ALL,
                                .alter = CARRIER_ALL,
                                .posted = CM_BUF_INIT((size_t)16 << 20),
                                .answer = CM_BUF_INIT((size_t)16 << 20),
                                .fd = -1};
}

/* Whatever is left of an answer, git's own end is waited for. */
static void
end_git(struct carrier *carrier)
{
    cm_fd_done(&carrier->fd);
    if (carrier->git > 0)
        waitpid(carrier->git, NULL, 0);
    carrier->git = 0;
}

void
carrier_done(struct carrier *carrier)
{
    end_git(carrier);
    cm_buf_done(&carrier->posted);
    cm_buf_done(&carrier->answer);
}

/* The body in a file without a name, so that nobody waits for anybody. */
static int
body_of(const void *body, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    int fd = memfd_create("body", MFD_CLOEXEC);
    assert_true(fd >= 0);
    if (!cm_fd_write_all(fd, "body", body ? body : "", size, &err))
        fail_msg("%s", err.text);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void
start_git(struct carrier *carrier, const void *body, size_t size)
{
    int out[2], in = body_of(body, size);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    carrier->git = fork();
    assert_true(carrier->git >= 0);
    if (carrier->git == 0) {
        signal(SIGPIPE, SIG_DFL);
        dup2(in, STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        execlp("git", "git", "upload-pack", "--stateless-rpc",
               body ? "--strict" : "--http-backend-info-refs", carrier->repository, (char *)NULL);
        _exit(127);
    }
    close(in);
    close(out[1]);
    carrier->fd = out[0];
}

static void
hide(struct carrier *carrier)
{
    struct cm_buf *list = &carrier->answer;
    for (size_t i = 0; carrier->hide && carrier->hide[i]; i++) {
        size_t size = strlen(carrier->hide[i]);
        char *at = memmem(list->at, list->size, carrier->hide[i], size);
        assert_non_null(at);
        at[size - 1] = 'x';
    }
}

static void
list(struct carrier *carrier)
{
    struct cm_err err = CM_ERR_INIT;
    carrier->gets++;
    carrier->buffered = true;
    if (carrier->instead[0]) {
        cm_buf_puts(&carrier->answer, carrier->instead[0]);
        return;
    }
    start_git(carrier, NULL, 0);
    cm_buf_puts(&carrier->answer, PREFACE);
    if (!cm_fd_read_all(carrier->fd, "git", &carrier->answer, &err))
        fail_msg("%s", err.text);
    hide(carrier);
}

static void
fetch(struct carrier *carrier, const void *body, size_t size)
{
    struct cm_buf *all = &carrier->posted;
    size_t from = all->size;
    carrier->posts++;
    cm_buf_add(all, body, size);
    assert_false(all->failed);
    char *at = all->at + from;
    for (size_t words = carrier->take ? strlen(carrier->take) : 0; words > 0;) {
        at = memmem(at, all->size - (size_t)(at - all->at), carrier->take, words);
        if (!at)
            break;
        memcpy(at, carrier->give, words);
    }
    carrier->buffered = carrier->instead[1] != NULL;
    if (carrier->buffered)
        cm_buf_puts(&carrier->answer, carrier->instead[1]);
    else
        start_git(carrier, all->at + from, size);
}

static bool
request(void *data, const char *path, const void *body, size_t size, struct cm_err *err)
{
    struct carrier *carrier = data;
    assert_string_equal(path, body ? "git-upload-pack" : "info/refs?service=git-upload-pack");
    end_git(carrier);
    cm_buf_clear(&carrier->answer);
    carrier->given = 0;
    carrier->read = 0;
    carrier->post = body != NULL;
    if (carrier->gets + carrier->posts == carrier->refuse)
        return cm_fail(err, CM_E_AUTH, "the carrier goes no further");
    if (body)
        fetch(carrier, body, size);
    else
        list(carrier);
    return true;
}

static size_t
min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t
read_some(struct carrier *carrier, void *to, size_t room)
{
    if (!carrier->buffered) {
        ssize_t got = read(carrier->fd, to, room);
        assert_true(got >= 0);
        return (size_t)got;
    }
    size_t size = min(room, carrier->answer.size - carrier->given);
    if (size > 0)
        memcpy(to, carrier->answer.at + carrier->given, size);
    carrier->given += size;
    return size;
}

/* Up to the byte where it is to end, and then its last words. */
static size_t
read_until_cut(struct carrier *carrier, void *to, size_t room)
{
    if (carrier->cut > carrier->read)
        return read_some(carrier, to, min(room, carrier->cut - carrier->read));
    if (!carrier->say || carrier->said)
        return 0;
    carrier->said = true;
    memcpy(to, carrier->say, strlen(carrier->say));
    return strlen(carrier->say);
}

static bool
give(void *data, void *to, size_t room, size_t *ret_size, struct cm_err *err)
{
    struct carrier *carrier = data;
    room = min(room, carrier->piece);
    assert_true(room > 0);
    if (carrier->post && carrier->read >= carrier->fail)
        return cm_fail(err, CM_E_TRANSIENT, "the line is cut");
    if (carrier->post && carrier->fail != CARRIER_ALL)
        room = min(room, carrier->fail - carrier->read);
    size_t size = carrier->post ? read_until_cut(carrier, to, room) : read_some(carrier, to, room);
    if (carrier->post && carrier->alter >= carrier->read && carrier->alter - carrier->read < size)
        ((char *)to)[carrier->alter - carrier->read] ^= 1;
    carrier->read += size;
    *ret_size = size;
    return true;
}

struct cm_helper_carrier
carrier_of(struct carrier *carrier)
{
    return (struct cm_helper_carrier){.request = request, .read = give, .data = carrier};
}
