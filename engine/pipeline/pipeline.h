/* SPDX-License-Identifier: Apache-2.0
 *
 * pipeline/pipeline.h: the story of a request, stage by stage.
 *
 *   admit -> authenticate -> collect -> state origin -> verify -> decide
 *
 * The stages up to collecting leave documents in the evidence; judging (the rest) reads the
 * evidence and nothing else. verify is: gather, then judge. replay is: judge.
 */
#ifndef CM_PIPELINE_PIPELINE_H
#define CM_PIPELINE_PIPELINE_H

#include "artifact/stage.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "plugin/loader.h"
#include "trust/config.h"
#include "trust/model.h"
#include "verdict/verdict.h"

#include <jansson.h>
#include <stdbool.h>

/* Where the parts of the installation are, from /proc/self/exe. */
struct cm_installation {
    struct cm_arena *arena;
    const char *program; /* the running program */
    const char *plugin_folder;
    const char *outside_module; /* countermark-outside.so */
    const char *token_module;   /* countermark-token.so */
    const char *git_helper;     /* countermark-git */
    const char *run_helper;     /* countermark-run */
    const char *keys_program;   /* countermark-keys */
};
bool cm_installation_find(struct cm_installation *ret, struct cm_err *err) CM_MUST;
void cm_installation_done(struct cm_installation *);

/* How a submission was delivered, for connectors that judge that: what the document "peer" holds
 * but its member `for`, or why there is nothing. */
struct cm_delivery {
    json_t *content; /* owned; NULL: none */
    struct cm_err why;
};
void cm_delivery_done(struct cm_delivery *); /* for CM_CLEANUP; begin with {0} */

/* One submission, as names. Borrowed texts. */
struct cm_submission {
    /* slugs; NULL: the only project, its only policy; of its links the only one, or the only one
     * that the policy allows */
    const char *project, *policy, *system;
    const char *artifact;  /* slug of an artifact configuration; NULL: the project's only one */
    bool wants_artifact;   /* several, and none is named: then that is wrong */
    const char *submitter; /* "local:NAME" */
    const json_t *names;   /* { option: text } of the connector */
    const struct cm_staged *file;       /* NULL: none came with it */
    const struct cm_delivery *delivery; /* NULL: nothing is known of it */
};

/* What a submission is about, found in the configuration and checked: stage admit. Begun with {0},
 * and ended with cm_admitted_done() also where admitting failed. Not to be copied: it points into
 * itself. */
struct cm_admitted {
    const struct cm_trust *trust;
    const struct cm_project *project;
    const struct cm_policy *policy; /* NULL: no build is meant */
    const struct cm_link *link;     /* NULL: the project has no link to that system */
    const struct cm_system *system;
    const struct cm_artifact_configuration *artifact; /* NULL: none */
    const struct cm_plugin *plugin;
    struct cm_system stand_in; /* of a predefined system; `system` points here then */
    json_t *effective;         /* owned */
    json_t *names;             /* owned: what the submission says, checked and typed */
    json_t *secrets;           /* owned; references only */
};
void cm_admitted_done(struct cm_admitted *);

/* Finds project, policy, link, system and plug-in and resolves the options. Options that do not
 * hold are complaints, each with its place; then, and where the configuration lacks something, err
 * is of CM_E_CONFIG. What the submission got wrong (unknown project, ...) is an err of
 * CM_E_NOT_FOUND that names what there is. */
bool cm_admit(const struct cm_trust *, struct cm_plugins *, const struct cm_submission *,
              struct cm_admitted *ret, struct cm_complaints *, struct cm_err *err) CM_MUST;

/* The same for somebody who asks whom to show himself to: without options, and only if the policy
 * allows the system, the project is linked to it and its connector judges who delivers. */
bool cm_admit_peer(const struct cm_trust *, struct cm_plugins *, const struct cm_submission *,
                   struct cm_admitted *ret, struct cm_err *err) CM_MUST;

/* Does the connector judge who delivers a submission? */
bool cm_takes_peer(const struct cm_plugin *);

