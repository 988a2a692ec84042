/* SPDX-License-Identifier: Apache-2.0
 *
 * git-ask [OPTION]... MODULE HELPER URL PREFIX... <QUESTIONS
 *
 * Asks one repository through the module, as countermark does, and says what came: for tests and
 * benchmarks that are not in C. MODULE is countermark-outside.so, HELPER countermark-git; the
 * repository may be at a loopback address. QUESTIONS has lines "REF COMMIT" or "REF COMMIT PATH":
 * all are read, then all are asked at once, then each is waited for, in their order.
 *
 *   --ca PEM              --mirrors FOLDER       --mirrors-most BYTES    --folder FOLDER
 *   --token USER:SECRET   --timeout SECONDS      --json
 *
 * Says "probe STATUS|CLASS REFS", REFS being how many were listed or a class, and for each question
 *
 *   FINDING LENGTH PATH EXISTS [FILE]
 *
 *   FINDING  reachable, not-reachable or the class of an error
 *   LENGTH   commits on the path; 0: none
 *   PATH     proven: it was hashed again, from the tip that the list of refs has for REF down to
 *            COMMIT; broken: it is not that; long: the document has none; "-": not reachable
 *   EXISTS   yes (the object hashes to COMMIT), broken (it does not) or a class
 *   FILE     text:BYTES or a class
 *
 * With --json the lines are {"probe","refs"} and {"exists","on_ref","file"}: whole contents, or
 * {"error": CLASS, "text"}. Exit status 0: all was answered, be it by errors; 2: wrong words; 1:
 * anything else.
 */
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "git/documents.h"
#include "git/object.h"
#include "net/outside.h"

#include <dlfcn.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUESTIONS_MOST ((size_t)64 * 1024 * 1024) /* bytes */
#define LINE_MOST      ((size_t)64 * 1024 * 1024)
#define FILE_MOST      ((uint64_t)1024 * 1024)

