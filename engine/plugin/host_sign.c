/* SPDX-License-Identifier: Apache-2.0
 *
 * Signers: what they ask the process with the keys for, and how what they made is looked at again.
 */
#include "attest/cms.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/text.h"
#include "plugin/call.h"
#include "trust/form.h"

#include <countermark/signer.h>
#include <string.h>

#define MOST_EXTENSION 8 /* behind the dot */

static const struct cmk_bytes none = {NULL, 0};

void
cm_host_signed_done(struct cm_host_signed *made)
{
    cm_edits_done(&made->edits);
    cm_json_done(&made->changes);
    cm_buf_done(&made->beside);
    cm_fd_done(&made->instead);
}

/* ---- what a plug-in wishes for ---- */

/* NULL fails the call. */
static const char *
attribute_text(struct cm_call *call, const struct cmk_cms_attribute *attribute)
{
    size_t size = (size_t)attribute->der.size;
    char hex[CM_FORM_ATTRIBUTE_MOST + 1] = "";
    if (attribute->oid != NULL && attribute->der.at != NULL && size <= CM_FORM_ATTRIBUTE_MOST / 2)
        cm_hex(attribute->der.at, size, hex);
    const char *text =
        cm_arena_printf(call->arena, "%s=%s", attribute->oid ? attribute->oid : "", hex);
    struct cm_err err = CM_ERR_INIT;
    if (text != NULL && cm_form_attribute_check(text, &err))
        return text;
    cm_call_failf(call, CM_E_INTERNAL, "plug-in %s wishes for an attribute that %s",
                  call->host->is.plugin->id, text != NULL ? err.text : "does not fit");
    return NULL;
}

static bool
take_attributes(struct cm_call *call, const struct cmk_cms_request *request,
                struct cm_cms_wish *ret)
{
    size_t count = request->attribute_count;
    if (count > CM_FORM_ATTRIBUTES_MOST) {
        cm_call_failf(call, CM_E_LIMIT, "plug-in %s wishes for too many attributes",
                      call->host->is.plugin->id);
        return false;
    }
    const char **texts = cm_call_alloc(call, (count + 1) * sizeof *texts);
    for (size_t i = 0; texts != NULL && i < count; i++)
        if ((texts[i] = attribute_text(call, &request->attributes[i])) == NULL)
            return false;
    ret->attributes = texts;
    ret->attribute_count = count;
    return texts != NULL;
}

/* What a program makes, of that type; or the text itself, NULL if it is too long or no text. Arena.
 */
static const char *
content_text(struct cm_call *call, const struct cmk_cms_request *request)
{
    char type[CM_FORM_TYPE_SIZE];
    const struct cmk_bytes content = request->content;
    if (request->content_type != NULL) {
        const char *made = cm_arena_printf(call->arena, CM_FORM_MADE, request->content_type);
        return made != NULL && content.size == 0 && cm_form_is_made(made, type) ? made : NULL;
    }
    char *text =
        content.size <= CM_FORM_CONTENT_MOST ? cm_call_alloc(call, (size_t)content.size + 1) : NULL;
    if (text != NULL && content.size > 0)
        memcpy(text, content.at, (size_t)content.size);
    return text != NULL && cm_is_utf8(text, (size_t)content.size) && !cm_form_is_made(text, type)
               ? text
               : NULL;
}

static bool
take_content(struct cm_call *call, const struct cmk_cms_request *request, struct cm_cms_wish *ret)
{
    struct cm_err err = CM_ERR_INIT;
    const char *text = content_text(call, request);
    if (text != NULL && cm_form_content_check(text, &err)) {
        ret->content = text;
        return true;
    }
    cm_call_failf(call, CM_E_INTERNAL, "plug-in %s wishes for a content that %s",
                  call->host->is.plugin->id,
                  err.class != CM_OK ? err.text : "is no text, or of no type");
    return false;
}

/* As the engine says it; false fails the call. */
static bool
take_wish(struct cm_call *call, const struct cmk_cms_request *request, struct cm_cms_wish *ret)
{
    struct cm_cms_wish wish = {.content = NULL};
    if (request == NULL || (request->flags & ~(CMK_CMS_RSA | CMK_CMS_CODE_SIGNING)) != 0 ||
        (request->content.at == NULL && request->content.size > 0) ||
        (request->attributes == NULL && request->attribute_count > 0)) {
        cm_call_failf(call, CM_E_UNSUPPORTED, "plug-in %s wishes for another kind of signature",
                      call->host->is.plugin->id);
        return false;
    }
    wish.demands = ((request->flags & CMK_CMS_RSA) != 0 ? CM_CMS_RSA : 0) |
                   ((request->flags & CMK_CMS_CODE_SIGNING) != 0 ? CM_CMS_CODE_SIGNING : 0);
    if (!take_content(call, request, &wish) || !take_attributes(call, request, &wish))
        return false;
    *ret = wish;
    return true;
}

