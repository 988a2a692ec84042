/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark/testing.h: what a test says reaches the hooks, what they leave reaches the test, and
 * a test that is wrong itself ends with a sentence.
 */
#include <countermark/testing.h>

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

#define SITE "https://ci.example"
#define ID   "0123456789abcdef0123456789abcdef01234567"

/* ---- a connector that says what it was given ---- */

static const struct cmk_option options[] = {
    {.name = "url", .type = CMK_URL, .of = CMK_OF_SYSTEM, .flags = CMK_REQUIRED, .help = "h"},
    {.name = "jobs", .type = CMK_INTEGER, .of = CMK_OF_SYSTEM, .otherwise = "4", .help = "h"},
    {.name = "wait", .type = CMK_DURATION, .of = CMK_OF_POLICY, .help = "h"},
    {.name = "names", .type = CMK_TEXT | CMK_LIST, .of = CMK_OF_LINK, .help = "h"},
    {.name = "strict", .type = CMK_TRUTH, .of = CMK_OF_LINK, .help = "h"},
    {.name = "key", .type = CMK_SECRET, .of = CMK_OF_LINK, .help = "h"},
    {.name = "build", .type = CMK_TEXT, .of = CMK_OF_SUBMISSION, .help = "h"},
    {.name = NULL},
};

static const char *const assumptions[] = {"no-magic", NULL};
static const char *const keep[] = {"ok", "parts[].n", NULL};
static const char *const all[] = {"**", NULL};

static int32_t
configure(struct cmk_call *c)
{
    if (cmk_integer(c, c->options, "jobs", 0) > 8)
        return cmk_fail(c, CMK_E_CONFIG, "more than 8 jobs");
    return c->base->status(c);
}

static int32_t
read_names(struct cmk_call *c, const struct cmk_naming *n, struct cmk_bytes body)
{
    n->name(c, "build", cmk_text(c, c->json->parse(c, body), "id"));
    return c->base->status(c);
}

static struct cmk_exchange *
get(struct cmk_call *c, const struct cmk_collect *k, const char *path)
{
    struct cmk_http_request ask = {.size = sizeof ask, .auth = CMK_AUTH_BEARER, .secret = "key"};
    ask.url = cmk_url(c, cmk_text(c, c->options, "url"), path);
    return k->http->start(c, &ask);
}

static int32_t
authenticate(struct cmk_call *c, const struct cmk_collect *k)
{
    k->record->exchange(c, "who", get(c, k, "who"), all);
    return c->base->status(c);
}

static int32_t
collect_origin(struct cmk_call *c, const struct cmk_collect *k)
{
    k->record->exchange(c, "first", get(c, k, "build"), keep);
    k->record->exchange(c, "second", get(c, k, "build"), keep);
    struct cmk_exchange *commit =
        k->git->commit(c, "https://git.example/acme/widget", "refs/heads/main", ID);
    k->record->exchange(c, "file", k->git->file(c, commit, "ci.yml", 1000), all);
    return c->base->status(c);
}

static int32_t
state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    s->origin(c, "commit", ID, "who", "name");
    s->attach(c, "build.json", "first");
    return c->base->status(c);
}

static int32_t
who(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *name = cmk_text(c, x->evidence->document(c, "who"), "name");
    return cmk_passes(name != NULL && strcmp(name, "bob") == 0);
}

static int32_t
options_are(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *o = c->options;
    cmk_observe(c, x, "%s %s %s %s %s %s", cmk_show(c, o, "jobs"), cmk_show(c, o, "wait"),
                cmk_show(c, o, "names.1"), cmk_show(c, o, "strict"), cmk_show(c, o, "key"),
                cmk_show(c, o, "build"));
    return CMK_PASS;
}

static int32_t
submitted(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *v = x->evidence->document_if_any(c, "submitted");
    cmk_observe(c, x, "%s %s", cmk_show(c, v, "name"), cmk_show(c, v, "size"));
    return cmk_passes(x->assumed(c, "no-magic") && x->decided_at > CMK_NO_TIME);
}