enum { EXIT_ANSWERED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct question {
    const char *ref, *id, *path; /* path NULL: no file is asked for */
    struct cm_git_answer *exists, *on_ref, *file;
};

struct asking {
    const char *module, *url;
    struct cm_peer peer;
    struct cm_outside_settings settings;
    struct cm_git_ask ask;
    int64_t seconds, mirrors_most;
    bool json;
    const struct cm_outside_table *table;
    struct cm_outside *outside;
    struct cm_git_answer *probe, *refs;
    struct question *questions;
    size_t count;
};

static const char *const loopback[] = {"127.0.0.1", "::1", NULL};

static void
question_list_done(struct question **questions)
{
    free(*questions);
}

/* ---- words and questions ---- */

static bool
take_option(struct asking *asking, int code, struct cm_err *err)
{
    switch (code) {
    case 'c':
        asking->peer.ca = optarg;
        return true;
    case 'm':
        asking->settings.mirrors = optarg;
        return true;
    case 'M':
        return cm_parse_size(optarg, &asking->mirrors_most)
                   ? true
                   : cm_fail(err, CM_E_CONFIG, "--mirrors-most takes bytes");
    case 'f':
        asking->settings.folder = optarg;
        return true;
    case 't':
        asking->ask.token = optarg;
        return true;
    case 's':
        return cm_parse_int(optarg, 1, 86400, &asking->seconds)
                   ? true
                   : cm_fail(err, CM_E_CONFIG, "--timeout takes 1 to 86400 seconds");
    case 'j':
        asking->json = true;
        return true;
    default:
        return cm_fail(err, CM_E_CONFIG, "no such option, or one without its value");
    }
}

static bool
read_words(struct asking *asking, int argc, char **argv, struct cm_err *err)
{
    static const struct option options[] = {{"ca", required_argument, NULL, 'c'},
                                            {"mirrors", required_argument, NULL, 'm'},
                                            {"mirrors-most", required_argument, NULL, 'M'},
                                            {"folder", required_argument, NULL, 'f'},
                                            {"token", required_argument, NULL, 't'},
                                            {"timeout", required_argument, NULL, 's'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    for (int code; (code = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        if (!take_option(asking, code, err))
            return false;
    }
    if (argc - optind < 4)
        return cm_fail(err, CM_E_CONFIG,
                       "usage: git-ask [OPTION]... MODULE HELPER URL PREFIX... <QUESTIONS");
    asking->module = argv[optind];
    asking->settings.helper = argv[optind + 1];
    asking->settings.mirrors_most = (uint64_t)asking->mirrors_most;
    asking->ask.url = argv[optind + 2];
    asking->ask.prefixes = (const char *const *)&argv[optind + 3];
    asking->ask.prefix_count = (size_t)(argc - optind - 3);
    return true;
}

static size_t
count_lines(const struct cm_buf *text)
{
    size_t count = 1; /* the last may end without a line feed */
    for (size_t i = 0; i < text->size; i++)
        count += text->at[i] == '\n';
    return count;
}

/* The questions borrow from the text, which is cut into words. */
static bool
read_questions(struct asking *asking, struct cm_buf *text, struct cm_err *err)
{
    asking->questions = calloc(count_lines(text), sizeof *asking->questions);
    if (!asking->questions)
        return cm_fail(err, CM_E_LIMIT, "no memory for the questions");
    char *rest = text->at;
    for (char *line; (line = strsep(&rest, "\n")) && (*line || rest);) {
        struct question *question = &asking->questions[asking->count++];
        question->ref = strsep(&line, " ");
        question->id = strsep(&line, " ");
        question->path = line;
        if (!question->id)
            return cm_fail(err, CM_E_CONFIG, "a question is REF COMMIT or REF COMMIT PATH");
    }
    return true;
}

/* ---- asking ---- */

static bool
load(struct asking *asking, struct cm_err *err)
{
    void *module = dlopen(asking->module, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!module)
        return cm_fail(err, CM_E_INTERNAL, "%s", dlerror());
    asking->table = dlsym(module, CM_OUTSIDE_SYMBOL);
    if (!asking->table || asking->table->version != CM_OUTSIDE_VERSION ||
        strcmp(asking->table->build, CM_VERSION) != 0)
        return cm_fail(err, CM_E_INTERNAL, "%s is not of this build", asking->module);
    return true;
}

static bool
ask_all(struct asking *asking, struct cm_err *err)
{
    const struct cm_outside_table *table = asking->table;
    struct cm_git_repository *repository = table->git_open(asking->outside, &asking->ask);
    if (!repository)
        return cm_fail(err, CM_E_LIMIT, "no memory for the repository");
    asking->probe = table->git_probe(repository);
    asking->refs = table->git_refs(repository);
    for (size_t i = 0; i < asking->count; i++) {
        struct question *question = &asking->questions[i];
        struct cm_git_commit *commit = table->git_commit(repository, question->ref, question->id);
        if (!commit)
            return cm_fail(err, CM_E_LIMIT, "no memory for question %zu", i + 1);
        question->exists = table->git_exists(commit);
        question->on_ref = table->git_on_ref(commit);
        if (question->path)
            question->file = table->git_file(commit, question->path, FILE_MOST);
        if (question->path && !question->file)
            return cm_fail(err, CM_E_LIMIT, "no memory for question %zu", i + 1);
    }
    return true;
}

static bool
await(const struct asking *asking, const struct cm_git_answer *answer, struct cm_err *err)
{
    if (!answer)
        return true;
    (void)asking->table->wait(asking->outside, &answer->done);
    return answer->done ? true : cm_fail(err, CM_E_INTERNAL, "%s: not answered", answer->asked);
}

/* ---- answers, looked at ---- */

static bool
unpack(const json_t *object, struct cm_buf *to, char ret_id[CM_GIT_ID])
{
    const char *text = json_string_value(object);
    return text && cm_unbase64(text, strlen(text), to) &&
           cm_git_hash("commit", cm_buf_text(to), to->size, ret_id);
}

static bool
is_parent(const struct cm_git_commit_object *of, const char *id)
{
    for (size_t i = 0; i < of->parent_count; i++) {
        if (strcmp(of->parents[i], id) == 0)
            return true;
    }
    return false;
}

/* Each commit hashed again: the first is the tip, each is a parent of the one before, the last is
 * the one that was asked for. */
static bool
is_linked(const json_t *path, const char *tip, const char *commit)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_git_commit_object above = {.parent_count = 0};
    char id[CM_GIT_ID] = "";
    for (size_t i = 0; i < json_array_size(path); i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(CM_PATH_MOST);
        if (!unpack(json_array_get(path, i), &raw, id))
            return false;
        if (i == 0 ? strcmp(id, tip) != 0 : !is_parent(&above, id))
            return false;
        if (!cm_git_commit_parse(raw.at, raw.size, &above, &err))
            return false;
    }
    return strcmp(id, commit) == 0;
}

/* The commit of the ref by a list of refs; NULL if it has none of that name. */
static const char *
tip_in(const json_t *refs, const char *name)
{
    for (size_t i = 0; i < json_array_size(refs); i++) {
        const json_t *ref = json_array_get(refs, i);
        const char *is = cm_json_text(ref, "name");
        const char *peeled = cm_json_text(ref, "peeled");
        if (is && strcmp(is, name) == 0)
            return peeled ? peeled : cm_json_text(ref, "id");
    }
    return NULL;
}

static const char *
path_word(const struct asking *asking, const struct question *question)
{
    const json_t *content = question->on_ref->content;
    const char *finding = cm_json_text(content, "finding");
    const json_t *path = cm_json_get(content, "path");
    if (!finding || strcmp(finding, "reachable") != 0)
        return "-";
    if (!path)
        return "long";
    const char *tip = tip_in(cm_json_get(asking->refs->content, "refs"), question->ref);
    if (!tip) /* asked for in a list of its own */
        tip = tip_in(cm_json_get(content, "refs"), question->ref);
    bool counted = cm_json_int(content, "length", 0) == (int64_t)json_array_size(path);
    return tip && counted && is_linked(path, tip, question->id) ? "proven" : "broken";
}

static const char *
exists_word(const struct question *question)
{
    const struct cm_git_answer *exists = question->exists;
    CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(LINE_MOST);
    char id[CM_GIT_ID];
    if (exists->err.class != CM_OK)
        return cm_class_name(exists->err.class);
    bool same =
        unpack(cm_json_get(exists->content, "object"), &raw, id) && strcmp(id, question->id) == 0;
    return same ? "yes" : "broken";
}

static void
put_file(const struct cm_git_answer *file, struct cm_buf *to)
{
    const char *text = cm_json_text(file->content, "text");
    if (file->err.class != CM_OK)
        cm_buf_printf(to, " %s", cm_class_name(file->err.class));
    else
        cm_buf_printf(to, " text:%zu", text ? strlen(text) : 0);
}

static void
put_question(const struct asking *asking, const struct question *question, struct cm_buf *to)
{
    const struct cm_git_answer *on_ref = question->on_ref;
    const char *finding = cm_json_text(on_ref->content, "finding");
    if (on_ref->err.class != CM_OK)
        finding = cm_class_name(on_ref->err.class);
    cm_buf_printf(to, "%s %lld %s %s", finding ? finding : "?",
                  (long long)cm_json_int(on_ref->content, "length", 0), path_word(asking, question),
                  exists_word(question));
    if (question->file)
        put_file(question->file, to);
}

static void
put_session(const struct asking *asking, struct cm_buf *to)
{
    const struct cm_git_answer *probe = asking->probe, *refs = asking->refs;
    if (probe->err.class != CM_OK)
        cm_buf_printf(to, "probe %s ", cm_class_name(probe->err.class));
    else
        cm_buf_printf(to, "probe %lld ", (long long)cm_json_int(probe->content, "status", 0));
    if (refs->err.class != CM_OK)
        cm_buf_puts(to, cm_class_name(refs->err.class));
    else
        cm_buf_printf(to, "%zu", json_array_size(cm_json_get(refs->content, "refs")));
}

static json_t *
whole(const struct cm_git_answer *answer)
{
    bool ok = true;
    if (answer->err.class == CM_OK)
        return json_incref(answer->content);
    json_t *json = json_object();
    cm_json_set_text(json, "error", cm_class_name(answer->err.class), &ok);
    cm_json_set_text(json, "text", answer->err.text, &ok);
    if (!ok)
        cm_json_done(&json);
    return json;
}

/* Up to three members; those without an answer are left out. */
static void
put_json(const char *const *names, struct cm_git_answer *const *answers, size_t count,
         struct cm_buf *to)
{
    bool ok = true;
    CM_CLEANUP(cm_json_done) json_t *line = json_object();
    for (size_t i = 0; i < count; i++) {
        if (answers[i])
            cm_json_set(line, names[i], whole(answers[i]), &ok);
    }
    to->failed = !ok || !cm_json_canonical(line, to);
}

static bool
say(struct cm_buf *line, struct cm_err *err)
{
    cm_buf_putc(line, '\n');
    if (line->failed)
        return cm_fail(err, CM_E_LIMIT, "an answer is too long to be shown");
    return cm_fd_write_all(STDOUT_FILENO, "standard output", line->at, line->size, err);
}

static bool
say_session(const struct asking *asking, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(LINE_MOST);
    if (!await(asking, asking->probe, err) || !await(asking, asking->refs, err))
        return false;
    if (asking->json)
        put_json((const char *const[]){"probe", "refs"},
                 (struct cm_git_answer *const[]){asking->probe, asking->refs}, 2, &line);
    else
        put_session(asking, &line);
    return say(&line, err);
}

static bool
say_question(const struct asking *asking, const struct question *question, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf line = CM_BUF_INIT(LINE_MOST);
    if (!await(asking, question->exists, err) || !await(asking, question->on_ref, err) ||
        !await(asking, question->file, err))
        return false;
    if (asking->json)
        put_json(
            (const char *const[]){"exists", "on_ref", "file"},
            (struct cm_git_answer *const[]){question->exists, question->on_ref, question->file}, 3,
            &line);
    else
        put_question(asking, question, &line);
    return say(&line, err);
}

static bool
say_all(const struct asking *asking, struct cm_err *err)
{
    if (!say_session(asking, err))
        return false;
    for (size_t i = 0; i < asking->count; i++) {
        if (!say_question(asking, &asking->questions[i], err))
            return false;
    }
    return true;
}

static int
failed(const struct cm_err *err, int status)
{
    fprintf(stderr, "git-ask: %s\n", err->text);
    return status;
}

int
main(int argc, char **argv)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(QUESTIONS_MOST);
    struct asking asking = {
        .peer.allow_addresses = {.at = loopback, .count = CM_COUNT(loopback) - 1},
        .settings.cancel_fd = -1,
        .seconds = 120};
    asking.ask.peer = &asking.peer;
    (void)signal(SIGPIPE, SIG_IGN);
    if (!read_words(&asking, argc, argv, &err))
        return failed(&err, EXIT_USAGE);
    if (!cm_fd_read_all(STDIN_FILENO, "standard input", &text, &err))
        return failed(&err, EXIT_FAILED);
    bool good = read_questions(&asking, &text, &err);
    CM_CLEANUP(question_list_done) struct question *questions = asking.questions;
    if (!good)
        return failed(&err, EXIT_USAGE);
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1 ||
        !load(&asking, &err))
        return failed(&err, EXIT_FAILED);
    asking.settings.deadline = cm_monotonic_now() + asking.seconds * CM_SECOND;
    if (!asking.table->open(&asking.settings, &asking.outside, &err))
        return failed(&err, EXIT_FAILED);
    good = ask_all(&asking, &err) && say_all(&asking, &err);
    asking.table->close(asking.outside);
    return good ? EXIT_ANSWERED : failed(&err, EXIT_FAILED);
}
