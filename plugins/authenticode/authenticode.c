/* SPDX-License-Identifier: Apache-2.0
 *
 * Authenticode: the signature of programs, installers and packages of Windows, in the file itself.
 *
 * osslsigncode knows these formats, and we know osslsigncode. Run here it writes the signature into
 * the file, and verifies what came of that; what is signed it makes where the keys are
 * (countermark-authenticode(7)). A catalogue is nothing but what is signed, and the signature.
 */
#include <countermark/plugin.h>
#include <countermark/signer.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SIGNATURE ((uint64_t)256 << 10)

/* SpcIndirectDataContent, CertificateTrustList */
#define INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"
#define TRUST_LIST    "1.3.6.1.4.1.311.10.1"

/* What osslsigncode says. */
#define NAME        "osslsigncode "
#define UNSIGNED    "Unable to extract existing signature"
#define UNSUPPORTED "Initialization error or unsupported input file type"
#define VERIFIED    "Signature verification: "

static const struct cmk_option options[] = {
    {.name = "program",
     .type = CMK_FILE,
     .of = CMK_OF_PLUGIN,
     .otherwise = "/usr/bin/osslsigncode",
     .help = "osslsigncode, 2.9 or newer"},
    {.name = "roots",
     .type = CMK_FILE,
     .of = CMK_OF_PLUGIN,
     .help = "authorities (PEM) that the certificate has to lead to; those of the machine"},
    {.name = NULL},
};

static const char *const patterns[] = {"*", NULL};

/* SpcStatementType: signed by one for himself, as all are today; SpcSpOpusInfo: no description. */
static const unsigned char statement[] = {0x30, 0x0c, 0x06, 0x0a, 0x2b, 0x06, 0x01,
                                          0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x15};
static const unsigned char opus[] = {0x30, 0x00};
static const struct cmk_cms_attribute attributes[] = {
    {"1.3.6.1.4.1.311.2.1.11", {statement, sizeof statement}},
    {"1.3.6.1.4.1.311.2.1.12", {opus, sizeof opus}},
};

static int32_t
is_catalogue(const struct cmk_work *w)
{
    size_t size = w->name != NULL ? strlen(w->name) : 0;
    const char *end = size >= 4 ? w->name + size - 4 : "";
    return end[0] == '.' && (end[1] | 0x20) == 'c' && (end[2] | 0x20) == 'a' &&
           (end[3] | 0x20) == 't' && end[4] == '\0';
}

static struct cmk_cms_request
wish(const struct cmk_work *w)
{
    return (struct cmk_cms_request){
        .size = sizeof(struct cmk_cms_request),
        .flags = CMK_CMS_CODE_SIGNING,
        .content_type = is_catalogue(w) ? TRUST_LIST : INDIRECT_DATA,
        .attributes = attributes,
        .attribute_count = sizeof attributes / sizeof *attributes,
    };
}

static int32_t
run(struct cmk_call *c, const struct cmk_run *with, const char *const *arguments,
    const char **ret_said)
{
    *ret_said = "";
    return with->program(c, "program", arguments, ret_said);
}

/* The last line that it said and that tells something, for people. */
static const char *
last_of(struct cmk_call *c, const char *said)
{
    const char *last = said;
    for (const char *at = said; (at = strchr(at, '\n')) != NULL; at++)
        if (at[1] != '\0' && at[1] != '\n' && strncmp(at + 1, "Failed", 6) != 0)
            last = at + 1;
    size_t size = strcspn(last, "\n");
    char *copy = c->base->alloc(c, size + 1);
    return copy != NULL ? memcpy(copy, last, size) : "";
}

/* ---- before ---- */

/* "osslsigncode 2.9, using:"; 0 if it does not say so. */
static int32_t
read_version(const char *said, unsigned long *ret_major, unsigned long *ret_minor)
{
    char *end;
    const char *at = strstr(said, NAME);
    if (at == NULL)
        return 0;
    at += strlen(NAME);
    *ret_major = strtoul(at, &end, 10);
    if (end == at || *end != '.')
        return 0;
    at = end + 1;
    *ret_minor = strtoul(at, &end, 10);
    return end != at;
}

/* Older ones cannot have the parts done one by one. */
static int32_t
check_version(struct cmk_call *c, const struct cmk_run *with)
{
    static const char *const arguments[] = {"--version", NULL};
    const char *said;
    unsigned long major, minor;
    int32_t status = run(c, with, arguments, &said);
    if (c->base->status(c) != CMK_OK)
        return c->base->status(c);
    if (!read_version(said, &major, &minor))
        return cmk_fail(c, CMK_E_CONFIG,
                        "the program does not say that it is osslsigncode (status %d)", status);
    if (major > 2 || (major == 2 && minor >= 9))
        return CMK_OK;
    return cmk_fail(
        c, CMK_E_UNSUPPORTED,
        "osslsigncode %lu.%lu cannot sign with a key that is elsewhere: 2.9 or newer is "
        "needed (Debian 12 has it in bookworm-backports)",
        major, minor);
}

