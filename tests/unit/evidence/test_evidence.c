/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/evidence.h"

#include "base/digest.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct cm_document plain = {.of = CM_OF_SYSTEM, .size = -1};

static json_t *
parse(const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *json = NULL;
    if (!cm_json_parse(text, strlen(text), "a test", &json, &err))
        fail_msg("%s", err.text);
    return json;
}

static void
add(json_t *evidence, const char *name, const struct cm_document *facts, const char *content)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *value = content ? parse(content) : NULL;
    if (!cm_evidence_add(evidence, name, facts, value, NULL, NULL, &err))
        fail_msg("%s", err.text);
}

/* ---- adding ---- */

static void
test_add(void **state)
{
    (void)state;
    char sha256[65];
    int64_t at = 0;
    CM_CLEANUP(cm_json_done) json_t *evidence = cm_evidence_new();
    assert_true(cm_parse_time("2026-11-22T18:19:53Z", &at));
    const struct cm_document facts = {.of = CM_OF_REPOSITORY,
                                      .asked = "GET https://git.example/",
                                      .at = at,
                                      .credential = true,
                                      .proxy = true,
                                      .artifact = true,
                                      .status = 200,
                                      .size = 0,
                                      .sha256 = DIGEST};
    add(evidence, "all-of-it", &facts, "{\"b\":1.0,\"a\":\"x\"}");
    add(evidence, "little", &plain, NULL);

    json_t *document = cm_evidence_document(evidence, "all-of-it");
    CM_CLEANUP(cm_json_done)
    json_t *expected =
        parse("{\"of\":\"repository\",\"asked\":\"GET https://git.example/\","
              "\"at\":\"2026-11-22T18:19:53Z\",\"credential\":true,\"proxy\":true,"
              "\"artifact\":true,\"status\":200,\"size\":0,\"sha256\":\"" DIGEST "\","
              "\"content\":{\"a\":\"x\",\"b\":1}}");
    assert_true(cm_json_sha256(expected, sha256));
    json_object_set_new(expected, "document_sha256", json_string(sha256));
    assert_true(json_equal(document, expected));

    CM_CLEANUP(cm_json_done) json_t *little = parse("{\"of\":\"system\",\"credential\":false}");
    assert_true(cm_json_sha256(little, sha256));
    json_object_set_new(little, "document_sha256", json_string(sha256));
    assert_true(json_equal(cm_evidence_document(evidence, "little"), little));
    assert_null(cm_evidence_document(evidence, "nothing"));
    assert_null(cm_evidence_document(NULL, "nothing"));
}

/* What stands in the evidence is what is read back from a file: 1.0 is an integer then, and members
 * stand in their canonical order. */
static void
test_add_reads_back(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done) json_t *evidence = cm_evidence_new();
    add(evidence, "build", &plain, "{\"z\":2.0,\"a\":1}");
    json_t *content = json_object_get(cm_evidence_document(evidence, "build"), "content");
    assert_true(json_is_integer(json_object_get(content, "z")));
    assert_string_equal(json_object_iter_key(json_object_iter(content)), "a");
}

static void
test_add_error(void **state)
{
    (void)state;
    char sha256[65];
    struct cm_err err = CM_ERR_INIT;
    struct cm_err why = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *evidence = cm_evidence_new();
    CM_CLEANUP(cm_json_done) json_t *content = json_object();
    (void)cm_fail(&why, CM_E_AUTH, "HTTP status 401");
    assert_true(cm_evidence_add(evidence, "build", &plain, content, &why, NULL, &err));
    assert_true(cm_evidence_add(evidence, "log", &plain, NULL, &why, "build", &err));
    CM_CLEANUP(cm_json_done)
    json_t *expected = parse(
        "{\"of\":\"system\",\"credential\":false,"
        "\"error\":{\"class\":\"auth\",\"message\":\"HTTP status 401\",\"cause\":\"build\"}}");
    assert_true(cm_json_sha256(expected, sha256));
    json_object_set_new(expected, "document_sha256", json_string(sha256));
    assert_true(json_equal(cm_evidence_document(evidence, "log"), expected));
    /* where there is a reason why not, there is no content */
    assert_null(json_object_get(cm_evidence_document(evidence, "build"), "content"));
}

static void
check_not_added(json_t *evidence, const char *name, const json_t *content, enum cm_class class)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *before = json_deep_copy(evidence);
    assert_false(cm_evidence_add(evidence, name, &plain, content, NULL, NULL, &err));
    assert_int_equal(err.class, class);
    assert_true(json_equal(evidence, before));
}

