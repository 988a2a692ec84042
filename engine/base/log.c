/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MOST_LINE    ((size_t)1 << 20)
#define LEAST_SECRET 4
#define WITHHELD     "[withheld]"
#define CLEAR_LINE   "\r\033[K"

struct secret {
    struct secret *next;
    size_t size;
    char text[]; /* with its NUL */
};

struct cm_log {
    int fd;
    enum cm_level most;
    bool json;
    bool blind;          /* a secret could not be remembered: show nothing any more */
    bool progress_shown; /* the line that the cursor is on is a progress line */
    pthread_mutex_t lock;
    struct secret *secrets;
};

struct cm_log *
cm_log_new(int fd, enum cm_level most, bool json)
{
    struct cm_log *log = calloc(1, sizeof *log);
    if (!log)
        return NULL;
    if (pthread_mutex_init(&log->lock, NULL) != 0) {
        free(log);
        return NULL;
    }
    log->fd = fd;
    log->most = most;
    log->json = json;
    return log;
}

struct cm_log *
cm_log_free(struct cm_log *log)
{
    if (!log)
        return NULL;
    for (struct secret *secret = log->secrets; secret;) {
        struct secret *next = secret->next;
        explicit_bzero(secret->text, secret->size);
        free(secret);
        secret = next;
    }
    (void)pthread_mutex_destroy(&log->lock);
    free(log);
    return NULL;
}

static bool
knows(const struct cm_log *log, const char *text)
{
    for (const struct secret *secret = log->secrets; secret; secret = secret->next)
        if (strcmp(secret->text, text) == 0)
            return true;
    return false;
}

static void
remember(struct cm_log *log, const char *text)
{
    if (knows(log, text))
        return;
    size_t size = strlen(text);
    struct secret *secret = malloc(sizeof *secret + size + 1);
    if (!secret) {
        log->blind = true;
        return;
    }
    secret->size = size;
    memcpy(secret->text, text, size + 1);
    secret->next = log->secrets;
    log->secrets = secret;
}

void
cm_log_withhold(struct cm_log *log, const char *secret)
{
    if (!log || !secret || strlen(secret) < LEAST_SECRET)
        return;
    CM_CLEANUP(cm_buf_done) struct cm_buf escaped = CM_BUF_INIT(SIZE_MAX / 2);
    CM_CLEANUP(cm_buf_done) struct cm_buf milder = CM_BUF_INIT(SIZE_MAX / 2);
    escaped.secret = milder.secret = true;
    cm_escape_to(&escaped, secret, strlen(secret));
    cm_escape_controls_to(&milder, secret, strlen(secret));

    (void)pthread_mutex_lock(&log->lock);
    remember(log, secret);
    remember(log, cm_buf_text(&escaped)); /* most often the same, and then known */
    remember(log, cm_buf_text(&milder));
    log->blind = log->blind || escaped.failed || milder.failed;
    (void)pthread_mutex_unlock(&log->lock);
}

void
cm_log_withhold_basic(struct cm_log *log, const struct cm_buf *credential)
{
    if (!log)
        return;
    CM_CLEANUP(cm_buf_done) struct cm_buf coded = CM_BUF_INIT(SIZE_MAX / 2);
    coded.secret = true;
    cm_base64(&coded, credential->at, credential->size);
    cm_log_withhold(log, cm_buf_text(&coded));
    (void)pthread_mutex_lock(&log->lock);
    log->blind = log->blind || coded.failed;
    (void)pthread_mutex_unlock(&log->lock);
}

bool
cm_log_holds_secret(const struct cm_log *log, const char *text)
{
    if (!log || !text)
        return false;
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&log->lock; /* all that changes */
    (void)pthread_mutex_lock(lock);
    bool found = log->blind;
    for (const struct secret *secret = log->secrets; secret && !found; secret = secret->next)
        found = strstr(text, secret->text) != NULL;
    (void)pthread_mutex_unlock(lock);
    return found;
}

/* Marks every byte that lies in a secret: secrets may overlap, and replacing one after the other
 * would leave the rest of the second standing. */
static void
mark_secrets(const struct cm_log *log, const char *text, char *marks)
{
    for (const struct secret *secret = log->secrets; secret; secret = secret->next)
        for (const char *at = text; (at = strstr(at, secret->text)); at++)
            memset(marks + (at - text), 1, secret->size);
}

