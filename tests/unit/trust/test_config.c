/* SPDX-License-Identifier: Apache-2.0
 *
 * What a configuration may say: honest ones, word for word.
 */
#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"

#include "reading.h"

static struct cm_trust *
read_or_fail(const char *text)
{
    struct cm_trust *trust = NULL;
    struct cm_complaints complaints = {0};
    if (!cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints)) {
        print_complaints(&complaints);
        fail_msg("there are %zu complaints", complaints.count);
    }
    assert_int_equal(complaints.count, 0);
    cm_complaints_done(&complaints);
    return trust;
}

static void
test_honest_top(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(HONEST);
    assert_string_equal(trust->organization, "acme");
    assert_string_equal(trust->organization_name, "Acme Corp");
    assert_string_equal(trust->state, "/var/lib/countermark");
    assert_true(trust->mirrors == 512 << 20);
    assert_int_equal(trust->plugin_path.count, 1);
    assert_string_equal(trust->plugin_path.at[0], "/usr/lib/one");
    assert_null(trust->plugin_path.at[1]);
    assert_int_equal(trust->files.count, 1);
    assert_string_equal(trust->files.at[0], "t.conf");
    assert_int_equal(trust->host_count, 2);
    assert_string_equal(trust->hosts[0].name, "code.example");
    assert_true(trust->hosts[0].case_insensitive);
    assert_string_equal(trust->hosts[1].name, "git.acme.example:8443");
    assert_false(trust->hosts[1].case_insensitive);
    assert_string_equal(trust->hosts[1].peer.allow_addresses.at[0], "10.0.0.0/8");
    assert_ptr_equal(cm_trust_host(trust, "https://CODE.example/x"), &trust->hosts[0]);
    assert_ptr_equal(cm_trust_host(trust, "https://code.example:443/"), &trust->hosts[0]);
    assert_ptr_equal(cm_trust_host(trust, "https://git.acme.example:8443/"), &trust->hosts[1]);
    assert_null(cm_trust_host(trust, "https://git.acme.example/"));
    assert_null(cm_trust_host(trust, "http://code.example/"));
    assert_null(cm_trust_host(trust, "nonsense"));
}

static void
test_key_on_token(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done)
    struct cm_trust *trust = read_or_fail("organization = { slug = \"acme\"; };\n"
                                          "keys = ( { slug = \"release\"; module = \"/m.so\";\n"
                                          "  uri = \"pkcs11:token=hsm;object=r%20k\";\n"
                                          "  pin = \"credential:pin\"; } );\n");
    const struct cm_signing_key *key = cm_trust_key(trust, "release");
    assert_non_null(key);
    assert_string_equal(key->uri, "pkcs11:token=hsm;object=r%20k");
    assert_string_equal(key->module, "/m.so");
    assert_string_equal(key->pin, "credential:pin");
    assert_null(key->file);
    assert_null(key->passphrase);
}

static void
test_honest_keys(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(KEYED);
    CM_CLEANUP(cm_trust_done) struct cm_trust *plain = read_or_fail(HONEST);
    const struct cm_signing_key *key = cm_trust_key(trust, "release");
    const struct cm_project *project = cm_trust_project(trust, "widget");
    assert_non_null(key);
    assert_null(cm_trust_key(trust, "other"));
    assert_null(cm_trust_key(trust, NULL));
    assert_string_equal(key->file, "/k.pem");
    assert_string_equal(key->passphrase, "env:P");
    assert_int_equal(key->builder_count, 1);
    assert_string_equal(key->builders[0].id, "https://ci1.acme.example/");
    assert_int_equal(key->builders[0].build_level, 2);
    assert_string_equal(trust->evidence_keys.at[0], "/e.pem");
    assert_string_equal(cm_trust_system(trust, "farm")->builder, "x:farm");
    assert_string_equal(project->policies[0].attest, "release");
    assert_true(project->policies[0].attest_once);
    assert_string_equal(project->artifacts[0].file_name, "W-{version}.zip");
    assert_string_equal(project->artifacts[0].resource, "x:w@{version}");
    assert_null(cm_trust_project(plain, "widget")->policies[0].attest);
    assert_false(cm_trust_project(plain, "widget")->policies[0].attest_once);
}

