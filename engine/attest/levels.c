/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/levels.h"

#include "base/text.h"

#include <string.h>

#define HEAD              "SLSA_"
#define MIDDLE            "_LEVEL_"
#define UNKNOWN           1 /* what may be said of a builder that nobody has named */
#define MOST_LEVEL        3
#define MOST_OF_ANY_TRACK 999

bool
cm_level_parse(const char *text, struct cm_level_name *ret)
{
    int64_t number = CM_UNEVALUATED;
    const char *middle = cm_starts_with(text, HEAD) ? strstr(text + strlen(HEAD), MIDDLE) : NULL;
    if (middle == NULL || middle == text + strlen(HEAD))
        return false;
    const char *last = middle + strlen(MIDDLE);
    if (strcmp(last, "UNEVALUATED") != 0 && !cm_parse_int(last, 0, MOST_OF_ANY_TRACK, &number))
        return false;
    *ret = (struct cm_level_name){text + strlen(HEAD), (size_t)(middle - text) - strlen(HEAD),
                                  (int)number};
    return true;
}

bool
cm_level_same_track(const struct cm_level_name *a, const struct cm_level_name *b)
{
    return a->track_size == b->track_size && memcmp(a->track, b->track, a->track_size) == 0;
}

int
cm_level_of(const struct cm_root_of_trust *roots, size_t count, const char *key_id,
            const char *builder_id, int claimed)
{
    int most = MOST_LEVEL;
    bool named = false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(roots[i].key_id, key_id) == 0 && strcmp(roots[i].builder_id, builder_id) == 0) {
            most = roots[i].build_level < most ? roots[i].build_level : most;
            named = true;
        }
    most = named ? most : UNKNOWN;
    return claimed < 0 || most < 0 ? 0 : claimed < most ? claimed : most;
}
