/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/seal.h"

#include "../shell.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/countermark-seal-XXXXXX";
static struct cm_key *ours, *other;
static struct cm_buf sealed = CM_BUF_INIT(1 << 20);

static struct cm_key *
key_in(const char *name)
{
    char path[256];
    struct cm_err err = CM_ERR_INIT;
    struct cm_key *key = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!cm_key_of_state(path, &key, &err))
        fail_msg("%s", err.text);
    return key;
}

static json_t *
some_evidence(void)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *evidence = cm_evidence_new();
    CM_CLEANUP(cm_json_done) json_t *content = json_pack("{s:s}", "a", "x");
    assert_true(cm_evidence_add(evidence, "build",
                                &(struct cm_document){.of = CM_OF_SYSTEM, .size = -1}, content,
                                NULL, NULL, &err));
    return evidence;
}

static int
set_up(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    assert_non_null(mkdtemp(folder));
    ours = key_in("ours");
    other = key_in("other");
    CM_CLEANUP(cm_json_done) json_t *evidence = some_evidence();
    return cm_seal(evidence, ours, &sealed, &err) ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    ours = cm_key_free(ours);
    other = cm_key_free(other);
    cm_buf_done(&sealed);
    return shell_remove(folder);
}

static void
check(const void *at, size_t size, struct cm_key *const *keys, size_t count,
      enum cm_seal_state expected)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_opened opened = {.evidence = NULL};
    if (!cm_seal_open(at, size, keys, count, &opened, &err))
        fail_msg("%s", err.text);
    CM_CLEANUP(cm_json_done) json_t *evidence = opened.evidence;
    CM_CLEANUP(cm_json_done) json_t *same = some_evidence();
    assert_int_equal(opened.seal, expected);
    assert_true(json_equal(evidence, same));
}

static void
test_states(void **state)
{
    (void)state;
    char id[72];
    struct cm_err err = CM_ERR_INIT;
    struct cm_opened opened = {.evidence = NULL};
    struct cm_key *const both[] = {other, ours};
    check(sealed.at, sealed.size, both, 2, CM_SEALED);
    check(sealed.at, sealed.size, &ours, 1, CM_SEALED);
    check(sealed.at, sealed.size, &other, 1, CM_SEAL_UNKNOWN);
    check(sealed.at, sealed.size, NULL, 0, CM_SEAL_UNKNOWN);

    assert_true(cm_key_id(ours, id));
    assert_true(cm_starts_with(id, "sha256:") && strlen(id) == 71);
    assert_true(cm_seal_open(sealed.at, sealed.size, both, 2, &opened, &err));
    assert_string_equal(opened.key_id, id);
    json_decref(opened.evidence);
    assert_int_equal(sealed.at[sealed.size - 1], '\n');
    assert_ptr_equal(strchr(sealed.at, '\n'), sealed.at + sealed.size - 1); /* one line */
}

static void
test_bare(void **state)
{
    (void)state;
    CM_CLEANUP(cm_json_done) json_t *evidence = some_evidence();
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    assert_true(cm_json_pretty(evidence, &text));
    check(text.at, text.size, &ours, 1, CM_UNSEALED);
}

/* Verified without our own verifying: by the words of the DSSE specification. */
static void
test_encoding(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    json_t *file = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf payload = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf signature = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf encoding = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(1 << 20);
    assert_true(cm_json_parse(sealed.at, sealed.size, "sealed", &file, &err));
    const char *text = cm_json_text(file, "payload");
    const char *base64 = json_string_value(cm_json_path(file, "signatures.0.sig"));
    assert_true(cm_unbase64(text, strlen(text), &payload));
    assert_true(cm_unbase64(base64, strlen(base64), &signature));
    assert_int_equal(strlen("application/vnd.countermark.evidence+json"), 41);
    cm_buf_printf(&encoding, "DSSEv1 41 application/vnd.countermark.evidence+json %zu %s",
                  payload.size, payload.at);

    assert_true(cm_key_public_pem(ours, &pem));
    char path[256];
    char command[1024];
    (void)snprintf(path, sizeof path, "%s/public.pem", folder);
    FILE *out = fopen(path, "w");
    assert_true(out && fputs(pem.at, out) >= 0 && fclose(out) == 0);
    (void)snprintf(path, sizeof path, "%s/pae", folder);
    out = fopen(path, "w");
    assert_true(out && fwrite(encoding.at, 1, encoding.size, out) == encoding.size &&
                fclose(out) == 0);
    (void)snprintf(path, sizeof path, "%s/sig", folder);
    out = fopen(path, "w");
    assert_true(out && fwrite(signature.at, 1, signature.size, out) == 64 && fclose(out) == 0);
    (void)snprintf(command, sizeof command,
                   "cd '%s' && openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in pae "
                   "-sigfile sig >verified 2>&1",
                   folder);
    assert_int_equal(shell(command), 0);
    json_decref(file);
}

/* Any byte of the file: never `sealed` again. */
static void
test_changed_bytes(void **state)
{
    (void)state;
    struct cm_key *const both[] = {other, ours};
    for (size_t i = 0; i + 1 < sealed.size; i++) { /* the line feed is white space */
        struct cm_err err = CM_ERR_INIT;
        struct cm_opened opened = {.evidence = NULL};
        sealed.at[i] = (char)((unsigned char)sealed.at[i] ^ 1);
        if (cm_seal_open(sealed.at, sealed.size, both, 2, &opened, &err)) {
            if (opened.seal == CM_SEALED)
                fail_msg("byte %zu: not noticed", i);
            json_decref(opened.evidence);
        }
        sealed.at[i] = (char)((unsigned char)sealed.at[i] ^ 1);
    }
}

/* ---- envelopes that are not as they should be ---- */

