/* SPDX-License-Identifier: Apache-2.0 */
#include "git/worker.h"

#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define READ_SIZE  ((size_t)64 * 1024)
#define PIECE_SIZE ((size_t)48 * 1024)
#define OUT_MOST   (PIECE_SIZE + CM_GIT_LINE_MOST + 64)

struct cm_git_worker {
    struct cm_net *net;
    struct cm_git_process process;
    struct cm_scratch scratch;
    int wake; /* eventfd: a spool has more */
    struct cm_watch *pid_watch, *output_watch, *input_watch, *wake_watch;
    struct cm_git_reader reader;
    struct cm_buf out; /* what is to be written, from out_at on */
    size_t out_at;
    struct cm_git_spool *spool;        /* of the question at hand */
    struct cm_git_task folder;         /* the first question: the folder of its packs */
    struct cm_git_task *tasks, *ended; /* in their order */
    char *folder_line;
    struct cm_err err; /* why it is dead; class CM_OK: it is alive, or ended well */
    size_t packs;
    bool dead, greeted;
    struct cm_git_worker *next; /* among those that are asked nothing new */
};

/* ---- its questions ---- */

static void
append(struct cm_git_task **list, struct cm_git_task *task)
{
    while (*list)
        list = &(*list)->next;
    *list = task;
    task->next = NULL;
}

/* The question at hand is answered, or will not be. */
static void
end_task(struct cm_git_worker *worker, const struct cm_err *err)
{
    struct cm_git_task *task = worker->tasks;
    worker->tasks = task->next;
    task->err = *err;
    append(&worker->ended, task);
    if (worker->spool)
        worker->spool->wake = -1;
    worker->spool = NULL;
}

/* The last thing that a callback does: the worker may be gone behind it. */
static void
tell_ended(struct cm_git_worker *worker)
{
    struct cm_git_task *list = CM_TAKE(worker->ended);
    while (list) {
        struct cm_git_task *task = list;
        struct cm_err err = task->err;
        list = task->next;
        task->next = NULL;
        if (task->done)
            task->done(task->data, &err);
    }
}

/* ---- what it reads ---- */

static void on_input(void *data, int fd, short events);

static void
watch_input(struct cm_git_worker *worker, bool wanted)
{
    if (wanted && !worker->input_watch)
        worker->input_watch =
            cm_net_watch(worker->net, worker->process.input, POLLOUT, on_input, worker);
    if (!wanted && worker->input_watch) {
        cm_net_unwatch(worker->net, worker->input_watch);
        worker->input_watch = NULL;
    }
}

static void
drop_spool(struct cm_git_worker *worker)
{
    worker->spool->wake = -1;
    worker->spool = NULL;
}

/* The next piece of the spool, or its end. False with an err: it cannot be read back. */
static bool
put_piece(struct cm_git_worker *worker, struct cm_err *err)
{
    struct cm_git_spool *spool = worker->spool;
    char block[PIECE_SIZE];
    uint64_t left = spool->written - spool->sent;
    if (left == 0 || spool->stopped) {
        if (spool->ended || spool->stopped) {
            cm_buf_puts(&worker->out, spool->ended ? "0\n" : "stop\n");
            drop_spool(worker);
        }
        return true;
    }
    ssize_t got = pread(spool->fd, block, left < sizeof block ? (size_t)left : sizeof block,
                        (off_t)spool->sent);
    if (got <= 0)
        return cm_fail_errno(err, got < 0 ? errno : EIO, "the pack cannot be read again");
    spool->sent += (uint64_t)got;
    cm_buf_printf(&worker->out, "%zd\n", got);
    cm_buf_add(&worker->out, block, (size_t)got);
    return true;
}

/* The question at hand, then what follows it. */
static bool
fill_out(struct cm_git_worker *worker, struct cm_err *err)
{
    struct cm_git_task *task = worker->tasks;
    cm_buf_clear(&worker->out);
    worker->out_at = 0;
    if (!task || !worker->greeted)
        return true;
    if (!task->begun) {
        task->begun = true;
        worker->spool = task->spool;
        if (worker->spool)
            worker->spool->wake = worker->wake;
        cm_buf_printf(&worker->out, "%s\n", task->line);
    }
    bool good = !worker->spool || put_piece(worker, err);
    return good && worker->out.failed ? cm_fail(err, CM_E_LIMIT, "the question is too long") : good;
}

/* A pipe whose other end is closed is that of a process that has ended: its end tells why. */
static bool
write_some(struct cm_git_worker *worker, bool *ret_full, struct cm_err *err)
{
    ssize_t put = write(worker->process.input, worker->out.at + worker->out_at,
                        worker->out.size - worker->out_at);
    *ret_full = put < 0;
    if (put < 0 && errno != EAGAIN && errno != EINTR && errno != EPIPE)
        return cm_fail_errno(err, errno, "the helper cannot be asked");
    worker->out_at += put > 0 ? (size_t)put : 0;
    return true;
}

