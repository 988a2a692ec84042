/* SPDX-License-Identifier: Apache-2.0
 *
 * A trust model said in words: the same as a file's, and refused like one.
 */
#include "trust/spoken.h"

#include "base/clock.h"
#include "base/json.h"
#include "trust/effective.h"

#include "reading.h"

#define WORDS(...)                                                                                 \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__, NULL},                                                  \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),                           \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define SET(member, ...) (spoken.member = (struct cm_words)WORDS(__VA_ARGS__))

static const struct cm_spoken honest = {
    .connector = "forge",
    .submitter = "local:jo",
    .repositories = WORDS("https://Code.Example:8443/Acme/Widget.git"),
    .refs = WORDS("refs/heads/main", "refs/tags/v*"),
};

struct result {
    bool done;
    struct cm_trust *trust;
    struct cm_complaints complaints;
};

static struct result
say(const struct cm_spoken *spoken)
{
    struct result r = {.done = false};
    r.done = cm_trust_spoken(spoken, &r.trust, &r.complaints);
    assert_int_equal(r.done, r.complaints.count == 0);
    return r;
}

static void
result_done(struct result *r)
{
    cm_trust_free(r->trust);
    cm_complaints_done(&r->complaints);
}

static char *
effective_text(const struct cm_trust *trust)
{
    static char text[4096];
    CM_CLEANUP(cm_buf_done) struct cm_buf buf = CM_BUF_INIT(sizeof text);
    const struct cm_project *project = &trust->projects[0];
    CM_CLEANUP(cm_json_done)
    json_t *json =
        cm_effective(trust, project, &project->policies[0], &project->links[0], &trust->systems[0]);
    assert_true(cm_json_canonical(json, &buf));
    (void)snprintf(text, sizeof text, "%s", cm_buf_text(&buf));
    return text;
}

static void
the_least_that_can_be_said(void **state)
{
    (void)state;
    struct result r = say(&honest);
    const struct cm_trust *trust = r.trust;
    const struct cm_project *project = &trust->projects[0];
    const struct cm_policy *policy = &project->policies[0];
    assert_string_equal(trust->organization, "local");
    assert_string_equal(trust->systems[0].slug, "forge");
    assert_string_equal(trust->systems[0].connector, "forge");
    assert_string_equal(project->slug, "widget");
    assert_string_equal(policy->slug, "command-line");
    assert_string_equal(policy->systems.at[0], "forge");
    assert_string_equal(policy->submitters.at[0], "local:jo");
    assert_string_equal(policy->refs.at[1], "refs/tags/v*");
    assert_true(policy->max_age == 30 * 86400 * CM_SECOND);
    assert_false(policy->repository_any);
    assert_ptr_equal(cm_project_link(project, "forge"), &project->links[0]);
    assert_null(trust->state);
    assert_true(trust->mirrors == CM_MIRRORS_DEFAULT);
    assert_int_equal(trust->plugin_path.count, 0);
    assert_int_equal(trust->files.count, 0);
    result_done(&r);
}

/* What is decided by does not tell whether it was said or written. */
static void
the_same_as_a_file(void **state)
{
    (void)state;
    struct cm_spoken spoken = honest;
    struct result r;
    CM_CLEANUP(cm_trust_done) struct cm_trust *written = NULL;
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    static const char file[] =
        "organization = { slug = \"local\"; };\n"
        "systems = ( { slug = \"forge\"; connector = \"forge\"; } );\n"
        "projects = ( { slug = \"widget\"; repositories = [ \"https://code.example:8443/Acme/"
        "Widget\" ]; links = ( { system = \"forge\"; assume = [ \"a\" ]; assume_reason = \"r\"; } "
        "); signing_policies = ( { slug = \"command-line\"; systems = [ \"forge\" ]; refs = [ "
        "\"refs/heads/main\", \"refs/tags/v*\" ]; tag_branches = [ \"refs/heads/x\" ]; optional = "
        "[ \"build.age\" ]; max_age = \"unlimited\"; submitters = [ \"local:jo\" ]; } ); } );\n";
    SET(assume, "a");
    SET(tag_branches, "refs/heads/x");
    SET(optional, "build.age");
    spoken.assume_reason = "r";
    spoken.max_age = "unlimited";
    assert_true(cm_config_read_text("t.conf", file, strlen(file), &written, &complaints));
    r = say(&spoken);
    char *text = strdup(effective_text(written));
    assert_string_equal(effective_text(r.trust), text);
    free(text);
    result_done(&r);
}

