/* SPDX-License-Identifier: Apache-2.0
 *
 * pipeline/sign.h: stage sign: an accepted artifact, documented or as it was built, gets its
 * signature.
 *
 * The signer has it made by the process with the keys, which is asked by whoever runs this stage,
 * and embeds it or puts it beside. What is delivered was written, read again and found to verify.
 */
#ifndef CM_PIPELINE_SIGN_H
#define CM_PIPELINE_SIGN_H

#include "base/fd.h"
#include "pipeline/pipeline.h"
#include "plugin/host.h"

struct cm_signer {
    const struct cm_plugin *plugin; /* NULL: nobody signs */
    json_t *options;                /* owned */
};
void cm_signer_done(struct cm_signer *); /* for CM_CLEANUP; begin with {0} */

/* That of the artifact configuration that the evidence records, with what it was told then. */
bool cm_signer_of(const json_t *evidence, struct cm_plugins *, struct cm_signer *ret,
                  struct cm_err *err) CM_MUST;

struct cm_signing {
    const json_t *evidence;
    const struct cm_verdict *verdict; /* of that evidence, and accepted */
    const struct cm_signer *signer;
    struct cm_log *log;
    int from;           /* as it is to be signed; borrowed; nobody else writes to it */
    const char *target; /* the file that it is for; borrowed */
    cm_cms_fn *cms;     /* asks the process with the keys */
    void *data;
    int64_t deadline;       /* monotonic ns */
    const char *run_helper; /* countermark-run, for the signer's programs */
};

struct cm_signed {
    struct cm_draft *artifact; /* owned: with the signature in it; NULL: it stays as it is */
    struct cm_draft *beside;   /* owned: the signature's own file; NULL: it is in the artifact */
    char *beside_path;         /* owned; NULL */
    json_t *signature;         /* owned: for reports: docs/schemas/report-1.json */
};
void cm_signed_done(struct cm_signed *); /* for CM_CLEANUP; begin with {0} */

/* *ret_unwritten: what failed is the disk. CM_E_DENIED, CM_E_MALFORMED, CM_E_UNSUPPORTED and
 * CM_E_LIMIT are the signer's word, or that of the process with the keys, on this artifact. */
bool cm_sign(const struct cm_signing *, struct cm_signed *ret, bool *ret_unwritten,
             struct cm_err *err) CM_MUST;

#endif
