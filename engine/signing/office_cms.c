/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures that files carry (CMS): in the forms that the configuration lists for a key, of the
 * digest that was found here.
 */
#include "signing/office_inside.h"

#include "attest/cms.h"
#include "base/clock.h"
#include "base/json.h"
#include "trust/form.h"

/* ---- what is wished for ---- */

static bool
read_attributes(const json_t *list, const char **texts, size_t *ret_count)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > CM_FORM_ATTRIBUTES_MOST)
        return false;
    for (size_t i = 0; i < count; i++)
        if ((texts[i] = json_string_value(json_array_get(list, i))) == NULL)
            return false;
    *ret_count = count;
    return true;
}

static bool
read_wish(const json_t *said, const char **texts, struct cm_cms_wish *ret, struct cm_err *err)
{
    struct cm_cms_wish wish = {.content = cm_json_text(said, "content"), .attributes = texts};
    int64_t demands = cm_json_int(said, "demands", -1);
    if (wish.content == NULL || demands < 0 || demands > CM_CMS_DEMANDS ||
        !read_attributes(cm_json_get(said, "attributes"), texts, &wish.attribute_count))
        return cm_fail(err, CM_E_MALFORMED,
                       "a request for a signature says content, attributes and demands");
    wish.demands = (unsigned)demands;
    *ret = wish;
    return true;
}

/* A form is signed as the operator wrote it down. */
static bool
find_form(const struct cm_signing_key *key, const struct cm_cms_wish *wish,
          const struct cm_key_form **ret, struct cm_err *err)
{
    for (size_t i = 0; i < key->form_count; i++) {
        *ret = &key->forms[i];
        if (cm_form_is(*ret, wish->content, wish->attributes, wish->attribute_count))
            return true;
    }
    return cm_fail(
        err, CM_E_DENIED,
        "key %s does not sign in this form: none of its `forms` has exactly this content "
        "and these attributes",
        key->slug);
}

static bool
check_key(const struct cm_office_asked *asked, const struct cm_accepted *accepted,
          struct cm_err *err)
{
    if (!cm_office_may(asked, "sign", accepted->policy->sign, err))
        return false;
    return asked->key->chain != NULL ||
           cm_fail(err, CM_E_CONFIG, "the key has no certificate to sign with");
}

/* ---- what is signed ---- */

static bool
sign(const struct cm_holder *holder, const struct cm_office_asked *asked,
     const struct cm_accepted *accepted, const struct cm_cms_wish *wish, const struct cm_buf *made,
     struct cm_buf *to, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    const struct cm_cms_making making = {
        .key = asked->key->key,
        .chain = asked->key->chain,
        .wish = wish,
        .artifact = accepted->artifact_sha256,
        .made = made,
        .now = holder->office.now != 0 ? holder->office.now : cm_wall_now(),
    };
    return cm_cms_chain_serves(making.chain, wish->demands, making.now, err) &&
           cm_cms_content_sha256(&making, sha256, err) &&
           cm_office_note(holder, asked, accepted, "cms", sha256,
                          json_pack("{s:s}", "certificate", cm_cms_chain_sha256(making.chain)),
                          err) &&
           cm_cms_make(&making, to, err);
}

bool
cm_office_cms(const struct cm_holder *holder, const struct cm_office_asked *asked,
              struct cm_packet *ret, struct cm_err *err)
{
    const char *texts[CM_FORM_ATTRIBUTES_MOST];
    struct cm_cms_wish wish;
    const struct cm_key_form *form = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf made = CM_BUF_INIT(CM_CMS_MADE_MOST);
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_CMS_MOST);
    CM_CLEANUP(cm_accepted_done) struct cm_accepted accepted = {.arena = NULL};
    if (!read_wish(asked->said, texts, &wish, err) ||
        !find_form(asked->key->of, &wish, &form, err) ||
        !cm_accept(&holder->office, &asked->handed, &accepted, err) ||
        !check_key(asked, &accepted, err) ||
        !cm_office_make(holder, form, asked, &accepted, &made, err) ||
        !sign(holder, asked, &accepted, &wish, made.size > 0 ? &made : NULL, &der, err))
        return false;
    json_t *said = json_pack("{s:s, s:b, s:s, s:s, s:s}", "format", CM_OFFICE_FORMAT, "signed", 1,
                             "key_id", cm_attest_key_id(asked->key->key), "certificate",
                             cm_cms_chain_sha256(asked->key->chain), "decided_at",
                             cm_json_text(accepted.opened.evidence, "decided_at"));
    return cm_office_give(said, der.at, der.size, ret, err);
}
