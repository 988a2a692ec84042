/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/negotiate.h"

#include "base/text.h"
#include "plugin/loader.h"

#include <countermark/signer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int32_t
collects(struct cmk_call *c, const struct cmk_collect *k)
{
    (void)k;
    return c->base->status(c);
}

static int32_t
states(struct cmk_call *c, const struct cmk_statement *s)
{
    (void)s;
    return c->base->status(c);
}

static int32_t
asks(struct cmk_call *c, const struct cmk_exam *x)
{
    (void)c;
    (void)x;
    return CMK_UNKNOWN;
}

#define A_CHECK                                                                                    \
    {                                                                                              \
        .id = "one", .question = "q?", .expected = "e", .remedy = "r", .ask = asks                 \
    }

/* A plug-in that has nothing to complain of; each test spoils one thing of a copy. */
struct whole {
    struct cmk_plugin plugin;
    struct cmk_connector connector;
    struct cmk_rewriter rewriter;
    struct cmk_signer signer;
    struct cmk_check checks[3];
    struct cmk_option options[3];
};

static void
make_whole(struct whole *w)
{
    *w = (struct whole){
        .plugin = {.size = sizeof w->plugin,
                   .sdk_target = CMK_SDK_1_0,
                   .sdk_least = CMK_SDK_1_0,
                   .id = "pear",
                   .version = "1",
                   .summary = "s",
                   .options = w->options,
                   .connector = &w->connector},
        .connector = {.size = sizeof w->connector,
                      .collect_origin = collects,
                      .state_origin = states,
                      .verify = w->checks},
        .rewriter = {.size = sizeof w->rewriter},
        .signer = {.size = sizeof w->signer},
        .checks = {A_CHECK},
        .options = {{.name = "n", .type = CMK_TEXT, .of = CMK_OF_SYSTEM, .help = "h"}},
    };
}

static bool
negotiates(const struct whole *w, const struct cmk_plugin **ret, struct cm_err *err)
{
    struct cm_arena *arena = cm_arena_new(1 << 16);
    static struct cmk_plugin copy;
    bool done = cm_negotiate(arena, &w->plugin, "pear.so", ret, err);
    if (done) {
        copy = **ret; /* outlives the arena */
        *ret = &copy;
    }
    cm_arena_free(arena);
    return done;
}

static void
assert_refused(const struct whole *w, const char *why)
{
    const struct cmk_plugin *table = NULL;
    struct cm_err err = CM_ERR_INIT;
    if (negotiates(w, &table, &err))
        fail_msg("accepted, but: %s", why);
    assert_null(table);
    assert_non_null(strstr(err.text, "pear.so"));
    if (strstr(err.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, why);
}

static void
a_whole_one_is_accepted(void **state)
{
    struct whole w;
    const struct cmk_plugin *table;
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    make_whole(&w);
    assert_true(negotiates(&w, &table, &err));
    assert_string_equal(table->id, "pear");
    assert_ptr_not_equal(table->connector, &w.connector);
}

/* ---- older and newer ---- */

/* An engine of the future reads a table of today: what today does not know is zero there. */
static void
an_older_table_is_completed(void **state)
{
    struct {
        struct cmk_plugin known;
        const void *later[4];
    } * future;
    struct whole w;
    void *copy;
    struct cm_err err = CM_ERR_INIT;
    struct cm_arena *arena = cm_arena_new(1 << 16);
    (void)state;
    make_whole(&w);
    assert_true(cm_table_copy(arena, &w.plugin, CM_PLUGIN_LEAST, sizeof *future, "t", &copy, &err));
    future = copy;
    assert_int_equal(future->known.size, sizeof *future);
    assert_string_equal(future->known.id, "pear");
    for (size_t i = 0; i < 4; i++)
        assert_null(future->later[i]);
    assert_true(cm_sdk_accept(0x00010005, CMK_SDK_1_0, CMK_SDK_1_0, "pear.so", &err));
    cm_arena_free(arena);
}

static void
a_newer_table_loses_its_tail(void **state)
{
    struct {
        struct cmk_plugin known;
        const void *later[4];
    } future = {.later = {"a", "b", "c", "d"}};
    struct whole w;
    void *copy;
    struct cm_err err = CM_ERR_INIT;
    struct cm_arena *arena = cm_arena_new(1 << 16);
    (void)state;
    make_whole(&w);
    future.known = w.plugin;
    future.known.size = sizeof future;
    assert_true(cm_table_copy(arena, &future, CM_PLUGIN_LEAST, sizeof w.plugin, "t", &copy, &err));
    assert_int_equal(((struct cmk_plugin *)copy)->size, sizeof w.plugin);
    assert_ptr_equal(((struct cmk_plugin *)copy)->connector, &w.connector);
    cm_arena_free(arena);
}

static void
a_needier_or_foreign_one_is_refused(void **state)
{
    struct whole w;
    (void)state;
    make_whole(&w);
    w.plugin.sdk_target = w.plugin.sdk_least = 0x00010001;
    assert_refused(&w, "needs SDK 1.1 or newer, and this engine speaks SDK 1.0");
    make_whole(&w);
    w.plugin.sdk_target = w.plugin.sdk_least = 0x00020000;
    assert_refused(&w, "written for SDK 2.0, and this engine speaks SDK 1.0");
}

static void
impossible_sizes_are_refused(void **state)
{
    static const uint32_t sizes[] = {
        0, 8, CM_PLUGIN_LEAST - 8, CM_PLUGIN_LEAST + 1, CM_TABLE_MOST + 8, UINT32_MAX};
    struct whole w;
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_whole(&w);
        w.plugin.size = sizes[i];
        assert_refused(&w, "table: says that it has");
        make_whole(&w);
        w.connector.size = sizes[i] == CM_PLUGIN_LEAST - 8 ? CM_CONNECTOR_LEAST - 8 : sizes[i];
        assert_refused(&w, "connector: says that it has");
    }
}