static void
names_may_be_given(void **state)
{
    (void)state;
    struct cm_spoken spoken = honest;
    spoken.organization = "acme";
    spoken.system = "ci1";
    spoken.project = "thing";
    spoken.policy = "release";
    struct result r = say(&spoken);
    assert_string_equal(r.trust->organization, "acme");
    assert_non_null(cm_trust_system(r.trust, "ci1"));
    assert_non_null(cm_project_policy(cm_trust_project(r.trust, "thing"), "release"));
    assert_string_equal(r.trust->projects[0].links[0].system, "ci1");
    assert_string_equal(r.trust->projects[0].policies[0].systems.at[0], "ci1");
    result_done(&r);
    spoken = honest;
    SET(repositories, "https://code.example/acme/_widget");
    r = say(&spoken);
    assert_string_equal(r.trust->projects[0].slug, "project");
    result_done(&r);
}

/* Each repository's host is reached as it was said, and the system is not. */
static void
hosts_are_those_of_the_repositories(void **state)
{
    (void)state;
    struct cm_spoken spoken = honest;
    SET(repositories, "https://a.example/x", "https://b.example:444/x", "https://a.example/y");
    SET(repository_peer.allow_addresses, "10.0.0.0/8");
    struct result r = say(&spoken);
    assert_int_equal(r.trust->host_count, 2);
    assert_string_equal(r.trust->hosts[1].name, "b.example:444");
    assert_string_equal(r.trust->hosts[1].peer.allow_addresses.at[0], "10.0.0.0/8");
    assert_int_equal(r.trust->systems[0].peer.allow_addresses.count, 0);
    result_done(&r);
}

static void
settings_are_the_plug_ins(void **state)
{
    (void)state;
    struct cm_spoken spoken = honest;
    json_t *value = json_string("acme");
    char name[] = "account";
    const struct cm_setting setting = {.name = name, .value = value};
    spoken.link_settings = (struct cm_settings){&setting, 1};
    struct result r = say(&spoken);
    json_decref(value);
    name[0] = 'x';
    const struct cm_settings *link = &r.trust->projects[0].links[0].settings;
    assert_int_equal(link->count, 1);
    assert_string_equal(link->at[0].name, "account");
    assert_string_equal(json_string_value(link->at[0].value), "acme");
    assert_null(link->at[0].place.file);
    result_done(&r);
}

static void
a_rewriter_makes_an_artifact_configuration(void **state)
{
    (void)state;
    struct cm_spoken spoken = honest;
    CM_CLEANUP(cm_json_done) json_t *value = json_string("strip");
    const struct cm_setting setting = {.name = "signed", .value = value};
    struct result without = say(&honest);
    assert_int_equal(without.trust->projects[0].artifact_count, 0);
    result_done(&without);
    spoken.rewriter = "note";
    spoken.rewriter_settings = (struct cm_settings){&setting, 1};
    SET(packages, "*.zip");
    struct result r = say(&spoken);
    assert_int_equal(r.trust->projects[0].artifact_count, 1);
    const struct cm_artifact_configuration *artifact = &r.trust->projects[0].artifacts[0];
    assert_string_equal(artifact->slug, "command-line");
    assert_string_equal(artifact->rewriters.at[0], "note");
    assert_int_equal(artifact->rewriters.count, 1);
    assert_string_equal(artifact->packages.at[0], "*.zip");
    assert_null(artifact->signer);
    const struct cm_told told = cm_artifact_told(artifact, "note");
    assert_int_equal(told.settings.count, 1);
    assert_string_equal(told.settings.at[0].name, "signed");
    assert_null(told.place.file);
    result_done(&r);
}

/* ---- what is wrong with it ---- */

static void
expect_only(const struct cm_spoken *spoken, const char *path, const char *what, const char *remedy)
{
    struct result r = say(spoken);
    const struct cm_complaint *one = find_complaint(&r.complaints, 0, path, what);
    if (one == NULL || r.complaints.count != 1) {
        print_message("wanted: %s: %s\n", path, what);
        print_complaints(&r.complaints);
    }
    assert_non_null(one);
    assert_int_equal(r.complaints.count, 1);
    assert_null(one->place.file);
    if (remedy != NULL)
        assert_non_null(strstr(one->remedy, remedy));
    result_done(&r);
}

#define REFUSED(path, what, remedy, ...)                                                           \
    do {                                                                                           \
        struct cm_spoken spoken = honest;                                                          \
        __VA_ARGS__;                                                                               \
        expect_only(&spoken, path, what, remedy);                                                  \
    } while (0)

