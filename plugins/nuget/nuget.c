/* SPDX-License-Identifier: Apache-2.0
 *
 * The plug-in: its options, its rewriter and its signer.
 */
#include "nuget.h"

static const struct cmk_option options[] = {
    {.name = "contradiction",
     .type = CMK_CHOICE,
     .of = CMK_OF_PLUGIN,
     .otherwise = "refuse",
     .words = "refuse|replace",
     .help = "what to do with a repository element that says otherwise than the origin"},
    {.name = "signed",
     .type = CMK_CHOICE,
     .of = CMK_OF_PLUGIN,
     .otherwise = "refuse",
     .words = "refuse|strip",
     .help = "what to do with a signature, which no longer holds for a package that is changed"},
    {.name = "content_hash",
     .type = CMK_TRUTH,
     .of = CMK_OF_PLUGIN,
     .otherwise = "false",
     .help = "whether NuGet's content hash of the outcome is reported, which reads it once more"},
    {.name = NULL},
};

static const char *const patterns[] = {"*.nupkg", "*.snupkg", NULL};

static const struct cmk_rewriter rewriter = {
    .size = sizeof rewriter,
    .patterns = patterns,
    .rewrite = nu_rewrite,
    .inspect = nu_inspect,
};

static const struct cmk_signer signer = {
    .size = sizeof signer,
    .patterns = patterns,
    .sign = nu_sign,
    .check = nu_check_signature,
};

CMK_PLUGIN(nuget, .version = "1.0", .summary = "NuGet packages that say where they come from",
           .options = options, .rewriter = &rewriter, .signer = &signer)
