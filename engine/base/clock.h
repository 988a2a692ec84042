/* SPDX-License-Identifier: Apache-2.0
 *
 * base/clock.h: the wall clock and the monotonic clock, both in ns.
 *
 * The wall clock says when something was asked, decided or logged. Judging never reads it: it takes
 * decided_at from the evidence.
 */
#ifndef CM_BASE_CLOCK_H
#define CM_BASE_CLOCK_H

#include <stdint.h>

#define CM_SECOND INT64_C(1000000000)

int64_t cm_wall_now(void);      /* ns since 1970 */
int64_t cm_monotonic_now(void); /* ns since some moment */

#endif