static void
test_not_added(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done) json_t *evidence = cm_evidence_new();
    add(evidence, "build", &plain, NULL);
    check_not_added(evidence, "build", NULL, CM_E_INTERNAL);
    check_not_added(evidence, "", NULL, CM_E_INTERNAL);
    check_not_added(evidence, "Build", NULL, CM_E_INTERNAL);
    check_not_added(evidence, "a.b", NULL, CM_E_INTERNAL);
    check_not_added(evidence, "12345678901234567890123456789012345678901234567890123456789012345",
                    NULL, CM_E_INTERNAL);
    CM_CLEANUP(cm_json_done) json_t *large = json_integer(INT64_C(1) << 60);
    check_not_added(evidence, "large", large, CM_E_LIMIT);
}

/* What was added can be written, and read again, with the evidence around it. */
static void
test_depth(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    json_t *content = json_integer(1);
    CM_CLEANUP(cm_json_done) json_t *evidence = cm_evidence_new();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    for (int i = 0; i < CM_EVIDENCE_DEPTH; i++)
        content = i % 2 ? json_pack("[o]", content) : json_pack("{s:o}", "a", content);
    assert_true(cm_evidence_add(evidence, "deep", &plain, content, NULL, NULL, &err));
    assert_true(cm_json_canonical(evidence, &text));
    content = json_pack("[o]", content);
    check_not_added(evidence, "deeper", content, CM_E_LIMIT);
    json_decref(content);
}

/* ---- the frame ---- */

static const char frame[] =
    "{ \"format\": \"countermark-evidence/1\","
    "  \"engine\": { \"version\": \"1\", \"sha256\": \"" DIGEST "\" },"
    "  \"modules\": [ { \"name\": \"outside\", \"sha256\": \"" DIGEST "\" } ],"
    "  \"plugins\": [ { \"id\": \"demo\", \"version\": \"1\", \"sdk\": \"1.0\","
    "    \"sha256\": \"" DIGEST "\" } ],"
    "  \"request\": { \"organization\": \"o\", \"project\": \"p\", \"policy\": \"r\","
    "    \"system\": \"s\", \"submitter\": \"local:a\", \"names\": { \"build\": \"1\" } },"
    "  \"effective\": { \"policy\": {} },"
    "  \"collected\": { \"from\": \"2026-11-22T18:00:00Z\", \"to\": \"2026-11-22T18:00:01Z\" },"
    "  \"decided_at\": \"2026-11-22T18:00:01.5Z\", \"documents\": {}, \"answers\": {} }";

static json_t *
make_frame(void)
{
    char sha256[65];
    json_t *evidence = parse(frame);
    assert_true(cm_json_sha256(json_object_get(evidence, "effective"), sha256));
    json_object_set_new(evidence, "effective_sha256", json_string(sha256));
    add(evidence, "build", &plain, "{\"a\":1}");
    add(evidence, "file", &(struct cm_document){.of = CM_OF_SUBMITTER, .size = 3, .sha256 = DIGEST},
        NULL);
    add(evidence, "list", &(struct cm_document){.of = CM_OF_OPERATOR, .size = 3, .sha256 = DIGEST},
        "\"YWJj\"");
    struct cm_err err = CM_ERR_INIT;
    struct cm_err why = {.class = CM_E_LIMIT, .text = "large"};
    assert_true(cm_evidence_add(evidence, "log", &plain, NULL, &why, "build", &err));
    return evidence;
}