/* Does a line begin so? What stands further right may be a name of somebody's choice. */
static int32_t
says(const char *said, const char *line)
{
    for (const char *at = said; (at = strstr(at, line)) != NULL; at++)
        if (at == said || at[-1] == '\n')
            return 1;
    return 0;
}

static int32_t
signed_already(struct cmk_call *c, const struct cmk_work *w, const char *said)
{
    return cmk_fail(c, CMK_E_DENIED,
                    "%s is signed already, or not whole. Take it as it was before (%s)", w->name,
                    last_of(c, said));
}

/* A catalogue cannot be taken apart, and it is only said of it. */
static int32_t
check_file(struct cmk_call *c, const struct cmk_work *w, const struct cmk_run *with)
{
    static const char *const extract[] = {
        "extract-signature", "-in", "/dev/stdin", "-out", "before", NULL};
    static const char *const verify[] = {"verify", "-in", "/dev/stdin", "-ignore-crl", NULL};
    const char *said;
    int32_t status = run(c, with, is_catalogue(w) ? verify : extract, &said);
    if (c->base->status(c) != CMK_OK)
        return c->base->status(c);
    if (says(said, UNSUPPORTED))
        return cmk_fail(c, CMK_E_UNSUPPORTED,
                        "%s: osslsigncode knows no file of this kind: programs, installers, "
                        "cabinets, catalogues and packages of Windows can be signed",
                        w->name);
    return status == 0 || (is_catalogue(w) && !says(said, UNSIGNED)) ? signed_already(c, w, said)
                                                                     : CMK_OK;
}

/* ---- signing ---- */

/* It verifies what it has written, and would ask outside what the authority has revoked, where it
 * has no network. That comes later, and without: here it is given no authority, and stops before.
 * Its status says no more. */
static int32_t
attach(struct cmk_call *c, const struct cmk_run *with)
{
    static const char *const arguments[] = {
        "attach-signature", "-sigin", "signature", "-CAfile", "none", "-in",
        "/dev/stdin",       "-out",   "signed",    NULL};
    const char *said;
    with->put(c, "none", (struct cmk_bytes){"", 0});
    (void)run(c, with, arguments, &said);
    if (c->base->status(c) != CMK_OK || strstr(said, VERIFIED) != NULL)
        return c->base->status(c);
    return cmk_fail(c, CMK_E_MALFORMED, "osslsigncode cannot attach the signature: %s",
                    last_of(c, said));
}

static int32_t
sign(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    const struct cmk_cms_request request = wish(w);
    if (check_version(c, keys->run) != CMK_OK || check_file(c, w, keys->run) != CMK_OK)
        return c->base->status(c);
    const struct cmk_bytes signature = keys->cms(c, &request);
    if (is_catalogue(w)) {
        keys->run->put(c, "signed", signature);
    } else {
        keys->run->put(c, "signature", signature);
        attach(c, keys->run);
    }
    w->note(c, "signature", NULL, "Authenticode");
    return keys->instead(c, "signed");
}

/* ---- what came of it ---- */

/* Revocation is between the operator and the authority. A time stamp was verified before it went
 * in, and osslsigncode would want its authority, too. */
static int32_t
verifies(struct cmk_call *c, const struct cmk_run *with)
{
    const char *roots = c->json->text(c, c->json->get(c, c->options, "roots"));
    const char *const arguments[] = {"verify",
                                     "-in",
                                     "/dev/stdin",
                                     "-ignore-crl",
                                     "-ignore-timestamp",
                                     roots != NULL ? "-CAfile" : NULL,
                                     roots,
                                     NULL};
    const char *said;
    if (run(c, with, arguments, &said) == 0)
        return 1;
    if (c->base->status(c) == CMK_OK)
        cmk_fail(c, CMK_E_CONFIG,
                 "osslsigncode does not verify what was signed. Name the authority of the "
                 "certificate: roots = \"/...pem\" (%s)",
                 last_of(c, said));
    return 0;
}

static struct cmk_bytes
extract(struct cmk_call *c, const struct cmk_run *with)
{
    static const char *const arguments[] = {
        "extract-signature", "-in", "/dev/stdin", "-out", "found", NULL};
    const char *said;
    if (run(c, with, arguments, &said) == 0)
        return with->get(c, "found", MOST_SIGNATURE);
    cmk_fail(c, CMK_E_INTERNAL, "osslsigncode finds no signature in what was signed: %s",
             last_of(c, said));
    return (struct cmk_bytes){NULL, 0};
}

static int32_t
check(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    const struct cmk_cms_request request = wish(w);
    if (!verifies(c, signature->run))
        return c->base->status(c);
    return signature->verify(c, &request,
                             is_catalogue(w) ? signature->run->get(c, NULL, MOST_SIGNATURE)
                                             : extract(c, signature->run));
}

static const struct cmk_signer signer = {
    .size = sizeof signer,
    .flags = CMK_ANY_FILE | CMK_REPLACES,
    .patterns = patterns,
    .sign = sign,
    .check = check,
};

CMK_PLUGIN(authenticode, .version = "1.0",
           .summary = "Authenticode signatures in programs and packages of Windows",
           .options = options, .signer = &signer)
