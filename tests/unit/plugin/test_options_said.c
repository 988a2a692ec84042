/* SPDX-License-Identifier: Apache-2.0
 *
 * Options as they are said on a command line: by whose word they are, typed like a file's.
 */
#include "plugin/options_said.h"

#include "base/json.h"
#include "plugin/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct cmk_option table[] = {
    {.name = "url", .type = CMK_URL, .of = CMK_OF_SYSTEM, .help = "base"},
    {.name = "ports", .type = CMK_INTEGER | CMK_LIST, .of = CMK_OF_SYSTEM, .help = "ports"},
    {.name = "project",
     .type = CMK_TEXT,
     .of = CMK_OF_LINK,
     .flags = CMK_REQUIRED,
     .help = "the project",
     .said_as = "slug"},
    {.name = "api_key", .type = CMK_SECRET, .of = CMK_OF_LINK, .help = "a key"},
    {.name = "strict", .type = CMK_TRUTH, .of = CMK_OF_LINK, .help = "strict"},
    {.name = "images", .type = CMK_TEXT | CMK_LIST, .of = CMK_OF_POLICY, .help = "names"},
    {.name = "most", .type = CMK_INTEGER, .of = CMK_OF_POLICY, .most = 9, .help = "how many"},
    {.name = "build", .type = CMK_TEXT, .of = CMK_OF_SUBMISSION, .help = "id of the build"},
    {.name = "tool", .type = CMK_TEXT, .of = CMK_OF_PLUGIN, .help = "of a rewriter"},
    {.name = "all_tools", .type = CMK_TRUTH | CMK_LIST, .of = CMK_OF_PLUGIN, .help = "all"},
    {.name = NULL},
};

static const char *const own[] = {"repository", "tag-branch", NULL};

struct result {
    bool done;
    struct cm_options_said said;
    struct cm_complaints complaints;
};

typedef bool saying(const struct cmk_option *, const json_t *words, const char *const *,
                    struct cm_options_said *, struct cm_complaints *);

static struct result
say_by(saying *by, const char *words)
{
    struct result r = {.done = false};
    CM_CLEANUP(cm_json_done) json_t *json = json_loads(words, 0, NULL);
    assert_non_null(json);
    r.done = by(table, json, own, &r.said, &r.complaints);
    assert_int_equal(r.done, r.complaints.count == 0);
    return r;
}

static struct result
say(const char *words)
{
    return say_by(cm_options_said, words);
}

static void
result_done(struct result *r)
{
    cm_options_said_done(&r->said);
    cm_complaints_done(&r->complaints);
}

static void
expect(const struct cm_settings *settings, size_t index, const char *name, const char *json)
{
    CM_CLEANUP(cm_json_done) json_t *wanted = json_loads(json, JSON_DECODE_ANY, NULL);
    assert_true(index < settings->count);
    assert_string_equal(settings->at[index].name, name);
    assert_true(json_equal(settings->at[index].value, wanted));
    assert_null(settings->at[index].place.file);
}

static void
words_go_where_they_belong(void **state)
{
    (void)state;
    CM_CLEANUP(result_done)
    struct result r = say("{\"url\":\"https://x\",\"slug\":\"w\",\"strict\":\"true\","
                          "\"images\":[\"a\",\"b\"],\"most\":\"7\",\"build\":\"42\"}");
    assert_true(r.done);
    assert_int_equal(r.said.system.count, 1);
    expect(&r.said.system, 0, "url", "\"https://x\"");
    assert_int_equal(r.said.link.count, 2);
    expect(&r.said.link, 0, "project", "\"w\"");
    expect(&r.said.link, 1, "strict", "true");
    assert_int_equal(r.said.policy.count, 2);
    expect(&r.said.policy, 0, "images", "[\"a\",\"b\"]");
    expect(&r.said.policy, 1, "most", "7");
    assert_int_equal(json_object_size(r.said.names), 1);
    assert_string_equal(cm_json_text(r.said.names, "build"), "42");
}

/* A rewriter is told its own options, and nothing else is one. */
static void
words_of_a_rewriter(void **state)
{
    (void)state;
    CM_CLEANUP(result_done)
    struct result r =
        say_by(cm_options_said_of_plugin, "{\"tool\":\"x\",\"all_tools\":[\"true\",\"false\"]}");
    assert_true(r.done);
    assert_int_equal(r.said.plugin.count, 2);
    expect(&r.said.plugin, 0, "tool", "\"x\"");
    expect(&r.said.plugin, 1, "all_tools", "[true,false]");
    assert_int_equal(r.said.link.count + r.said.system.count + r.said.policy.count, 0);
    CM_CLEANUP(result_done)
    struct result wrong =
        say_by(cm_options_said_of_plugin,
               "{\"url\":\"https://x\",\"all_tool\":\"true\",\"tool\":[\"a\",\"b\"]}");
    assert_false(wrong.done);
    assert_int_equal(wrong.complaints.count, 3);
    assert_string_equal(wrong.complaints.at[0].what, "there is no such option");
    assert_string_equal(wrong.complaints.at[1].remedy, "did you mean --all-tools?");
    assert_string_equal(wrong.complaints.at[2].what, "is said twice");
}

static void
a_list_of_one_is_a_list(void **state)
{
    (void)state;
    CM_CLEANUP(result_done) struct result r = say("{\"images\":\"a\",\"ports\":[\"1\",\"2\"]}");
    assert_true(r.done);
    expect(&r.said.policy, 0, "images", "[\"a\"]");
    expect(&r.said.system, 0, "ports", "[1,2]");
}