static json_t *
envelope(void)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *file = NULL;
    assert_true(cm_json_parse(sealed.at, sealed.size, "sealed", &file, &err));
    return file;
}

static void
check_envelope(json_t *owned, enum cm_seal_state expected)
{
    CM_CLEANUP(cm_json_done) json_t *file = owned;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    assert_true(cm_json_pretty(file, &text));
    check(text.at, text.size, &ours, 1, expected);
}

static void
test_signatures(void **state)
{
    (void)state;
    char id[72];
    check_envelope(envelope(), CM_SEALED); /* in another form of JSON */

    json_t *file = envelope();
    json_array_append(json_object_get(file, "signatures"), cm_json_path(file, "signatures.0"));
    check_envelope(file, CM_SEAL_BROKEN); /* two of them */

    file = envelope();
    json_array_clear(json_object_get(file, "signatures"));
    check_envelope(file, CM_SEAL_BROKEN);

    file = envelope();
    json_object_set_new(cm_json_path(file, "signatures.0"), "more", json_true());
    check_envelope(file, CM_SEAL_BROKEN);

    file = envelope();
    json_object_del(cm_json_path(file, "signatures.0"), "keyid");
    check_envelope(file, CM_SEAL_BROKEN);

    file = envelope();
    json_object_set_new(cm_json_path(file, "signatures.0"), "sig", json_string("AAAA"));
    check_envelope(file, CM_SEAL_BROKEN);

    file = envelope(); /* of ours by its id, but not made by it */
    assert_true(cm_key_id(ours, id));
    json_object_set_new(
        cm_json_path(file, "signatures.0"), "sig",
        json_string("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                    "AAAAAAAAAAAAAAAAAAAAAA=="));
    check_envelope(file, CM_SEAL_BROKEN);

    file = envelope(); /* made by ours, but under the id of another */
    assert_true(cm_key_id(other, id));
    json_object_set_new(cm_json_path(file, "signatures.0"), "keyid", json_string(id));
    check_envelope(file, CM_SEAL_BROKEN);
}

static void
check_malformed(const char *text, const char *says)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_opened opened = {.evidence = NULL};
    bool done = cm_seal_open(text, strlen(text), &ours, 1, &opened, &err);
    if (done || err.class != CM_E_MALFORMED || !strstr(err.text, says))
        fail_msg("%s: %s", text, err.text);
}

#define SIGNED                                                                                     \
    "\"signatures\":[{\"keyid\":\"\",\"sig\":"                                                     \
    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"                                   \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"}],"
#define TYPE "\"payloadType\":\"application/vnd.countermark.evidence+json\""

static void
test_malformed(void **state)
{
    (void)state;
    check_malformed("", "");
    check_malformed("{", "");
    check_malformed("[]", "neither evidence nor an envelope");
    check_malformed("\"x\"", "neither evidence nor an envelope");
    check_malformed("{}", "neither evidence nor an envelope");
    check_malformed("{\"format\":\"countermark-evidence/2\"}", "not evidence of a format");
    check_malformed("{\"format\":1}", "not evidence of a format");
    check_malformed("{\"payload\":\"e30=\",\"signatures\":[]," TYPE ",\"more\":1}", "neither");
    check_malformed("{\"payload\":\"e30=\",\"signatures\":{}," TYPE "}", "neither");
    check_malformed("{\"payload\":\"e30=\",\"signatures\":[],\"payloadType\":\"text/plain\"}",
                    "not of evidence (text/plain)");
    check_malformed("{\"payload\":\"\",\"signatures\":[]," TYPE "}", "no payload");
    check_malformed("{\"payload\":1,\"signatures\":[]," TYPE "}", "no payload");
    check_malformed("{\"payload\":\"e30=e\",\"signatures\":[]," TYPE "}", "not base64");
    check_malformed("{\"payload\":\"====\",\"signatures\":[]," TYPE "}", "not base64");
    check_malformed("{\"payload\":\"-_-_\",\"signatures\":[]," TYPE "}", "not base64");
    /* by a key that nobody has given */
    check_malformed("{\"payload\":\"e30=\"," SIGNED TYPE "}", "not evidence of a format");
    check_malformed("{\"payload\":\"e30K\"," SIGNED TYPE "}", "not evidence of a format");
    check_malformed("{\"payload\":\"AAAA\"," SIGNED TYPE "}", "the evidence");
}

/* A broken seal is what there is to say, also of a payload that cannot be read for it. */
static void
test_broken_and_unreadable(void **state)
{
    (void)state;
    const char *const payloads[] = {"e30=", "AAAA"};
    for (size_t i = 0; i < CM_COUNT(payloads); i++) {
        char text[256];
        struct cm_err err = CM_ERR_INIT;
        struct cm_opened opened = {.seal = CM_SEALED};
        (void)snprintf(text, sizeof text, "{\"payload\":\"%s\",\"signatures\":[]," TYPE "}",
                       payloads[i]);
        assert_true(cm_seal_open(text, strlen(text), &ours, 1, &opened, &err));
        assert_int_equal(opened.seal, CM_SEAL_BROKEN);
        assert_null(opened.evidence);
    }
}

static void
test_too_large(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    struct cm_opened opened = {.evidence = NULL};
    assert_false(cm_seal_open("", (size_t)CM_EVIDENCE_MOST + 1, NULL, 0, &opened, &err));
    assert_int_equal(err.class, CM_E_LIMIT);

    CM_CLEANUP(cm_json_done) json_t *evidence = some_evidence();
    CM_CLEANUP(cm_buf_done) struct cm_buf small = CM_BUF_INIT(100);
    assert_false(cm_seal(evidence, ours, &small, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_changed_bytes),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_broken_and_unreadable),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
