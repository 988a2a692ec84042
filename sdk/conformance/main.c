/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark-conform: a plug-in and scripts in, a report out. See countermark-conform(1).
 */
#include "conform.h"

#include "base/fd.h"
#include "base/text.h"
#include "play.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define EXIT_NOT_OK   1
#define EXIT_USAGE    2
#define EXIT_SCRIPT   3
#define EXIT_OUTPUT   5
#define EXIT_INTERNAL 70
#define SCRIPTS_MOST  32

static const char usage[] =
    "usage: countermark-conform [--static] [--line TEXT] [--junit FILE] [--time-limit SECONDS]\n"
    "                           [--runs N] PLUGIN.so [SCRIPT.json ...]\n";

struct session {
    struct cf_request request;
    struct cf_script *scripts[SCRIPTS_MOST];
    struct cf_keys *keys;
    struct cf_shared *shared;
    struct cf_report *report;
    unsigned hooks; /* that some script has run */
};

/* ---- the command line ---- */

static bool
read_number(const char *text, unsigned *ret)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' || value < 1 || value > 1000000)
        return false;
    *ret = (unsigned)value;
    return true;
}

static bool
read_arguments(int argc, char **argv, struct cf_request *ret)
{
    static const struct option words[] = {
        {"static", no_argument, NULL, 's'},           {"junit", required_argument, NULL, 'j'},
        {"time-limit", required_argument, NULL, 't'}, {"runs", required_argument, NULL, 'r'},
        {"line", required_argument, NULL, 'l'},       {NULL, 0, NULL, 0}};
    *ret = (struct cf_request){.seconds = 300, .runs = 1000};
    for (int c; (c = getopt_long(argc, argv, "", words, NULL)) != -1;) {
        if (c == 's')
            ret->static_only = true;
        else if (c == 'j')
            ret->junit = optarg;
        else if (c == 'l')
            ret->line = optarg;
        else if (!((c == 't' && read_number(optarg, &ret->seconds)) ||
                   (c == 'r' && read_number(optarg, &ret->runs))))
            return false;
    }
    if (optind >= argc || argc - optind - 1 > SCRIPTS_MOST)
        return false;
    ret->plugin = argv[optind];
    ret->scripts = (const char *const *)&argv[optind + 1];
    ret->script_count = (size_t)(argc - optind - 1);
    return !ret->static_only || ret->script_count == 0;
}

/* ---- lines ---- */

static void
ask(struct session *s, const struct cf_line *line, const struct cf_script *script)
{
    struct cf_trial trial = {
        .request = &s->request, .script = script, .keys = s->keys, .shared = s->shared};
    if (s->request.line != NULL && !cm_starts_with(line->id, s->request.line))
        return;
    cf_ask_apart(line, &trial);
    s->hooks |= s->shared->hooks;
    cf_report_line(s->report, line, script != NULL ? script->name : NULL, s->shared);
}

static void
ask_all(struct session *s, const struct cf_line *lines, const struct cf_script *script)
{
    for (; lines->id != NULL; lines++)
        if (script == NULL || (lines->kinds & script->kind) != 0)
            ask(s, lines, script);
}

static void
converse(struct session *s, const struct cf_script *script)
{
    ask_all(s, cf_judging_lines, script);
    ask_all(s, cf_fault_lines, script);
    ask_all(s, cf_failing_lines, script);
    ask_all(s, cf_lasting_lines, script);
    ask_all(s, cf_package_lines, script);
    ask_all(s, cf_signing_lines, script);
}

/* ---- what no script has touched ---- */

static bool
has_hook(const struct cmk_plugin *p, enum cf_hook hook)
{
    const struct cmk_connector *c = p->connector;
    const struct cmk_rewriter *r = p->rewriter;
    switch (hook) {
    case CF_CONFIGURE:
        return c != NULL && c->configure != NULL;
    case CF_READ_NAMES:
        return c != NULL && c->read_names != NULL;
    case CF_AUTHENTICATE:
        return c != NULL && c->authenticate != NULL;
    case CF_COLLECT_ORIGIN:
    case CF_STATE_ORIGIN:
    case CF_VERIFY:
        return c != NULL;
    case CF_EXAMINE:
    case CF_CHECK_OF_EXAMINATION:
        return c != NULL && c->examine != NULL;
    case CF_START:
        return c != NULL && c->start != NULL;
    case CF_CONFIGURE_REWRITER:
        return r != NULL && r->configure != NULL;
    case CF_REWRITE:
        return r != NULL;
    case CF_INSPECT:
        return r != NULL && r->inspect != NULL;
    case CF_CONFIGURE_SIGNER:
        return p->signer != NULL && p->signer->configure != NULL;
    case CF_SIGN:
    case CF_CHECK_SIGNATURE:
        return p->signer != NULL;
    default:
        return false;
    }
}

