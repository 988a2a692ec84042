/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

static int64_t
read_clock(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now); /* cannot fail for the two clocks below */
    return (int64_t)now.tv_sec * CM_SECOND + now.tv_nsec;
}

int64_t
cm_wall_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t
cm_monotonic_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