static void
test_honest_settings(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(HONEST);
    const struct cm_system *system = cm_trust_system(trust, "ci1");
    assert_non_null(system);
    assert_null(cm_trust_system(trust, "cloud"));
    assert_string_equal(system->connector, "forge");
    assert_null(system->name);
    assert_false(system->predefined);
    assert_int_equal(system->settings.count, 4);
    const struct cm_setting *setting = system->settings.at;
    assert_string_equal(setting[0].name, "url");
    assert_string_equal(json_string_value(setting[0].value), "https://ci1.acme.example/");
    assert_int_equal(setting[0].place.line, 5);
    assert_string_equal(setting[0].place.file, "t.conf");
    assert_int_equal(json_integer_value(json_array_get(setting[1].value, 1)), 2);
    assert_int_equal(setting[1].place.line, 6);
    assert_true(json_integer_value(setting[2].value) == INT64_C(4295194851));
    assert_true(json_is_true(setting[3].value));
}

static void
test_honest_project(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(HONEST);
    const struct cm_project *project = cm_trust_project(trust, "widget");
    assert_non_null(project);
    assert_null(cm_trust_project(trust, "Widget"));
    assert_int_equal(project->place.line, 13);
    assert_int_equal(project->repository_count, 2);
    assert_string_equal(project->repositories[0].url, "https://code.example/Acme/Widget.git");
    assert_null(project->repositories[0].token);
    assert_int_equal(project->repositories[0].place.line, 14);
    assert_string_equal(project->repositories[1].url, "https://git.acme.example:8443/w");
    assert_string_equal(project->repositories[1].token, "env:TOKEN");
    const struct cm_link *link = cm_project_link(project, "ci1");
    assert_non_null(link);
    assert_string_equal(link->assume.at[0], "no-global");
    assert_string_equal(link->assume_reason, "I looked");
    assert_int_equal(link->settings.count, 1);
    assert_non_null(cm_project_link(project, "cloud"));
    assert_null(cm_project_link(project, "other"));
    assert_int_equal(project->artifact_count, 1);
    assert_string_equal(project->artifacts[0].rewriters.at[0], "note");
    assert_string_equal(project->artifacts[0].signer, "s");
    const struct cm_artifact_configuration *zip = cm_project_artifact(project, "zip");
    assert_ptr_equal(zip, &project->artifacts[0]);
    assert_null(cm_project_artifact(project, "other"));
    assert_string_equal(zip->packages.at[0], "**.zip");
    assert_int_equal(zip->told_count, 1);
    const struct cm_told told = cm_artifact_told(zip, "note");
    assert_int_equal(told.settings.count, 2);
    assert_string_equal(told.settings.at[0].name, "word");
    assert_string_equal(json_string_value(told.settings.at[0].value), "x");
    assert_int_equal(told.settings.at[1].place.line, 21);
    const struct cm_told nothing = cm_artifact_told(zip, "s");
    assert_int_equal(nothing.settings.count, 0);
    assert_int_equal(nothing.place.line, 21);
}

static void
test_honest_policy(void **state)
{
    (void)state;
    char until[CM_TIME_SIZE];
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(HONEST);
    const struct cm_policy *policy = cm_project_policy(&trust->projects[0], "release");
    assert_non_null(policy);
    assert_null(cm_project_policy(&trust->projects[0], "other"));
    assert_int_equal(policy->refs.count, 2);
    assert_string_equal(policy->refs.at[1], "refs/tags/v*");
    assert_string_equal(policy->tag_branches.at[0], "refs/heads/main");
    assert_string_equal(policy->submitters.at[0], "local:jo");
    assert_string_equal(policy->optional.at[0], "build.age");
    assert_int_equal(policy->waiver_count, 1);
    assert_string_equal(policy->waivers[0].check, "forge.cache-empty");
    cm_format_time(policy->waivers[0].until, until);
    assert_string_equal(until, "2026-11-30T23:59:59Z");
    assert_true(policy->repository_any);
    assert_true(policy->max_age == 12 * 3600 * CM_SECOND);
    assert_int_equal(policy->settings.count, 0);
}

