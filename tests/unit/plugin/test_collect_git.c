/* SPDX-License-Identifier: Apache-2.0
 *
 * The host to collecting hooks: the repository.
 */
#include "base/json.h"
#include "evidence/evidence.h"
#include "git/documents.h"
#include "pear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
asks_for_nothing(struct cmk_call *c, const struct cmk_collect *k)
{
    k->record->exchange(c, "x", get(c, k, NULL, 0), keep_all);
}

/* ---- the repository ---- */

static const char *said_url, *said_ref;

static void
asks_the_repository(struct cmk_call *c, const struct cmk_collect *k)
{
    struct cmk_exchange *commit = k->git->commit(c, said_url, said_ref, ID);
    struct cmk_exchange *again = k->git->commit(c, said_url, said_ref, ID);
    struct cmk_exchange *file = k->git->file(c, commit, "a.yml", 100);
    k->record->exchange(c, "file", file, keep_all);
    k->record->exchange(c, "none", k->git->file(c, again, "b.yml", 100), keep_all);
    k->record->exchange(c, "unread", k->git->file(c, commit, "a.yml", 100), NULL);
}

static const struct fake_file files[] = {{"a.yml", "image: x\n", CM_OK}, {NULL, NULL, CM_OK}};

static void
the_projects_repository_is_asked(void **state)
{
    static const char *const same[] = {
        "https://git.example/acme/widget", "https://git.example/acme/widget.git",
        "https://GIT.example:443/acme/widget.git/", "https://git.example/acme/widget/"};
    char sha256[CM_SHA256_HEX];
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        OUTSIDE_SCENE(s, NULL, files);
        said_url = same[i];
        said_ref = "refs/heads/main";
        collect_well(&s, asks_the_repository);
        assert_string_equal(s.out.opened, "https://git.example/acme/widget");
        assert_string_equal(s.out.ref, "refs/heads/main");
        assert_string_equal(s.out.id, ID);
        assert_int_equal(s.out.opens, 1);
        assert_int_equal(s.out.commits, 1);
        assert_null(s.out.branches);
        assert_null(s.out.token);
        assert_non_null(s.out.git_peer);
        assert_had(&s, CM_DOC_COMMIT, "{\"commit\":\"" ID "\"}");
        assert_had(&s, CM_DOC_PATH, "{\"ref\":\"refs/heads/main\"}");
        assert_missing(&s, CM_DOC_TAG_PATH, "not-found", "is no tag", NULL);
        assert_string_equal(cm_json_text(scene_got(&s, CM_DOC_PATH), "of"), "repository");

        assert_had(&s, "file", "\"image: x\\n\"");
        assert_string_equal(cm_json_text(scene_got(&s, "file"), "of"), "repository");
        assert_int_equal(cm_json_int(scene_got(&s, "file"), "size", 0), 9);
        assert_true(cm_sha256("image: x\n", 9, sha256));
        assert_string_equal(cm_json_text(scene_got(&s, "file"), "sha256"), sha256);
        assert_missing(&s, "none", "not-found", "the fake repository says", NULL);
        assert_had(&s, "unread", NULL);
        assert_non_null(cm_json_text(scene_got(&s, "unread"), "hmac"));
    }
}

/* A git server can repeat what it was sent just as any other. */
static void
an_echo_of_the_repository_is_not_recorded(void **state)
{
    (void)state;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
    OUTSIDE_SCENE(s, NULL, files);
    cm_log_withhold(s.log, SCENE_SECRET);
    said_url = "https://git.example/acme/widget";
    said_ref = "refs/heads/" SCENE_SECRET;
    collect_well(&s, asks_the_repository);
    assert_missing(&s, CM_DOC_PATH, "malformed", "repeats a secret of ours", NULL);
    assert_had(&s, CM_DOC_COMMIT, "{\"commit\":\"" ID "\"}");
    assert_true(cm_json_canonical(s.evidence, &text));
    assert_null(strstr(cm_buf_text(&text), SCENE_SECRET));
}

