/* SPDX-License-Identifier: Apache-2.0
 *
 * What the attack suite cannot play, because the engine refuses it before: kinds of proofs that
 * another way of delivery brings, and challenges of wrong times. Here the engine is believed in
 * nothing.
 */
#include "scene.h"

#include <countermark/plugin.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

extern const struct cmk_plugin cmk_plugin_buildnode;

#define FILE_SHA  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define OTHER_SHA "0000000000000000000000000000000000000000000000000000000000000000"
#define OPTIONS                                                                                    \
    "{\"anchors\":[\"/a.pem\"],\"revocation\":\"none\",\"strength\":112,\"strict\":true}"

/* What the engine says of who delivered the file; NULL: the honest one. SCENE_NOW is
 * 2026-01-02T00:00:00Z. */
struct said {
    const char *proof, *used, *issued, *expires, *format, *verifier, *policy, *artifact, *submitted;
};

static const char *
either(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

static struct cm_answer
ask(const char *check, struct said said)
{
    char peer[4096], file[256];
    CM_CLEANUP(scene_done) struct scene s;
    static char reason[256];
    scene_begin(&s, &cmk_plugin_buildnode, OPTIONS);
    snprintf(peer, sizeof peer,
             "{\"proof\":\"%s\",\"chain\":[\"AAAA\"],\"jws\":\"a.b.c\",\"consumed_at\":\"%s\","
             "\"verifier\":\"urn:v\",\"for\":{\"organization\":\"acme\",\"project\":\"widget\","
             "\"policy\":\"nightly\",\"system\":\"nodes\",\"artifact_sha256\":\"%s\"},"
             "\"challenge\":\"{\\\"format\\\":\\\"%s\\\",\\\"verifier\\\":\\\"%s\\\","
             "\\\"organization\\\":\\\"acme\\\",\\\"project\\\":\\\"widget\\\",\\\"policy\\\":"
             "\\\"%s\\\",\\\"system\\\":\\\"nodes\\\",\\\"artifact_sha256\\\":\\\"%s\\\","
             "\\\"issued\\\":\\\"%s\\\",\\\"expires\\\":\\\"%s\\\"}\"}",
             either(said.proof, "signed-challenge"), either(said.used, "2026-01-01T23:59:30Z"),
             either(said.artifact, FILE_SHA), either(said.format, "countermark-node-challenge/1"),
             either(said.verifier, "urn:v"), either(said.policy, "nightly"),
             either(said.artifact, FILE_SHA), either(said.issued, "2026-01-01T23:59:00Z"),
             either(said.expires, "2026-01-02T00:09:00Z"));
    snprintf(file, sizeof file, "{\"name\":\"w.zip\",\"size\":4,\"sha256\":\"%s\"}",
             either(said.submitted, FILE_SHA));
    scene_document(&s, "peer", peer, CM_OK);
    scene_document(&s, "submitted", file, CM_OK);
    scene_open_inside(&s);
    struct cm_answer answer = scene_ask(&s, check);
    snprintf(reason, sizeof reason, "%s", answer.observed != NULL ? answer.observed : "");
    answer.observed = reason;
    return answer;
}

#define assert_says(check, expected, ...)                                                          \
    do {                                                                                           \
        struct cm_answer a = ask("buildnode." check, (struct said){__VA_ARGS__});                  \
        if (a.word != (expected))                                                                  \
            fail_msg("line %d: %d: %s", __LINE__, (int)a.word, a.observed);                        \
    } while (0)

static void
a_proof_is_of_a_known_kind(void **state)
{
    (void)state;
    assert_says("proof", CM_PASS, .proof = "tls");
    assert_says("proof", CM_UNKNOWN, .proof = "word");
    assert_says("proof", CM_UNKNOWN, .proof = "");
    assert_says("proof-for-this", CM_UNKNOWN, .proof = "word");
    assert_says("proof-fresh", CM_UNKNOWN, .proof = "word");
}

static void
a_proof_is_for_this_request(void **state)
{
    (void)state;
    assert_says("proof-for-this", CM_PASS, .proof = NULL);
    assert_says("proof-for-this", CM_PASS, .proof = "tls");
    assert_says("proof-for-this", CM_FAIL, .policy = "other");
    assert_says("proof-for-this", CM_FAIL, .verifier = "urn:other");
    assert_says("proof-for-this", CM_FAIL, .artifact = OTHER_SHA);
    assert_says("proof-for-this", CM_FAIL, .submitted = OTHER_SHA);
    assert_says("proof-for-this", CM_FAIL, .proof = "tls", .submitted = OTHER_SHA);
    assert_says("proof-for-this", CM_UNKNOWN, .format = "countermark-node-challenge/2");
}

static void
a_proof_is_of_this_moment(void **state)
{
    (void)state;
    assert_says("proof-fresh", CM_PASS, .proof = NULL);
    assert_says("proof-fresh", CM_PASS, .proof = "tls");
    assert_says("proof-fresh", CM_PASS, .used = "2026-01-01T23:59:00Z");
    assert_says("proof-fresh", CM_PASS, .used = "2026-01-02T00:00:00Z");
    assert_says("proof-fresh", CM_FAIL, .used = "2026-01-02T00:00:01Z");
    assert_says("proof-fresh", CM_FAIL, .used = "2026-01-01T23:49:59Z");
    assert_says("proof-fresh", CM_FAIL, .proof = "tls", .used = "2026-01-01T23:49:59Z");
    assert_says("proof-fresh", CM_FAIL, .used = "2026-01-01T23:57:59Z");
    assert_says("proof-fresh", CM_FAIL, .issued = "2026-01-01T23:50:00Z",
                .expires = "2026-01-01T23:59:29Z");
    assert_says("proof-fresh", CM_FAIL, .expires = "2026-01-02T00:09:01Z");
    assert_says("proof-fresh", CM_FAIL, .expires = "2026-01-01T23:58:00Z");
    assert_says("proof-fresh", CM_UNKNOWN, .used = "today");
    assert_says("proof-fresh", CM_UNKNOWN, .issued = "today");
    assert_says("proof-fresh", CM_UNKNOWN, .expires = "never");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proof_is_of_a_known_kind),
        cmocka_unit_test(a_proof_is_for_this_request),
        cmocka_unit_test(a_proof_is_of_this_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
