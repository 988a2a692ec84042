/* SPDX-License-Identifier: Apache-2.0 */
#include "store/decision.h"

#include "../shell.h"
#include "base/json.h"
#include "evidence/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/countermark-decision-XXXXXX";

#define SHA(c)  c c c c c c c c
#define DIGEST  SHA("01234567")
#define DIGEST2 SHA("89abcdef")

/* Evidence about one artifact that the system handed out. */
static json_t *
evidence_of(const char *artifact)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *evidence = cm_evidence_new();
    const struct cm_document facts = {
        .of = CM_OF_SYSTEM, .artifact = true, .status = 200, .size = 1, .sha256 = artifact};
    assert_true(cm_evidence_add(evidence, "download", &facts, NULL, NULL, NULL, &err));
    bool ok = true;
    cm_json_set(evidence, "request",
                json_pack("{s:s, s:s}", "organization", "acme", "system", "ci"), &ok);
    cm_json_set(evidence, "engine", json_pack("{s:s}", "sha256", DIGEST), &ok);
    cm_json_set(evidence, "plugins", json_pack("[{s:s}]", "sha256", DIGEST2), &ok);
    cm_json_set_text(evidence, "effective_sha256", DIGEST2, &ok);
    assert_true(ok);
    return evidence;
}

static json_t *
key_of(const char *artifact, const char *build)
{
    json_t *key = NULL;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *evidence = evidence_of(artifact);
    if (!cm_decision_key(evidence, cm_evidence_artifact(evidence), build, NULL, &key, &err))
        fail_msg("%s", err.text);
    return key;
}

static int
set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    return shell_remove(folder);
}

static void
test_key_holds_what_makes_decisions_one(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done) json_t *key = key_of(DIGEST, "17");
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(4096);
    assert_true(cm_json_canonical(key, &text));
    assert_string_equal(cm_buf_text(&text),
                        "{\"artifact\":\"" DIGEST "\",\"build\":\"17\",\"engine\":\"" DIGEST
                        "\",\"organization\":\"acme\",\"plugins\":[\"" DIGEST2
                        "\"],\"policy\":\"" DIGEST2 "\",\"system\":\"ci\"}");
}

static void
test_each_part_makes_another_name(void **state)
{
    (void)state;
    char one[CM_SHA256_HEX], other[CM_SHA256_HEX];
    const char *name;
    json_t *value;
    CM_CLEANUP(cm_json_done) json_t *key = key_of(DIGEST, "17");
    CM_CLEANUP(cm_json_done) json_t *parts = json_deep_copy(key);
    assert_true(cm_decision_name(key, one));
    json_object_foreach(parts, name, value)
    {
        CM_CLEANUP(cm_json_done) json_t *changed = json_deep_copy(key);
        json_object_set_new(changed, name,
                            json_is_array(value) ? json_pack("[s]", DIGEST) : json_string("x"));
        assert_true(cm_decision_name(changed, other));
        assert_string_not_equal(one, other);
    }
}

static void
test_evidence_that_lacks_a_part_has_no_key(void **state)
{
    (void)state;
    static const char *const members[] = {"request", "engine", "plugins", "effective_sha256",
                                          "documents"};
    for (size_t i = 0; i < CM_COUNT(members); i++) {
        json_t *key = NULL;
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_json_done) json_t *evidence = evidence_of(DIGEST);
        json_object_del(evidence, members[i]);
        assert_false(
            cm_decision_key(evidence, cm_evidence_artifact(evidence), NULL, NULL, &key, &err));
        assert_int_equal(err.class, CM_E_MALFORMED);
        assert_null(key);
    }
    json_t *key = NULL;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *evidence = evidence_of(DIGEST);
    json_object_del(json_array_get(json_object_get(evidence, "plugins"), 0), "sha256");
    assert_false(cm_decision_key(evidence, cm_evidence_artifact(evidence), NULL, NULL, &key, &err));
}

static void
test_the_first_stays(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *key = key_of(DIGEST, "1");
    CM_CLEANUP(cm_json_done) json_t *first = json_pack("{s:s}", "a", "first");
    CM_CLEANUP(cm_json_done) json_t *second = json_pack("{s:s}", "a", "second");
    bool ours = false;
    json_t *there = first;
    assert_true(cm_decision_find(folder, key, &there, &err));
    assert_null(there);
    assert_true(cm_decision_keep(folder, key, first, &there, &ours, &err));
    assert_true(json_equal(there, first));
    assert_true(ours);
    cm_json_done(&there);
    const json_t *const later[] = {second, first}; /* the same to the letter is another one, too */
    for (size_t i = 0; i < CM_COUNT(later); i++) {
        ours = true;
        assert_true(cm_decision_keep(folder, key, later[i], &there, &ours, &err));
        assert_true(json_equal(there, first));
        assert_false(ours);
        cm_json_done(&there);
    }
    assert_true(cm_decision_find(folder, key, &there, &err));
    assert_true(json_equal(there, first));
    cm_json_done(&there);
}