static void
no_other_repository_is_asked(void **state)
{
    static const char *const others[] = {"https://git.example/acme/Widget",
                                         "https://git.example/acme/widget2",
                                         "https://evil.example/acme/widget",
                                         "http://git.example/acme/widget",
                                         "https://u:p@git.example/acme/widget",
                                         "file:///etc/passwd",
                                         "https://127.0.0.1/acme/widget",
                                         "https://git.example/acme/w\xd1\x96"
                                         "dget",
                                         ""};
    static const char *const documents[] = {
        CM_DOC_PROBE, CM_DOC_REFS, CM_DOC_COMMIT, CM_DOC_PATH, CM_DOC_TAG_PATH, "file", "none"};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        OUTSIDE_SCENE(s, NULL, files);
        said_url = others[i];
        said_ref = "refs/heads/main";
        collect_well(&s, asks_the_repository);
        assert_int_equal(s.out.commits, 0);
        assert_int_equal(s.out.file_count, 0);
        for (size_t d = 0; d < sizeof documents / sizeof *documents; d++)
            assert_missing(&s, documents[d], "denied", "is not a repository of the project", NULL);
    }
    OUTSIDE_SCENE(s, NULL, files);
    said_url = "https://git.example/acme/w\xd1\x96"
               "dget";
    collect_well(&s, asks_the_repository);
    assert_missing(&s, CM_DOC_PROBE, "denied", "https://git.example/acme/w\\u{456}dget", NULL);
}

/* Not at time zero, and not because a connector names it. */
static void
without_an_origin_no_repository_is_asked(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, NULL, files);
    s.policy.system_only = true;
    said_url = "https://git.example/acme/widget";
    said_ref = "refs/heads/main";
    collect_well(&s, asks_the_repository);
    assert_int_equal(s.out.opens, 0);
    assert_int_equal(s.out.commits, 0);
    assert_missing(&s, "file", "denied", "the policy asks for no origin", NULL);
}

static void
of_several_the_one_that_was_named_is_asked(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, NULL, files);
    s.project.repository_count = 2;
    said_url = "https://other.example/ACME/widget"; /* a host that folds */
    said_ref = "refs/heads/main";
    collect_well(&s, asks_the_repository);
    assert_string_equal(s.out.opened, "https://other.example/acme/Widget.git");
    assert_ptr_equal(s.out.git_peer, &s.known_hosts[0].peer);
    assert_had(&s, CM_DOC_COMMIT, "{\"commit\":\"" ID "\"}");

    OUTSIDE_SCENE(t, NULL, NULL);
    t.project.repository_count = 2;
    collect_well(&t, asks_for_nothing);
    assert_int_equal(t.out.opens, 0);
    assert_missing(&t, CM_DOC_PROBE, "malformed", "not asked", "x");
}

static void
what_is_listed_at_once(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, NULL, NULL);
    s.refs[0] = "refs/heads/main";
    s.refs[1] = "refs/heads/release/*";
    s.refs[2] = "refs/tags/v*";
    s.refs[3] = "refs/heads/release/1.*";
    s.policy.refs.count = 4;
    s.tag_branches[0] = "refs/heads/main";
    s.tag_branches[1] = "refs/heads/ma**";
    s.policy.tag_branches.count = 2;
    collect_well(&s, asks_for_nothing);
    assert_string_equal(s.out.prefixes, "refs/heads/release/ refs/tags/v refs/heads/ma");
}

static void
a_tag_is_looked_for_on_branches(void **state)
{
    (void)state;
    said_url = "https://git.example/acme/widget";
    said_ref = "refs/tags/v1";
    OUTSIDE_SCENE(s, NULL, files);
    s.refs[0] = "refs/tags/v*";
    s.refs[1] = "refs/heads/main";
    s.policy.refs.count = 2;
    collect_well(&s, asks_the_repository);
    assert_string_equal(s.out.branches, "refs/heads/main");
    assert_had(&s, CM_DOC_TAG_PATH, "{\"branches\":\"some\"}");

    OUTSIDE_SCENE(t, NULL, files);
    t.tag_branches[0] = "refs/heads/stable";
    t.policy.tag_branches.count = 1;
    collect_well(&t, asks_the_repository);
    assert_string_equal(t.out.branches, "refs/heads/stable");

    OUTSIDE_SCENE(u, NULL, files);
    u.refs[0] = "refs/tags/v*";
    collect_well(&u, asks_the_repository);
    assert_null(u.out.branches);
    assert_missing(&u, CM_DOC_TAG_PATH, "config", "names no branch", NULL);
}

