/* SPDX-License-Identifier: Apache-2.0
 *
 * A signature of any file in a file of its own: FILE.p7s, detached CMS.
 */
#include <countermark/plugin.h>
#include <countermark/signer.h>
#include <string.h>

static const char *const patterns[] = {"*", NULL};
static const char content[] = "{artifact}";

/* The file itself, and nothing beside what CMS demands. */
static struct cmk_cms_request
wish(void)
{
    return (struct cmk_cms_request){.size = sizeof(struct cmk_cms_request),
                                    .content = {content, strlen(content)}};
}

static int32_t
sign(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    const struct cmk_cms_request request = wish();
    (void)w;
    keys->beside(c, ".p7s", keys->cms(c, &request));
    return c->base->status(c);
}

static int32_t
check(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    const struct cmk_cms_request request = wish();
    (void)w;
    return signature->verify(c, &request, signature->beside);
}

static const struct cmk_signer signer = {
    .size = sizeof signer,
    .flags = CMK_ANY_FILE,
    .patterns = patterns,
    .sign = sign,
    .check = check,
};

CMK_PLUGIN(cms, .version = "1.0", .summary = "a detached signature (CMS) beside any file",
           .signer = &signer)