static void
what_is_missing(void **state)
{
    (void)state;
    REFUSED("repository", "is missing", "https://host/path", spoken.repositories.count = 0);
    REFUSED("ref", "is missing", "refs/heads/main", spoken.refs.count = 0);
    REFUSED("connector", "is missing", NULL, spoken.connector = NULL);
    REFUSED("submitter", "is missing", NULL, spoken.submitter = NULL);
    REFUSED("assume-reason", "is missing", "how you know", SET(assume, "no-x"));
    REFUSED("assume-reason", "is missing", NULL, SET(assume, "x"), spoken.assume_reason = "");
    REFUSED("tag-branch", "only tags are allowed", "branches", SET(refs, "refs/tags/v*"));
}

static void
what_is_not_what_it_should_be(void **state)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
    (void)state;
    REFUSED("ref", "\"main\": ", "write the full name", SET(refs, "main"));
    REFUSED("ref", "\"HEAD\": ", NULL, SET(refs, "refs/heads/main", "HEAD"));
    REFUSED("ref", "is empty", NULL, SET(refs, "refs/heads/main", ""));
    REFUSED("ref", "is said twice", NULL, SET(refs, "refs/heads/a", "refs/heads/a"));
    REFUSED("tag-branch", "refs/heads/", NULL, SET(tag_branches, "refs/tags/v1"));
    REFUSED("max-age", "\"soon\" is not a duration", "unlimited", spoken.max_age = "soon");
    REFUSED("max-age", "is not a duration", NULL, spoken.max_age = "0s");
    REFUSED("assume", "not a slug", NULL, SET(assume, "No X"), spoken.assume_reason = "r");
    REFUSED("assume-reason", "for nothing", NULL, spoken.assume_reason = "r");
    REFUSED("optional", "not the id of a check", "build.age", SET(optional, "age"));
    REFUSED("spki", "sha256/", NULL, spoken.peer.spki = "abc");
    REFUSED("repository-spki", "sha256/", NULL, spoken.repository_peer.spki = "abc");
    REFUSED("allow-address", "\"local\": ", NULL, SET(peer.allow_addresses, "local"));
    REFUSED("repository-allow-address", "\"10.0.0.1/8\": ", NULL,
            SET(repository_peer.allow_addresses, "10.0.0.1/8"));
    REFUSED("ca", "not an absolute path", NULL, spoken.peer.ca = "ca.pem");
    REFUSED("ca", "/nowhere/ca.pem: No such file", "PEM", spoken.peer.ca = "file:/nowhere/ca.pem");
    REFUSED("repository-ca", "No such file", "PEM", spoken.repository_peer.ca = "/nowhere/ca.pem");
    REFUSED("rewriter", "not a slug", NULL, spoken.rewriter = "../note");
    REFUSED("packages", "no rewriter for them", "--rewriter", SET(packages, "*.zip"));
    REFUSED("packages", "\"/x\": matches no name", "*.zip", SET(packages, "/x"),
            spoken.rewriter = "note");
    REFUSED("packages", "longer than", NULL, spoken.rewriter = "note",
            SET(packages, cm_arena_printf(arena, "%01025d", 0)));
    REFUSED("packages", "not UTF-8", NULL, spoken.rewriter = "note", SET(packages, "\xff"));
    REFUSED("organization", "not a slug", NULL, spoken.organization = "Acme Corp");
    REFUSED("policy", "is empty", NULL, spoken.policy = "");
}

/* All at once; and a URL may hold a password, which is not repeated. */
static void
everything_is_found_in_one_run(void **state)
{
    (void)state;
    struct cm_spoken spoken = honest;
    SET(repositories, "https://jo:hunter2@code.example/x", "ftp://code.example/x");
    SET(refs, "main", "trunk");
    spoken.max_age = "1";
    struct result r = say(&spoken);
    assert_int_equal(r.complaints.count, 5);
    for (size_t i = 0; i < r.complaints.count; i++) {
        assert_null(strstr(r.complaints.at[i].what, "hunter2"));
        assert_null(strstr(r.complaints.at[i].remedy, "hunter2"));
    }
    result_done(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_that_can_be_said),
        cmocka_unit_test(the_same_as_a_file),
        cmocka_unit_test(names_may_be_given),
        cmocka_unit_test(hosts_are_those_of_the_repositories),
        cmocka_unit_test(settings_are_the_plug_ins),
        cmocka_unit_test(a_rewriter_makes_an_artifact_configuration),
        cmocka_unit_test(what_is_missing),
        cmocka_unit_test(what_is_not_what_it_should_be),
        cmocka_unit_test(everything_is_found_in_one_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