static void
a_token_is_read_where_the_policy_allows_it(void **state)
{
    (void)state;
    said_url = "https://git.example/acme/widget";
    said_ref = "refs/heads/main";
    assert_int_equal(setenv("GIT_TOKEN", "a-git-token", 1), 0);

    OUTSIDE_SCENE(s, NULL, files); /* public: never */
    s.repositories[0].token = "env:GIT_TOKEN";
    collect_well(&s, asks_the_repository);
    assert_null(s.out.token);
    assert_false(cm_json_bool(scene_got(&s, CM_DOC_COMMIT), "credential", true));

    OUTSIDE_SCENE(t, NULL, files);
    t.repositories[0].token = "env:GIT_TOKEN";
    t.policy.repository_any = true;
    collect_well(&t, asks_the_repository);
    assert_string_equal(t.out.token, "a-git-token");
    assert_true(cm_log_holds_secret(t.log, "x a-git-token x"));
    assert_true(cm_json_bool(scene_got(&t, CM_DOC_COMMIT), "credential", false));
    assert_true(cm_json_bool(scene_got(&t, CM_DOC_REFS), "credential", false));
    assert_false(cm_json_bool(scene_got(&t, CM_DOC_PROBE), "credential", true));

    OUTSIDE_SCENE(u, NULL, files);
    u.repositories[0].token = "env:NO_SUCH_TOKEN";
    u.policy.repository_any = true;
    collect_well(&u, asks_the_repository);
    assert_int_equal(u.out.opens, 0);
    assert_missing(&u, CM_DOC_PROBE, scene_error(&u, CM_DOC_PROBE), "the token of repository",
                   NULL);
}

static void
a_commit_that_is_not_there(void **state)
{
    (void)state;
    OUTSIDE_SCENE(s, NULL, files);
    s.out.commit_err = CM_E_NOT_FOUND;
    said_url = "https://git.example/acme/widget";
    said_ref = "refs/heads/main";
    collect_well(&s, asks_the_repository);
    assert_missing(&s, CM_DOC_COMMIT, "not-found", "the fake repository says", NULL);
    assert_missing(&s, CM_DOC_PATH, "not-found", "the fake repository says", NULL);
    assert_had(&s, CM_DOC_REFS, "{\"anonymous\":true,\"refs\":[]}");
}

/* ---- submodules: only who attests asks for them ---- */

static void
submodules_are_asked_for_attestations(void **state)
{
    (void)state;
    said_url = "https://git.example/acme/widget";
    said_ref = "refs/heads/main";
    OUTSIDE_SCENE(s, NULL, files);
    collect_well(&s, asks_the_repository);
    assert_int_equal(s.out.submodule_asks, 0);
    assert_null(cm_evidence_document(s.evidence, CM_DOC_SUBMODULES));

    OUTSIDE_SCENE(t, NULL, files);
    t.policy.attest = "release";
    collect_well(&t, asks_the_repository);
    assert_int_equal(t.out.submodule_asks, 1);
    assert_had(&t, CM_DOC_SUBMODULES, "{\"commit\":\"" ID "\",\"submodules\":[]}");
    assert_string_equal(cm_json_text(scene_got(&t, CM_DOC_SUBMODULES), "of"), "repository");
    assert_string_equal(cm_json_text(scene_got(&t, CM_DOC_SUBMODULES), "asked"), "submodules");
}

static void
submodules_that_cannot_be_had(void **state)
{
    (void)state;
    said_url = "https://git.example/acme/widget";
    said_ref = "refs/heads/main";
    OUTSIDE_SCENE(s, NULL, files);
    s.policy.attest = "release";
    s.out.submodules_err = CM_E_MALFORMED;
    collect_well(&s, asks_the_repository);
    assert_missing(&s, CM_DOC_SUBMODULES, "malformed", "the fake repository says", NULL);
    assert_had(&s, CM_DOC_COMMIT, "{\"commit\":\"" ID "\"}");

    OUTSIDE_SCENE(t, NULL, files); /* nobody asked for a commit */
    t.policy.attest = "release";
    collect_well(&t, asks_for_nothing);
    assert_int_equal(t.out.submodule_asks, 0);
    assert_missing(&t, CM_DOC_SUBMODULES, "malformed", "not asked", "x");

    OUTSIDE_SCENE(u, NULL, files); /* another repository */
    u.policy.attest = "release";
    said_url = "https://evil.example/acme/widget";
    collect_well(&u, asks_the_repository);
    assert_int_equal(u.out.submodule_asks, 0);
    assert_missing(&u, CM_DOC_SUBMODULES, "denied", "is not a repository of the project", NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_projects_repository_is_asked),
        cmocka_unit_test(an_echo_of_the_repository_is_not_recorded),
        cmocka_unit_test(no_other_repository_is_asked),
        cmocka_unit_test(without_an_origin_no_repository_is_asked),
        cmocka_unit_test(of_several_the_one_that_was_named_is_asked),
        cmocka_unit_test(what_is_listed_at_once),
        cmocka_unit_test(a_tag_is_looked_for_on_branches),
        cmocka_unit_test(a_token_is_read_where_the_policy_allows_it),
        cmocka_unit_test(a_commit_that_is_not_there),
        cmocka_unit_test(submodules_are_asked_for_attestations),
        cmocka_unit_test(submodules_that_cannot_be_had),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