static void
an_unaligned_table_is_refused(void **state)
{
    _Alignas(16) unsigned char bytes[sizeof(struct cmk_plugin) + 16];
    struct cm_arena *arena = cm_arena_new(1 << 16);
    struct cm_err err = CM_ERR_INIT;
    void *copy;
    (void)state;
    memset(bytes, 0, sizeof bytes);
    assert_false(cm_table_copy(arena, bytes + 4, CM_PLUGIN_LEAST, sizeof(struct cmk_plugin), "t",
                               &copy, &err));
    assert_non_null(strstr(err.text, "not aligned"));
    cm_arena_free(arena);
}

/* ---- tables that cannot be used ---- */

static void
what_it_says_of_itself(void **state)
{
    struct whole w;
    (void)state;
    make_whole(&w);
    w.plugin.id = "Pear";
    assert_refused(&w, "its id");
    make_whole(&w);
    w.plugin.id = NULL;
    assert_refused(&w, "its id");
    make_whole(&w);
    w.plugin.version = NULL;
    assert_refused(&w, "no version");
    make_whole(&w);
    w.plugin.summary = "two\nlines";
    assert_refused(&w, "no version or no summary");
    make_whole(&w);
    w.plugin.connector = NULL;
    assert_refused(&w, "neither connector, rewriter nor signer");
}

static void
hooks_that_must_be_there(void **state)
{
    struct whole w;
    static const char *const patterns[] = {"*", NULL};
    (void)state;
    make_whole(&w);
    w.connector.collect_origin = NULL;
    assert_refused(&w, "collect_origin");
    make_whole(&w);
    w.connector.state_origin = NULL;
    assert_refused(&w, "state_origin");
    make_whole(&w);
    w.connector.verify = NULL;
    assert_refused(&w, "lacks checks");
    make_whole(&w);
    w.checks[0].id = NULL;
    assert_refused(&w, "lacks checks");
    make_whole(&w);
    w.plugin.rewriter = &w.rewriter;
    w.rewriter.patterns = patterns;
    assert_refused(&w, "rewriter lacks");
    make_whole(&w);
    w.plugin.signer = &w.signer;
    w.signer.patterns = patterns;
    assert_refused(&w, "signer lacks");
}

static void
checks_that_cannot_be(void **state)
{
    struct whole w;
    (void)state;
    make_whole(&w);
    w.checks[0].id = "One";
    assert_refused(&w, "check 'One' is not named");
    make_whole(&w);
    w.checks[0].id = "one_two";
    assert_refused(&w, "is not named");
    make_whole(&w);
    w.checks[0].question = NULL;
    assert_refused(&w, "lacks its question");
    make_whole(&w);
    w.checks[0].expected = "";
    assert_refused(&w, "lacks its question");
    make_whole(&w);
    w.checks[0].remedy = NULL;
    assert_refused(&w, "lacks its question");
    make_whole(&w);
    w.checks[0].ask = NULL;
    assert_refused(&w, "has no hook");
    make_whole(&w);
    w.checks[1] = w.checks[0];
    assert_refused(&w, "check 'one' stands there twice");
}

