/* SPDX-License-Identifier: Apache-2.0
 *
 * pipeline/admit.h: the system behind a slug, declared or predefined. The stage itself is
 * declared in pipeline.h.
 */
#ifndef CM_PIPELINE_ADMIT_H
#define CM_PIPELINE_ADMIT_H

#include "pipeline/pipeline.h"

/* The declared system of that slug, or, if a connector of that id says that it is predefined,
 * `stand_in`, filled in. CM_E_CONFIG if there is neither. */
bool cm_find_system(const struct cm_trust *, struct cm_plugins *, const char *slug,
                    struct cm_system *stand_in, const struct cm_system **ret,
                    const struct cm_plugin **ret_plugin, struct cm_err *err) CM_MUST;

/* A rewriter, a signer by its id. CM_E_CONFIG if there is no such plug-in, or it is none. */
bool cm_find_rewriter(struct cm_plugins *, const char *id, const struct cm_plugin **ret,
                      struct cm_err *err) CM_MUST;
bool cm_find_signer(struct cm_plugins *, const char *id, const struct cm_plugin **ret,
                    struct cm_err *err) CM_MUST;
/* The options of a rewriter or signer as that artifact configuration tells them (owned); what is
 * wrong with them are complaints. */
bool cm_tool_options(const struct cm_plugin *, const struct cm_artifact_configuration *,
                     json_t **ret, struct cm_complaints *) CM_MUST;

/* What the configuration says now of a request that stands in evidence: admitted once more, by the
 * names that it gave then. Fails as cm_admit() does. */
bool cm_admit_again(const struct cm_trust *, struct cm_plugins *, const json_t *evidence,
                    struct cm_admitted *ret, struct cm_complaints *, struct cm_err *err) CM_MUST;

#endif
