/* SPDX-License-Identifier: Apache-2.0
 *
 * Files: the guard, conf.d, what is joined and what stands once.
 */
#include "base/fd.h"

#include "reading.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/folder.h"

static void
put(void **state, const char *name, const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    assert_true(cm_file_replace(in_folder(state, name), 0600, text, strlen(text), &err));
}

static void
make_parts(void **state)
{
    assert_int_equal(mkdir(in_folder(state, "conf.d"), 0700), 0);
}

#define PROJECT(slug) "{ slug = \"" slug "\"; repositories = [ \"https://h.example/" slug "\" ]; }"

static void
test_joined(void **state)
{
    make_parts(state);
    put(state, "c.conf",
        "organization = { slug = \"acme\"; };\nplugin_path = [ \"/a\" ];\n"
        "projects = ( " PROJECT("main") " );\n");
    put(state, "conf.d/Z.conf", "projects = ( " PROJECT("upper") " );");
    put(state, "conf.d/a.conf", "projects = ( " PROJECT("one") ", " PROJECT("two") " );");
    put(state, "conf.d/b.conf",
        "plugin_path = [ \"/b\", \"/c\" ];\nstate = \"/s\"; # no line feed");
    put(state, "conf.d/.hidden.conf", "this is no configuration");
    put(state, "conf.d/b.conf~", "this is no configuration");
    struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = NULL;
    if (!cm_config_read(in_folder(state, "c.conf"), &trust, &complaints)) {
        print_complaints(&complaints);
        fail();
    }
    assert_int_equal(trust->project_count, 4);
    static const char *const slugs[] = {"main", "upper", "one", "two"};
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(trust->projects[i].slug, slugs[i]);
    assert_string_equal(trust->projects[3].place.file, in_folder(state, "conf.d/a.conf"));
    assert_int_equal(trust->plugin_path.count, 3);
    assert_string_equal(trust->plugin_path.at[2], "/c");
    assert_null(trust->plugin_path.at[3]);
    assert_string_equal(trust->state, "/s");
    assert_int_equal(trust->files.count, 4);
    assert_string_equal(trust->files.at[0], in_folder(state, "c.conf"));
    assert_string_equal(trust->files.at[1], in_folder(state, "conf.d/Z.conf"));
    cm_complaints_done(&complaints);
}

static void
test_twice_in_two_files(void **state)
{
    make_parts(state);
    put(state, "c.conf",
        "organization = { slug = \"acme\"; };\nstate = \"/s\";\n\n"
        "projects = ( " PROJECT("one") " );\n");
    put(state, "conf.d/a.conf",
        "state = \"/t\";\norganization = { };\nprojects = ( " PROJECT("two") ",\n" PROJECT(
            "one") " );");
    struct cm_complaints complaints = {0};
    struct cm_trust *trust = NULL;
    assert_false(cm_config_read(in_folder(state, "c.conf"), &trust, &complaints));
    if (complaints.count != 3)
        print_complaints(&complaints);
    assert_int_equal(complaints.count, 3);
    static const char *const paths[] = {"state", "organization", "projects.1"};
    static const unsigned first[] = {2, 1, 4}, second[] = {1, 2, 4};
    for (size_t i = 0; i < 3; i++) {
        char where[4096];
        assert_in_range(
            snprintf(where, sizeof where, "%s:%u", in_folder(state, "c.conf"), first[i]), 1,
            sizeof where - 1);
        assert_string_equal(complaints.at[i].path, paths[i]);
        assert_int_equal(complaints.at[i].place.line, second[i]);
        assert_string_equal(complaints.at[i].place.file, in_folder(state, "conf.d/a.conf"));
        assert_contains(complaints.at[i].what, where);
    }
    cm_complaints_done(&complaints);
}