/* The same where no build is meant: no policy and no names, options of both by default. */
bool cm_admit_link(const struct cm_trust *, struct cm_plugins *, const char *project,
                   const char *system, struct cm_admitted *ret, struct cm_complaints *,
                   struct cm_err *err) CM_MUST;

/* Everything that the configuration says of plug-ins, checked: systems, links, policies and
 * artifact configurations against the option tables, ids of checks, assumptions, configure hooks.
 * Offline. True if no complaint. */
bool cm_check_plugins(const struct cm_trust *, struct cm_plugins *, struct cm_log *,
                      struct cm_complaints *) CM_MUST;

/* The same for one policy of a project and the links to its systems: before anything is asked. */
bool cm_check_policy(const struct cm_trust *, struct cm_plugins *, struct cm_log *,
                     const struct cm_project *, const struct cm_policy *, struct cm_complaints *)
    CM_MUST;
/* For one artifact configuration. */
bool cm_check_artifact(const struct cm_trust *, struct cm_plugins *, struct cm_log *,
                       const struct cm_artifact_configuration *, struct cm_complaints *) CM_MUST;
/* And for one link alone. */
bool cm_check_link(const struct cm_trust *, struct cm_plugins *, struct cm_log *,
                   const struct cm_link *, struct cm_complaints *) CM_MUST;

/* What is gone out for. */
enum cm_errand {
    CM_TO_VERIFY,
    CM_TO_SHOW,    /* the gates only: stop after authenticate, for `link show` */
    CM_TO_EXAMINE, /* key and system: of the connector nothing but examine */
    CM_TO_START,   /* of the connector nothing but authenticate, for `init`; no repository */
};

struct cm_gather_settings {
    const struct cm_installation *installation;
    struct cm_log *log;
    int64_t deadline; /* monotonic ns */
    int cancel_fd;    /* -1: none */
    enum cm_errand errand;
    const char *mirrors;   /* folder of the mirrors of repositories; NULL: none is kept */
    uint64_t mirrors_most; /* bytes of all of them; 0: the usual */
};

/* What was gathered: the evidence, and the artifact as a descriptor for as long as it lives. */
struct cm_gathered {
    json_t *evidence; /* owned */
    int artifact;     /* an unlinked file of the one artifact that was downloaded; where none was,
                         the file that was submitted; -1: none, or several; owned */
    bool submitted;   /* it is the latter */
};
void cm_gathered_done(struct cm_gathered *);

/* A file that only was submitted is the artifact if the verdict says that it is; else it is closed.
 * Before that nothing may be made of it. */
void cm_gathered_settle(struct cm_gathered *, const struct cm_verdict *);

/* Stages authenticate and collect: asks the outside and gives the evidence, decided_at set. Where
 * no build is meant, submission is NULL. CM_E_CANCELLED when a signal ended it; all else that goes
 * wrong outside is in the evidence. */
bool cm_gather(const struct cm_admitted *, const struct cm_submission *,
               const struct cm_gather_settings *, struct cm_gathered *ret, struct cm_err *err)
    CM_MUST;

/* What gathering begins with: the evidence before anything was asked. To be judged by whoever wants
 * to know what would be: checks of the request answer, all others are unknown. Owned. */
bool cm_gather_begin(const struct cm_admitted *, const struct cm_submission *,
                     const struct cm_installation *, json_t **ret, struct cm_err *err) CM_MUST;

/* Stages state origin, verify, decide: pure. Loads the plug-in that the evidence names. */
bool cm_judge(json_t *evidence, struct cm_plugins *, struct cm_log *, struct cm_arena *,
              struct cm_verdict *ret, struct cm_err *err) CM_MUST;

/* The same of an examination: the answers of the connector's examination and of the engine's checks
 * on the system itself; there is no origin. */
bool cm_judge_examination(json_t *evidence, struct cm_plugins *, struct cm_log *, struct cm_arena *,
                          struct cm_verdict *ret, struct cm_err *err) CM_MUST;

/* Only the gates of `plugin`, in the middle of gathering: did all that the policy counts pass? */
bool cm_judge_gates(json_t *evidence, const struct cm_plugin *, struct cm_log *, bool *ret_passed,
                    struct cm_err *err) CM_MUST;

#endif
