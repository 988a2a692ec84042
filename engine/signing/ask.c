/* SPDX-License-Identifier: Apache-2.0 */
#include "signing/ask.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/spawn.h"
#include "signing/office.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENDS_WITHIN_MS 5000

/* The other end; it is started for this one question, or there already. */
struct line {
    int socket;
    pid_t pid; /* 0: a service */
};

void
cm_attested_done(struct cm_attested *attested)
{
    cm_buf_done(&attested->lines);
}

/* ---- getting through ---- */

/* It ends by itself when nobody can ask it any more. */
static void
line_done(struct line *line)
{
    cm_fd_done(&line->socket);
    if (line->pid <= 0)
        return;
    CM_CLEANUP(cm_fd_done) int watch = pidfd_open(line->pid, 0);
    struct pollfd ended = {.fd = watch, .events = POLLIN};
    if (watch < 0 || poll(&ended, 1, ENDS_WITHIN_MS) <= 0)
        (void)kill(line->pid, SIGKILL); /* not reaped yet, so the number is still its own */
    while (waitpid(line->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    line->pid = 0;
}

static bool
call(const char *path, struct line *ret, struct cm_err *err)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path)
        return cm_fail(err, CM_E_CONFIG, "%s: too long for a socket", path);
    memcpy(at.sun_path, path, strlen(path));
    CM_CLEANUP(cm_fd_done) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return cm_fail_errno(err, errno, "no socket");
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        (void)cm_fail_errno(err, errno, "nobody who has the keys listens at %s", path);
        err->class = CM_E_CONFIG;
        return false;
    }
    *ret = (struct line){.socket = fd};
    fd = -1;
    return true;
}

static bool
start(const struct cm_ask *ask, struct line *ret, struct cm_err *err)
{
    int pair[2];
    const char *argv[] = {"countermark-keys", "--config",
                          ask->config,        ask->state != NULL ? "--state" : "--no-state",
                          ask->state,         NULL};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return cm_fail_errno(err, errno, "no socket");
    CM_CLEANUP(cm_fd_done) int ours = pair[0];
    CM_CLEANUP(cm_fd_done) int theirs = pair[1];
    const struct cm_spawn spawn = {.program = ask->program,
                                   .argv = argv,
                                   .environment = environ,
                                   .input = theirs,
                                   .output = -1,
                                   .errors = STDERR_FILENO};
    *ret = (struct line){.socket = -1};
    if (!cm_spawn(&spawn, &ret->pid, err))
        return false;
    ret->socket = ours;
    ours = -1;
    return true;
}

/* ---- what is said ---- */

static json_t *
request_json(const struct cm_ask *ask, const char *wants)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "format", CM_OFFICE_FORMAT, "wants", wants,
                     "project", ask->project, "policy", ask->policy, "key", ask->key, "failures",
                     (int)ask->failures);
}

/* What it answers: a file, and what is said of it. */
static bool
check_answer(const struct cm_packet *answer, struct cm_err *err)
{
    const json_t *said = answer->said;
    const char *format = cm_json_text(said, "format"), *why = cm_json_text(said, "message");
    const char *class = cm_json_text(said, "class");
    if (format == NULL || strcmp(format, CM_OFFICE_FORMAT) != 0)
        return cm_fail(err, CM_E_MALFORMED, "the process with the keys is of another version");
    if (!cm_json_bool(said, "signed", false))
        return cm_fail(err, class != NULL ? cm_class_of(class) : CM_E_INTERNAL, "%s",
                       why != NULL ? why : "no reason was given");
    return answer->file_count == 1 ||
           cm_fail(err, CM_E_MALFORMED, "the process with the keys has sent nothing signed");
}

static bool
converse(const struct cm_ask *ask, const json_t *said, struct cm_packet *ret, struct cm_err *err)
{
    const int files[] = {ask->evidence, ask->artifact, ask->built};
    CM_CLEANUP(line_done) struct line line = {.socket = -1};
    bool through = ask->socket != NULL ? call(ask->socket, &line, err) : start(ask, &line, err);
    if (!through)
        return false;
    if (cm_packet_send(line.socket, said, files, ask->built >= 0 ? 3 : 2, ask->deadline, err) &&
        cm_packet_receive(line.socket, ask->deadline, ret, err))
        return check_answer(ret, err);
    if (err->class == CM_E_NOT_FOUND)
        return cm_fail(err, CM_E_CONFIG, "the process with the keys has ended without an answer");
    return false;
}

static bool
read_file(const struct cm_packet *answer, struct cm_buf *to, struct cm_err *err)
{
    if (lseek(answer->files[0], 0, SEEK_SET) != 0 ||
        !cm_fd_read_all(answer->files[0], "the answer", to, err))
        return cm_context(err, "what was signed");
    return true;
}

static void
take_text(const json_t *said, const char *key, char *ret, size_t room)
{
    const char *text = cm_json_text(said, key);
    (void)snprintf(ret, room, "%s", text != NULL ? text : "");
}

bool
cm_ask_to_attest(const struct cm_ask *ask, struct cm_attested *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_packet_done) struct cm_packet answer = CM_PACKET_INIT;
    CM_CLEANUP(cm_json_done) json_t *said = request_json(ask, "attestations");
    CM_CLEANUP(cm_attested_done)
    struct cm_attested attested = {.lines = CM_BUF_INIT(CM_OFFICE_MOST)};
    if (said == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!converse(ask, said, &answer, err) || !read_file(&answer, &attested.lines, err))
        return false;
    attested.first = cm_json_bool(answer.said, "first", false);
    attested.kept = cm_json_bool(answer.said, "kept", false);
    take_text(answer.said, "decided_at", attested.decided_at, sizeof attested.decided_at);
    take_text(answer.said, "key_id", attested.key_id, sizeof attested.key_id);
    take_text(answer.said, "hint", attested.hint, sizeof attested.hint);
    *ret = attested;
    attested.lines = (struct cm_buf)CM_BUF_INIT(0);
    return true;
}

static bool
put_wish(json_t *said, const struct cm_cms_wish *wish)
{
    bool ok = said != NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < wish->attribute_count; i++)
        ok = json_array_append_new(list, json_string(wish->attributes[i])) == 0 && ok;
    cm_json_set_text(said, "content", wish->content, &ok);
    cm_json_set(said, "attributes", list, &ok);
    cm_json_set_int(said, "demands", wish->demands, &ok);
    return ok;
}

bool
cm_ask_for_cms(const struct cm_ask *ask, const struct cm_cms_wish *wish, struct cm_buf *to,
               struct cm_err *err)
{
    CM_CLEANUP(cm_packet_done) struct cm_packet answer = CM_PACKET_INIT;
    CM_CLEANUP(cm_json_done) json_t *said = request_json(ask, "cms");
    if (!put_wish(said, wish))
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    return converse(ask, said, &answer, err) && read_file(&answer, to, err);
}
