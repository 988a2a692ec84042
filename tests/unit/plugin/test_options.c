/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/options.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct cmk_option table[] = {
    {.name = "url",
     .type = CMK_URL,
     .of = CMK_OF_SYSTEM,
     .otherwise = "https://ci.example",
     .help = "base"},
    {.name = "token", .type = CMK_SECRET, .of = CMK_OF_SYSTEM, .help = "a key"},
    {.name = "account",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .flags = CMK_REQUIRED,
     .help = "name of the account"},
    {.name = "most_jobs",
     .type = CMK_INTEGER,
     .of = CMK_OF_LINK,
     .least = 1,
     .most = 9,
     .otherwise = "3",
     .help = "jobs"},
    {.name = "strict", .type = CMK_TRUTH, .of = CMK_OF_LINK, .otherwise = "true", .help = "strict"},
    {.name = "patience",
     .type = CMK_DURATION,
     .of = CMK_OF_LINK,
     .least = 1000000000,
     .most = INT64_C(3600000000000),
     .otherwise = "90s",
     .help = "how long"},
    {.name = "size", .type = CMK_SIZE, .of = CMK_OF_LINK, .otherwise = "64k", .help = "size"},
    {.name = "kind",
     .type = CMK_CHOICE,
     .of = CMK_OF_LINK,
     .words = "one|each",
     .otherwise = "one",
     .help = "kind"},
    {.name = "anchors", .type = CMK_FILE, .of = CMK_OF_LINK, .help = "certificates"},
    {.name = "variables",
     .type = CMK_TEXT | CMK_LIST,
     .of = CMK_OF_POLICY,
     .otherwise = "[ \"A\", \"B\" ]",
     .help = "names"},
    {.name = "modes",
     .type = CMK_CHOICE | CMK_LIST,
     .of = CMK_OF_POLICY,
     .words = "a|b",
     .help = "modes"},
    {.name = "build", .type = CMK_TEXT, .of = CMK_OF_SUBMISSION, .help = "id of the build"},
    {.name = "wait", .type = CMK_DURATION, .of = CMK_OF_SUBMISSION, .help = "how long to wait"},
    {.name = "signed",
     .type = CMK_CHOICE,
     .of = CMK_OF_PLUGIN,
     .words = "refuse|strip",
     .otherwise = "refuse",
     .help = "what is signed"},
    {.name = "title",
     .type = CMK_TEXT,
     .of = CMK_OF_PLUGIN,
     .flags = CMK_REQUIRED,
     .help = "of the note"},
    {.name = NULL},
};

/* One setting beside those that make the rest complete; NULL as file: a submission's. */
struct said {
    const char *name, *json;
};

static const struct said no_more = {NULL, NULL};

struct result {
    bool done;
    json_t *options, *secrets;
    struct cm_complaints complaints;
};

static void
result_done(struct result *r)
{
    json_decref(r->options);
    json_decref(r->secrets);
    cm_complaints_done(&r->complaints);
}

static json_t *
value(const char *json)
{
    json_t *v = json_loads(json, JSON_DECODE_ANY, NULL);
    assert_non_null(v);
    return v;
}

