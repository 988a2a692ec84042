/* SPDX-License-Identifier: Apache-2.0
 *
 * attest/digests.h: what the digests of a digest set look like.
 */
#ifndef CM_ATTEST_DIGESTS_H
#define CM_ATTEST_DIGESTS_H

#include <stdbool.h>

/* Is it a digest by that algorithm, as far as we know it? Of an unknown one: is there any text? */
bool cm_digest_is_of(const char *algorithm, const char *text);

/* Is it one that can be made to fit another file? */
bool cm_digest_is_weak(const char *algorithm);

#endif
