/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/vsa.h"

#include "attest/levels.h"
#include "attest/members.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>

#define FUTURE (300 * CM_SECOND) /* how far clocks may be apart */

/* ---- reading ---- */

static bool
read_time(const json_t *predicate, const char *where, int64_t *ret, struct cm_err *err)
{
    const char *text = NULL;
    int64_t at = CM_NO_TIME;
    if (!cm_member_text(predicate, "timeVerified", where, &text, err))
        return false;
    if (text != NULL && !cm_parse_time(text, &at))
        return cm_fail(err, CM_E_MALFORMED, "%s: timeVerified is no time: '%s'", where, text);
    *ret = at;
    return true;
}

static bool
read_verifier(const json_t *predicate, const char *where, struct cm_vsa *to, struct cm_err *err)
{
    static const char *const known[] = {"id", "version", NULL};
    const json_t *verifier = NULL;
    return cm_member_object_needed(predicate, "verifier", where, &verifier, err) &&
           cm_members_check(verifier, known, where, err) &&
           cm_member_text_needed(verifier, "id", where, &to->verifier_id, err);
}

static bool
read_policy(const json_t *predicate, const char *where, struct cm_vsa *to, struct cm_err *err)
{
    static const char *const known[] = {"uri", "digest", NULL};
    const json_t *policy = NULL;
    if (!cm_member_object(predicate, "policy", where, &policy, err))
        return false;
    return policy == NULL || (cm_members_check(policy, known, where, err) &&
                              cm_member_text(policy, "uri", where, &to->policy_uri, err));
}

/* At most one level of each track: of two, others take whichever they like. */
static bool
check_track(const json_t *levels, size_t index, const char *where, struct cm_err *err)
{
    struct cm_level_name mine, other;
    const char *text = json_string_value(json_array_get(levels, index));
    if (!cm_level_parse(text, &mine))
        return true;
    for (size_t i = 0; i < index; i++)
        if (cm_level_parse(json_string_value(json_array_get(levels, i)), &other) &&
            cm_level_same_track(&mine, &other))
            return cm_fail(err, CM_E_MALFORMED,
                           "%s: verifiedLevels has two of one track: %s beside %s", where, text,
                           json_string_value(json_array_get(levels, i)));
    return true;
}

static bool
check_level(const json_t *levels, size_t index, bool passed, const char *where, struct cm_err *err)
{
    const char *text = json_string_value(json_array_get(levels, index));
    if (text == NULL || *text == '\0')
        return cm_fail(err, CM_E_MALFORMED, "%s: verifiedLevels: element %zu is no text", where,
                       index + 1);
    if (passed && strcmp(text, "FAILED") == 0)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: verificationResult is PASSED, and verifiedLevels says FAILED", where);
    return check_track(levels, index, where, err);
}

static bool
read_levels(const json_t *predicate, const char *where, struct cm_vsa *to, struct cm_err *err)
{
    bool passed = strcmp(to->result, "PASSED") == 0;
    if (!cm_member_array_needed(predicate, "verifiedLevels", where, &to->levels, err))
        return false;
    size_t size = json_array_size(to->levels);
    if ((passed && size == 0) || size > CM_MOST_LEVELS)
        return cm_fail(err, CM_E_MALFORMED, "%s: verifiedLevels is %s", where,
                       size == 0 ? "empty" : "longer than 64");
    for (size_t i = 0; i < size; i++)
        if (!check_level(to->levels, i, passed, where, err))
            return false;
    return true;
}

static bool
read_result(const json_t *predicate, const char *where, struct cm_vsa *to, struct cm_err *err)
{
    if (!cm_member_text_needed(predicate, "verificationResult", where, &to->result, err))
        return false;
    return strcmp(to->result, "PASSED") == 0 || strcmp(to->result, "FAILED") == 0 ||
           cm_fail(err, CM_E_MALFORMED, "%s: verificationResult is '%s', not PASSED or FAILED",
                   where, to->result);
}

