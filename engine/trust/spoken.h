/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/spoken.h: a trust model said in words, as on a command line, instead of in a file.
 *
 * One system, one project with one link to it, one signing policy and, with a rewriter, one
 * artifact configuration: by the rules of a file, checked like one, and the same to everything
 * behind. What is asked for without a default must be there all the same: at least one repository
 * and one ref.
 */
#ifndef CM_TRUST_SPOKEN_H
#define CM_TRUST_SPOKEN_H

#include "trust/config.h"
#include "trust/model.h"

#include <stdbool.h>

/* Begin with {0}: what is NULL or empty was not said. Everything is borrowed, and copied. */
struct cm_spoken {
    /* Slugs. Not said: "local"; the connector's id; the last part of the first repository's path;
     * "command-line". */
    const char *organization, *system, *project, *policy;
    const char *connector;            /* id of the plug-in; required */
    const char *submitter;            /* "local:NAME", who alone may submit; required */
    struct cm_peer peer;              /* of the system */
    struct cm_peer repository_peer;   /* of the host of each repository */
    struct cm_words repositories;     /* URLs; required */
    struct cm_words refs;             /* patterns of full names; required */
    struct cm_words tag_branches;     /* required if `refs` names only tags */
    struct cm_words assume, optional; /* as in a link, as in a policy */
    const char *assume_reason;        /* required with `assume` */
    const char *max_age;              /* "12h", "30d", "unlimited"; not said: 30 days */
    const char *rewriter;             /* id of the plug-in that documents artifacts */
    struct cm_words packages;         /* with a rewriter, as in an artifact configuration */
    struct cm_settings system_settings, link_settings, policy_settings; /* of the connector */
    struct cm_settings rewriter_settings;
};

/* True and *ret (owned: cm_trust_free) if nothing is wrong with the words. Complaints stand in no
 * file and have as their path what the word is called on a command line, without its dashes: the
 * member's name with '-' for '_', in the singular where one word is one of a list; those of
 * `repository_peer` begin with "repository-". What plug-ins have to say of it is asked as for a
 * file (pipeline.h: cm_check_policy). */
bool cm_trust_spoken(const struct cm_spoken *spoken, struct cm_trust **ret,
                     struct cm_complaints *complaints) CM_MUST;

#endif