/* ---- what both hooks begin with ---- */

static bool
begin(struct cm_plugin_host *host, const struct cm_host_signing *signing, struct cm_working *work,
      struct cm_call *call, struct cm_err *err)
{
    if (host->is.plugin->table->signer == NULL)
        return cm_fail(err, CM_E_INTERNAL, "plug-in %s is no signer", host->is.plugin->id);
    if (!cm_working_begin(work, &signing->work, false, err) || !cm_call_begin(call, host, err))
        return false;
    work->signing = signing;
    call->work = work;
    return true;
}

/* ---- for sign ---- */

/* What is signed is the file that was handed in: what was edited before is none. */
static bool
is_untouched(struct cm_call *call)
{
    const struct cm_working *work = call->work;
    if (!cm_working_apply(call))
        return false;
    if (!cm_edits_any(work->edits))
        return true;
    cm_call_failf(call, CM_E_INTERNAL, "plug-in %s has changed what it wants to be signed",
                  call->host->is.plugin->id);
    return false;
}

/* What a program made of it only the process with the keys knows. */
static bool
note_made(struct cm_host_signed *made, const struct cm_cms_wish *wish, const struct cm_buf *der,
          struct cm_err *err)
{
    char type[CM_FORM_TYPE_SIZE];
    return !cm_form_is_made(wish->content, type) ||
           cm_cms_made_sha256(cm_buf_text(der), der->size, made->made, err);
}

static struct cmk_bytes
cms(struct cmk_call *c, const struct cmk_cms_request *request)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_wish wish;
    struct cm_call *call = cm_call_of(c);
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    if (cm_call_failed(c) || !is_untouched(call) || !take_wish(call, request, &wish))
        return none;
    const struct cm_host_signing *signing = call->work->signing;
    if (!signing->cms(signing->data, &wish, &der, &err) ||
        !note_made(call->work->made, &wish, &der, &err)) {
        cm_call_fail(call, &err);
        return none;
    }
    char *copy = cm_call_alloc(call, der.size + 1);
    if (copy == NULL)
        return none;
    memcpy(copy, cm_buf_text(&der), der.size);
    return (struct cmk_bytes){copy, der.size};
}

/* ".p7s" */
static bool
is_extension(const char *text)
{
    size_t size = text != NULL && text[0] == '.'
                      ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789")
                      : 0;
    return size > 0 && size <= MOST_EXTENSION && text[size + 1] == '\0';
}

static int32_t
beside(struct cmk_call *c, const char *extension, struct cmk_bytes content)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c))
        return call->failure.class;
    struct cm_host_signed *made = call->work->made;
    if (!is_extension(extension) || content.at == NULL || content.size == 0 ||
        made->extension[0] != '\0') {
        cm_call_failf(call, CM_E_INTERNAL,
                      "plug-in %s puts nothing, a second file or one without an extension beside "
                      "the artifact",
                      call->host->is.plugin->id);
        return call->failure.class;
    }
    if (content.size <= made->beside.most)
        cm_buf_add(&made->beside, content.at, (size_t)content.size);
    if (made->beside.size == 0)
        cm_call_failf(call, CM_E_LIMIT,
                      "plug-in %s puts a file beside the artifact that is too large",
                      call->host->is.plugin->id);
    else
        memcpy(made->extension, extension, strlen(extension) + 1);
    return call->failure.class;
}

static int32_t
instead(struct cmk_call *c, const char *file)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c))
        return call->failure.class;
    struct cm_host_signed *made = call->work->made;
    if ((call->host->is.plugin->table->signer->flags & CMK_REPLACES) == 0)
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s does not say that it replaces the artifact",
                      call->host->is.plugin->id);
    else if (made->instead >= 0)
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s makes two files of the artifact",
                      call->host->is.plugin->id);
    else
        made->instead = cm_run_open(call, file);
    return call->failure.class;
}