static const struct cmk_check checks[] = {
    {"who", "Who?", "bob", "Be bob.", CMK_GATE, 0, who, {NULL, NULL}},
    {"options", "Which?", "any", "None.", 0, 0, options_are, {NULL, NULL}},
    {"submitted", "What?", "any", "None.", 0, 0, submitted, {NULL, NULL}},
    {.id = NULL},
};

static const struct cmk_connector connector = {
    .size = sizeof connector,
    .assumptions = assumptions,
    .configure = configure,
    .read_names = read_names,
    .authenticate = authenticate,
    .collect_origin = collect_origin,
    .state_origin = state_origin,
    .verify = checks,
};

static const struct cmk_plugin plum = {
    .size = sizeof plum,
    .sdk_target = CMK_SDK_1_0,
    .sdk_least = CMK_SDK_1_0,
    .id = "plum",
    .version = "1",
    .summary = "s",
    .options = options,
    .connector = &connector,
};

static struct cmk_test *
begin(void)
{
    struct cmk_test *t = cmk_test_new(&plum);
    cmk_test_option(t, "url", SITE);
    cmk_test_option(t, "key", "a-secret");
    cmk_test_answer(t, SITE "/who", 200, "{\"name\":\"bob\"}");
    cmk_test_answer(t, SITE "/build", 200, "{\"ok\":1,\"token\":\"t0ken\",\"parts\":[{\"n\":1}]}");
    return t;
}

/* ---- what it is for ---- */

static void
options_reach_the_hooks(void **state)
{
    struct cmk_test *t = begin();
    (void)state;
    assert_int_equal(cmk_test_check(t, "options"), CMK_PASS);
    assert_string_equal(cmk_test_observed(t), "4 none none none none none");
    cmk_test_option(t, "jobs", "7");
    cmk_test_option(t, "wait", "2s");
    cmk_test_option(t, "names", "[\"a\", \"b\"]");
    cmk_test_option(t, "strict", "true");
    cmk_test_option(t, "build", "9");
    assert_int_equal(cmk_test_configure(t), CMK_OK);
    assert_int_equal(cmk_test_check(t, "options"), CMK_PASS);
    assert_string_equal(cmk_test_observed(t), "7 2000000000 b true none 9");
    cmk_test_option(t, "jobs", "9"); /* said again: the last counts */
    assert_int_equal(cmk_test_configure(t), CMK_E_CONFIG);
    assert_non_null(strstr(cmk_test_why(t), "more than 8 jobs"));
    cmk_test_free(t);
}

static void
answers_come_in_their_order(void **state)
{
    struct cmk_test *t = begin();
    (void)state;
    cmk_test_answer(t, SITE "/build", CMK_E_TRANSIENT, NULL);
    cmk_test_tree(t, "ci.yml", "image: x\n");
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    assert_string_equal(cmk_test_kept(t, "first"),
                        "{\"ok\":1,\"parts\":[{\"n\":1}],"
                        "\"token\":{\"empty\":false,\"withheld\":\"string\"}}");
    assert_null(cmk_test_kept(t, "second"));
    assert_null(cmk_test_kept(t, "nowhere"));
    assert_non_null(strstr(cmk_test_kept(t, "file"), "image: x"));
    assert_string_equal(cmk_test_asked(t),
                        SITE "/who (secret)\n" SITE "/build (secret)\n" SITE "/build (secret)\n");
    /* and again from the beginning */
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    assert_non_null(cmk_test_kept(t, "first"));
    cmk_test_free(t);
}

#define MANY 100
static char long_word[3001], long_body[(size_t)3 << 19];

static int32_t
collect_much(struct cmk_call *c, const struct cmk_collect *k)
{
    const struct cmk_pair query[] = {{"q", long_word}};
    struct cmk_http_request ask = {.size = sizeof ask, .query = query, .query_count = 1};
    ask.url = cmk_url(c, cmk_text(c, c->options, "url"), "log");
    ask.find = "x";
    k->record->exchange(c, "log", k->http->start(c, &ask), all);
    k->record->exchange(c, "large", get(c, k, "large"), all);
    return c->base->status(c);
}

