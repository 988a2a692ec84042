/* SPDX-License-Identifier: Apache-2.0
 *
 * A package that is signed, by hooks that each test says, and a process with the keys that signs
 * whatever it is asked for.
 */
#ifndef TESTS_PLUGIN_SIGNING_H
#define TESTS_PLUGIN_SIGNING_H

#include "plum.h"

#include "trust/form.h"

#include <countermark/signer.h>
#include <stdio.h>
#include <sys/mman.h>

#include "../attest/owner.h"

typedef int32_t sign_hook(struct cmk_call *, const struct cmk_work *, const struct cmk_keys *);
typedef int32_t check_hook(struct cmk_call *, const struct cmk_work *,
                           const struct cmk_signature *);

static sign_hook *sign_does;
static check_hook *check_does;

static inline int32_t
sign_run(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    return sign_does(c, w, keys);
}

static inline int32_t
check_run(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    return check_does(c, w, signature);
}

static const struct cmk_signer signer = {
    .size = sizeof signer, .patterns = plum_patterns, .sign = sign_run, .check = check_run};

#define BYTES(text) ((struct cmk_bytes){(text), sizeof(text) - 1})
#define ENTRY       "signature"

static const struct cmk_cms_attribute purpose[] = {{"1.2.3", BYTES("\x30\x00")}};
static const struct cmk_cms_request of_text = {.size = sizeof of_text,
                                               .flags = CMK_CMS_RSA | CMK_CMS_CODE_SIGNING,
                                               .content = BYTES("a:{sha256:base64}"),
                                               .attributes = purpose,
                                               .attribute_count = 1};
static const struct cmk_cms_request of_file = {.size = sizeof of_file,
                                               .content = BYTES("{artifact}")};

/* ---- a package that is signed ---- */

struct signing {
    struct plum_package p;
    struct scene scene;
    struct cmk_plugin plugin;
    struct cmk_signer signer;
    struct owner owner;
    struct cm_host_signed made;
    struct cm_err err;
    const struct cm_buf *content; /* that a program makes; borrowed; NULL: none does */
    int asked;                    /* how often */
};

static inline void
signing_begin_with(struct signing *s, uint32_t flags, const struct cmk_option *options,
                   const char *said)
{
    *s = (struct signing){.plugin = plum, .made = CM_HOST_SIGNED_INIT};
    plum_begin(&s->p);
    certify(&s->owner, "RSA2048", CODE);
    s->signer = signer;
    s->signer.flags = flags;
    s->plugin.signer = &s->signer;
    s->plugin.rewriter = NULL;
    s->plugin.options = options;
    scene_begin(&s->scene, &s->plugin, said);
#ifdef CM_RUN_HELPER
    s->scene.run_helper = CM_RUN_HELPER;
#endif
    scene_open_inside(&s->scene);
}

static inline void
signing_done(struct signing *s)
{
    cm_host_signed_done(&s->made);
    owner_done(&s->owner);
    scene_done(&s->scene);
    plum_done(&s->p);
}

static inline void
signing_begin(struct signing *s)
{
    signing_begin_with(s, 0, plum.options, "{}");
}

#define SIGNING(s)                                                                                 \
    CM_CLEANUP(signing_done) struct signing s;                                                     \
    signing_begin(&(s))

/* The process with the keys. */
static inline bool
ask(void *data, const struct cm_cms_wish *wish, struct cm_buf *to, struct cm_err *err)
{
    struct signing *s = data;
    char sha256[CM_SHA256_HEX];
    s->asked++;
    if (!cm_sha256_fd(s->p.fd, "it", sha256, err))
        return false;
    const struct cm_cms_making making = {.key = s->owner.key,
                                         .chain = s->owner.chain,
                                         .wish = wish,
                                         .artifact = sha256,
                                         .made = s->content,
                                         .now = NOW};
    return cm_cms_make(&making, to, err);
}

static inline bool
deny(void *data, const struct cm_cms_wish *wish, struct cm_buf *to, struct cm_err *err)
{
    (void)data;
    (void)wish;
    (void)to;
    return cm_fail(err, CM_E_DENIED, "not in this form");
}

static inline bool
signs_by(struct signing *s, sign_hook *hook, cm_cms_fn *asked)
{
    const struct cm_host_signing signing = {
        .work = {.name = "p.zip", .archive = s->p.archive, .origin = s->p.origin},
        .file = s->p.fd,
        .cms = asked,
        .data = s};
    cm_host_signed_done(&s->made);
    s->made = (struct cm_host_signed)CM_HOST_SIGNED_INIT;
    s->err = (struct cm_err)CM_ERR_INIT;
    sign_does = hook;
    return cm_host_sign(s->scene.host, &signing, &s->made, &s->err);
}

static inline void
not_signed(struct signing *s, sign_hook *hook, enum cm_class class, const char *words)
{
    refused(signs_by(s, hook, ask), &s->err, class, words, words);
    assert_null(s->made.edits);
    assert_int_equal(s->made.beside.size, 0);
}

static inline bool
checks(struct signing *s, int file, struct cm_archive *archive, check_hook *hook,
       struct cm_cms_facts *facts)
{
    const struct cm_host_signing again = {
        .work = {.name = "p.zip", .archive = archive, .origin = s->p.origin},
        .file = file,
        .beside = {cm_buf_text(&s->made.beside), s->made.beside.size},
        .made = s->made.made};
    s->err = (struct cm_err)CM_ERR_INIT;
    check_does = hook;
    return cm_host_check_signature(s->scene.host, &again, facts, &s->err);
}

#endif