static bool
pump(struct cm_git_worker *worker, struct cm_err *err)
{
    bool full = false;
    while (!full) {
        if (worker->out_at == worker->out.size && !fill_out(worker, err))
            return false;
        if (worker->out.size == 0)
            break;
        if (!write_some(worker, &full, err))
            return false;
    }
    watch_input(worker, full);
    return true;
}

/* ---- its end ---- */

static void
unwatch(struct cm_net *net, struct cm_watch **watch)
{
    cm_net_unwatch(net, *watch);
    *watch = NULL;
}

static void
die(struct cm_git_worker *worker, const struct cm_err *why)
{
    if (worker->dead)
        return;
    worker->dead = true;
    worker->err = *why;
    unwatch(worker->net, &worker->pid_watch);
    unwatch(worker->net, &worker->output_watch);
    unwatch(worker->net, &worker->input_watch);
    unwatch(worker->net, &worker->wake_watch);
    cm_git_process_kill(&worker->process);
    while (worker->tasks)
        end_task(worker, why);
    cm_fd_done(&worker->wake);
    cm_scratch_remove(&worker->scratch);
}

static void
pump_or_die(struct cm_git_worker *worker)
{
    struct cm_err err = CM_ERR_INIT;
    if (!worker->dead && !pump(worker, &err))
        die(worker, &err);
}

static void
on_input(void *data, int fd, short events)
{
    struct cm_git_worker *worker = data;
    (void)fd;
    if (events & POLLOUT)
        pump_or_die(worker);
    else
        watch_input(worker, false); /* its end is on its way */
    tell_ended(worker);
}

static void
on_wake(void *data, int fd, short events)
{
    struct cm_git_worker *worker = data;
    uint64_t count = 0;
    (void)events;
    (void)!read(fd, &count, sizeof count);
    pump_or_die(worker);
    tell_ended(worker);
}

/* ---- what it says ---- */

static bool
on_item(void *data, const struct cm_git_item *item, struct cm_err *err)
{
    struct cm_git_worker *worker = data;
    static const struct cm_err good = CM_ERR_INIT;
    struct cm_git_task *task = worker->tasks;
    if (item->kind == CM_ITEM_HELLO && !worker->greeted) {
        worker->greeted = true;
        return true;
    }
    if (!worker->greeted || (item->kind != CM_ITEM_ERROR && !(task && task->begun)))
        return cm_fail(err, CM_E_INTERNAL, "the helper speaks unasked");
    if (item->kind == CM_ITEM_ERROR && !(task && task->begun)) {
        *err = item->err;
        return false;
    }
    if (item->kind == CM_ITEM_ERROR || item->kind == CM_ITEM_END) {
        end_task(worker, item->kind == CM_ITEM_END ? &good : &item->err);
        return true;
    }
    return task->item ? task->item(task->data, item, err)
                      : cm_fail(err, CM_E_INTERNAL, "the helper answers what was not asked");
}

/* Reads what is there; *ret_more is false if there is nothing more to come. */
static bool
drain(struct cm_git_worker *worker, bool *ret_more, struct cm_err *err)
{
    char block[READ_SIZE];
    for (;;) {
        ssize_t got = read(worker->process.output, block, sizeof block);
        if (got < 0 && errno == EINTR)
            continue;
        *ret_more = got < 0 && errno == EAGAIN;
        if (got <= 0)
            return true;
        if (!cm_git_reader_feed(&worker->reader, block, (size_t)got, on_item, worker, err))
            return false;
    }
}

static void
on_output(void *data, int fd, short events)
{
    struct cm_git_worker *worker = data;
    struct cm_err err = CM_ERR_INIT;
    bool more = true;
    (void)fd;
    (void)events;
    if (!drain(worker, &more, &err))
        die(worker, &err);
    else if (!more)
        unwatch(worker->net, &worker->output_watch);
    pump_or_die(worker);
    tell_ended(worker);
}

static void
on_exit_of(void *data, int fd, short events)
{
    struct cm_git_worker *worker = data;
    const char *program = cm_net_settings(worker->net)->helper;
    struct cm_err how = CM_ERR_INIT;
    bool more = true;
    (void)fd;
    (void)events;
    if (!cm_git_process_ended(&worker->process, program, &how))
        return;
    struct cm_err said = CM_ERR_INIT;
    if (!drain(worker, &more, &said))
        how = said;
    if (how.class == CM_OK)
        cm_fail(&how, CM_E_INTERNAL, "the helper ended before it had answered");
    die(worker, &how);
    tell_ended(worker);
}

