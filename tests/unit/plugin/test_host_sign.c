/* SPDX-License-Identifier: Apache-2.0
 *
 * What a signer is handed, what it may ask for, and that its word alone delivers nothing.
 */
#include "signing.h"

/* ---- honest signers ---- */

static int32_t
embed(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    assert_int_equal(keys->size, sizeof *keys);
    assert_string_equal(w->name, "p.zip");
    assert_string_equal(cmk_text(c, w->origin, "commit"), "abc");
    assert_null(w->attachments);
    return w->archives->add(c, w->archive, ENTRY, keys->cms(c, &of_text), CMK_ADD_STORED);
}

static int32_t
put_beside(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    return keys->beside(c, ".p7s", keys->cms(c, &of_file));
}

static int32_t
check_embedded(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    int64_t entry = w->archives->find(c, w->archive, ENTRY);
    assert_null(signature->beside.at);
    struct cmk_bytes cms = w->archives->read(c, w->archive, (uint64_t)entry, 1 << 16);
    w->archives->remove(c, w->archive, (uint64_t)entry);
    return signature->verify(c, &of_text, cms);
}

static int32_t
check_beside(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    (void)w;
    return signature->verify(c, &of_file, signature->beside);
}

/* Taken out of what was written, it is of what was there before. */
static void
a_signature_in_the_artifact(void **state)
{
    struct cm_cms_facts facts;
    struct cm_written written;
    const struct cm_edits_digests none = {.of_input = false};
    CM_CLEANUP(cm_fd_done) int file = memfd_create("signed", MFD_CLOEXEC);
    CM_CLEANUP(cm_archive_done) struct cm_archive *archive = NULL;
    SIGNING(s);
    (void)state;
    if (!signs_by(&s, embed, ask))
        fail_msg("%s", s.err.text);
    assert_int_equal(s.asked, 1);
    assert_non_null(s.made.edits);
    assert_string_equal(s.made.extension, "");
    assert_true(cm_edits_write(s.made.edits, file, &none, &written, &s.err));
    assert_true(cm_archive_open(file, "p.zip", NULL, &archive, &s.err));
    if (!checks(&s, file, archive, check_embedded, &facts))
        fail_msg("%s", s.err.text);
    assert_string_equal(facts.key_id, cm_attest_key_id(s.owner.key));
}

static void
a_signature_beside(void **state)
{
    struct cm_cms_facts facts;
    SIGNING(s);
    (void)state;
    if (!signs_by(&s, put_beside, ask))
        fail_msg("%s", s.err.text);
    assert_null(s.made.edits);
    assert_string_equal(s.made.extension, ".p7s");
    if (!checks(&s, s.p.fd, s.p.archive, check_beside, &facts))
        fail_msg("%s", s.err.text);
    if (!checks(&s, s.p.fd, NULL, check_beside, &facts))
        fail_msg("%s", s.err.text);
}

/* ---- what a signer may not ask for ---- */

static struct cmk_cms_request wrong_request;

static int32_t
ask_wrongly(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    assert_null(keys->cms(c, &wrong_request).at);
    return c->base->status(c);
}

static int32_t
ask_for_nothing(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    assert_null(keys->cms(c, NULL).at);
    return c->base->status(c);
}