static void
large_questions_and_answers(void **state)
{
    static const char json[] = "{\"ok\":1}";
    struct cmk_connector much = connector;
    struct cmk_plugin plugin = plum;
    char url[4000], log[2 * MANY + 1] = "";
    (void)state;
    much.collect_origin = collect_much;
    plugin.connector = &much;
    memset(long_word, 'q', sizeof long_word - 1);
    memset(long_body, ' ', sizeof long_body - 1);
    memcpy(long_body, json, sizeof json - 1);
    for (size_t i = 0; i < MANY; i++)
        memcpy(log + 2 * i, "x\n", 3);
    (void)snprintf(url, sizeof url, SITE "/log?q=%s", long_word);
    struct cmk_test *t = cmk_test_new(&plugin);
    cmk_test_option(t, "url", SITE);
    cmk_test_option(t, "key", "a-secret");
    cmk_test_answer(t, SITE "/who", 200, "{\"name\":\"bob\"}");
    cmk_test_answer(t, url, 200, log);
    cmk_test_answer(t, SITE "/large", 200, long_body);
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    assert_non_null(strstr(cmk_test_asked(t), url));
    size_t found = 0;
    for (const char *at = cmk_test_kept(t, "log"); (at = strstr(at, "\"x\"")) != NULL; at++)
        found++;
    assert_int_equal(found, MANY);
    assert_string_equal(cmk_test_kept(t, "large"), json);
    cmk_test_free(t);
}

static void
one_thing_is_changed(void **state)
{
    static const struct {
        const char *path, *json, *kept;
    } rows[] = {
        {"ok", "2",
         "{\"ok\":2,\"parts\":[{\"n\":1}],"
         "\"token\":{\"empty\":false,\"withheld\":\"string\"}}"},
        {"token", NULL, "{\"ok\":2,\"parts\":[{\"n\":1}]}"},
        {"parts.0.n", "5", "{\"ok\":2,\"parts\":[{\"n\":5}]}"},
        {"parts.1", "{\"n\":6}", "{\"ok\":2,\"parts\":[{\"n\":5},{\"n\":6}]}"},
        {"parts.0", NULL, "{\"ok\":2,\"parts\":[{\"n\":6}]}"},
    };
    struct cmk_test *t = begin();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cmk_test_change(t, SITE "/build", rows[i].path, rows[i].json);
        assert_int_equal(cmk_test_collect(t), CMK_OK);
        assert_string_equal(cmk_test_kept(t, "first"), rows[i].kept);
    }
    cmk_test_free(t);
}

static void
a_gate_stops(void **state)
{
    struct cmk_test *t = begin();
    (void)state;
    cmk_test_change(t, SITE "/who", "name", "\"eve\"");
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    assert_string_equal(cmk_test_asked(t), SITE "/who (secret)\n");
    assert_int_equal(cmk_test_check(t, "who"), CMK_FAIL);
    cmk_test_free(t);
}

static void
what_was_submitted_and_assumed(void **state)
{
    struct cmk_test *t = begin();
    (void)state;
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    assert_int_equal(cmk_test_check(t, "submitted"), CMK_FAIL);
    assert_string_equal(cmk_test_observed(t), "none none");
    cmk_test_submitted(t, "widget.txt", "12345");
    cmk_test_assume(t, "no-magic");
    cmk_test_decided_at(t, "2026-11-22T12:00:00Z");
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    assert_int_equal(cmk_test_check(t, "submitted"), CMK_PASS);
    assert_string_equal(cmk_test_observed(t), "widget.txt 5");
    cmk_test_free(t);
}

