/* SPDX-License-Identifier: Apache-2.0
 *
 * Do the options fit together? Told offline, before any node asks.
 */
#include "buildnode.h"

#include <string.h>

static bool
is_set(struct cmk_call *c, const char *option)
{
    return cmk_get(c, c->options, option) != NULL;
}

/* ---- what cannot hold ---- */

static void
check_counts(struct cmk_call *c)
{
    static const char *const lists[] = {"anchors", "crl"};
    static const char *const never_empty[] = {
        "issuers", "subject", "subject_under", "subject_any", "subject_all", "dns", "uri"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        uint64_t count = bn_option_count(c, lists[i]);
        if (is_set(c, lists[i]) && (count == 0 || count > BN_MOST_FILES))
            cmk_fail(c, CMK_E_CONFIG, "%s: names %llu files; it takes 1 to %d", lists[i],
                     (unsigned long long)count, BN_MOST_FILES);
    }
    for (size_t i = 0; i < sizeof never_empty / sizeof *never_empty; i++) {
        uint64_t count = bn_option_count(c, never_empty[i]);
        if (is_set(c, never_empty[i]) && count == 0)
            cmk_fail(c, CMK_E_CONFIG,
                     "%s: is empty, so that nothing can be one of it: leave it out",
                     never_empty[i]);
        if (count > BN_MOST_NAMES)
            cmk_fail(c, CMK_E_CONFIG, "%s: has more than %d entries", never_empty[i],
                     BN_MOST_NAMES);
    }
}

static void
check_hashes(struct cmk_call *c)
{
    uint64_t count = bn_option_count(c, "issuers");
    for (uint64_t i = 0; i < count; i++)
        if (bn_hash(c, bn_option_at(c, "issuers", i)) == NULL)
            cmk_fail(c, CMK_E_CONFIG,
                     "issuers: '%s' is not a SHA-256 in hexadecimal; openssl x509 -in CA -noout "
                     "-fingerprint -sha256 shows it",
                     bn_option_at(c, "issuers", i));
}

/* A value that is no text is the same as no other: such a condition holds for nobody. */
static void
check_name(struct cmk_call *c, const char *option, const char *text)
{
    const struct cmk_certificates *x509 = bn_x509(c);
    const struct cmk_value *name = x509 != NULL ? x509->name(c, text) : NULL;
    const struct cmk_value *first = c->json->at(c, name, 0);
    if (c->base->status(c) != CMK_OK)
        return;
    if (c->json->count(c, name) == 0)
        cmk_fail(c, CMK_E_CONFIG, "%s: '%s' names no attribute", option, text);
    else if (!bn_is_text(c, name))
        cmk_fail(c, CMK_E_CONFIG, "%s: '%s' has a value that is no text; no condition can be on it",
                 option, text);
    else if (strcmp(option, "subject_all") == 0 &&
             (c->json->count(c, name) != 1 || c->json->count(c, first) != 1))
        cmk_fail(c, CMK_E_CONFIG,
                 "subject_all: '%s' is not one attribute: write each in a text of its own", text);
}

static void
check_names(struct cmk_call *c)
{
    static const char *const options[] = {"subject", "subject_under", "subject_any", "subject_all"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        uint64_t count = bn_option_count(c, options[i]);
        for (uint64_t n = 0; n < count; n++)
            check_name(c, options[i], bn_option_at(c, options[i], n));
    }
}

static void
check_alternative_names(struct cmk_call *c)
{
    uint64_t dns = bn_option_count(c, "dns"), uris = bn_option_count(c, "uri");
    for (uint64_t i = 0; i < dns; i++) {
        const char *name = bn_option_at(c, "dns", i);
        if (name == NULL || *name == '\0' || strpbrk(name, "/:@ ") != NULL)
            cmk_fail(c, CMK_E_CONFIG, "dns: '%s' is not the name of a host", name);
    }
    for (uint64_t i = 0; i < uris; i++) {
        const char *uri = bn_option_at(c, "uri", i);
        const char *mark = uri != NULL ? strstr(uri, "://") : NULL;
        if (mark == NULL || mark == uri || strcspn(uri, "*?") < (size_t)(mark - uri) + 4)
            cmk_fail(c, CMK_E_CONFIG,
                     "uri: '%s' does not begin with scheme and host, as spiffe://acme.example/... "
                     "does",
                     uri);
    }
}

/* ---- templates ---- */

static void
check_template(struct cmk_call *c)
{
    const char *id = cmk_text(c, c->options, "template");
    const char *name = cmk_text(c, c->options, "template_name");
    if (id != NULL && !bn_is_oid(id))
        cmk_fail(c, CMK_E_CONFIG, "template: '%s' is not an OID like 1.3.6.1.4.1.311.21.8.7.1", id);
    if (name != NULL && *name == '\0')
        cmk_fail(c, CMK_E_CONFIG, "template_name: is empty");
    if (id != NULL && name != NULL)
        cmk_fail(c, CMK_E_CONFIG,
                 "template and template_name: a certificate is of one template, which has an OID "
                 "(version 2 and later) or a name (version 1)");
    if (id == NULL && (is_set(c, "template_major") || is_set(c, "template_minor")))
        cmk_fail(c, CMK_E_CONFIG, "template_major and template_minor are of a `template`");
    if (is_set(c, "template_minor") && !is_set(c, "template_major"))
        cmk_fail(c, CMK_E_CONFIG, "template_minor counts within a template_major: name that, too");
    if ((id != NULL || name != NULL) && !is_set(c, "issuers"))
        cmk_fail(c, CMK_E_CONFIG,
                 "a template is only as good as the authority that writes it: one that copies what "
                 "it is asked for writes any. Name the issuing authority in `issuers`, too");
}

/* ---- together ---- */

static void
check_revocation(struct cmk_call *c)
{
    const char *by = cmk_text(c, c->options, "revocation");
    bool lists = bn_same(by, "crl"), ocsp = bn_same(by, "ocsp");
    if (lists && !is_set(c, "crl"))
        cmk_fail(c, CMK_E_CONFIG,
                 "crl: names no revocation list. Name the files, one of each authority below the "
                 "anchor; or say revocation = \"ocsp\"; or \"none\", if certificates are so short "
                 "that nobody has to take one back");
    if (!lists && is_set(c, "crl"))
        cmk_fail(c, CMK_E_CONFIG, "crl: is not looked at, because revocation is \"%s\"", by);
    if (ocsp && !is_set(c, "ocsp_url"))
        cmk_fail(c, CMK_E_CONFIG, "ocsp_url: names no responder, which revocation = \"ocsp\" asks");
    if (!ocsp && is_set(c, "ocsp_url"))
        cmk_fail(c, CMK_E_CONFIG, "ocsp_url: is not asked, because revocation is \"%s\"", by);
}

static void
check_any_condition(struct cmk_call *c)
{
    static const char *const conditions[] = {"issuers",       "subject",     "subject_under",
                                             "subject_any",   "subject_all", "template",
                                             "template_name", "dns",         "uri"};
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (is_set(c, conditions[i]))
            return;
    cmk_fail(c, CMK_E_CONFIG,
             "an anchor alone vouches for everything that it ever issued: name which nodes are "
             "meant, by `issuers` and `template`, by a `subject...`, by `dns` or by `uri`");
}

int32_t
bn_configure(struct cmk_call *c)
{
    check_counts(c);
    check_any_condition(c);
    check_hashes(c);
    check_names(c);
    check_alternative_names(c);
    check_template(c);
    check_revocation(c);
    return c->base->status(c);
}
