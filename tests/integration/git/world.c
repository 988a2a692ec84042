/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TESTS  CM_FIXTURES_DIR "/.."
#define MODULE CM_TEST_LIBDIR "/countermark-outside.so"
#define HELPER CM_TEST_LIBEXECDIR "/countermark-git"

static const char *const loopback[] = {"127.0.0.1", "::1", NULL};

static bool
run(const char *program, const char *script, const char *argument)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execlp(program, program, script, argument, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void
exec_server(const struct world *world)
{
    char repositories[96], cert[96], key[96];
    snprintf(repositories, sizeof repositories, "%s/repositories", world->folder);
    snprintf(cert, sizeof cert, "%s/tls/server.pem", world->folder);
    snprintf(key, sizeof key, "%s/tls/server.key", world->folder);
    execlp("python3", "python3", "-B", TESTS "/simulators/git_server.py", "--root", repositories,
           "--cert", cert, "--key", key, "--log", world->log, "--faults", world->faults, "--token",
           "me:s3cret-of-git", (char *)NULL);
    _exit(127);
}

static bool
start_server(struct world *world)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
        return false;
    world->server = fork();
    if (world->server == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        exec_server(world);
    }
    close(in[0]);
    close(out[1]);
    world->leash = in[1];
    FILE *told = fdopen(out[0], "r");
    char line[1000];
    struct cm_err err = CM_ERR_INIT;
    json_t *where = NULL;
    bool ok = told && fgets(line, sizeof line, told) &&
              cm_json_parse(line, strlen(line), "where", &where, &err);
    if (ok)
        snprintf(world->url, sizeof world->url, "%s", cm_json_text(where, "url"));
    if (told)
        fclose(told);
    json_decref(where);
    return ok;
}

static bool
read_ids(struct world *world)
{
    char path[128], line[128];
    snprintf(path, sizeof path, "%s/repositories/ids", world->folder);
    FILE *file = fopen(path, "r");
    world->ids = calloc(100, sizeof *world->ids);
    while (file && world->ids && world->id_count < 100 && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        world->ids[world->id_count++] = strdup(line);
    }
    if (file)
        fclose(file);
    return world->id_count > 0;
}

static bool
make_all(struct world *world)
{
    char repositories[96], tls[96];
    snprintf(repositories, sizeof repositories, "%s/repositories", world->folder);
    snprintf(tls, sizeof tls, "%s/tls", world->folder);
    snprintf(world->ca, sizeof world->ca, "%s/tls/ca.pem", world->folder);
    snprintf(world->work, sizeof world->work, "%s/work", world->folder);
    snprintf(world->faults, sizeof world->faults, "%s/faults", world->folder);
    snprintf(world->log, sizeof world->log, "%s/log", world->folder);
    world->peer = (struct cm_peer){
        .ca = world->ca, .allow_addresses = {.at = loopback, .count = CM_COUNT(loopback) - 1}};
    return mkdir(world->work, 0700) == 0 &&
           run("bash", TESTS "/integration/git/make_repositories.sh", repositories) &&
           run("python3", TESTS "/simulators/tls.py", tls) && read_ids(world) &&
           start_server(world);
}

int
world_begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    *state = world;
    world->leash = -1;
    signal(SIGPIPE, SIG_IGN);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    memcpy(world->folder, "/tmp/countermark-test-git-XXXXXX", 33);
    if (!mkdtemp(world->folder) || !make_all(world))
        return -1;
    world->module = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
    if (!world->module)
        fail_msg("%s", dlerror());
    world->table = dlsym(world->module, CM_OUTSIDE_SYMBOL);
    return world->table ? 0 : -1;
}

int
world_end(void **state)
{
    struct world *world = *state;
    cm_fd_done(&world->leash);
    if (world->server > 0) {
        kill(world->server, SIGTERM);
        waitpid(world->server, NULL, 0);
    }
    for (size_t i = 0; i < world->id_count; i++)
        free(world->ids[i]);
    free(world->ids);
    run("rm", "-rf", world->folder);
    free(world);
    return 0;
}

