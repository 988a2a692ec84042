/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/keyless.h: options of others' tools that ask for what is not done here.
 */
#ifndef CM_PROGRAMS_KEYLESS_H
#define CM_PROGRAMS_KEYLESS_H

#include <stdbool.h>

/* "certificate-identity" and its like: signatures that rest on certificates, a log, or the network,
 * and on no key that the operator names. Whoever says one of them must not believe that it was
 * heeded. */
bool cm_is_keyless(const char *option);

#endif