static void
test_room_for_mirrors(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } rooms[] = {{"mirrors = \"0\";", 0},
                 {"mirrors = \"1M\";", 1 << 20},
                 {"mirrors = \"1048577\";", (1 << 20) + 1},
                 {"", UINT64_C(4) << 30}};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rooms); i++) {
        char *text = changed(HONEST, "mirrors = \"512M\";", rooms[i].text);
        CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(text);
        assert_true(trust->mirrors == rooms[i].bytes);
        free(text);
    }
}

/* ---- policies that ask for no origin ---- */

static void
test_system_only(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(NODES);
    const struct cm_policy *policy = &trust->projects[0].policies[0];
    assert_true(policy->system_only);
    assert_int_equal(policy->refs.count, 0);
    assert_int_equal(trust->projects[0].repository_count, 0);
    assert_string_equal(trust->verifier, "countermark:acme");
    CM_CLEANUP(cm_trust_done) struct cm_trust *honest = read_or_fail(HONEST);
    assert_false(honest->projects[0].policies[0].system_only);
    char *text = changed(HONEST, "name =", "verifier = \"https://sign.acme.example/x\"; name =");
    CM_CLEANUP(cm_trust_done) struct cm_trust *named = read_or_fail(text);
    assert_string_equal(named->verifier, "https://sign.acme.example/x");
    free(text);
}

static void
test_defaults(void **state)
{
    (void)state;
    static const char text[] =
        "organization = { slug = \"a\"; }; projects = ( { slug = \"p\"; repositories = [ "
        "\"https://h.example/r\" ]; links = ( { system = \"s\"; } ); signing_policies = ( { slug = "
        "\"q\"; systems = [ \"s\" ]; refs = [ \"refs/heads/**\" ]; submitters = [ \"u\" ]; } ); } "
        ")";
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(text);
    const struct cm_policy *policy = &trust->projects[0].policies[0];
    assert_null(trust->organization_name);
    assert_null(trust->state);
    assert_int_equal(trust->plugin_path.count, 0);
    assert_false(policy->repository_any);
    assert_true(policy->max_age == 30 * 86400 * CM_SECOND);
    assert_int_equal(policy->tag_branches.count, 0);
    assert_non_null(policy->optional.at);
    assert_null(policy->optional.at[0]);
    char *unlimited = changed(text, "submitters", "max_age = \"unlimited\"; submitters");
    CM_CLEANUP(cm_trust_done) struct cm_trust *other = read_or_fail(unlimited);
    assert_true(other->projects[0].policies[0].max_age == 0);
    free(unlimited);
}

static void
test_shipped_examples_are_accepted(void **state)
{
    (void)state;
    static const char *const names[] = {"countermark.conf", "minimal.conf"};
    for (size_t i = 0; i < CM_COUNT(names); i++) {
        char path[4096];
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_CONFIG_MOST);
        assert_in_range(snprintf(path, sizeof path, "%s/../../etc/%s", CM_FIXTURES_DIR, names[i]),
                        1, sizeof path - 1);
        assert_true(cm_file_read(path, &text, &err));
        CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(cm_buf_text(&text));
        assert_non_null(cm_project_link(cm_trust_project(trust, "widget"), "appveyor"));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest_top),
        cmocka_unit_test(test_honest_keys),
        cmocka_unit_test(test_key_on_token),
        cmocka_unit_test(test_honest_settings),
        cmocka_unit_test(test_honest_project),
        cmocka_unit_test(test_honest_policy),
        cmocka_unit_test(test_room_for_mirrors),
        cmocka_unit_test(test_system_only),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_shipped_examples_are_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