bool
cm_vsa_read(const struct cm_statement *statement, const char *where, struct cm_vsa *ret,
            struct cm_err *err)
{
    static const char *const known[] = {"verifier",          "timeVerified",
                                        "resourceUri",       "policy",
                                        "inputAttestations", "verificationResult",
                                        "verifiedLevels",    "dependencyLevels",
                                        "slsaVersion",       NULL};
    struct cm_vsa vsa = {.time_verified = CM_NO_TIME};
    const json_t *predicate = statement->predicate;
    if (strcmp(statement->predicate_type, CM_VSA_TYPE) != 0)
        return cm_fail(err, CM_E_DENIED, "%s: it is no VSA, but '%s'", where,
                       statement->predicate_type);
    if (predicate == NULL)
        return cm_fail(err, CM_E_MALFORMED, "%s: there is no predicate", where);
    if (!cm_members_check(predicate, known, where, err) ||
        !read_verifier(predicate, where, &vsa, err) ||
        !read_time(predicate, where, &vsa.time_verified, err) ||
        !cm_member_text_needed(predicate, "resourceUri", where, &vsa.resource_uri, err) ||
        !read_policy(predicate, where, &vsa, err) || !read_result(predicate, where, &vsa, err) ||
        !read_levels(predicate, where, &vsa, err))
        return false;
    *ret = vsa;
    return true;
}

/* ---- judging ---- */

bool
cm_vsa_level_check(const char *level, struct cm_err *err)
{
    struct cm_level_name name;
    if (strcmp(level, "FAILED") == 0)
        return cm_fail(err, CM_E_NOT_FOUND, "FAILED is no level that one could ask for");
    if (cm_level_parse(level, &name) && name.number == CM_UNEVALUATED)
        return cm_fail(err, CM_E_NOT_FOUND, "%s says that nobody looked: it cannot be asked for",
                       level);
    return true;
}

static bool
has_level(const struct cm_vsa *vsa, const char *wanted)
{
    size_t i;
    json_t *one;
    struct cm_level_name asked, said;
    bool by_number = cm_level_parse(wanted, &asked);
    json_array_foreach(vsa->levels, i, one)
    {
        const char *text = json_string_value(one);
        if (!by_number && strcmp(text, wanted) == 0)
            return true;
        if (by_number && cm_level_parse(text, &said) && cm_level_same_track(&asked, &said) &&
            said.number != CM_UNEVALUATED && said.number >= asked.number)
            return true;
    }
    return false;
}

static bool
check_age(const struct cm_vsa *vsa, const struct cm_vsa_wanted *wanted, const char *where,
          struct cm_err *err)
{
    char text[CM_TIME_SIZE];
    if (wanted->max_age == 0)
        return true;
    if (vsa->time_verified == CM_NO_TIME)
        return cm_fail(err, CM_E_DENIED, "%s: it does not say when it was verified", where);
    cm_format_time(vsa->time_verified, text);
    if (vsa->time_verified > wanted->now + FUTURE)
        return cm_fail(err, CM_E_DENIED, "%s: it was verified in the future, %s", where, text);
    if (vsa->time_verified < wanted->now - wanted->max_age)
        return cm_fail(err, CM_E_DENIED, "%s: it is too old: verified %s", where, text);
    return true;
}

bool
cm_vsa_satisfies(const struct cm_vsa *vsa, const struct cm_vsa_wanted *wanted, const char *where,
                 struct cm_err *err)
{
    if (strcmp(vsa->verifier_id, wanted->verifier_id) != 0)
        return cm_fail(err, CM_E_DENIED, "%s: the verifier is '%s'", where, vsa->verifier_id);
    if (strcmp(vsa->resource_uri, wanted->resource_uri) != 0)
        return cm_fail(err, CM_E_DENIED, "%s: it is about the resource '%s'", where,
                       vsa->resource_uri);
    if (strcmp(vsa->result, "PASSED") != 0)
        return cm_fail(err, CM_E_DENIED, "%s: verificationResult is %s", where, vsa->result);
    for (size_t i = 0; i < wanted->level_count; i++)
        if (!has_level(vsa, wanted->levels[i]))
            return cm_fail(err, CM_E_DENIED, "%s: %s is not verified", where, wanted->levels[i]);
    return check_age(vsa, wanted, where, err);
}
