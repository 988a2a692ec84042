/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const loopback[] = {"127.0.0.1", NULL};

static bool
run(const char *program, const char *argument)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execlp("sh", "sh", program, argument, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool
world_serve(const char *program, const char *const *arguments, struct served *ret)
{
    int in[2], out[2];
    const char *words[32] = {"python3", program};
    for (size_t i = 0; arguments[i] && i + 3 < CM_COUNT(words); i++)
        words[i + 2] = arguments[i];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
        return false;
    ret->pid = fork();
    if (ret->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execvp("python3", (char *const *)(uintptr_t)words);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    ret->leash = in[1];
    FILE *told = fdopen(out[0], "r");
    char line[1000];
    struct cm_err err = CM_ERR_INIT;
    bool ok = told && fgets(line, sizeof line, told) &&
              cm_json_parse(line, strlen(line), "ports", &ret->ports, &err);
    if (told)
        fclose(told);
    return ok;
}

void
world_unserve(struct served *served)
{
    close(served->leash);
    if (served->pid > 0) {
        kill(served->pid, SIGTERM);
        waitpid(served->pid, NULL, 0);
    }
    json_decref(served->ports);
}

static void
make_peers(struct world *world)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf pin = CM_BUF_INIT(100);
    struct cm_err err = CM_ERR_INIT;
    char path[128];
    snprintf(world->ca, sizeof world->ca, "%s/ca.pem", world->folder);
    snprintf(world->other_ca, sizeof world->other_ca, "%s/other-ca.pem", world->folder);
    snprintf(path, sizeof path, "%s/server.pin", world->folder);
    assert_true(cm_file_read(path, &pin, &err));
    world->pin = cm_buf_take(&pin);
    world->peer.ca = world->stranger.ca = world->ca;
    world->peer.allow_addresses = (struct cm_words){.at = loopback, .count = 1};
}

int
world_begin(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    *state = world;
    signal(SIGPIPE, SIG_IGN);
    snprintf(world->folder, sizeof world->folder, "/tmp/countermark-test-net-XXXXXX");
    const char *const arguments[] = {world->folder, NULL};
    if (!mkdtemp(world->folder) || !run(SIMULATORS "http_certificates.sh", world->folder) ||
        !world_serve(SIMULATORS "http_faults.py", arguments, &world->server))
        return -1;
    make_peers(world);
    return 0;
}

static void
remove_folder(const char *folder)
{
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-r", folder, (char *)NULL);
        _exit(127);
    }
    if (child > 0)
        waitpid(child, NULL, 0);
}

int
world_end(void **state)
{
    struct world *world = *state;
    world_unserve(&world->server);
    remove_folder(world->folder);
    free(world->pin);
    free(world);
    return 0;
}

struct cm_net *
world_net_with(struct cm_outside_settings settings)
{
    static const struct cm_net_pace pace = {
        .backoff = CM_SECOND / 500, .connect = 5 * CM_SECOND, .silence = 5 * CM_SECOND};
    struct cm_net *net = NULL;
    struct cm_err err = CM_ERR_INIT;
    if (settings.deadline == 0)
        settings.deadline = cm_monotonic_now() + 20 * CM_SECOND;
    if (!cm_net_open(&settings, &net, &err))
        fail_msg("%s", err.text);
    cm_net_set_pace(net, &pace);
    return net;
}

struct cm_net *
world_net(void)
{
    return world_net_with((struct cm_outside_settings){.cancel_fd = -1});
}

const char *
world_url(const struct world *world, const char *port, const char *path)
{
    static char urls[8][1000];
    static unsigned next;
    char *url = urls[next++ % 8];
    bool plain = strcmp(port, "plain") == 0;
    const char *host = strcmp(port, "inner") == 0 ? "127.0.0.2" : "127.0.0.1";
    int number = (int)cm_json_int(world->server.ports, port, 0);
    assert_int_not_equal(number, 0);
    snprintf(url, sizeof urls[0], "%s://%s:%d%s", plain ? "http" : "https", host, number, path);
    return url;
}

struct cm_http_ask
world_ask(const struct world *world, const char *port, const char *path)
{
    return (struct cm_http_ask){.url = world_url(world, port, path), .peer = &world->peer};
}

struct cm_exchange *
world_do(struct cm_net *net, const struct cm_http_ask *ask)
{
    struct cm_exchange *exchange = cm_net_http(net, ask);
    assert_non_null(exchange);
    (void)cm_net_wait(net, &exchange->done);
    assert_true(exchange->done);
    return exchange;
}

struct cm_exchange *
world_get(const struct world *world, struct cm_net *net, const char *path)
{
    struct cm_http_ask ask = world_ask(world, "main", path);
    return world_do(net, &ask);
}

int
world_count(const struct world *world, struct cm_net *net, const char *key)
{
    char path[100];
    snprintf(path, sizeof path, "/count?of=%s", key);
    struct cm_exchange *exchange = world_get(world, net, path);
    assert_answer(exchange, 200);
    return (int)strtol(cm_buf_text(&exchange->body), NULL, 10);
}

json_t *
world_echo(const struct cm_exchange *exchange)
{
    json_t *echo = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_answer(exchange, 200);
    if (!cm_json_parse(exchange->body.at, exchange->body.size, "echo", &echo, &err))
        fail_msg("%s", err.text);
    return echo;
}

void
assert_answer(const struct cm_exchange *exchange, int status)
{
    if (exchange->err.class != CM_OK)
        fail_msg("%s: %s", cm_class_name(exchange->err.class), exchange->err.text);
    assert_int_equal(exchange->status, status);
}

void
assert_error(const struct cm_exchange *exchange, enum cm_class class, const char *piece)
{
    if (exchange->err.class != class || !strstr(exchange->err.text, piece))
        fail_msg("%s: \"%s\" instead of %s: \"...%s...\"", cm_class_name(exchange->err.class),
                 exchange->err.text, cm_class_name(class), piece);
    assert_int_equal(exchange->artifact, -1);
}