static void
path_of(const json_t *key, char *ret, size_t room)
{
    char name[CM_SHA256_HEX];
    assert_true(cm_decision_name(key, name));
    (void)snprintf(ret, room, "%s/decisions/%s.json", folder, name);
}

static void
write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
assert_refused(const json_t *key, enum cm_class class, const char *says)
{
    json_t *there = NULL;
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_decision_find(folder, key, &there, &err));
    assert_null(there);
    assert_int_equal(err.class, class);
    assert_non_null(strstr(err.text, says));
}

static void
test_what_is_no_decision_of_that_key_is_refused(void **state)
{
    (void)state;
    char path[512], from[512], command[1200];
    bool ours = false;
    json_t *there = NULL;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *key = key_of(DIGEST, "2");
    CM_CLEANUP(cm_json_done) json_t *other = key_of(DIGEST, "3");
    CM_CLEANUP(cm_json_done) json_t *decided = json_pack("{s:s}", "a", "b");
    assert_true(cm_decision_keep(folder, other, decided, &there, &ours, &err));
    cm_json_done(&there);
    path_of(other, from, sizeof from);
    path_of(key, path, sizeof path);
    (void)snprintf(command, sizeof command, "cp '%s' '%s'", from, path);
    assert_int_equal(shell(command), 0);
    assert_refused(key, CM_E_MALFORMED, "not the decision");
    write_text(path, "{\"format\":\"countermark-decision/1\",\"key\":");
    assert_refused(key, CM_E_MALFORMED, "");
    CM_CLEANUP(cm_json_done)
    json_t *unknown = json_pack("{s:s, s:O, s:O}", "format", "countermark-decision/2", "key", key,
                                "decided", decided);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(4096);
    assert_true(cm_json_canonical(unknown, &text));
    write_text(path, cm_buf_text(&text));
    assert_refused(key, CM_E_MALFORMED, "not the decision");
}

static void
test_a_file_that_others_can_write_is_refused(void **state)
{
    (void)state;
    char path[512];
    bool ours = false;
    json_t *there = NULL;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *key = key_of(DIGEST2, "4");
    CM_CLEANUP(cm_json_done) json_t *decided = json_pack("{s:s}", "a", "b");
    assert_true(cm_decision_keep(folder, key, decided, &there, &ours, &err));
    cm_json_done(&there);
    path_of(key, path, sizeof path);
    assert_int_equal(chmod(path, 0622), 0);
    assert_refused(key, CM_E_DENIED, "");
}

static void
test_one_of_many_is_first(void **state)
{
    (void)state;
    enum { MANY = 16 };
    pid_t children[MANY];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *key = key_of(DIGEST, "5");
    for (int i = 0; i < MANY; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            bool ours = false;
            json_t *there = NULL;
            json_t *decided = json_pack("{s:i}", "by", i + 1);
            bool kept = cm_decision_keep(folder, key, decided, &there, &ours, &err);
            int by = kept ? (int)cm_json_int(there, "by", 0) : 0;
            _exit(ours == (by == i + 1) ? by : 0);
        }
    }
    int first = 0;
    for (int i = 0; i < MANY; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) > 0);
        if (i == 0)
            first = WEXITSTATUS(status);
        assert_int_equal(WEXITSTATUS(status), first);
    }
}

static void
test_no_folder_no_decision(void **state)
{
    (void)state;
    bool ours = false;
    json_t *there = NULL;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *key = key_of(DIGEST, "6");
    CM_CLEANUP(cm_json_done) json_t *decided = json_pack("{s:s}", "a", "b");
    assert_false(cm_decision_keep("/proc/nowhere", key, decided, &there, &ours, &err));
    assert_null(there);
    assert_true(cm_decision_find("/proc/nowhere", key, &there, &err));
    assert_null(there);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_holds_what_makes_decisions_one),
        cmocka_unit_test(test_each_part_makes_another_name),
        cmocka_unit_test(test_evidence_that_lacks_a_part_has_no_key),
        cmocka_unit_test(test_the_first_stays),
        cmocka_unit_test(test_what_is_no_decision_of_that_key_is_refused),
        cmocka_unit_test(test_a_file_that_others_can_write_is_refused),
        cmocka_unit_test(test_one_of_many_is_first),
        cmocka_unit_test(test_no_folder_no_decision),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
