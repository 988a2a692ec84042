/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/inspect_attestation.h: inspect, of a file of attestations.
 */
#ifndef CM_PROGRAMS_INSPECT_ATTESTATION_H
#define CM_PROGRAMS_INSPECT_ATTESTATION_H

#include "programs/session.h"

/* Is it meant to be one, by its content: JSON of an object, not too large? A package never begins
 * so. False also of what cannot be read. */
bool cm_is_attestation_file(const char *path);

/* Shows what it says, which nobody has verified. The exit status. */
int cm_inspect_attestations(const struct cm_session *, const char *path);

#endif