/* Resolves with the link's account said, and one more in the scope. */
static struct result
resolve(int32_t of, struct said more)
{
    struct result r = {.done = false};
    CM_CLEANUP(cm_json_done) json_t *account = value("\"acme\"");
    CM_CLEANUP(cm_json_done) json_t *another = value(more.json != NULL ? more.json : "1");
    CM_CLEANUP(cm_json_done) json_t *submission = json_object();
    CM_CLEANUP(cm_json_done) json_t *title = value("\"t\"");
    struct cm_setting system[1], link[2], policy[1], plugin[2];
    struct cm_settings of_system = {system, 0}, of_link = {link, 1}, of_policy = {policy, 0};
    struct cm_settings of_plugin = {plugin, 1};
    const struct cm_setting one = {more.name, another, {"a.conf", 7}};
    link[0] = (struct cm_setting){"account", account, {"a.conf", 5}};
    plugin[0] = (struct cm_setting){"title", title, {"a.conf", 11}};
    if (of == CMK_OF_SYSTEM)
        system[of_system.count++] = one;
    else if (of == CMK_OF_LINK && strcmp(more.name, "account") == 0)
        link[0] = one;
    else if (of == CMK_OF_LINK)
        link[of_link.count++] = one;
    else if (of == CMK_OF_POLICY)
        policy[of_policy.count++] = one;
    else if (of == CMK_OF_PLUGIN)
        plugin[of_plugin.count++] = one;
    else if (of == CMK_OF_SUBMISSION)
        assert_int_equal(json_object_set(submission, more.name, another), 0);
    const struct cm_words_said said = {
        .system = &of_system,
        .link = &of_link,
        .policy = &of_policy,
        .submission = submission,
        .system_place = {"a.conf", 1},
        .link_place = {"a.conf", 4},
        .policy_place = {"a.conf", 9},
        .plugin = of == CMK_OF_PLUGIN ? &of_plugin : NULL,
        .plugin_place = {"a.conf", 10},
    };
    r.done = cm_options_resolve(table, &said, &r.options, &r.secrets, &r.complaints);
    return r;
}

static void
assert_options(const struct result *r, const char *expected)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf got = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf wanted = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_json_done) json_t *json = value(expected);
    if (!r->done)
        fail_msg("%s", r->complaints.at[0].what);
    assert_true(cm_json_canonical(r->options, &got) && cm_json_canonical(json, &wanted));
    assert_string_equal(cm_buf_text(&got), cm_buf_text(&wanted));
}

#define DEFAULTS                                                                                   \
    "\"account\":\"acme\",\"most_jobs\":3,\"strict\":true,\"patience\":90000000000,"               \
    "\"size\":65536,\"kind\":\"one\",\"variables\":[\"A\",\"B\"],\"signed\":\"refuse\""

static void
defaults_are_filled_in(void **state)
{
    (void)state;
    CM_CLEANUP(result_done) struct result r = resolve(0, no_more);
    assert_options(&r, "{\"url\":\"https://ci.example\"," DEFAULTS "}");
    assert_int_equal(json_object_size(r.secrets), 0);
}

static void
a_secret_is_a_reference_beside(void **state)
{
    (void)state;
    CM_CLEANUP(result_done)
    struct result r = resolve(CMK_OF_SYSTEM, (struct said){"token", "\"env:TOKEN\""});
    assert_options(&r, "{\"url\":\"https://ci.example\"," DEFAULTS "}");
    assert_string_equal(cm_json_text(r.secrets, "token"), "env:TOKEN");
}