void
world_reopen(struct world *world, int64_t ns, const char *helper)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_outside_settings settings = {.deadline = cm_monotonic_now() + ns,
                                           .cancel_fd = -1,
                                           .helper = helper ? helper : HELPER,
                                           .folder = world->work,
                                           .mirrors = world->mirrors,
                                           .agent = world->agent};
    world->mirrors = NULL;
    world->table->close(world->outside);
    world->outside = NULL;
    if (!world->table->open(&settings, &world->outside, &err))
        fail_msg("%s", err.text);
}

int
world_open(void **state)
{
    struct world *world = *state;
    world_faults(world, NULL);
    snprintf(world->agent, sizeof world->agent, "test/%u", ++world->tests);
    world_reopen(world, 30 * CM_SECOND, NULL);
    return 0;
}

/* Nothing may be left behind, whatever happened. */
int
world_close(void **state)
{
    struct world *world = *state;
    world->table->close(world->outside);
    world->outside = NULL;
    size_t left = 0;
    DIR *folder = opendir(world->work);
    while (folder && readdir(folder))
        left++;
    if (folder)
        closedir(folder);
    assert_int_equal(left, 2);
    return 0;
}

const char *
world_id(const struct world *world, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < world->id_count; i++) {
        if (strncmp(world->ids[i], name, size) == 0 && world->ids[i][size] == ' ')
            return world->ids[i] + size + 1;
    }
    fail_msg("no id of that name: %s", name);
    return NULL;
}

struct cm_git_repository *
world_repository(struct world *world, const char *name, const char *token, const char *prefix)
{
    const char *prefixes[] = {prefix ? prefix : "refs/heads/", "refs/tags/"};
    char url[160];
    snprintf(url, sizeof url, "%s/%s", world->url, name);
    struct cm_git_ask ask = {.url = url,
                             .peer = &world->peer,
                             .token = token,
                             .prefixes = prefixes,
                             .prefix_count = prefix ? 1 : 2};
    struct cm_git_repository *repository = world->table->git_open(world->outside, &ask);
    assert_non_null(repository);
    return repository;
}

static void
wait_for(struct world *world, struct cm_git_answer *answer)
{
    assert_non_null(answer);
    (void)world->table->wait(world->outside, &answer->done);
    assert_true(answer->done);
    assert_non_null(answer->asked);
    assert_true(answer->asked_at > 0 && answer->answered_at >= answer->asked_at);
}

json_t *
world_content(struct world *world, struct cm_git_answer *answer)
{
    wait_for(world, answer);
    if (answer->err.class != CM_OK)
        fail_msg("%s: %s: %s", answer->asked, cm_class_name(answer->err.class), answer->err.text);
    assert_non_null(answer->content);
    return answer->content;
}

void
world_error(struct world *world, struct cm_git_answer *answer, enum cm_class class,
            const char *text)
{
    wait_for(world, answer);
    if (answer->err.class != class || !strstr(answer->err.text, text))
        fail_msg("%s: %s: %s", answer->asked, cm_class_name(answer->err.class), answer->err.text);
    assert_null(answer->content);
}

void
world_faults(struct world *world, const char *json)
{
    char draft[128];
    if (!json) {
        (void)unlink(world->faults);
        return;
    }
    snprintf(draft, sizeof draft, "%s.new", world->faults);
    FILE *file = fopen(draft, "w");
    assert_non_null(file);
    assert_true(fputs(json, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(draft, world->faults), 0);
}

size_t
world_requests(const struct world *world, const char *text)
{
    char line[20000], agent[64];
    size_t count = 0;
    FILE *file = fopen(world->log, "r");
    /* What an earlier test left unfinished may come into the log late. */
    snprintf(agent, sizeof agent, "\"%s\"", world->agent);
    while (file && fgets(line, sizeof line, file)) {
        count += strstr(line, agent) && strstr(line, text);
    }
    if (file)
        fclose(file);
    return count;
}