static void
origin_and_names(void **state)
{
    struct cmk_test *t = begin();
    (void)state;
    assert_int_equal(cmk_test_collect(t), CMK_OK);
    assert_string_equal(cmk_test_origin(t, "commit"), ID);
    assert_string_equal(cmk_test_origin(t, "build.json"), "first");
    assert_null(cmk_test_origin(t, "ref"));
    assert_string_equal(cmk_test_name(t, "{\"id\":\"42\"}", "build"), "42");
    assert_null(cmk_test_name(t, "{", "build"));
    assert_non_null(strstr(cmk_test_why(t), "JSON"));
    cmk_test_free(t);
    cmk_test_free(NULL);
}

static void
without_documents_it_is_unknown(void **state)
{
    struct cmk_test *t = begin();
    (void)state;
    assert_int_equal(cmk_test_check(t, "who"), CMK_UNKNOWN);
    assert_non_null(strstr(cmk_test_why(t), "who"));
    cmk_test_free(t);
}

/* ---- a test that is wrong itself ---- */

static void
unknown_option(struct cmk_test *t)
{
    cmk_test_option(t, "nonsense", "1");
}

static void
missing_option(struct cmk_test *t)
{
    (void)t;
    (void)cmk_test_collect(cmk_test_new(&plum));
}

static void
unread_option(struct cmk_test *t)
{
    cmk_test_option(t, "wait", "soon");
    (void)cmk_test_configure(t);
}

static void
unread_list(struct cmk_test *t)
{
    cmk_test_option(t, "names", "[\"a\"");
}

static void
missing_file(struct cmk_test *t)
{
    cmk_test_answer_file(t, SITE "/x", 200, "/nonexistent/answer.json");
}

static void
no_status(struct cmk_test *t)
{
    cmk_test_answer(t, SITE "/x", 20, "");
}

static void
no_answer_to_change(struct cmk_test *t)
{
    cmk_test_change(t, SITE "/x", "a", "1");
}

static void
no_place_to_change(struct cmk_test *t)
{
    cmk_test_change(t, SITE "/build", "nowhere.at.all", "1");
}

static void
unknown_check(struct cmk_test *t)
{
    (void)cmk_test_check(t, "nonsense");
}

static void
no_time(struct cmk_test *t)
{
    cmk_test_decided_at(t, "today");
}

static void
broken_table(struct cmk_test *t)
{
    struct cmk_plugin other = plum;
    (void)t;
    other.version = NULL;
    (void)cmk_test_new(&other);
}

static void
mistakes_end_with_a_sentence(void **state)
{
    static const struct {
        void (*mistake)(struct cmk_test *);
        const char *says;
    } rows[] = {
        {unknown_option, "plug-in plum has no option 'nonsense'"},
        {missing_option, "url"},
        {unread_option, "wait"},
        {unread_list, "option names"},
        {missing_file, "/nonexistent/answer.json"},
        {no_status, "20 is no status of HTTP"},
        {no_answer_to_change, "nothing is said to be at " SITE "/x"},
        {no_place_to_change, "there is no 'nowhere.at.all'"},
        {unknown_check, "plug-in plum has no check 'nonsense'"},
        {no_time, "'today' is not a time"},
        {broken_table, "no version"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char said[2000] = "";
        int ends[2], status;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            (void)dup2(ends[1], STDERR_FILENO);
            (void)signal(SIGABRT, SIG_DFL);
            rows[i].mistake(begin());
            _exit(0);
        }
        close(ends[1]);
        size_t size = 0;
        for (ssize_t got; (got = read(ends[0], said + size, sizeof said - 1 - size)) > 0;)
            size += (size_t)got;
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        if (strncmp(said, "countermark/testing.h: ", 23) != 0 || !strstr(said, rows[i].says))
            fail_msg("'%s' does not say '%s'", said, rows[i].says);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_reach_the_hooks),
        cmocka_unit_test(answers_come_in_their_order),
        cmocka_unit_test(large_questions_and_answers),
        cmocka_unit_test(one_thing_is_changed),
        cmocka_unit_test(a_gate_stops),
        cmocka_unit_test(what_was_submitted_and_assumed),
        cmocka_unit_test(origin_and_names),
        cmocka_unit_test(without_documents_it_is_unknown),
        cmocka_unit_test(mistakes_end_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
