/* SPDX-License-Identifier: Apache-2.0
 *
 * base/clock.h: the wall clock and the monotonic clock, both in ns.
 *
 * The wall clock is read in one place of a verdict (decided_at) and for the time of documents.
 */
#ifndef CM_BASE_CLOCK_H
#define CM_BASE_CLOCK_H

#include <stdint.h>

#define CM_SECOND INT64_C(1000000000)

int64_t cm_wall_now(void);      /* ns since 1970 */
int64_t cm_monotonic_now(void); /* ns since some moment */

#endif
