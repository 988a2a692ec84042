/* SPDX-License-Identifier: Apache-2.0 */
#include "net/retry.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"

#include <curl/curl.h>
#include <time.h>

#define YEAR INT64_C(31536000) /* s; nobody means more */

int64_t
cm_retry_backoff(int64_t base, int tries)
{
    int64_t wait = base;
    for (int i = 1; i < tries && wait < CM_RETRY_LONGEST; i++)
        wait *= 2;
    if (wait > CM_RETRY_LONGEST)
        wait = CM_RETRY_LONGEST;
    uint32_t chance = 0;
    if (!cm_random(&chance, sizeof chance))
        return wait;
    return wait - wait / 2 * (int64_t)(chance % 1024) / 1024;
}

int64_t
cm_retry_after(const char *value, int64_t wall_now)
{
    int64_t seconds = 0;
    if (cm_parse_int(value, 0, YEAR, &seconds))
        return seconds * CM_SECOND;
    time_t date = curl_getdate(value, NULL);
    int64_t now = wall_now / CM_SECOND;
    if (date < 0 || date - now > YEAR)
        return -1;
    return date <= now ? 0 : (date - now) * CM_SECOND;
}
