/* SPDX-License-Identifier: Apache-2.0
 *
 * What was signed has to be what the engine kept; and the certificates that came with it are few.
 * The engine sees to both before, and is believed in neither.
 */
#include "base/json.h"
#include "maker.h"
#include "scene.h"
#include "x509/jws.h"

#include <countermark/plugin.h>
#include <string.h>

extern const struct cmk_plugin cmk_plugin_buildnode;

#define OPTIONS                                                                                    \
    "{\"anchors\":[\"/a.pem\"],\"revocation\":\"none\",\"strength\":112,\"strict\":true}"
#define CHALLENGE "{\"format\":\"countermark-node-challenge/1\"}"

/* A node and what it signs. */
struct node {
    EVP_PKEY *key;
    X509 *leaf;
    struct cm_buf leaf_text, jws;
};

static void
node_begin(struct node *n, const char *payload)
{
    struct cm_err err = CM_ERR_INIT;
    *n = (struct node){
        .key = make_key("P-256"), .leaf_text = CM_BUF_INIT(1 << 16), .jws = CM_BUF_INIT(1 << 16)};
    n->leaf = make_certificate(
        &(struct making){.subject = "CN=build-7", .key = n->key, .extensions = LEAF_EXTENSIONS});
    put_base64(&n->leaf_text, n->leaf);
    const char *const x5c[] = {cm_buf_text(&n->leaf_text)};
    if (!cm_jws_sign(&n->jws, n->key, NULL, x5c, 1, payload, strlen(payload), &err))
        fail_msg("%s", err.text);
}

static void
node_done(struct node *n)
{
    EVP_PKEY_free(n->key);
    X509_free(n->leaf);
    cm_buf_done(&n->leaf_text);
    cm_buf_done(&n->jws);
}

/* With so many copies of the node's certificate. */
static enum cm_word
ask(const char *check, const struct node *n, const char *kind, int copies)
{
    CM_CLEANUP(scene_done) struct scene s;
    json_t *chain = json_array();
    scene_begin(&s, &cmk_plugin_buildnode, OPTIONS);
    for (int i = 0; i < copies; i++)
        assert_int_equal(json_array_append_new(chain, json_string(cm_buf_text(&n->leaf_text))), 0);
    json_t *peer = json_pack("{s:s, s:o, s:s, s:s}", "proof", kind, "chain", chain, "jws",
                             cm_buf_text(&n->jws), "challenge", CHALLENGE);
    char *text = json_dumps(peer, 0);
    scene_document(&s, "peer", text, CM_OK);
    free(text);
    json_decref(peer);
    scene_open_inside(&s);
    return scene_ask(&s, check).word;
}

static void
the_challenge_is_what_was_signed(void **state)
{
    struct node n;
    (void)state;
    node_begin(&n, CHALLENGE);
    assert_int_equal(ask("buildnode.proof", &n, "signed-challenge", 1), CM_PASS);
    assert_int_equal(ask("buildnode.proof", &n, "something-signed", 1), CM_UNKNOWN);
    node_done(&n);
    node_begin(&n, "{\"format\":\"countermark-node-challenge/1\" }");
    assert_int_equal(ask("buildnode.proof", &n, "signed-challenge", 1), CM_FAIL);
    node_done(&n);
    node_begin(&n, "");
    assert_int_equal(ask("buildnode.proof", &n, "signed-challenge", 1), CM_FAIL);
    node_done(&n);
}

static void
certificates_are_some_and_few(void **state)
{
    struct node n;
    (void)state;
    node_begin(&n, CHALLENGE);
    assert_int_equal(ask("buildnode.subject", &n, "tls", 0), CM_UNKNOWN);
    assert_int_equal(ask("buildnode.subject", &n, "tls", 1), CM_PASS);
    assert_int_equal(ask("buildnode.subject", &n, "tls", 16), CM_PASS);
    assert_int_equal(ask("buildnode.subject", &n, "tls", 17), CM_UNKNOWN);
    assert_int_equal(ask("buildnode.proof", &n, "signed-challenge", 0), CM_UNKNOWN);
    node_done(&n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_challenge_is_what_was_signed),
        cmocka_unit_test(certificates_are_some_and_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