static bool
all_hooks_ran(struct cf_trial *t, struct cm_err *why)
{
    const struct cm_plugin *plugin;
    struct cm_plugins *plugins = cm_plugins_new(NULL, NULL);
    unsigned ran = (unsigned)cf_line_now()->detail;
    if (plugins == NULL || !cm_plugins_load_file(plugins, t->request->plugin, &plugin, why))
        return false;
    for (enum cf_hook hook = CF_CONFIGURE; hook < CF_HOOK_COUNT; hook++)
        if (has_hook(plugin->table, hook) && (ran & (1u << hook)) == 0)
            return cm_fail(why, CM_E_CONFIG, "no script runs its %s", cf_hook_name(hook));
    return true;
}

static bool
no_script(struct cf_trial *t, struct cm_err *why)
{
    (void)why;
    return cf_skip(t, "no script was given: nothing is known of how it converses");
}

/* ---- the whole ---- */

static bool
fits_the_plugin(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_play_done) struct cf_play *play = NULL;
    return cf_play_begin(t, &play, why);
}

/* What is wrong with a script is said once, and not by each line. */
static bool
scripts_fit(struct session *s)
{
    static const struct cf_line fits = {.id = "script", .run = fits_the_plugin};
    bool all = true;
    for (size_t i = 0; i < s->request.script_count; i++) {
        struct cf_trial trial = {
            .request = &s->request, .script = s->scripts[i], .shared = s->shared};
        cf_ask_apart(&fits, &trial);
        if (!s->shared->ok)
            (void)fprintf(stderr, "countermark-conform: %s: %s\n", s->request.scripts[i],
                          s->shared->why);
        all = all && s->shared->ok;
    }
    return all;
}

static int
conform(struct session *s)
{
    static const struct cf_line silence = {.id = "conversation", .run = no_script};
    ask_all(s, cf_static_lines, NULL);
    if (cf_report_bad(s->report) == 0)
        ask_all(s, cf_loaded_lines, NULL);
    if (cf_report_bad(s->report) > 0 || s->request.static_only)
        return 0;
    if (s->request.script_count == 0) {
        ask(s, &silence, NULL);
        return EXIT_NOT_OK;
    }
    if (!scripts_fit(s))
        return EXIT_SCRIPT;
    for (size_t i = 0; i < s->request.script_count; i++)
        converse(s, s->scripts[i]);
    const struct cf_line covered = {
        .id = "hooks: each is run", .run = all_hooks_ran, .detail = (int)s->hooks};
    if (s->request.line == NULL)
        ask(s, &covered, NULL);
    return 0;
}

/* Once for all lines, because that takes its time. */
static bool
make_keys(struct session *s, struct cm_err *err)
{
    bool signs = false;
    for (size_t i = 0; i < s->request.script_count; i++)
        signs = signs || s->scripts[i]->kind == CF_SIGNATURE;
    return !signs || cf_keys_make(&s->keys, err);
}

/* Nothing verified is no success. */
static int
asked_anything(const struct session *s, int status)
{
    if (cf_report_count(s->report) > 0 || s->request.line == NULL)
        return status;
    (void)fprintf(stderr,
                  "countermark-conform: no line that is asked here begins with '%s'. A run without "
                  "--line lists them, and so does countermark-conform(1)\n",
                  s->request.line);
    return status != 0 ? status : EXIT_NOT_OK;
}

static int
run(struct session *s)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    if (!cm_file_open(s->request.plugin, &fd, &err)) {
        (void)fprintf(stderr, "countermark-conform: %s\n", err.text);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < s->request.script_count; i++)
        if (!cf_script_read(s->request.scripts[i], &s->scripts[i], &err)) {
            (void)fprintf(stderr, "countermark-conform: %s\n", err.text);
            return EXIT_SCRIPT;
        }
    if (!make_keys(s, &err)) {
        (void)fprintf(stderr, "countermark-conform: %s\n", err.text);
        return EXIT_INTERNAL;
    }
    s->report = cf_report_new(&s->request);
    s->shared =
        mmap(NULL, sizeof *s->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s->report == NULL || s->shared == MAP_FAILED)
        return EXIT_INTERNAL;
    int status = asked_anything(s, conform(s));
    if (!cf_report_end(s->report, &err)) {
        (void)fprintf(stderr, "countermark-conform: %s\n", err.text);
        return EXIT_OUTPUT;
    }
    return cf_report_bad(s->report) > 0 ? EXIT_NOT_OK : status;
}

int
main(int argc, char **argv)
{
    struct session session = {.shared = NULL};
    if (!read_arguments(argc, argv, &session.request)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    int status = run(&session);
    for (size_t i = 0; i < session.request.script_count; i++)
        cf_script_free(session.scripts[i]);
    cf_keys_free(session.keys);
    cf_report_free(session.report);
    return status;
}
