/* SPDX-License-Identifier: Apache-2.0
 *
 * pipeline/stamp.h: a signature gets its time stamp: the one thing that is asked outside behind the
 * verdict.
 */
#ifndef CM_PIPELINE_STAMP_H
#define CM_PIPELINE_STAMP_H

#include "base/buf.h"
#include "pipeline/pipeline.h"

/* What is in `cms` (DER) is replaced by the same with a time stamp of the configuration's
 * `timestamp`; without one, nothing is done. CM_E_TRANSIENT if there was no answer,
 * CM_E_CONFIG if there was one that does not count. */
bool cm_stamp_signature(const struct cm_trust *, const struct cm_installation *, struct cm_log *,
                        int64_t deadline, struct cm_buf *cms, struct cm_err *err) CM_MUST;

#endif
