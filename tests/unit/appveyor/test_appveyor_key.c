/* SPDX-License-Identifier: Apache-2.0
 *
 * The key itself: what is asked of AppVeyor, what is kept of it, and what follows from it.
 */
#include "appveyor.h"
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define API     "https://ci.appveyor.com/api"
#define V2      API "/account/tinsmith"
#define PROJECT "/projects/tinsmith/kettle"

#define OWN                                                                                        \
    "{\"projectId\":815230,\"accountId\":4711,\"accountName\":\"tinsmith\",\"slug\":\"kettle\"}"
#define OTHER_P                                                                                    \
    "{\"projectId\":99,\"accountId\":4711,\"accountName\":\"tinsmith\",\"slug\":\"pan\"}"
#define ALIEN                                                                                      \
    "{\"projectId\":12,\"accountId\":1,\"accountName\":\"coppersmith\",\"slug\":\"kettle\"}"
#define PEOPLE "[{\"userId\":7,\"email\":\"bob@tinsmith.example\",\"fullName\":\"Bob\"}]"

static void
answers(struct host *h, const char *root, const char *path, int status, const char *body)
{
    char url[512];
    json_error_t error;
    snprintf(url, sizeof url, "%s%s", root, path);
    json_t *answer = json_pack("{s:i}", "status", status);
    if (body != NULL)
        json_object_set_new(answer, "body", json_loads(body, JSON_DECODE_ANY, &error));
    json_object_set_new(h->outside, url, json_pack("[o]", answer));
}

struct page {
    int status;
    const char *body; /* NULL: the fixture, or none */
};

/* An AppVeyor, and what the checks say of the key. */
struct row {
    const char *what;
    const char *root, *key;
    struct page settings, projects, users, roles, environments;
    /* key-valid, key-reads-project, ids-linked, one-account, one-project, no-team, no-environments;
     * p, f or u each */
    const char *expected;
    const char *observed; /* by one of them */
};

static const char *const checks[] = {"key-valid",          "key-reads-project", "ids-linked",
                                     "key-one-account",    "key-one-project",   "key-no-team",
                                     "key-no-environments"};

#define SMALL                                                                                      \
    {403, NULL}, {403, NULL},                                                                      \
    {                                                                                              \
        403, NULL                                                                                  \
    }
#define FINE                                                                                       \
    {                                                                                              \
        200, NULL                                                                                  \
    }