static void
values_are_typed(void **state)
{
    static const struct {
        int32_t of;
        struct said said;
        const char *member;
    } rows[] = {
        {CMK_OF_SYSTEM, {"url", "\"http://10.0.0.1:8080/ci/\""}, "\"http://10.0.0.1:8080/ci/\""},
        {CMK_OF_LINK, {"account", "\"227555\""}, "\"227555\""},
        {CMK_OF_LINK, {"most_jobs", "9"}, "9"},
        {CMK_OF_LINK, {"strict", "false"}, "false"},
        {CMK_OF_LINK, {"patience", "\"1s\""}, "1000000000"},
        {CMK_OF_LINK, {"patience", "\"60m\""}, "3600000000000"},
        {CMK_OF_LINK, {"size", "\"2G\""}, "2147483648"},
        {CMK_OF_LINK, {"size", "512"}, "512"},
        {CMK_OF_LINK, {"kind", "\"each\""}, "\"each\""},
        {CMK_OF_LINK, {"anchors", "\"/etc/ca.pem\""}, "\"/etc/ca.pem\""},
        {CMK_OF_POLICY, {"variables", "[]"}, "[]"},
        {CMK_OF_POLICY, {"variables", "[\"X\"]"}, "[\"X\"]"},
        {CMK_OF_POLICY, {"modes", "[\"b\",\"a\"]"}, "[\"b\",\"a\"]"},
        {CMK_OF_SUBMISSION, {"build", "\"42\""}, "\"42\""},
        {CMK_OF_SUBMISSION, {"wait", "\"10m\""}, "600000000000"},
        {CMK_OF_PLUGIN, {"signed", "\"strip\""}, "\"strip\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CM_CLEANUP(result_done) struct result r = resolve(rows[i].of, rows[i].said);
        CM_CLEANUP(cm_json_done) json_t *expected = value(rows[i].member);
        if (!r.done)
            fail_msg("%s: %s", rows[i].said.name, r.complaints.at[0].what);
        assert_true(json_equal(json_object_get(r.options, rows[i].said.name), expected));
        assert_int_equal(r.complaints.count, 0);
    }
}

static void
what_is_wrong_is_said_with_its_place(void **state)
{
    static const struct {
        int32_t of;
        struct said said;
        unsigned line;
        const char *what, *remedy;
    } rows[] = {
        {CMK_OF_SYSTEM, {"url", "\"ftp://x\""}, 7, "'url'", "base"},
        {CMK_OF_SYSTEM, {"url", "\"https://x/?a=b\""}, 7, "with a query", "base"},
        {CMK_OF_SYSTEM, {"url", "\"https://user@x/\""}, 7, "'url'", "base"},
        {CMK_OF_SYSTEM, {"url", "\"\""}, 7, "is empty", "base"},
        {CMK_OF_SYSTEM, {"url", "[\"https://x\"]"}, 7, "one value is wanted", "base"},
        {CMK_OF_LINK, {"account", "227555"}, 7, "not text: put it in quotation marks", "account"},
        {CMK_OF_LINK, {"account", "true"}, 7, "true or false", "account"},
        {CMK_OF_LINK, {"account", "\"\""}, 7, "is empty", "account"},
        {CMK_OF_LINK, {"most_jobs", "0"}, 7, "is not between 1 and 9", "jobs"},
        {CMK_OF_LINK, {"most_jobs", "10"}, 7, "is not between 1 and 9", "jobs"},
        {CMK_OF_LINK, {"most_jobs", "\"3\""}, 7, "without quotation marks", "jobs"},
        {CMK_OF_LINK, {"strict", "1"}, 7, "neither true nor false", "strict"},
        {CMK_OF_LINK, {"strict", "\"true\""}, 7, "neither true nor false", "strict"},
        {CMK_OF_LINK, {"patience", "90"}, 7, "with its unit", "how long"},
        {CMK_OF_LINK, {"patience", "\"90\""}, 7, "not a duration", "how long"},
        {CMK_OF_LINK, {"patience", "\"2d\""}, 7, "is not between 1s and 3600s", "how long"},
        {CMK_OF_LINK, {"size", "\"1T\""}, 7, "not a size", "size"},
        {CMK_OF_LINK, {"size", "-1"}, 7, "'size'", "size"},
        {CMK_OF_LINK, {"kind", "\"both\""}, 7, "not one of one|each", "kind"},
        {CMK_OF_LINK, {"kind", "\"one|each\""}, 7, "not one of one|each", "kind"},
        {CMK_OF_LINK, {"anchors", "\"ca.pem\""}, 7, "not an absolute path", "certificates"},
        {CMK_OF_LINK,
         {"acount", "\"x\""},
         7,
         "the link has no option 'acount'",
         "did you mean 'account'?"},
        {CMK_OF_LINK, {"zzzzzzzz", "\"x\""}, 7, "the link has no option", "remove it"},
        {CMK_OF_LINK,
         {"url", "\"https://x\""},
         7,
         "is the system's to say, not the link's",
         "say it in the system"},
        {CMK_OF_SYSTEM,
         {"account", "\"x\""},
         7,
         "is the link's to say, not the system's",
         "say it in the link"},
        {CMK_OF_POLICY, {"variables", "\"X\""}, 7, "is not a list", "names"},
        {CMK_OF_POLICY, {"variables", "[\"X\", 1]"}, 7, "entry 2: is not text", "names"},
        {CMK_OF_POLICY, {"modes", "[\"c\"]"}, 7, "entry 1: is 'c', not one of a|b", "modes"},
        {CMK_OF_SUBMISSION,
         {"account", "\"x\""},
         0,
         "is the link's to say, not the submission's",
         "say it in the link"},
        {CMK_OF_SUBMISSION,
         {"biuld", "\"1\""},
         0,
         "the submission has no option 'biuld'",
         "did you mean 'build'?"},
        {CMK_OF_SUBMISSION, {"build", "\"\""}, 0, "is empty", "id of the build"},
        {CMK_OF_SUBMISSION, {"wait", "\"x\""}, 0, "not a duration", "how long to wait"},
        {CMK_OF_SUBMISSION, {"wait", "\"365d\""}, 0, "longer than 104 days", "how long to wait"},
        {CMK_OF_PLUGIN, {"signed", "\"never\""}, 7, "not one of refuse|strip", "what is signed"},
        {CMK_OF_PLUGIN,
         {"singed", "\"strip\""},
         7,
         "the plug-in has no option 'singed'",
         "did you mean 'signed'?"},
        {CMK_OF_PLUGIN,
         {"account", "\"x\""},
         7,
         "is the link's to say, not the plug-in's",
         "say it in the link"},
        {CMK_OF_LINK,
         {"title", "\"x\""},
         7,
         "is the plug-in's to say, not the link's",
         "say it in the plug-in"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CM_CLEANUP(result_done) struct result r = resolve(rows[i].of, rows[i].said);
        if (r.done)
            fail_msg("%s = %s was accepted", rows[i].said.name, rows[i].said.json);
        assert_null(r.options);
        assert_null(r.secrets);
        assert_int_equal(r.complaints.count, 1);
        const struct cm_complaint *c = &r.complaints.at[0];
        if (strstr(c->what, rows[i].what) == NULL || strstr(c->remedy, rows[i].remedy) == NULL)
            fail_msg("%s = %s: '%s', '%s'", rows[i].said.name, rows[i].said.json, c->what,
                     c->remedy);
        assert_int_equal(c->place.line, rows[i].line);
        assert_string_equal(c->path, rows[i].said.name);
    }
}

/* Somebody wrote the secret itself where its reference belongs. */
static void
a_secret_is_never_repeated(void **state)
{
    static const char *const wrong[] = {"\"hunter2hunter2\"", "\"file:hunter2hunter2\"",
                                        "\"env:hunter2 hunter2\"", "\"vault:hunter2\""};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CM_CLEANUP(result_done)
        struct result r = resolve(CMK_OF_SYSTEM, (struct said){"token", wrong[i]});
        assert_false(r.done);
        assert_int_equal(r.complaints.count, 1);
        assert_null(strstr(r.complaints.at[0].what, "hunter2"));
        assert_null(strstr(r.complaints.at[0].remedy, "hunter2"));
    }
}

static void
everything_wrong_is_found_at_once(void **state)
{
    CM_CLEANUP(cm_json_done) json_t *one = value("1");
    const struct cm_setting link[] = {{"kind", one, {"a.conf", 2}}, {"kinds", one, {"a.conf", 3}}};
    const struct cm_settings of_link = {link, 2};
    const struct cm_words_said said = {.link = &of_link, .link_place = {"a.conf", 1}};
    struct cm_complaints complaints = {0};
    json_t *options = NULL, *secrets = NULL;
    (void)state;
    assert_false(cm_options_resolve(table, &said, &options, &secrets, &complaints));
    assert_int_equal(complaints.count, 3); /* kinds, the missing account, kind */
    bool missing = false;
    for (size_t i = 0; i < complaints.count; i++)
        if (strcmp(complaints.at[i].what, "the link's option 'account' is missing") == 0) {
            missing = true;
            assert_int_equal(complaints.at[i].place.line, 1);
            assert_string_equal(complaints.at[i].remedy, "set account: name of the account");
        }
    assert_true(missing);
    cm_complaints_done(&complaints);
}

/* A scope that nobody speaks for is not judged: nothing is missing there. */
static void
what_is_not_asked_is_not_missing(void **state)
{
    const struct cm_words_said said = {.system = NULL};
    struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_json_done) json_t *options = NULL;
    CM_CLEANUP(cm_json_done) json_t *secrets = NULL;
    (void)state;
    assert_true(cm_options_resolve(table, &said, &options, &secrets, &complaints));
    assert_null(json_object_get(options, "account"));
    assert_string_equal(cm_json_text(options, "kind"), "one");
    cm_complaints_done(&complaints);
}