/* ---- its beginning ---- */

static bool
watch(struct cm_git_worker *worker, struct cm_err *err)
{
    struct cm_net *net = worker->net;
    worker->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->wake < 0)
        return cm_fail_errno(err, errno, "cannot watch the helper");
    worker->pid_watch = cm_net_watch(net, worker->process.pid_fd, POLLIN, on_exit_of, worker);
    worker->output_watch = cm_net_watch(net, worker->process.output, POLLIN, on_output, worker);
    worker->wake_watch = cm_net_watch(net, worker->wake, POLLIN, on_wake, worker);
    if (!worker->pid_watch || !worker->output_watch || !worker->wake_watch)
        return cm_fail(err, CM_E_LIMIT, "no memory to watch the helper");
    return true;
}

static bool
ask_for_folder(struct cm_git_worker *worker, const char *folder, struct cm_err *err)
{
    if (strchr(folder, '\n'))
        return cm_fail(err, CM_E_CONFIG, "%s: a line feed cannot be in the name of this folder",
                       folder);
    if (asprintf(&worker->folder_line, "folder %s", folder) < 0) {
        worker->folder_line = NULL;
        return cm_fail(err, CM_E_LIMIT, "no memory for the helper");
    }
    worker->folder.line = worker->folder_line;
    return cm_git_worker_ask(worker, &worker->folder, err);
}

static bool
start(struct cm_git_worker *worker, const struct cm_git_worker_ask *ask, struct cm_err *err)
{
    const struct cm_outside_settings *settings = cm_net_settings(worker->net);
    if (!ask->folder && !cm_scratch_make(settings->folder, "git", &worker->scratch, err))
        return false;
    return cm_git_process_start(settings->helper, ask->packs, ask->pack_count, &worker->process,
                                err) &&
           watch(worker, err) &&
           ask_for_folder(worker, ask->folder ? ask->folder : worker->scratch.path, err);
}

bool
cm_git_worker_start(struct cm_net *net, const struct cm_git_worker_ask *ask,
                    struct cm_git_worker **ret, struct cm_err *err)
{
    struct cm_git_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return cm_fail(err, CM_E_LIMIT, "no memory for the helper");
    *worker = (struct cm_git_worker){.net = net,
                                     .process = {.pid_fd = -1, .input = -1, .output = -1},
                                     .scratch = {.lock = -1},
                                     .wake = -1,
                                     .out = CM_BUF_INIT(OUT_MOST)};
    cm_git_reader_begin(&worker->reader, CM_GIT_ITEM_MOST);
    if (!start(worker, ask, err)) {
        cm_git_worker_free(net, worker);
        /* What of ours is not found says nothing of what a repository has. */
        if (err->class == CM_E_NOT_FOUND)
            err->class = CM_E_INTERNAL;
        return false;
    }
    *ret = worker;
    return true;
}

void
cm_git_worker_free(struct cm_net *net, struct cm_git_worker *worker)
{
    if (!worker)
        return;
    if (net) {
        unwatch(net, &worker->pid_watch);
        unwatch(net, &worker->output_watch);
        unwatch(net, &worker->input_watch);
        unwatch(net, &worker->wake_watch);
    }
    if (worker->spool)
        drop_spool(worker);
    cm_git_process_kill(&worker->process);
    cm_fd_done(&worker->wake);
    cm_scratch_remove(&worker->scratch);
    cm_git_reader_done(&worker->reader);
    cm_buf_done(&worker->out);
    free(worker->folder_line);
    free(worker);
}

size_t
cm_git_worker_load(const struct cm_git_worker *worker)
{
    return worker->packs;
}

void
cm_git_worker_bury(struct cm_git_worker **graves, struct cm_git_worker *worker)
{
    worker->next = *graves;
    *graves = worker;
}

void
cm_git_worker_free_all(struct cm_git_worker **graves)
{
    while (*graves) {
        struct cm_git_worker *worker = *graves;
        *graves = worker->next;
        cm_git_worker_free(NULL, worker);
    }
}

bool
cm_git_worker_is_alive(const struct cm_git_worker *worker)
{
    return !worker->dead;
}

bool
cm_git_worker_ask(struct cm_git_worker *worker, struct cm_git_task *task, struct cm_err *err)
{
    if (worker->dead) {
        *err = worker->err;
        return false;
    }
    task->begun = false;
    worker->packs += task->spool != NULL;
    append(&worker->tasks, task);
    if (worker->tasks == task && worker->greeted)
        watch_input(worker, true);
    return true;
}

void
cm_git_worker_give(struct cm_git_worker *worker, struct cm_git_spool *spool)
{
    if (worker->dead)
        return;
    worker->spool = spool;
    spool->wake = worker->wake;
    watch_input(worker, true);
}