static const struct cmk_keys host_keys = {
    .size = sizeof(struct cmk_keys),
    .cms = cms,
    .beside = beside,
    .run = &cm_host_run,
    .instead = instead,
};

static bool
take_made(struct cm_working *work, struct cm_host_signed *made, struct cm_err *err)
{
    bool edited = cm_edits_any(work->edits);
    if (!edited && made->extension[0] == '\0' && made->instead < 0)
        return cm_fail(err, CM_E_INTERNAL, "the signer has put its signature nowhere");
    if (edited && made->instead >= 0)
        return cm_fail(err, CM_E_INTERNAL, "the signer has edited what it replaces");
    made->changes = cm_working_changes(work);
    if (made->changes == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (edited)
        made->edits = CM_TAKE(work->edits);
    return true;
}

bool
cm_host_sign(struct cm_plugin_host *host, const struct cm_host_signing *signing,
             struct cm_host_signed *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_host_signed_done)
    struct cm_host_signed made = CM_HOST_SIGNED_INIT;
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    CM_CLEANUP(cm_working_done) struct cm_working work = {.archive = NULL};
    if (!begin(host, signing, &work, &call, err))
        return false;
    work.made = &made;
    const struct cmk_work face = cm_working_face(&work, &signing->work);
    int32_t status = host->is.plugin->table->signer->sign(&call.face, &face, &host_keys);
    if (status == CMK_OK && !cm_working_apply(&call))
        status = call.failure.class;
    if (!cm_call_result(&call, "sign", status, err) || !take_made(&work, &made, err))
        return false;
    *ret = made;
    made = (struct cm_host_signed)CM_HOST_SIGNED_INIT;
    return true;
}

/* ---- for check ---- */

/* What the signature has to be of: what was signed once, if a program made it; or the artifact. */
static bool
digest_of(struct cm_call *call, const struct cm_cms_wish *wish, char ret[CM_SHA256_HEX])
{
    char type[CM_FORM_TYPE_SIZE];
    struct cm_err err = CM_ERR_INIT;
    const struct cm_working *work = call->work;
    if (!cm_working_apply(call))
        return false;
    if (cm_form_is_made(wish->content, type)) {
        snprintf(ret, CM_SHA256_HEX, "%s", work->signing->made);
        return true;
    }
    bool edited = cm_edits_any(work->edits);
    bool done = edited ? cm_edits_digest(work->edits, "sha256", ret, &err)
                       : cm_sha256_fd(work->signing->file, work->signing->work.name, ret, &err);
    if (!done)
        cm_call_fail(call, &err);
    return done;
}

static int32_t
verify(struct cmk_call *c, const struct cmk_cms_request *request, struct cmk_bytes der)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_cms_wish wish;
    char sha256[CM_SHA256_HEX];
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || !take_wish(call, request, &wish) || !digest_of(call, &wish, sha256))
        return call->failure.class;
    if (der.at != NULL &&
        cm_cms_verify(der.at, (size_t)der.size, &wish, sha256, &call->work->facts, &err)) {
        call->work->is_verified = true;
        return CMK_PASS;
    }
    cm_log(call->host->is.log, CM_LOG_ERROR, "%s: %s", call->work->signing->work.name,
           der.at != NULL ? err.text : "there is no signature");
    return CMK_FAIL;
}

/* A plug-in's word alone is not enough. */
bool
cm_host_check_signature(struct cm_plugin_host *host, const struct cm_host_signing *signing,
                        struct cm_cms_facts *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_call_done) struct cm_call call = {.arena = NULL};
    CM_CLEANUP(cm_working_done) struct cm_working work = {.archive = NULL};
    if (!begin(host, signing, &work, &call, err))
        return false;
    const struct cmk_work face = cm_working_face(&work, &signing->work);
    const struct cmk_signature signature = {
        .size = sizeof signature,
        .beside = {signing->beside.size > 0 ? signing->beside.at : NULL, signing->beside.size},
        .verify = verify,
        .run = &cm_host_run,
    };
    int32_t said = host->is.plugin->table->signer->check(&call.face, &face, &signature);
    if (!cm_call_result(&call, "check", said == CMK_PASS || said == CMK_FAIL ? CMK_OK : said, err))
        return false;
    if (said != CMK_PASS || !work.is_verified)
        return cm_fail(err, CM_E_INTERNAL, "what was signed does not verify when it is read again");
    *ret = work.facts;
    return true;
}