static void
examinations_that_cannot_be(void **state)
{
    struct cmk_check own[] = {A_CHECK, {.id = NULL}};
    struct whole w;
    (void)state;
    own[0].id = "two";
    make_whole(&w);
    w.connector.examine = collects;
    assert_refused(&w, "not both");
    w.connector.examination = &own[1];
    assert_refused(&w, "not both");
    w.connector.examination = own;
    w.connector.examine = NULL;
    assert_refused(&w, "not both");
    w.connector.examine = collects;
    own[0].flags = CMK_ADVICE;
    const struct cmk_plugin *table = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_true(negotiates(&w, &table, &err));
    own[0].flags = CMK_GATE;
    assert_refused(&w, "check 'two' has a flag");
    own[0].flags = 0;
    own[0].id = "one";
    assert_refused(&w, "check 'one' stands there twice");
    make_whole(&w);
    w.checks[0].flags = CMK_ADVICE;
    assert_refused(&w, "check 'one' has a flag");
}

static void
assumptions_that_cannot_be(void **state)
{
    static const char *const bad[] = {"fine", "Not fine", NULL};
    struct whole w;
    (void)state;
    make_whole(&w);
    w.connector.assumptions = bad;
    assert_refused(&w, "assumption 'Not fine'");
}

static void
options_that_cannot_be(void **state)
{
    static const struct {
        struct cmk_option option;
        const char *why;
    } rows[] = {
        {{.name = "Upper", .type = CMK_TEXT, .of = 1, .help = "h"}, "is not named by"},
        {{.name = "", .type = CMK_TEXT, .of = 1, .help = "h"}, "is not named by"},
        {{.name = "n", .type = 0, .of = 1, .help = "h"}, "does not exist"},
        {{.name = "n", .type = 10, .of = 1, .help = "h"}, "does not exist"},
        {{.name = "n", .type = 0x201, .of = 1, .help = "h"}, "does not exist"},
        {{.name = "n", .type = CMK_TEXT, .of = 0, .help = "h"}, "does not exist"},
        {{.name = "n", .type = CMK_TEXT, .of = 6, .help = "h"}, "does not exist"},
        {{.name = "n", .type = CMK_TEXT, .of = 1}, "no line of help"},
        {{.name = "n", .type = CMK_SECRET | CMK_LIST, .of = 1, .help = "h"}, "list of secrets"},
        {{.name = "n", .type = CMK_SECRET, .of = 1, .otherwise = "env:X", .help = "h"}, "a secret"},
        {{.name = "n", .type = CMK_SECRET, .of = CMK_OF_SUBMISSION, .help = "h"}, "names and wait"},
        {{.name = "n", .type = CMK_URL, .of = CMK_OF_SUBMISSION, .help = "h"}, "names and wait"},
        {{.name = "n", .type = CMK_INTEGER, .of = 1, .least = 2, .most = 1, .help = "h"}, "empty"},
        {{.name = "n", .type = CMK_CHOICE, .of = 1, .help = "h"}, "list of words"},
        {{.name = "n", .type = CMK_CHOICE, .of = 1, .words = "a||b", .help = "h"}, "list of words"},
        {{.name = "n", .type = CMK_TEXT, .of = 1, .words = "a|b", .help = "h"}, "list of words"},
        {{.name = "n", .type = CMK_CHOICE, .of = 1, .words = "a|b", .otherwise = "c", .help = "h"},
         "default of option 'n' is 'c', not one of a|b"},
        {{.name = "n", .type = CMK_DURATION, .of = 1, .otherwise = "10", .help = "h"}, "default"},
        {{.name = "n", .type = CMK_SIZE, .of = 1, .otherwise = "10Q", .help = "h"}, "default"},
        {{.name = "n", .type = CMK_INTEGER, .of = 1, .otherwise = "1x", .help = "h"}, "default"},
        {{.name = "n", .type = CMK_TRUTH, .of = 1, .otherwise = "yes", .help = "h"}, "default"},
        {{.name = "n", .type = CMK_URL, .of = 1, .otherwise = "ftp://x/", .help = "h"}, "default"},
        {{.name = "n", .type = CMK_FILE, .of = 1, .otherwise = "a/b", .help = "h"}, "default"},
        {{.name = "n", .type = CMK_TEXT | CMK_LIST, .of = 1, .otherwise = "a", .help = "h"},
         "default"},
        {{.name = "n",
          .type = CMK_INTEGER,
          .of = 1,
          .least = 1,
          .most = 5,
          .otherwise = "6",
          .help = "h"},
         "is not between 1 and 5"},
        {{.name = "n",
          .type = CMK_TEXT,
          .of = 1,
          .flags = CMK_REQUIRED,
          .otherwise = "x",
          .help = "h"},
         "is required and has a default"},
        {{.name = "n", .type = CMK_TEXT, .of = 1, .said_as = "Two words", .help = "h"},
         "no proper name for the command line"},
        {{.name = "n", .type = CMK_TEXT, .of = CMK_OF_SUBMISSION, .said_as = "m", .help = "h"},
         "or wants none"},
    };
    struct whole w;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        make_whole(&w);
        w.options[0] = rows[i].option;
        assert_refused(&w, rows[i].why);
    }
    make_whole(&w);
    w.options[1] = w.options[0];
    assert_refused(&w, "option 'n' stands there twice");
    w.options[1].name = "m";
    w.options[1].said_as = "n";
    assert_refused(&w, "option 'm' stands there twice");
    make_whole(&w);
    w.options[0].flags = CMK_REQUIRED;
    w.connector.flags = CMK_PREDEFINED;
    assert_refused(&w, "predefined");
}

