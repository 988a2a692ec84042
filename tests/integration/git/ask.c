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
 *   --token USER:SECRET   --timeout SECONDS      --json                  --only-refs
 *
 * Says "probe STATUS|CLASS REFS", REFS being how many were listed or a class, and for each question
 *
 *   FINDING LENGTH PATH EXISTS [FILE]
 *
 *   FINDING  reachable, not-reachable or the class of an error
 *   LENGTH   commits on the path; 0: none
 *   PATH     proven: it was hashed again, from the tip that the list of refs has for REF down to
 *            COMMIT; broken: it is not that; long: the document has none; "-": not reachable
 *   EXISTS   yes (the object hashes to COMMIT), broken (it does not) or a class; "-": not asked
 *            (--only-refs)
 *   FILE     text:BYTES or a class
 *
 * With --json the lines are {"probe","refs"} and {"exists","on_ref","file"}: whole contents, or
 * {"error": CLASS, "text"}. Exit status 0: all was answered, be it by errors; 2: wrong words; 1:
 * anything else.
 */
#include "ask.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"

#include <dlfcn.h>
#include <getopt.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUESTIONS_MOST ((size_t)64 * 1024 * 1024) /* bytes */
#define FILE_MOST      ((uint64_t)1024 * 1024)

enum { EXIT_ANSWERED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

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
    case 'o':
        asking->only_refs = true;
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
                                            {"only-refs", no_argument, NULL, 'o'},
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
        question->exists = asking->only_refs ? NULL : table->git_exists(commit);
        question->on_ref = table->git_on_ref(commit);
        if (question->path)
            question->file = table->git_file(commit, question->path, FILE_MOST);
        if (question->path && !question->file)
            return cm_fail(err, CM_E_LIMIT, "no memory for question %zu", i + 1);
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
    good = ask_all(&asking, &err) && ask_say_all(&asking, &err);
    asking.table->close(asking.outside);
    return good ? EXIT_ANSWERED : failed(&err, EXIT_FAILED);
}