static void
redact(const struct cm_log *log, const char *text, struct cm_buf *to)
{
    if (log->blind) {
        cm_buf_puts(to, WITHHELD);
        return;
    }
    size_t size = strlen(text);
    char *marks = calloc(1, size + 1);
    if (!marks) {
        cm_buf_puts(to, WITHHELD);
        return;
    }
    mark_secrets(log, text, marks);
    for (size_t i = 0; i < size;) {
        size_t end = i;
        while (end < size && marks[end] == marks[i])
            end++;
        if (marks[i])
            cm_buf_puts(to, WITHHELD);
        else
            cm_buf_add(to, text + i, end - i);
        i = end;
    }
    free(marks);
}

/* Redacted first, escaped then, so that a secret is found as it was registered. */
static void
make_safe(const struct cm_log *log, const char *text, struct cm_buf *to)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf redacted = CM_BUF_INIT(MOST_LINE);
    redact(log, text, &redacted);
    if (redacted.failed)
        to->failed = true;
    else
        cm_escape_controls_to(to, cm_buf_text(&redacted), redacted.size);
}

static const char *
level_name(enum cm_level level)
{
    switch (level) {
    case CM_LOG_ERROR:
        return "error";
    case CM_LOG_WARNING:
        return "warning";
    case CM_LOG_INFO:
        return "info";
    case CM_LOG_DEBUG:
        return "debug";
    }
    return "error";
}

static void
put_json(struct cm_buf *line, enum cm_level level, const char *message)
{
    bool ok = true;
    char now[CM_TIME_SIZE];
    cm_format_time(cm_wall_now(), now);
    CM_CLEANUP(cm_json_done) json_t *text = json_string(message);
    cm_buf_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", now, level_name(level));
    ok = text && cm_json_canonical(text, line);
    cm_buf_puts(line, ok ? "}\n" : "");
    line->failed = line->failed || !ok;
}

/* With the lock held. */
static void
put_line(struct cm_log *log, enum cm_level level, const char *message, struct cm_buf *line)
{
    if (log->json) {
        put_json(line, level, message);
        return;
    }
    if (log->progress_shown)
        cm_buf_puts(line, CLEAR_LINE);
    cm_buf_printf(line, "countermark: %s\n", message);
    log->progress_shown = false;
}

/* In one write, so that lines of several processes do not mix. A log that cannot be written to has
 * nobody to tell. */
static void
write_line(const struct cm_log *log, const struct cm_buf *line)
{
    struct cm_err ignored = CM_ERR_INIT;
    bool written = !line->failed && cm_fd_write_all(log->fd, "log", line->at, line->size, &ignored);
    (void)written;
}

static void
write_message(struct cm_log *log, enum cm_level level, const char *message)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf safe = CM_BUF_INIT(8 * MOST_LINE);
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(64 * MOST_LINE);
    make_safe(log, message, &safe);
    put_line(log, level, safe.failed ? "(a message too long to show)" : cm_buf_text(&safe), &line);
    write_line(log, &line);
}

void
cm_log(struct cm_log *log, enum cm_level level, const char *format, ...)
{
    if (!log || level > log->most)
        return;
    va_list args;
    va_start(args, format);
    char *message = NULL;
    int size = vasprintf(&message, format, args);
    va_end(args);

    (void)pthread_mutex_lock(&log->lock);
    write_message(log, level, size < 0 ? "(no memory to show a message)" : message);
    (void)pthread_mutex_unlock(&log->lock);
    if (size < 0)
        return;
    explicit_bzero(message, (size_t)size);
    free(message);
}

static size_t
columns_of(int fd)
{
    struct winsize size = {0};
    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
        return 80;
    return size.ws_col;
}

/* What fits on one line of the terminal, the last column left free; wide characters may still
 * wrap, which looks bad and harms nothing. */
static void
cut_to_columns(struct cm_buf *text, size_t columns)
{
    size_t at = 0;
    for (size_t count = 0; at < text->size && count + 1 < columns; count++) {
        uint32_t code = 0;
        size_t length = cm_utf8_next(text->at + at, text->size - at, &code);
        at += length > 0 ? length : 1;
    }
    cm_buf_cut(text, at);
}

static void
write_progress(struct cm_log *log, const char *text)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf safe = CM_BUF_INIT(8 * MOST_LINE);
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(8 * MOST_LINE);
    make_safe(log, text, &safe);
    cut_to_columns(&safe, columns_of(log->fd));
    cm_buf_printf(&line, CLEAR_LINE "%s", cm_buf_text(&safe));
    write_line(log, &line);
    log->progress_shown = safe.size > 0;
}

void
cm_log_progress(struct cm_log *log, const char *text)
{
    if (!log || log->json || !isatty(log->fd))
        return;
    (void)pthread_mutex_lock(&log->lock);
    if (text[0] != '\0' || log->progress_shown)
        write_progress(log, text);
    (void)pthread_mutex_unlock(&log->lock);
}
