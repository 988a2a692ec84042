/* SPDX-License-Identifier: Apache-2.0 */
#include "store/journal.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the end of the file: what the next line follows ---- */

/* The last bytes of it, as many as two lines may have. */
static bool
read_tail(int fd, const char *path, struct cm_buf *to, struct cm_err *err)
{
    struct stat file;
    if (fstat(fd, &file) != 0)
        return cm_fail_errno(err, errno, "%s", path);
    off_t from = file.st_size > (off_t)to->most ? file.st_size - (off_t)to->most : 0;
    size_t size = (size_t)(file.st_size - from);
    char *at = size > 0 ? cm_buf_extend(to, size) : NULL;
    if (size > 0 && at == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(fd, at + done, size - done, from + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return cm_fail_errno(err, got < 0 ? errno : EIO, "%s", path);
        done += (size_t)got;
    }
    return true;
}

static bool
is_line(const char *at, size_t size)
{
    struct cm_err none = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *line = NULL;
    return cm_json_parse(at, size, "a line", &line, &none) && cm_json_text(line, "previous");
}

/* Digest of the last whole line; "" if there is none, which is false where the tail is not all of
 * the file. *ret_open: it does not end with a line feed, because a crash cut the last line off. */
static bool
find_last(const struct cm_buf *tail, char ret[CM_SHA256_HEX], bool *ret_open)
{
    const char *text = cm_buf_text(tail);
    size_t end = tail->size;
    *ret_open = end > 0 && text[end - 1] != '\n';
    ret[0] = '\0';
    while (end > 0) {
        size_t size = end - (text[end - 1] == '\n'), begin = size;
        while (begin > 0 && text[begin - 1] != '\n')
            begin--;
        if (is_line(text + begin, size - begin))
            return cm_sha256(text + begin, size - begin, ret);
        end = begin;
    }
    return tail->size < tail->most;
}

/* ---- adding ---- */

static void
unlock(int *fd)
{
    if (*fd >= 0)
        (void)flock(*fd, LOCK_UN);
    cm_fd_done(fd);
}

static bool
open_to_add(const char *path, int *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int guarded = -1;
    if (!cm_file_create(path, 0600, "", 0, err) || !cm_file_open_guarded(path, &guarded, NULL, err))
        return false;
    CM_CLEANUP(cm_fd_done) int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    struct stat looked, opened;
    if (fd < 0 || fstat(guarded, &looked) != 0 || fstat(fd, &opened) != 0)
        return cm_fail_errno(err, errno, "%s", path);
    if (looked.st_dev != opened.st_dev || looked.st_ino != opened.st_ino)
        return cm_fail(err, CM_E_DENIED, "%s: replaced while it was opened", path);
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR)
            return cm_fail_errno(err, errno, "%s cannot be locked", path);
    *ret = fd;
    fd = -1;
    return true;
}

static bool
write_line(const json_t *entry, const char *previous, bool open, struct cm_buf *to)
{
    char now[CM_TIME_SIZE];
    cm_format_time(cm_wall_now(), now);
    CM_CLEANUP(cm_json_done)
    json_t *line = json_pack("{s:s, s:O, s:s}", "at", now, "entry", entry, "previous", previous);
    if (open)
        cm_buf_putc(to, '\n');
    if (line == NULL || !cm_json_canonical(line, to))
        return false;
    cm_buf_putc(to, '\n');
    return !to->failed;
}

bool
cm_journal_add(const char *path, const json_t *entry, struct cm_err *err)
{
    bool open;
    char previous[CM_SHA256_HEX];
    CM_CLEANUP(unlock) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf tail = CM_BUF_INIT(2 * CM_JOURNAL_LINE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(CM_JOURNAL_LINE_MOST);
    if (!open_to_add(path, &fd, err) || !read_tail(fd, path, &tail, err))
        return false;
    if (!find_last(&tail, previous, &open))
        return cm_fail(err, CM_E_MALFORMED, "%s: no whole line is near its end", path);
    if (!write_line(entry, previous, open, &line))
        return cm_fail(err, CM_E_LIMIT, "%s: an entry is larger than a line may be", path);
    if (!cm_fd_write_all(fd, path, line.at, line.size, err))
        return false;
    return fdatasync(fd) == 0 || cm_fail_errno(err, errno, "%s cannot be synced", path);
}

/* ---- checking ---- */

static bool
check_line(const char *path, const char *at, size_t size, struct cm_journal_state *state,
           struct cm_err *err)
{
    struct cm_err none = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *line = NULL;
    const char *previous =
        cm_json_parse(at, size, path, &line, &none) ? cm_json_text(line, "previous") : NULL;
    if (previous == NULL) {
        state->torn++;
        return true;
    }
    if (strcmp(previous, state->last) != 0)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: line %zu does not follow the one before it: one was changed, or taken "
                       "out",
                       path, state->lines + state->torn + 1);
    state->lines++;
    return cm_sha256(at, size, state->last) || cm_fail(err, CM_E_INTERNAL, "%s", path);
}

bool
cm_journal_check(const char *path, struct cm_journal_state *ret, struct cm_err *err)
{
    struct cm_journal_state state = {.lines = 0};
    CM_CLEANUP(cm_fd_done) int fd = -1;
    if (!cm_file_open_guarded(path, &fd, NULL, err))
        return false;
    FILE *file = fdopen(fd, "r");
    if (file == NULL)
        return cm_fail_errno(err, errno, "%s", path);
    fd = -1;
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    bool good = true;
    while (good && (size = getline(&line, &room, file)) > 0) {
        bool ended = line[size - 1] == '\n';
        good = check_line(path, line, (size_t)size - ended, &state, err);
    }
    bool read = ferror(file) == 0;
    free(line);
    (void)fclose(file);
    if (good && !read)
        return cm_fail(err, CM_E_INTERNAL, "%s cannot be read to its end", path);
    if (good)
        *ret = state;
    return good;
}
