/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/secret.h: secrets are references; this is where they are looked up.
 *
 *   file:/path            one line; root's file or the engine's user's, and nobody else's to read
 *   env:NAME              a variable of the environment
 *   credential:NAME       $CREDENTIALS_DIRECTORY/NAME (systemd); its mode is not looked at
 */
#ifndef CM_TRUST_SECRET_H
#define CM_TRUST_SECRET_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

/* Is it a reference, as a matter of form? The message never repeats the text (it may be a secret
 * that somebody wrote there). */
bool cm_secret_check(const char *reference, struct cm_err *err) CM_MUST;

/* The secret, into a buffer that wipes (ret->secret is set here). One trailing line feed is
 * dropped; an empty one, control characters, more than 8 KiB and whatever keeps it from being read
 * are CM_E_CONFIG. */
bool cm_secret_read(const char *reference, struct cm_buf *ret, struct cm_err *err) CM_MUST;

#endif
