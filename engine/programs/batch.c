/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions are read, judged in threads, and answered in their order: a lot at a time, as large as
 * what can be had without waiting. */
#include "programs/batch.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_JOBS   64
#define MOST_OF_LOT 4096
#define READ_SIZE   ((size_t)256 << 10)
#define ENOUGH      ((size_t)4 << 20) /* read ahead no further than this */
#define ANSWER_MOST ((size_t)64 << 20)

struct line {
    const char *at;
    size_t size, number;
    const char *result;
    struct cm_buf answer; /* owned */
};

struct lot {
    const struct cm_batch *batch;
    struct line lines[MOST_OF_LOT];
    size_t count;
    atomic_size_t next;
};

static void
lot_done(struct lot **lot)
{
    free(*lot);
}

/* ---- answers ---- */

static bool
put_answer(struct line *line, const json_t *question, const struct cm_err *err)
{
    bool ok = true;
    const json_t *id = json_object_get(question, "id");
    CM_CLEANUP(cm_json_done) json_t *answer = json_object();
    if (json_is_integer(id) || (json_is_string(id) && json_string_length(id) <= CM_BATCH_ID_MOST))
        cm_json_set(answer, "id", json_deep_copy(id), &ok);
    cm_json_set_int(answer, "line", (int64_t)line->number, &ok);
    if (err->class != CM_OK)
        cm_json_set_text(answer, "reason", err->text, &ok);
    cm_json_set_text(answer, "result", line->result, &ok);
    line->answer = (struct cm_buf)CM_BUF_INIT(1 << 16);
    return ok && cm_json_canonical(answer, &line->answer);
}

static void
answer(const struct cm_batch *batch, struct line *line)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_dsse_apart apart = {NULL, 0};
    CM_CLEANUP(cm_json_done) json_t *question = NULL;
    line->result = "malformed";
    if (cm_dsse_parse(line->at, line->size, "the question", &question, &apart, &err))
        line->result = cm_batch_judge(batch, question, &apart, &err);
    if (!put_answer(line, question, &err))
        line->answer.failed = true;
}

static void *
work(void *context)
{
    struct lot *lot = context;
    for (size_t i; (i = atomic_fetch_add(&lot->next, 1)) < lot->count;)
        answer(lot->batch, &lot->lines[i]);
    return NULL;
}

/* With as many threads as there are to be had: this one works, too. */
static void
answer_lot(struct lot *lot, size_t jobs)
{
    pthread_t threads[MOST_JOBS];
    size_t count = 0;
    atomic_store(&lot->next, 0);
    while (count + 1 < jobs && count + 1 < lot->count &&
           pthread_create(&threads[count], NULL, work, lot) == 0)
        count++;
    (void)work(lot);
    while (count > 0)
        (void)pthread_join(threads[--count], NULL);
}

static int
print_lot(const struct cm_session *session, struct lot *lot, bool *all_accepted)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(ANSWER_MOST);
    bool failed = false;
    for (size_t i = 0; i < lot->count; i++) {
        struct line *line = &lot->lines[i];
        cm_buf_add(&text, line->answer.at, line->answer.size);
        cm_buf_putc(&text, '\n');
        failed = failed || line->answer.failed;
        *all_accepted = *all_accepted && strcmp(line->result, "accepted") == 0;
        cm_buf_done(&line->answer);
    }
    return failed ? CM_EXIT_INTERNAL : cm_session_print(session, &text);
}

/* ---- questions ---- */

struct input {
    struct cm_buf bytes; /* owned */
    bool ended;
    size_t line; /* the number of the last one */
    size_t questions;
};

static void
input_done(struct input *input)
{
    cm_buf_done(&input->bytes);
}

static bool
may_read_on(const struct input *input)
{
    struct pollfd standard = {.fd = STDIN_FILENO, .events = POLLIN};
    return !input->ended && input->bytes.size < ENOUGH && poll(&standard, 1, 0) > 0;
}