static void
what_is_wrong_is_said_of_the_word(void **state)
{
    static const struct {
        const char *words, *path, *what, *remedy;
    } rows[] = {
        {"{\"slgu\":\"w\"}", "slgu", "there is no such option", "did you mean --slug?"},
        {"{\"api_kye\":\"env:X\"}", "api_kye", "no such option", "did you mean --api-key?"},
        {"{\"repositry\":\"x\"}", "repositry", "no such option", "did you mean --repository?"},
        {"{\"tag_brunch\":\"x\"}", "tag_brunch", "no such option", "did you mean --tag-branch?"},
        {"{\"api\":\"env:X\"}", "api", "no such option", "did you mean --api-key?"},
        {"{\"project\":\"w\"}", "project", "no such option", ""},
        {"{\"tool\":\"w\"}", "tool", "no such option", ""},
        {"{\"slug\":[\"a\",\"b\"]}", "slug", "is said twice", "the project"},
        {"{\"build\":[\"1\",\"2\"]}", "build", "is said twice", "id of the build"},
        {"{\"strict\":\"yes\"}", "strict", "neither true nor false", "strict"},
        {"{\"most\":\"x\"}", "most", "is 'x', not a whole number", "how many"},
        {"{\"most\":\"10\"}", "most", "is not between 0 and 9", "how many"},
        {"{\"ports\":[\"1\",\"x\"]}", "ports", "is 'x', not a whole number", "ports"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CM_CLEANUP(result_done) struct result r = say(rows[i].words);
        assert_false(r.done);
        assert_int_equal(r.complaints.count, 1);
        const struct cm_complaint *c = &r.complaints.at[0];
        if (strcmp(c->path, rows[i].path) != 0 || strstr(c->what, rows[i].what) == NULL ||
            strstr(c->remedy, rows[i].remedy) == NULL)
            fail_msg("%s: %s: %s (%s)", rows[i].words, c->path, c->what, c->remedy);
        assert_null(c->place.file);
    }
}

static void
everything_wrong_is_found_at_once(void **state)
{
    (void)state;
    CM_CLEANUP(result_done)
    struct result r = say("{\"slgu\":\"w\",\"most\":\"x\",\"strict\":\"yes\",\"url\":\"u\"}");
    assert_int_equal(r.complaints.count, 3);
}

/* What is behind sees no difference to a file, but names the word instead of a place. */
static void
resolved_like_a_file(void **state)
{
    (void)state;
    CM_CLEANUP(result_done)
    struct result r = say("{\"url\":\"ftp://x\",\"api_key\":\"hunter2\",\"build\":\"\"}");
    assert_true(r.done);
    const struct cm_words_said said = {.system = &r.said.system,
                                       .link = &r.said.link,
                                       .policy = &r.said.policy,
                                       .submission = r.said.names};
    json_t *options = NULL, *secrets = NULL;
    assert_false(cm_options_resolve(table, &said, &options, &secrets, &r.complaints));
    static const char *const wanted[][2] = {{"url", ""},
                                            {"slug", "is missing"},
                                            {"api_key", "is no reference to a secret"},
                                            {"build", "is empty"}};
    assert_int_equal(r.complaints.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(r.complaints.at[i].path, wanted[i][0]);
        assert_non_null(strstr(r.complaints.at[i].what, wanted[i][1]));
        assert_null(strstr(r.complaints.at[i].what, "hunter2"));
        assert_null(strstr(r.complaints.at[i].remedy, "hunter2"));
    }
    assert_non_null(strstr(r.complaints.at[2].remedy, "replace it"));
}

/* ---- before all is known ---- */

static void
each_is_sound_by_itself(void **state)
{
    static const struct {
        const char *words, *path; /* complained of; NULL: nothing */
    } rows[] = {
        {"{\"url\":\"https://x\",\"api_key\":\"env:KEY\",\"most\":\"9\",\"build\":\"7\"}", NULL},
        {"{}", NULL}, /* what is missing is not asked for */
        {"{\"url\":\"ftp://x\"}", "url"},
        {"{\"api_key\":\"s3cr3t\"}", "api_key"},
        {"{\"slug\":\"\"}", "slug"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(result_done) struct result r = say(rows[i].words);
        assert_true(r.done);
        bool sound = cm_options_are_sound(table, &r.said, &r.complaints);
        if (sound != (rows[i].path == NULL) || r.complaints.count != (size_t)!sound)
            fail_msg("row %zu: %d", i, sound);
        if (sound)
            continue;
        assert_string_equal(r.complaints.at[0].path, rows[i].path);
        assert_null(strstr(r.complaints.at[0].what, "s3cr3t"));
    }
}

static void
what_can_be_read_already_is_heard(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done)
    json_t *words = json_loads("{\"url\":\"https://x\",\"slug\":\"w\",\"strict\":\"true\","
                               "\"most\":\"10\",\"api_key\":\"env:KEY\",\"other\":\"x\","
                               "\"images\":[\"a\"],\"build\":\"7\"}",
                               0, NULL);
    CM_CLEANUP(cm_json_done)
    json_t *wanted = json_loads("{\"url\":\"https://x\",\"project\":\"w\",\"strict\":true,"
                                "\"build\":\"7\"}",
                                0, NULL);
    CM_CLEANUP(cm_json_done) json_t *heard = cm_options_heard(table, words);
    assert_true(json_equal(heard, wanted));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_go_where_they_belong),
        cmocka_unit_test(words_of_a_rewriter),
        cmocka_unit_test(a_list_of_one_is_a_list),
        cmocka_unit_test(what_is_wrong_is_said_of_the_word),
        cmocka_unit_test(everything_wrong_is_found_at_once),
        cmocka_unit_test(resolved_like_a_file),
        cmocka_unit_test(each_is_sound_by_itself),
        cmocka_unit_test(what_can_be_read_already_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