/* What a plug-in is told by nobody is missing at the place of whoever names it. */
static void
what_a_plugin_is_not_told(void **state)
{
    const struct cm_settings nothing = {NULL, 0};
    const struct cm_words_said said = {.plugin = &nothing, .plugin_place = {"a.conf", 3}};
    struct cm_complaints complaints = {0};
    json_t *options = NULL, *secrets = NULL;
    (void)state;
    assert_false(cm_options_resolve(table, &said, &options, &secrets, &complaints));
    assert_int_equal(complaints.count, 1);
    assert_string_equal(complaints.at[0].what, "the plug-in's option 'title' is missing");
    assert_int_equal(complaints.at[0].place.line, 3);
    cm_complaints_done(&complaints);
}

/* Recorded for an older table: what is there stays as it is. */
static void
old_options_are_completed(void **state)
{
    CM_CLEANUP(cm_json_done) json_t *options = value("{\"kind\":\"each\",\"gone\":1}");
    CM_CLEANUP(cm_json_done)
    json_t *expected = value("{\"kind\":\"each\",\"gone\":1,\"url\":\"https://ci.example\","
                             "\"most_jobs\":3,\"strict\":true,\"patience\":90000000000,"
                             "\"size\":65536,\"variables\":[\"A\",\"B\"],\"signed\":\"refuse\"}");
    (void)state;
    assert_true(cm_options_complete(table, options));
    assert_true(json_equal(options, expected));
    assert_true(cm_options_complete(NULL, options));
    assert_true(json_equal(options, expected));
}