/* ---- one set of classes ---- */

/* What crosses the border is a number; it must mean the same on both sides. */
static void
classes_are_those_of_the_sdk(void **state)
{
    static const int32_t pairs[][2] = {
        {CM_OK, CMK_OK},
        {CM_E_CONFIG, CMK_E_CONFIG},
        {CM_E_DENIED, CMK_E_DENIED},
        {CM_E_AUTH, CMK_E_AUTH},
        {CM_E_NOT_FOUND, CMK_E_NOT_FOUND},
        {CM_E_TRANSIENT, CMK_E_TRANSIENT},
        {CM_E_LIMIT, CMK_E_LIMIT},
        {CM_E_CANCELLED, CMK_E_CANCELLED},
        {CM_E_MALFORMED, CMK_E_MALFORMED},
        {CM_E_UNSUPPORTED, CMK_E_UNSUPPORTED},
        {CM_E_INTERNAL, CMK_E_INTERNAL},
        {CM_LOG_ERROR, CMK_LOG_ERROR},
        {CM_LOG_WARNING, CMK_LOG_WARNING},
        {CM_LOG_INFO, CMK_LOG_INFO},
        {CM_LOG_DEBUG, CMK_LOG_DEBUG},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_int_equal(pairs[i][0], pairs[i][1]);
    assert_true(CM_NO_TIME == CMK_NO_TIME);
}

/* ---- linked in ---- */

static void
a_linked_one_is_negotiated_too(void **state)
{
    struct whole w;
    struct cm_err err = CM_ERR_INIT;
    const struct cm_plugin *plugin, *again;
    struct cm_plugins *plugins = cm_plugins_new(NULL, NULL);
    (void)state;
    make_whole(&w);
    w.plugin.sdk_least = w.plugin.sdk_target = 0x00010001;
    assert_false(cm_plugins_add(plugins, &w.plugin, &plugin, &err));
    assert_int_equal(err.class, CM_E_UNSUPPORTED);
    make_whole(&w);
    assert_true(cm_plugins_add(plugins, &w.plugin, &plugin, &err));
    assert_string_equal(plugin->id, "pear");
    assert_string_equal(plugin->note.id, "pear");
    assert_string_equal(plugin->path, "");
    assert_true(cm_plugins_load(plugins, "pear", &again, &err));
    assert_ptr_equal(plugin, again);
    assert_false(cm_plugins_add(plugins, &w.plugin, &again, &err));
    cm_plugins_free(plugins);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_one_is_accepted),
        cmocka_unit_test(an_older_table_is_completed),
        cmocka_unit_test(a_newer_table_loses_its_tail),
        cmocka_unit_test(a_needier_or_foreign_one_is_refused),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(an_unaligned_table_is_refused),
        cmocka_unit_test(what_it_says_of_itself),
        cmocka_unit_test(hooks_that_must_be_there),
        cmocka_unit_test(checks_that_cannot_be),
        cmocka_unit_test(examinations_that_cannot_be),
        cmocka_unit_test(assumptions_that_cannot_be),
        cmocka_unit_test(options_that_cannot_be),
        cmocka_unit_test(classes_are_those_of_the_sdk),
        cmocka_unit_test(a_linked_one_is_negotiated_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