/* A broken file hides only what stands behind the break in it; nothing of it counts as missing. */
static void
test_a_broken_file_among_others(void **state)
{
    make_parts(state);
    put(state, "c.conf",
        "/* the organization stands behind the break */\nx = ;\n"
        "organization = { slug = \"acme\"; };");
    put(state, "conf.d/a.conf", "stat = 1;");
    put(state, "conf.d/b.conf", "state = \"relative\";");
    struct cm_complaints complaints = {0};
    struct cm_trust *trust = NULL;
    assert_false(cm_config_read(in_folder(state, "c.conf"), &trust, &complaints));
    if (complaints.count != 3)
        print_complaints(&complaints);
    assert_int_equal(complaints.count, 3);
    assert_string_equal(complaints.at[0].what, "syntax error");
    assert_int_equal(complaints.at[0].place.line, 2);
    assert_string_equal(complaints.at[1].path, "stat");
    assert_string_equal(complaints.at[2].path, "state");
    assert_string_equal(complaints.at[2].place.file, in_folder(state, "conf.d/b.conf"));
    cm_complaints_done(&complaints);
}

static void
expect_one(void **state, const char *name, const char *what)
{
    struct cm_complaints complaints = {0};
    struct cm_trust *trust = NULL;
    assert_false(cm_config_read(in_folder(state, name), &trust, &complaints));
    if (complaints.count != 1)
        print_complaints(&complaints);
    assert_int_equal(complaints.count, 1);
    assert_contains(complaints.at[0].what, what);
    assert_non_null(complaints.at[0].place.file);
    cm_complaints_done(&complaints);
}

static void
test_the_guard(void **state)
{
    put(state, "c.conf", HONEST);
    assert_int_equal(chmod(in_folder(state, "c.conf"), 0664), 0);
    expect_one(state, "c.conf", "writable by others");
    assert_int_equal(chmod(in_folder(state, "c.conf"), 0644), 0);
    assert_int_equal(chmod(in_folder(state, "."), 0777), 0);
    expect_one(state, "c.conf", "writable by others");
    assert_int_equal(chmod(in_folder(state, "."), 0755), 0);
    make_parts(state);
    put(state, "conf.d/a.conf", "");
    assert_int_equal(chmod(in_folder(state, "conf.d/a.conf"), 0602), 0);
    expect_one(state, "c.conf", "conf.d/a.conf");
    assert_int_equal(chmod(in_folder(state, "conf.d/a.conf"), 0600), 0);
    struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = NULL;
    assert_true(cm_config_read(in_folder(state, "c.conf"), &trust, &complaints));
    cm_complaints_done(&complaints);
}

static void
test_files_that_are_none(void **state)
{
    expect_one(state, "c.conf", "No such file");
    expect_one(state, ".", "not a regular file");
    put(state, "c.conf", HONEST);
    put(state, "conf.d", "a file");
    expect_one(state, "c.conf", "cannot be listed");
    assert_int_equal(unlink(in_folder(state, "conf.d")), 0);
    make_parts(state);
    assert_int_equal(mkdir(in_folder(state, "conf.d/x.conf"), 0700), 0);
    expect_one(state, "c.conf", "not a regular file");
}

static void
test_a_large_file(void **state)
{
    char *text = malloc(CM_CONFIG_MOST + 2);
    assert_non_null(text);
    memset(text, '\n', CM_CONFIG_MOST + 1);
    text[CM_CONFIG_MOST + 1] = 0;
    put(state, "c.conf", text);
    expect_one(state, "c.conf", "larger than");
    free(text);
}

/* A CA of a system is opened when the configuration is read, by the same guard. */
static void
test_ca(void **state)
{
    char text[8192];
    put(state, "ca.pem", "a certificate");
    assert_in_range(snprintf(text, sizeof text,
                             "organization = { slug = \"a\"; }; systems = ( { slug = \"s\"; "
                             "connector = \"c\"; ca = \"file:%s\"; } );",
                             in_folder(state, "ca.pem")),
                    1, sizeof text - 1);
    put(state, "c.conf", text);
    struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = NULL;
    assert_true(cm_config_read(in_folder(state, "c.conf"), &trust, &complaints));
    assert_string_equal(trust->systems[0].peer.ca, in_folder(state, "ca.pem"));
    cm_complaints_done(&complaints);
    assert_int_equal(chmod(in_folder(state, "ca.pem"), 0666), 0);
    expect_one(state, "c.conf", "writable by others");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_joined),       TEST(test_twice_in_two_files),
        TEST(test_the_guard),    TEST(test_a_broken_file_among_others),
        TEST(test_a_large_file), TEST(test_files_that_are_none),
        TEST(test_ca),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
