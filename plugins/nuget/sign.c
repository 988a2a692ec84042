/* SPDX-License-Identifier: Apache-2.0
 *
 * The author's signature: what is signed is the SHA-256 of the package as it is without one, and it
 * stands in the last entry. Taken out again, it leaves the bytes that it is of.
 */
#include "nuget.h"

#include <string.h>

#define MOST_SIGNATURE ((uint64_t)256 << 10)

static const char content[] = "Version:1\n\n2.16.840.1.101.3.4.2.1-Hash:{sha256:base64}\n\n";

/* Commitment type indication: proof of origin, which makes it an author's. */
static const unsigned char origin[] = {0x30, 0x0d, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86,
                                       0xf7, 0x0d, 0x01, 0x09, 0x10, 0x06, 0x01};
static const struct cmk_cms_attribute attributes[] = {
    {"1.2.840.113549.1.9.16.2.16", {origin, sizeof origin}}};

/* NuGet takes nothing but RSA with SHA-2, and certificates for signing code. */
static struct cmk_cms_request
wish(void)
{
    return (struct cmk_cms_request){
        .size = sizeof(struct cmk_cms_request),
        .flags = CMK_CMS_RSA | CMK_CMS_CODE_SIGNING,
        .content = {content, strlen(content)},
        .attributes = attributes,
        .attribute_count = 1,
    };
}

static int32_t
refuse(struct cmk_call *c, const struct nu_why *why)
{
    return cmk_fail(c, why->status, "%s", why->text);
}

static int32_t
check_package(struct cmk_call *c, const struct cmk_work *w)
{
    struct nu_why why;
    struct nu_package p;
    if (w->archive == NULL)
        return cmk_fail(c, CMK_E_UNSUPPORTED, "it is no archive, so it is no NuGet package");
    if (!nu_package_look(c, w, &p, &why) || !nu_package_has_nuspec(c, &p, &why) ||
        !nu_package_is_clear(c, &p, &why))
        return refuse(c, &why);
    if (p.signatures > 0)
        return cmk_fail(c, CMK_E_DENIED,
                        NU_SIGNATURE
                        ": the package is signed already. Take it as it was before, or "
                        "have the rewriter strip that (signed = \"strip\")");
    if (p.count >= NU_MOST_ENTRIES)
        return cmk_fail(c, CMK_E_LIMIT,
                        "the package has %llu entries. NuGet signs none with 65,534 or more "
                        "(NU3039), and the signature is one",
                        (unsigned long long)p.count);
    return CMK_OK;
}

int32_t
nu_sign(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    const struct cmk_cms_request request = wish();
    if (check_package(c, w) != CMK_OK)
        return c->base->status(c);
    struct cmk_bytes signature = keys->cms(c, &request);
    w->note(c, "signature", NULL, "of the author");
    return w->archives->add(c, w->archive, NU_SIGNATURE, signature, CMK_ADD_STORED);
}

/* Without the signature it must be what was signed, to the byte. */
int32_t
nu_check_signature(struct cmk_call *c, const struct cmk_work *w,
                   const struct cmk_signature *signature)
{
    const struct cmk_cms_request request = wish();
    int64_t entry = w->archives->find(c, w->archive, NU_SIGNATURE);
    if (entry < 0 || (uint64_t)entry + 1 != w->archives->count(c, w->archive))
        return CMK_FAIL;
    struct cmk_bytes cms = w->archives->read(c, w->archive, (uint64_t)entry, MOST_SIGNATURE);
    w->archives->remove(c, w->archive, (uint64_t)entry);
    return signature->verify(c, &request, cms);
}