static const struct row rows[] = {
    {"a key as it should be",
     API,
     "v1",
     FINE,
     {200, "[" OWN "]"},
     SMALL,
     "ppppppp",
     "version 1, of one account"},
    {"refused with 401 each",
     API,
     "v1",
     FINE,
     {200, "[" OWN "]"},
     {401, NULL},
     {401, NULL},
     {401, NULL},
     "ppppppp",
     "it lists none"},
    {"no environments",
     API,
     "v1",
     FINE,
     {200, "[" OWN "]"},
     {403, NULL},
     {403, NULL},
     {200, "[]"},
     "ppppppp",
     "it lists none"},
    {"an empty team",
     API,
     "v1",
     FINE,
     {200, "[" OWN "]"},
     {200, "[]"},
     {403, NULL},
     {403, NULL},
     "pppppup",
     "neither shows nor refuses"},
    {"objects for lists",
     API,
     "v1",
     FINE,
     {200, "{}"},
     {200, "{}"},
     {403, NULL},
     {200, "{}"},
     "pppuuuu",
     "neither shows nor refuses"},
    {"a list without the linked project",
     API,
     "v1",
     FINE,
     {200, "[]"},
     SMALL,
     "pppuupp",
     "lists no projects"},
    {"an administrator's",
     API,
     "v1",
     FINE,
     {200, "[" OWN "," OTHER_P "," OTHER_P "]"},
     {200, PEOPLE},
     {200, "[{},{}]"},
     {200, "[{}]"},
     "ppppfff",
     "it lists 1 user, 2 roles"},
    {"names of environments",
     API,
     "v1",
     FINE,
     {200, "[" OWN "]"},
     {403, NULL},
     {403, NULL},
     {200, "[{\"name\":\"s3cret\"}]"},
     "ppppppf",
     "it lists 1 deployment environment"},
    {"sees another project",
     API,
     "v1",
     FINE,
     {200, "[" OWN "," OTHER_P "]"},
     SMALL,
     "ppppfpp",
     "it sees 1 other project"},
    {"version 2", V2, "v2.x", FINE, {200, "[" OWN "]"}, SMALL, "pppfppp", "version 2"},
    {"version 2, asked without its account",
     API,
     "v2.x",
     FINE,
     {200, "[" OWN "]"},
     SMALL,
     "pppfppp",
     "version 2"},
    {"refused",
     API,
     "v1",
     {401, NULL},
     {401, NULL},
     {401, NULL},
     {401, NULL},
     {401, NULL},
     "ffuuuuu",
     "AppVeyor refuses it"},
    {"refused, version 2",
     V2,
     "v2.x",
     {401, NULL},
     {401, NULL},
     {401, NULL},
     {401, NULL},
     {401, NULL},
     "ffuuuuu",
     "AppVeyor refuses it"},
    {"of another account",
     API,
     "v1",
     {404, NULL},
     {200, "[" ALIEN "]"},
     SMALL,
     "pfuffpp",
     "version 1, of account coppersmith"},
    {"of another account, refused",
     API,
     "v1",
     {403, NULL},
     {200, "[" ALIEN "]"},
     SMALL,
     "pfuffpp",
     "refuses the key the settings of kettle"},
    {"of an account without projects",
     API,
     "v1",
     {404, NULL},
     {200, "[]"},
     SMALL,
     "pfuuupp",
     "lists no projects for this key"},
    {"another project by that name",
     API,
     "v1",
     {200, "{\"project\":{\"projectId\":1,\"accountId\":4711}}"},
     {200, "[" OWN "]"},
     SMALL,
     "ppfpppp",
     "project.projectId of the document settings is 1, the link says 815230"},
    {"unreachable",
     API,
     "v1",
     {503, NULL},
     {503, NULL},
     {503, NULL},
     {503, NULL},
     {503, NULL},
     "uuuuuuu",
     NULL},
    {"only the settings cannot be had",
     API,
     "v1",
     {503, NULL},
     {200, "[" OWN "]"},
     SMALL,
     "puupppp",
     NULL},
    {"an old server",
     API,
     "v1",
     FINE,
     {404, NULL},
     {404, NULL},
     {404, NULL},
     {404, NULL},
     "pppuuuu",
     "neither shows nor refuses"},
    {"another server",
     API,
     "v1",
     {404, NULL},
     {404, NULL},
     {404, NULL},
     {404, NULL},
     {404, NULL},
     "ufuuuuu",
     "knows neither the project"},
};

static void
open_scene(struct host *h, const struct row *row)
{
    host_open(h);
    scene_options(h);
    json_object_del(h->options, "build");
    h->key = row->key;
    answers(h, row->root, PROJECT "/settings", row->settings.status, row->settings.body);
    if (row->settings.status == 200 && row->settings.body == NULL) {
        char url[512];
        snprintf(url, sizeof url, "%s" PROJECT "/settings", row->root);
        json_object_set_new(json_array_get(json_object_get(h->outside, url), 0), "body",
                            host_fixture("settings.json"));
    }
    answers(h, row->root, "/projects", row->projects.status, row->projects.body);
    answers(h, row->root, "/users", row->users.status, row->users.body);
    answers(h, row->root, "/roles", row->roles.status, row->roles.body);
    answers(h, row->root, "/environments", row->environments.status, row->environments.body);
    if (strcmp(row->root, API) == 0 && strncmp(row->key, "v2.", 3) == 0) {
        static const char *const paths[] = {PROJECT "/settings", "/projects", "/users", "/roles",
                                            "/environments"};
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
            answers(h, V2, paths[i], 404, NULL);
    }
    assert_int_equal(cmk_plugin_appveyor.connector->examine(host_call(h), &host_collect), CMK_OK);
}

static void
what_follows_for_the_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct host h;
        bool observed = rows[i].observed == NULL;
        open_scene(&h, &rows[i]);
        for (size_t j = 0; j < sizeof checks / sizeof *checks; j++) {
            int32_t answer = host_ask(&h, checks[j]);
            char word = answer == CMK_PASS ? 'p' : answer == CMK_FAIL ? 'f' : 'u';
            if (word != rows[i].expected[j])
                fail_msg("%s: %s is %c: %s %s", rows[i].what, checks[j], word, h.observed, h.why);
            observed = observed || strstr(h.observed, rows[i].observed) != NULL;
        }
        if (!observed)
            fail_msg("%s: nobody observes '%s'", rows[i].what, rows[i].observed);
        host_close(&h);
    }
}

