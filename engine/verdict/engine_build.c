/* SPDX-License-Identifier: Apache-2.0
 *
 * build.age
 */
#include "verdict/exam.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define CLOCKS_DIFFER (CM_SECOND * 60 * 5) /* of the system's clock and ours, at the most */

/* "12 minutes" */
static const char *
show_age(struct cm_exam *x, int64_t ns)
{
    const char *text = cm_show_duration(x->arena, ns);
    return text ? text : "?";
}

static enum cm_word
judge_age(struct cm_exam *x, const char *built_at, int64_t age, int64_t most)
{
    const char *shown = cm_exam_show(x, built_at);
    if (age < -CLOCKS_DIFFER) {
        cm_exam_remedy(x,
                       "Set the clock of the build system, or of this machine, then build again.");
        return cm_exam_fail(x, "built %s, %s after it was judged", shown, show_age(x, -age));
    }
    if (age < 0)
        age = 0;
    if (most > 0 && age > most)
        return cm_exam_fail(x, "built %s, %s ago", shown, show_age(x, age));
    return cm_exam_pass(x, "built %s, %s ago", shown, show_age(x, age));
}

/* Whole seconds, as the policy has them; false: none that can be read. */
static bool
read_most(const struct cm_exam *x, int64_t *ret_ns)
{
    const json_t *policy = cm_json_get(cm_json_get(x->evidence, "effective"), "policy");
    int64_t seconds = cm_json_int(policy, "max_age", -1);
    if (seconds < 0 || seconds > INT64_MAX / CM_SECOND)
        return false;
    *ret_ns = seconds * CM_SECOND;
    return true;
}

enum cm_word
cm_check_age(struct cm_exam *x)
{
    int64_t built = 0;
    int64_t most = 0;
    int64_t age = 0;
    if (!read_most(x, &most))
        return cm_exam_unknown(x, CM_E_MALFORMED, "the evidence does not hold policy.max_age");
    if (most > 0)
        cm_exam_expect(x, "not older than %s", show_age(x, most));
    else
        cm_exam_expect(x, "any age");
    const char *built_at = cm_exam_origin(x, "built_at");
    if (!built_at)
        return CM_UNKNOWN;
    if (!cm_parse_time(built_at, &built))
        return cm_exam_unknown(x, CM_E_MALFORMED, "not a time: %s", cm_exam_show(x, built_at));
    if (x->decided_at == CM_NO_TIME || __builtin_sub_overflow(x->decided_at, built, &age))
        return cm_exam_unknown(x, CM_E_MALFORMED, "the evidence does not hold decided_at");
    return judge_age(x, built_at, age, most);
}
