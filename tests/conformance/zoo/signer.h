/* SPDX-License-Identifier: Apache-2.0
 *
 * signer.h: a small signer that does everything right: a program looks at the package, and the
 * signature becomes its last entry. What animals change:
 *
 *   SAID          what the program has said, before it was run
 *   LOOK          a statement, when it was run: `said`, and `report`, a file that it left
 *   LOOK_AT_CMS   a statement, when it is signed: `cms`
 *   BEFORE_CHECK  a statement, when the signature was found again: `entry`
 *   VERDICT       what the check answers
 */
#ifndef SIGNER_H
#define SIGNER_H

#include <countermark/plugin.h>
#include <countermark/signer.h>
#include <string.h>

#ifndef SAID
#define SAID ""
#endif
#ifndef LOOK
#define LOOK
#endif
#ifndef LOOK_AT_CMS
#define LOOK_AT_CMS
#endif
#ifndef BEFORE_CHECK
#define BEFORE_CHECK
#endif
#ifndef VERDICT
#define VERDICT signature->verify(c, &request, cms)
#endif

static const struct cmk_cms_request request = {
    .size = sizeof request,
    .content = {"{sha256:base64}", sizeof "{sha256:base64}" - 1},
};

static int32_t
sign(struct cmk_call *c, const struct cmk_work *w, const struct cmk_keys *keys)
{
    static const char *const arguments[] = {"look", NULL};
    const char *said = SAID;
    keys->run->program(c, "program", arguments, &said);
    const struct cmk_bytes report = keys->run->get(c, "report", 1 << 20);
    LOOK;
    if (c->base->status(c) == CMK_OK && (strcmp(said, "good\n") != 0 || report.size == 0))
        return cmk_fail(c, CMK_E_DENIED, "the program says '%s'", said);
    const struct cmk_bytes cms = keys->cms(c, &request);
    LOOK_AT_CMS;
    w->note(c, "signature", NULL, "of the zoo");
    return w->archives->add(c, w->archive, "signature", cms, CMK_ADD_STORED);
}

static int32_t
check(struct cmk_call *c, const struct cmk_work *w, const struct cmk_signature *signature)
{
    const int64_t entry = w->archives->find(c, w->archive, "signature");
    if (entry < 0)
        return CMK_FAIL;
    const struct cmk_bytes cms = w->archives->read(c, w->archive, (uint64_t)entry, 1 << 20);
    BEFORE_CHECK;
    w->archives->remove(c, w->archive, (uint64_t)entry);
    return cms.size > 0 ? VERDICT : CMK_FAIL;
}

static const struct cmk_option options[] = {
    {.name = "program",
     .type = CMK_FILE,
     .of = CMK_OF_PLUGIN,
     .otherwise = "/usr/bin/look",
     .help = "what looks at it"},
    {.name = NULL},
};
static const char *const patterns[] = {"*.zip", NULL};
static const struct cmk_signer signer = {
    .size = sizeof signer, .patterns = patterns, .sign = sign, .check = check};

#define SIGNER(name)                                                                               \
    CMK_PLUGIN(name, .version = "1.0", .summary = "of the zoo", .options = options,                \
               .signer = &signer)

#endif
