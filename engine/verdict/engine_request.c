/* SPDX-License-Identifier: Apache-2.0
 *
 * request.*: is it allowed at all, by the operator's configuration?
 */
#include "verdict/exam.h"

#include "base/json.h"

enum cm_word
cm_check_system_allowed(struct cm_exam *x)
{
    const char *system = cm_exam_request(x, "system");
    const json_t *systems = system ? cm_exam_words(x, "policy", "systems") : NULL;
    if (!systems)
        return CM_UNKNOWN;
    cm_exam_expect(x, "one of: %s", cm_exam_list(x, systems));
    if (!cm_exam_holds(systems, system))
        return cm_exam_fail(x, "%s", cm_exam_show(x, system));
    return cm_exam_pass(x, "%s", cm_exam_show(x, system));
}

enum cm_word
cm_check_linked(struct cm_exam *x)
{
    const char *system = cm_exam_request(x, "system");
    const json_t *effective = cm_json_get(x->evidence, "effective");
    const json_t *link = cm_json_get(effective, "link");
    if (!system)
        return CM_UNKNOWN;
    cm_exam_expect(x, "a link of the project to %s", cm_exam_show(x, system));
    if (!link)
        return cm_exam_fail(x, "the project has no link to it");
    if (!cm_exam_same(link, "system", system) ||
        !cm_exam_same(cm_json_get(effective, "system"), "slug", system))
        return cm_exam_fail(x, "the link is to %s", cm_exam_show(x, cm_json_text(link, "system")));
    return cm_exam_pass(x, "linked to %s", cm_exam_show(x, system));
}

enum cm_word
cm_check_submitter_allowed(struct cm_exam *x)
{
    const char *submitter = cm_exam_request(x, "submitter");
    const json_t *submitters = submitter ? cm_exam_words(x, "policy", "submitters") : NULL;
    if (!submitters)
        return CM_UNKNOWN;
    cm_exam_expect(x, "one of: %s", cm_exam_list(x, submitters));
    if (!cm_exam_holds(submitters, submitter))
        return cm_exam_fail(x, "%s", cm_exam_show(x, submitter));
    return cm_exam_pass(x, "%s", cm_exam_show(x, submitter));
}