static void
names_of_types_and_scopes(void **state)
{
    (void)state;
    assert_string_equal(cm_option_type_name(CMK_TEXT | CMK_LIST), "list of text");
    assert_string_equal(cm_option_type_name(CMK_DURATION), "duration");
    assert_string_equal(cm_option_type_name(CMK_FILE), "file");
    assert_string_equal(cm_option_type_name(99), "?");
    assert_string_equal(cm_option_scope_name(CMK_OF_SUBMISSION), "submission");
    assert_string_equal(cm_option_scope_name(CMK_OF_PLUGIN), "plug-in");
    assert_string_equal(cm_option_scope_name(-1), "?");
    assert_ptr_equal(cm_option_find(table, "kind", CMK_OF_LINK), &table[7]);
    assert_null(cm_option_find(table, "kind", CMK_OF_SYSTEM));
    assert_null(cm_option_find(NULL, "kind", CMK_OF_SYSTEM));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(a_secret_is_a_reference_beside),
        cmocka_unit_test(values_are_typed),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(a_secret_is_never_repeated),
        cmocka_unit_test(everything_wrong_is_found_at_once),
        cmocka_unit_test(what_is_not_asked_is_not_missing),
        cmocka_unit_test(what_a_plugin_is_not_told),
        cmocka_unit_test(old_options_are_completed),
        cmocka_unit_test(names_of_types_and_scopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
