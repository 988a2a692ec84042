/* SPDX-License-Identifier: Apache-2.0
 *
 * `keys`: what is signed with, what each may sign, and how far a builder is trusted under it.
 */
#include "trust/form.h"
#include "trust/reader.h"

#include "base/text.h"

#include <string.h>

#define SCHEME   "pkcs11:"
#define URI_MOST 1000

/* Printed ASCII alone, as RFC 3986 has it; p11-kit reads the rest when the key is opened. What may
 * stand behind a '?' is a PIN, and code to load: neither is taken from there. */
static bool
check_uri(const char *text, struct cm_err *err)
{
    size_t size = strlen(text);
    if (!cm_starts_with(text, SCHEME) || size == strlen(SCHEME) || size > URI_MOST)
        return cm_fail(err, CM_E_CONFIG, "no URI of a key on a token");
    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return cm_fail(err, CM_E_CONFIG, "not all of it is printed ASCII without spaces");
    return strchr(text, '?') == NULL ||
           cm_fail(err, CM_E_CONFIG, "module and PIN are not said in the URI");
}

/* What is behind the '?' of a URI may be a PIN, so it is not repeated. */
static const struct cm_kind kind_uri = {
    check_uri,
    "write \"pkcs11:token=...;object=...;type=private\" (RFC 7512), and beside it module = "
    "\"/...\" "
    "and pin = \"credential:NAME\"",
    true,
};

static bool
check_level(const char *text, struct cm_err *err)
{
    return (text[0] == 'L' && text[1] >= '0' && text[1] <= '3' && text[2] == '\0') ||
           cm_fail(err, CM_E_CONFIG, "not a level");
}

static const struct cm_kind kind_level = {check_level, "write L0, L1, L2 or L3", false};

static void
read_builder(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"id", "build_level", NULL};
    struct cm_builder_trust *builder = ret;
    builder->id = cm_take_text(reader, group, "id", &cm_kind_uri, true);
    const char *level = cm_take_text(reader, group, "build_level", &kind_level, true);
    builder->build_level = level != NULL ? level[1] - '0' : 0;
    cm_take_no_more(reader, group, keys);
}

static const struct cm_shape shape_builder = {
    .key = "builders",
    .noun = "builder",
    .size = sizeof(struct cm_builder_trust),
    .name = offsetof(struct cm_builder_trust, id),
    .read = read_builder,
};

static bool
is_said(struct cm_reader *reader, const struct cm_node *group, const char *key)
{
    struct cm_node node;
    return cm_node_member(reader, group, key, &node);
}

/* Complains of a member that belongs to the other kind of place. */
static void
refuse(struct cm_reader *reader, const struct cm_node *group, const char *key, const char *of)
{
    struct cm_node node;
    if (cm_node_member(reader, group, key, &node))
        cm_node_complain(reader, &node, "leave it out", "belongs to a key with %s", of);
}

/* In a file or on a token. */
static void
take_place(struct cm_reader *reader, const struct cm_node *group, struct cm_signing_key *key)
{
    struct cm_node node;
    bool on_token = cm_node_member(reader, group, "uri", &node);
    if (on_token && is_said(reader, group, "file"))
        cm_node_complain(reader, &node, "leave one of them out",
                         "the key has a file: it is there or on a token");
    key->uri = cm_take_text(reader, group, "uri", &kind_uri, false);
    key->module = cm_take_text(reader, group, "module", &cm_kind_path, on_token);
    key->pin = cm_take_text(reader, group, "pin", &cm_kind_secret, false);
    key->file = cm_take_text(reader, group, "file", &cm_kind_path, !on_token);
    key->passphrase = cm_take_text(reader, group, "passphrase", &cm_kind_secret, false);
    if (on_token) {
        refuse(reader, group, "passphrase", "file");
    } else {
        refuse(reader, group, "module", "uri");
        refuse(reader, group, "pin", "uri");
    }
}

/* ---- forms ---- */

static const struct cm_kind kind_content = {
    cm_form_content_check,
    "write \"{artifact}\", or a text with one place for the digest: \"...{sha256:base64}...\", or "
    "\"{program:OID}\"",
    false};
static const struct cm_kind kind_attribute = {
    cm_form_attribute_check, "write \"OID=HEX\", as the manual page of the signer has it", false};

