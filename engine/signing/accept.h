/* SPDX-License-Identifier: Apache-2.0
 *
 * signing/accept.h: may this be signed for? Decided by the process that holds the keys, from what
 * it reads itself, whatever the process that asks believes.
 */
#ifndef CM_SIGNING_ACCEPT_H
#define CM_SIGNING_ACCEPT_H

#include "base/digest.h"
#include "evidence/seal.h"
#include "pipeline/pipeline.h"

#include <stdbool.h>

/* What the process was started with. All borrowed. */
struct cm_office {
    const struct cm_trust *trust; /* its own reading of the configuration */
    struct cm_plugins *plugins;   /* connectors, to judge again with */
    struct cm_log *log;
    struct cm_key *const *seals; /* evidence keys whose seals count */
    size_t seal_count;
    int64_t now; /* wall clock; 0: the machine's. For tests */
};

/* What was handed in: names, and descriptors of regular files. Borrowed. */
struct cm_handed {
    const char *project, *policy; /* that the asking process means */
    bool failures;                /* say so, too, where the verdict is another than accepted */
    int evidence;                 /* a sealed file */
    int artifact;                 /* as it will be delivered */
    int built;          /* as it was built, where that is another file; -1: the artifact itself */
    bool may_be_signed; /* the artifact may be one in which a signer has put its signature */
};

struct cm_accepted {
    struct cm_arena *arena;              /* owned */
    struct cm_opened opened;             /* owned; opened.evidence is what was judged */
    struct cm_verdict verdict;           /* accepted, unless failures were asked for */
    const struct cm_policy *policy;      /* of the configuration */
    char evidence_sha256[CM_SHA256_HEX]; /* of the sealed file's bytes */
    char artifact_sha256[CM_SHA256_HEX], built_sha256[CM_SHA256_HEX];
    bool rewritten; /* they are two files */
};
void cm_accepted_done(struct cm_accepted *); /* for CM_CLEANUP; begin with {0} */

/* How old a decision may be that is signed for, and how far ahead of this clock, ns. */
#define CM_SIGN_WITHIN (INT64_C(86400) * 1000000000)
#define CM_SIGN_AHEAD  (INT64_C(60) * 1000000000)

/* True only if the evidence is sealed by one of those keys, was decided lately, says the names that
 * were handed in, rests on what the configuration says now (by the digest of all that is
 * effective), is accepted when it is judged again, and is about the file as it was built. A
 * delivered file that is another than the built one needs an artifact configuration with rewriters,
 * or with a signer that embeds, where it may be signed; what they did to it is not looked at here.
 * CM_E_DENIED says which of these does not hold; CM_E_MALFORMED, what is no evidence. Each file is
 * read once, from its beginning, wherever its offset stands. */
bool cm_accept(const struct cm_office *, const struct cm_handed *, struct cm_accepted *ret,
               struct cm_err *err) CM_MUST;

#endif