static const struct {
    const char *path, *member, *json; /* NULL: taken away */
    const char *says;
} wrongs[] = {
    {"", "format", "\"countermark-evidence/2\"", "format: not countermark-evidence/1"},
    {"", "format", NULL, "format: missing"},
    {"", "engine", NULL, "engine: missing"},
    {"", "engine", "[]", "engine: not an object"},
    {"", "more", "1", "more: not a member that evidence has"},
    {"engine", "version", "1", "engine.version: not a text"},
    {"engine", "sha256", "\"0123\"", "engine.sha256: not 64"},
    {"engine", "more", "1", "engine.more: not a member"},
    {"", "modules", "{}", "modules: not an array"},
    {"modules.0", "name", NULL, "modules.0.name: missing"},
    {"plugins.0", "sdk", "65536", "plugins.0.sdk: not a text"},
    {"plugins.0", "sha256", "\"G123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
     "plugins.0.sha256: not 64"},
    {"request", "submitter", "null", "request.submitter: not a text"},
    {"request", "names", "[]", "request.names: not an object"},
    {"request.names", "build", "[]", "request.names.build: neither a text"},
    {"", "effective", "null", "effective: not an object"},
    {"effective", "policy", "{\"a\":1}", "effective: not the digest that was recorded"},
    {"", "effective_sha256", "\"" DIGEST "\"", "effective: not the digest that was recorded"},
    {"collected", "to", "\"later\"", "collected.to: not a time"},
    {"collected", "stopped", "true", "collected.stopped: not a text"},
    {"", "decided_at", "1795370000", "decided_at: not a time"},
    {"", "documents", "[]", "documents: not an object"},
    {"documents", "Build", "{}", "documents.Build: not a document's name"},
    {"documents", "a.b", "{}", "documents.a.b: not a document's name"},
    {"documents", "build", "null", "documents.build: not an object"},
    {"documents.build", "of", "\"me\"", "documents.build.of: none of"},
    {"documents.build", "credential", NULL, "documents.build.credential: missing"},
    {"documents.build", "proxy", "false", "documents.build.proxy: can only be true"},
    {"documents.build", "artifact", "1", "documents.build.artifact: can only be true"},
    {"documents.build", "status", "-1", "documents.build.status: not a number"},
    {"documents.build", "size", "1.5", "documents.build.size: not a number"},
    {"documents.build", "at", "\"\"", "documents.build.at: not a time"},
    {"documents.build", "date", "\"Sun, 06 Nov 1994\"", "documents.build.date: not a time"},
    {"documents.build", "more", "1", "documents.build.more: not a member"},
    {"documents.build", "content", NULL, "documents.build: not the digest"},
    {"documents.build", "document_sha256", NULL, "documents.build.document_sha256: missing"},
    {"documents.build", "of", "\"repository\"", "documents.build: not the digest"},
    {"documents.build", "credential", "true", "documents.build: not the digest"},
    {"documents.build", "artifact", "true", "documents.build: not the digest"},
    {"documents.build.content", "a", "2", "documents.build: not the digest"},
    {"documents.build.content", "b", "null", "documents.build: not the digest"},
    {"documents.build", "error", "{\"class\":\"auth\",\"message\":\"\"}",
     "documents.build: there is content and an error"},
    {"documents.file", "size", "4", "documents.file: not the digest"},
    {"documents.file", "sha256", NULL, "documents.file: not the digest"},
    {"documents.log.error", "message", "\"small\"", "documents.log: not the digest"},
    {"documents.file", "hmac", "\"" DIGEST "\"", "documents.file: sha256 and hmac"},
    {"documents.log.error", "class", "\"ok\"", "documents.log.error.class: not a class"},
    {"documents.log.error", "class", "\"bad\"", "documents.log.error.class: not a class"},
    {"documents.log.error", "message", NULL, "documents.log.error.message: missing"},
    {"documents.log.error", "cause", "\"\"", "documents.log.error.cause: not a document's name"},
    {"", "answers", "[]", "answers: not an object"},
};

static void
test_wrongs(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(wrongs); i++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_json_done) json_t *evidence = make_frame();
        json_t *object = cm_json_path(evidence, wrongs[i].path);
        assert_true(json_is_object(object));
        if (wrongs[i].json)
            json_object_set_new(object, wrongs[i].member, parse(wrongs[i].json));
        else
            json_object_del(object, wrongs[i].member);
        if (cm_evidence_check(evidence, &err) || !strstr(err.text, wrongs[i].says))
            fail_msg("%s.%s: %s", wrongs[i].path, wrongs[i].member, err.text);
        assert_int_equal(err.class, CM_E_MALFORMED);
    }
}

static void
test_right(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *evidence = make_frame();
    if (!cm_evidence_check(evidence, &err))
        fail_msg("%s", err.text);
    json_object_del(evidence, "answers");
    assert_true(cm_evidence_check(evidence, &err));
    assert_false(cm_evidence_check(NULL, &err));
    CM_CLEANUP(cm_json_done) json_t *other = json_string("evidence");
    assert_false(cm_evidence_check(other, &err));
}