static void
read_form(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"content", "program", "attributes", NULL};
    struct cm_key_form *form = ret;
    struct cm_err err = CM_ERR_INIT;
    struct cm_node node;
    form->content = cm_take_text(reader, group, "content", &kind_content, true);
    form->program = cm_take_command(reader, group, "program");
    form->attributes = cm_take_words(reader, group, "attributes", &kind_attribute, false);
    if (form->attributes.count > CM_FORM_ATTRIBUTES_MOST &&
        cm_node_member(reader, group, "attributes", &node))
        cm_node_complain(reader, &node, NULL, "names more than %d attributes",
                         CM_FORM_ATTRIBUTES_MOST);
    if (form->content != NULL && !cm_node_is_open(group) && !cm_form_program_check(form, &err))
        cm_node_complain(reader, group,
                         "program = [ \"/usr/bin/...\", ... ] goes with \"{program:OID}\"", "%s",
                         err.text);
    cm_take_no_more(reader, group, keys);
}

static const struct cm_shape shape_form = {
    .key = "forms",
    .noun = "form",
    .size = sizeof(struct cm_key_form),
    .name = offsetof(struct cm_key_form, content),
    .read = read_form,
};

/* ---- keys ---- */

static void
check_certificate(struct cm_reader *reader, const struct cm_node *group,
                  const struct cm_signing_key *key)
{
    struct cm_node node;
    if (key->form_count > 0 && key->certificate == NULL && !cm_node_is_open(group) &&
        cm_node_member(reader, group, "forms", &node))
        cm_node_complain(reader, &node, "write certificate = \"/...pem\" beside it",
                         "a key without a certificate signs in no form");
}

static void
read_key(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"slug", "file",     "passphrase",  "uri",   "module",
                                       "pin",  "builders", "certificate", "forms", NULL};
    struct cm_signing_key *key = ret;
    key->slug = cm_take_text(reader, group, "slug", &cm_kind_slug, true);
    take_place(reader, group, key);
    key->builders = cm_take_groups(reader, group, &shape_builder, &key->builder_count);
    key->certificate = cm_take_text(reader, group, "certificate", &cm_kind_path, false);
    key->forms = cm_take_groups(reader, group, &shape_form, &key->form_count);
    key->place = cm_node_place(group);
    cm_take_no_more(reader, group, keys);
    check_certificate(reader, group, key);
}

const struct cm_shape cm_shape_key = {
    .key = "keys",
    .noun = "key",
    .size = sizeof(struct cm_signing_key),
    .name = offsetof(struct cm_signing_key, slug),
    .read = read_key,
};

/* ---- who signs with it ---- */

static bool
is_any_open(const struct cm_reader *reader)
{
    for (size_t i = 0; i < reader->source_count; i++)
        if (reader->sources[i].broken)
            return true;
    return false;
}

static void
check_named(struct cm_reader *reader, const struct cm_policy *policy, const char *word,
            const char *key)
{
    if (key != NULL && cm_trust_key(reader->trust, key) == NULL)
        cm_complain(reader->complaints, policy->place, word,
                    "declare it in keys = ( { slug = ...; file = ...; } )", "there is no key %s",
                    cm_reader_show(reader, key));
}

/* A key that may sign in no form is no key for a signer. */
static void
check_forms(struct cm_reader *reader, const struct cm_policy *policy)
{
    const struct cm_signing_key *key =
        policy->sign != NULL ? cm_trust_key(reader->trust, policy->sign) : NULL;
    if (key != NULL && key->form_count == 0)
        cm_complain(reader->complaints, policy->place, "sign",
                    "say what it may sign: forms = ( { content = ...; } ), and its certificate",
                    "the key %s signs attestations only", cm_reader_show(reader, policy->sign));
}

void
cm_check_keys(struct cm_reader *reader)
{
    const struct cm_trust *trust = reader->trust;
    for (size_t i = 0; i < trust->project_count && !is_any_open(reader); i++) {
        const struct cm_project *project = &trust->projects[i];
        for (size_t j = 0; j < project->policy_count; j++) {
            const struct cm_policy *policy = &project->policies[j];
            check_named(reader, policy, "attest", policy->attest);
            check_named(reader, policy, "sign", policy->sign);
            check_forms(reader, policy);
        }
    }
}