/* Only what everybody sees is asked, and no key that was not given is called refused. */
static void
without_a_key_nothing_follows(void **state)
{
    struct host h;
    (void)state;
    host_open(&h);
    scene_options(&h);
    h.key = NULL;
    assert_int_equal(cmk_plugin_appveyor.connector->examine(host_call(&h), &host_collect), CMK_OK);
    assert_int_equal(json_array_size(h.asked), 1);
    assert_string_equal(json_string_value(json_array_get(h.asked, 0)), API PROJECT);
    json_t *settings = json_object_get(h.documents, "settings");
    assert_int_equal(json_integer_value(json_object_get(settings, "!")), CMK_E_AUTH);
    const char *why = json_string_value(json_object_get(settings, "why"));
    assert_non_null(strstr(why, "give --api-key"));
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        int32_t answer = host_ask(&h, checks[i]);
        if (answer != CMK_UNKNOWN || h.observed[0] != '\0' || h.why[0] == '\0')
            fail_msg("%s: %d, %s %s", checks[i], (int)answer, h.observed, h.why);
    }
    host_close(&h);
}

/* Of people and environments nothing is kept but how many there are; of the settings no more than
 * whose they are, and roles. */
static void
nothing_of_anybody_is_kept(void **state)
{
    static const char *const secrets[] = {"bob@", "Bob", "s3cret", "userId"};
    struct host h;
    (void)state;
    struct row row = rows[3];
    row.environments.body = "[{\"name\":\"s3cret\"}]";
    open_scene(&h, &row);
    char *text = json_dumps(h.documents, 0);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (strstr(text, secrets[i]) != NULL)
            fail_msg("%s was kept: %s", secrets[i], text);
    assert_true(json_object_size(json_object_get(h.documents, "users")) == 3);
    free(text);
    host_close(&h);
}

static void
ids_are_shown_to_be_pasted(void **state)
{
    struct host h;
    (void)state;
    open_scene(&h, &rows[0]);
    json_object_del(h.options, "account_id");
    assert_int_equal(host_ask(&h, "ids-linked"), CMK_UNKNOWN);
    assert_non_null(strstr(h.observed, "account_id = \"4711\"; project_id = \"815230\";"));
    /* and the key is judged by the names then */
    assert_int_equal(host_ask(&h, "key-one-account"), CMK_PASS);
    host_close(&h);
}

/* ---- may it change anything? ---- */

#define ROLE(name, admin, view, run)                                                               \
    "{\"name\":\"" name "\",\"isAdmin\":" admin ",\"accessRights\":[{\"name\":\"View\"" view       \
    "},{\"name\":\"RunBuild\"" run "},{\"name\":\"Update\"},{\"name\":\"Delete\"}]}"
#define YES ",\"allowed\":true"
#define NO  ",\"allowed\":false"

static const struct {
    const char *roles;
    int32_t answer;
    const char *observed;
} role_rows[] = {
    {"[" ROLE("Administrator", "true", YES, YES) "]", CMK_FAIL, "RunBuild, Update, Delete"},
    {"[" ROLE("Administrator", "true", YES, YES) "," ROLE("User", "false", "", "") "]", CMK_UNKNOWN,
     "does not tell which role"},
    {"[" ROLE("Administrator", "true", YES, YES) "," ROLE("User", "false", YES, YES) "]", CMK_FAIL,
     "has the rights RunBuild"},
    {"[" ROLE("Administrator", "true", YES, YES) "," ROLE("User", "false", NO, "") "]", CMK_FAIL,
     "RunBuild, Update, Delete"},
    {"[" ROLE("A", "false", YES, NO) "," ROLE("B", "false", YES, YES) "]", CMK_UNKNOWN, "not tell"},
    {"[]", CMK_UNKNOWN, "not tell"},
    {"null", CMK_UNKNOWN, "not tell"},
};

static void
what_every_role_may_the_key_may(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof role_rows / sizeof *role_rows; i++) {
        struct host h;
        char body[2048];
        struct row row = rows[0];
        snprintf(body, sizeof body, "{\"project\":{\"securityDescriptor\":{\"roleAces\":%s}}}",
                 role_rows[i].roles);
        row.settings.body = body;
        open_scene(&h, &row);
        int32_t answer = host_ask(&h, "key-read-only");
        if (answer != role_rows[i].answer || strstr(h.observed, role_rows[i].observed) == NULL)
            fail_msg("row %zu: %x %s %s", i, (unsigned)answer, h.observed, h.why);
        host_close(&h);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_follows_for_the_key),
        cmocka_unit_test(without_a_key_nothing_follows),
        cmocka_unit_test(nothing_of_anybody_is_kept),
        cmocka_unit_test(ids_are_shown_to_be_pasted),
        cmocka_unit_test(what_every_role_may_the_key_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