/* A byte of any content or of the policy, changed: noticed. */
static void
test_changed_bytes(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *evidence = make_frame();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    add(evidence, "settings", &plain, "{\"scripts\":[\"make\"],\"cache\":true}");
    assert_true(cm_json_canonical(evidence, &text));
    const char *content = strstr(text.at, "{\"cache\":true");
    assert_non_null(content);
    size_t begin = (size_t)(content - text.at);
    size_t end = begin + strlen("{\"cache\":true,\"scripts\":[\"make\"]}");
    for (size_t i = begin; i < end; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            json_t *changed = NULL;
            text.at[i] = (char)((unsigned char)text.at[i] ^ (1u << bit));
            if (cm_json_parse(text.at, text.size, "changed", &changed, &err)) {
                if (cm_evidence_check(changed, &err))
                    fail_msg("byte %zu, bit %u: not noticed", i, bit);
                json_decref(changed);
            }
            text.at[i] = (char)((unsigned char)text.at[i] ^ (1u << bit));
        }
}

/* ---- the artifact ---- */

#define OTHER "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define FILE_OF(name, sha256) "\"" name "\":{\"artifact\":true,\"sha256\":\"" sha256 "\"}"
#define MEANT(sha256)         "\"submitted\":{\"content\":{\"sha256\":\"" sha256 "\"}}"

/* Which digest is the artifact's: the one that was submitted, if a document of it stands there;
 * without one the only document of an artifact. */
static void
test_artifact(void **state)
{
    (void)state;
    static const struct {
        const char *documents, *artifact;
    } cases[] = {
        {"", NULL},
        {FILE_OF("file", DIGEST), DIGEST},
        {FILE_OF("file", DIGEST) "," FILE_OF("other", OTHER), NULL},
        {FILE_OF("file", DIGEST) "," FILE_OF("other", OTHER) "," MEANT(OTHER), OTHER},
        {FILE_OF("file", DIGEST) "," FILE_OF("again", DIGEST) "," MEANT(DIGEST), DIGEST},
        {FILE_OF("file", DIGEST) "," MEANT(OTHER), NULL},
        {MEANT(OTHER), NULL},
        {"\"file\":{\"artifact\":true}", NULL},
        {"\"file\":{\"artifact\":false,\"sha256\":\"" DIGEST "\"}", NULL},
        {"\"file\":{\"artifact\":true,\"error\":{},\"sha256\":\"" DIGEST "\"}", NULL},
        {"\"file\":{\"artifact\":true,\"sha256\":1}," FILE_OF("other", OTHER), OTHER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024];
        assert_in_range(snprintf(text, sizeof text, "{\"documents\":{%s}}", cases[i].documents), 1,
                        sizeof text - 1);
        CM_CLEANUP(cm_json_done) json_t *evidence = parse(text);
        const char *artifact = cm_evidence_artifact(evidence);
        if (!artifact != !cases[i].artifact ||
            (artifact && strcmp(artifact, cases[i].artifact) != 0))
            fail_msg("%s: %s", text, artifact ? artifact : "(none)");
    }
    assert_null(cm_evidence_artifact(NULL));
}

/* Where nobody asks for an origin, and nothing was handed out, it is the submitted file. */
static void
test_artifact_without_origin(void **state)
{
    (void)state;
    static const struct {
        const char *origin, *documents, *artifact;
    } cases[] = {
        {"none", MEANT(OTHER), OTHER},
        {"none", "", NULL},
        {"required", MEANT(OTHER), NULL},
        {"", MEANT(OTHER), NULL},
        {"none", FILE_OF("file", DIGEST) "," MEANT(OTHER), NULL},
        {"none", FILE_OF("file", DIGEST) "," MEANT(DIGEST), DIGEST},
        {"none", "\"file\":{\"artifact\":true,\"error\":{}}," MEANT(OTHER), NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024];
        assert_in_range(snprintf(text, sizeof text,
                                 "{\"effective\":{\"policy\":{\"origin\":\"%s\"}},"
                                 "\"documents\":{%s}}",
                                 cases[i].origin, cases[i].documents),
                        1, sizeof text - 1);
        CM_CLEANUP(cm_json_done) json_t *evidence = parse(text);
        const char *artifact = cm_evidence_artifact(evidence);
        if (!artifact != !cases[i].artifact ||
            (artifact && strcmp(artifact, cases[i].artifact) != 0))
            fail_msg("%s: %s", text, artifact ? artifact : "(none)");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),       cmocka_unit_test(test_add_reads_back),
        cmocka_unit_test(test_add_error), cmocka_unit_test(test_not_added),
        cmocka_unit_test(test_depth),     cmocka_unit_test(test_right),
        cmocka_unit_test(test_wrongs),    cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_artifact),  cmocka_unit_test(test_artifact_without_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