static void
requests(void **state)
{
    static const struct cmk_cms_attribute ours[] = {{"1.2.840.113549.1.9.4", BYTES("\x30\x00")}};
    static const struct cmk_cms_attribute nameless[] = {{NULL, BYTES("\x30\x00")}};
    static const struct cmk_cms_attribute empty[] = {{"1.2.3", {NULL, 0}}};
    static const char large[CM_FORM_CONTENT_MOST + 2] = "{sha256:base64}";
    struct cmk_cms_attribute many[CM_FORM_ATTRIBUTES_MOST + 1];
    SIGNING(s);
    (void)state;
    for (size_t i = 0; i < CM_COUNT(many); i++)
        many[i] = purpose[0];
    const struct {
        struct cmk_cms_request request;
        enum cm_class class;
        const char *words;
    } rows[] = {
        {{.content_type = "1.2.3", .content = of_file.content}, CM_E_INTERNAL, "is no text"},
        {{.content_type = "1.2"}, CM_E_INTERNAL, "is no text, or of no type"},
        {{.content = BYTES("{program:1.2.3}")}, CM_E_INTERNAL, "is no text"},
        {{.flags = 4, .content = of_file.content}, CM_E_UNSUPPORTED, "another kind"},
        {{.content = {NULL, 3}}, CM_E_UNSUPPORTED, "another kind"},
        {{.content = of_file.content, .attribute_count = 1}, CM_E_UNSUPPORTED, "another kind"},
        {{.content = BYTES("text")}, CM_E_INTERNAL, "no place for the digest"},
        {{.content = BYTES("{sha256:base64}\0x")}, CM_E_INTERNAL, "is no text"},
        {{.content = BYTES("{sha256:base64}\xff")}, CM_E_INTERNAL, "is no text"},
        {{.content = {large, sizeof large}}, CM_E_INTERNAL, "is no text"},
        {{.content = {NULL, 0}}, CM_E_INTERNAL, "no place for the digest"},
        {{.content = of_file.content, .attributes = ours, .attribute_count = 1},
         CM_E_INTERNAL,
         "not the operator's to say"},
        {{.content = of_file.content, .attributes = nameless, .attribute_count = 1},
         CM_E_INTERNAL,
         "is not OID=HEX"},
        {{.content = of_file.content, .attributes = empty, .attribute_count = 1},
         CM_E_INTERNAL,
         "is not OID=HEX"},
        {{.content = of_file.content, .attributes = many, .attribute_count = CM_COUNT(many)},
         CM_E_LIMIT,
         "too many attributes"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        wrong_request = rows[i].request;
        wrong_request.size = sizeof wrong_request;
        not_signed(&s, ask_wrongly, rows[i].class, rows[i].words);
    }
    not_signed(&s, ask_for_nothing, CM_E_UNSUPPORTED, "another kind");
    assert_int_equal(s.asked, 0);
}

static int32_t
sign_what_it_changed(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    w->archives->splice(c, w->archive, 0, 0, 3, BYTES("ONE"));
    assert_null(keys->cms(c, &of_file).at);
    return c->base->status(c);
}

static int32_t
sign_nowhere(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    assert_non_null(keys->cms(c, &of_file).at);
    return CMK_OK;
}

static int32_t
put_two_beside(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    assert_int_equal(keys->beside(c, ".p7s", BYTES("x")), CMK_OK);
    return keys->beside(c, ".sig", BYTES("y"));
}

static int32_t
put_much_beside(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    char *much = c->base->alloc(c, CM_CMS_MOST + 1);
    return keys->beside(c, ".p7s", (struct cmk_bytes){much, CM_CMS_MOST + 1});
}

static int32_t
put_nothing_beside(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    return keys->beside(c, ".p7s", (struct cmk_bytes){NULL, 0});
}

static const char *wrong_extension;

static int32_t
put_oddly_beside(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    (void)w;
    return keys->beside(c, wrong_extension, BYTES("x"));
}

static void
what_comes_to_nothing(void **state)
{
    static const char *const extensions[] = {NULL,   "",    ".",        "p7s",
                                             ".P7S", "./x", ".p7s.sig", ".123456789"};
    SIGNING(s);
    (void)state;
    not_signed(&s, sign_what_it_changed, CM_E_INTERNAL, "has changed what it wants to be signed");
    assert_int_equal(s.asked, 0);
    not_signed(&s, sign_nowhere, CM_E_INTERNAL, "put its signature nowhere");
    not_signed(&s, put_two_beside, CM_E_INTERNAL, "a second file");
    not_signed(&s, put_much_beside, CM_E_LIMIT, "too large");
    not_signed(&s, put_nothing_beside, CM_E_INTERNAL, "puts nothing");
    for (size_t i = 0; i < CM_COUNT(extensions); i++) {
        wrong_extension = extensions[i];
        not_signed(&s, put_oddly_beside, CM_E_INTERNAL, "without an extension");
    }
    refused(signs_by(&s, put_beside, deny), &s.err, CM_E_DENIED, "not in this form", "denied");
}

/* ---- what does not count as checked ---- */

static int32_t
pass_at_once(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    (void)c;
    (void)w;
    (void)signature;
    return CMK_PASS;
}

static int32_t
fail_in_spite(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    assert_int_equal(check_beside(c, w, signature), CMK_PASS);
    return CMK_FAIL;
}

static int32_t
pass_in_spite(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    (void)w;
    assert_int_equal(signature->verify(c, &of_text, signature->beside), CMK_FAIL);
    assert_int_equal(signature->verify(c, &of_file, (struct cmk_bytes){NULL, 0}), CMK_FAIL);
    return CMK_PASS;
}

static int32_t
answer_nothing(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    (void)check_beside(c, w, signature);
    return CMK_OK;
}

static int32_t
fail_the_call(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    (void)check_beside(c, w, signature);
    (void)cmk_fail(c, CMK_E_MALFORMED, "no");
    return CMK_PASS;
}

static int32_t
verify_what_it_changed(struct cmk_call *c, const struct cmk_work *w,
                       const struct cmk_signature *signature)
{
    w->archives->splice(c, w->archive, 0, 0, 3, BYTES("ONE"));
    return check_beside(c, w, signature);
}

static void
what_is_not_checked(void **state)
{
    static const struct {
        check_hook *hook;
        enum cm_class class;
        const char *words;
    } rows[] = {
        {pass_at_once, CM_E_INTERNAL, "does not verify"},
        {fail_in_spite, CM_E_INTERNAL, "does not verify"},
        {pass_in_spite, CM_E_INTERNAL, "does not verify"},
        {answer_nothing, CM_E_INTERNAL, "does not verify"},
        {verify_what_it_changed, CM_E_INTERNAL, "does not verify"},
        {fail_the_call, CM_E_MALFORMED, "no"},
    };
    struct cm_cms_facts facts;
    SIGNING(s);
    (void)state;
    assert_true(signs_by(&s, put_beside, ask));
    assert_true(checks(&s, s.p.fd, s.p.archive, check_beside, &facts));
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        refused(checks(&s, s.p.fd, s.p.archive, rows[i].hook, &facts), &s.err, rows[i].class,
                rows[i].words, rows[i].words);
}

static void
no_signer(void **state)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_facts facts;
    struct cm_host_signed made = CM_HOST_SIGNED_INIT;
    PLUM_PACKAGE(p);
    const struct cm_host_signing signing = {.work = {.name = "p.zip"}, .file = p.fd};
    (void)state;
    refused(cm_host_sign(p.scene.host, &signing, &made, &err), &err, CM_E_INTERNAL,
            "plum is no signer", "sign");
    refused(cm_host_check_signature(p.scene.host, &signing, &facts, &err), &err, CM_E_INTERNAL,
            "plum is no signer", "check");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_in_the_artifact),
        cmocka_unit_test(a_signature_beside),
        cmocka_unit_test(requests),
        cmocka_unit_test(what_comes_to_nothing),
        cmocka_unit_test(what_is_not_checked),
        cmocka_unit_test(no_signer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