static bool
read_some(struct input *input, struct cm_err *err)
{
    size_t before = input->bytes.size;
    char *to = cm_buf_extend(&input->bytes, READ_SIZE);
    if (to == NULL)
        return cm_fail(err, CM_E_LIMIT, "line %zu is longer than %zu MiB", input->line + 1,
                       CM_ATTESTATION_FILE_MOST >> 20);
    ssize_t got;
    do
        got = read(STDIN_FILENO, to, READ_SIZE);
    while (got < 0 && errno == EINTR);
    cm_buf_cut(&input->bytes, before + (got > 0 ? (size_t)got : 0));
    input->ended = got == 0;
    return got >= 0 || cm_fail_errno(err, errno, "standard input");
}

static bool
fill(struct input *input, struct cm_err *err)
{
    do
        if (!read_some(input, err))
            return false;
    while (may_read_on(input));
    return true;
}

static bool
is_blank(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] != ' ' && at[i] != '\t' && at[i] != '\r')
            return false;
    return true;
}

/* The lines that are whole, up to as many as a lot has. Gives how many bytes they took. */
static size_t
take_lines(struct input *input, struct lot *lot)
{
    const char *at = cm_buf_text(&input->bytes), *end = at + input->bytes.size;
    lot->count = 0;
    while (at < end && lot->count < MOST_OF_LOT) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        if (feed == NULL && !input->ended)
            break;
        size_t size = (size_t)((feed != NULL ? feed : end) - at);
        input->line++;
        if (!is_blank(at, size))
            lot->lines[lot->count++] = (struct line){.at = at, .size = size, .number = input->line};
        at = feed != NULL ? feed + 1 : end;
    }
    return (size_t)(at - cm_buf_text(&input->bytes));
}

/* All lines that are there. 0, or the exit status. */
static int
answer_lines(const struct cm_session *session, struct input *input, struct lot *lot, size_t jobs,
             bool *all_accepted)
{
    int status = 0;
    for (size_t taken; status == 0 && (taken = take_lines(input, lot)) > 0;) {
        if (lot->count > 0) {
            answer_lot(lot, jobs);
            status = print_lot(session, lot, all_accepted);
        }
        input->questions += lot->count;
        memmove(input->bytes.at, input->bytes.at + taken, input->bytes.size - taken);
        cm_buf_cut(&input->bytes, input->bytes.size - taken);
    }
    return status;
}

static int
jobs_said(const struct cm_session *session, size_t *ret)
{
    cpu_set_t cpus;
    int64_t number = 1;
    const char *said = cm_said(session->said, "jobs");
    if (said != NULL && !cm_parse_int(said, 1, MOST_JOBS, &number))
        return cm_session_usage(session, "--jobs is a number from 1 to %d, not '%s'", MOST_JOBS,
                                said);
    if (said == NULL && sched_getaffinity(0, sizeof cpus, &cpus) == 0)
        number = CPU_COUNT(&cpus) < MOST_JOBS ? CPU_COUNT(&cpus) : MOST_JOBS;
    *ret = (size_t)number;
    return 0;
}

int
cm_batch_run(const struct cm_session *session, const struct cm_batch *batch)
{
    size_t jobs = 1;
    bool all_accepted = true;
    struct cm_err err = CM_ERR_INIT;
    int status = jobs_said(session, &jobs);
    CM_CLEANUP(input_done) struct input input = {.bytes = CM_BUF_INIT(CM_ATTESTATION_FILE_MOST)};
    CM_CLEANUP(lot_done) struct lot *lot = calloc(1, sizeof *lot);
    if (status != 0 || lot == NULL)
        return status != 0 ? status : CM_EXIT_INTERNAL;
    lot->batch = batch;
    json_object_seed(0); /* jansson's own, and before there are threads */
    while (status == 0 && !input.ended) {
        if (!fill(&input, &err)) {
            (void)cm_session_failed(session, &err);
            return CM_EXIT_USAGE;
        }
        status = answer_lines(session, &input, lot, jobs, &all_accepted);
    }
    if (status != 0)
        return status;
    if (input.questions == 0)
        cm_log(session->log, CM_LOG_ERROR, "there was no question on standard input");
    return input.questions > 0 && all_accepted ? CM_EXIT_ACCEPTED : CM_EXIT_REJECTED;
}
