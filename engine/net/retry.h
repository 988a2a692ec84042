/* SPDX-License-Identifier: Apache-2.0
 *
 * net/retry.h: how long to wait before the next try.
 */
#ifndef CM_NET_RETRY_H
#define CM_NET_RETRY_H

#include "base/clock.h"

#include <stdint.h>

#define CM_RETRY_TRIES   4
#define CM_RETRY_LONGEST (30 * CM_SECOND) /* of our own backoff */

/* After `tries` tries: base, doubled with each, less up to half of it by chance, so that many who
 * failed at one moment do not come back at one moment. */
int64_t cm_retry_backoff(int64_t base, int tries);

/* Retry-After: seconds or an HTTP date; ns from `wall_now`, 0 if it is past, -1 if it is neither.
 */
int64_t cm_retry_after(const char *value, int64_t wall_now);

#endif
