/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's checks: the table, and how one is asked.
 */
#include "verdict/exam.h"

#include "base/json.h"
#include "base/text.h"

enum {
    SYSTEM_ALLOWED,
    LINKED,
    SUBMITTER_ALLOWED,
    AGE,
    EXPECTED,
    PUBLIC,
    COMMIT_EXISTS,
    COMMIT_ON_REF,
    REF_ALLOWED,
    TAG_ON_BRANCH,
    DIGEST,
    NAME,
    CHECK_COUNT
};

static const struct cm_check checks[CHECK_COUNT] = {
    [SYSTEM_ALLOWED] =
        {.id = "request.system-allowed",
         .question = "May this build system build for the policy?",
         .expected = "one of the systems of the policy",
         .remedy = "Submit to a policy that allows this system, or add it to `systems` of the "
                   "signing policy.",
         .binding = true},
    [LINKED] = {.id = "request.linked",
                .question = "Is the build system linked to the project?",
                .expected = "a link of the project to this system",
                .remedy = "Add a link to this system to `links` of the project.",
                .binding = true},
    [SUBMITTER_ALLOWED] =
        {.id = "request.submitter-allowed",
         .question = "May this submitter submit to the policy?",
         .expected = "one of the submitters of the policy",
         .remedy = "Let an allowed submitter submit it, or add this one to `submitters` of "
                   "the signing policy.",
         .binding = true},
    [AGE] = {.id = "build.age",
             .question = "Is the build young enough?",
             .expected = "a build that is not too old",
             .remedy = "Build again and submit the new build.",
             .of_origin = true},
    [EXPECTED] =
        {.id = "repository.expected",
         .question = "Was it built from a repository of the project?",
         .expected = "one of the repositories of the project",
         .remedy =
             "Do not sign this: it was built from something else. If the repository belongs to "
             "the project, add it to `repositories` of the project.",
         .binding = true,
         .of_origin = true},
    [PUBLIC] =
        {.id = "repository.public",
         .question = "Can anyone read the repository?",
         .expected = "git answers without any credential and lists the branch or tag",
         .remedy =
             "Make the repository public, or set `repository = \"any\"` in the signing policy if "
             "it is meant to be private.",
         .of_origin = true},
    [COMMIT_EXISTS] =
        {.id = "repository.commit-exists",
         .question = "Does the repository have the commit?",
         .expected = "the commit, with content that has this id",
         .remedy = "Push the commit, then build again. A commit that is gone (after a forced "
                   "push) cannot be verified.",
         .of_origin = true},
    [COMMIT_ON_REF] =
        {.id = "repository.commit-on-ref",
         .question = "Is the commit on the branch or tag that it was built for?",
         .expected = "the tip of this branch or tag, or one of the commits before it",
         .remedy = "Build a commit that is on the branch: merge or push it there first, then "
                   "build again.",
         .of_origin = true},
    [REF_ALLOWED] =
        {.id = "repository.ref-allowed",
         .question = "May this branch or tag be released?",
         .expected = "a branch or tag that the policy names",
         .remedy = "Build from a branch or tag that the policy names, or add this one to `refs` of "
                   "the signing policy.",
         .of_origin = true},
    [TAG_ON_BRANCH] =
        {.id = "repository.tag-on-branch",
         .question = "Is the commit of the tag also on a branch that may be released?",
         .expected = "a commit of one of the branches",
         .remedy = "Merge the tagged commit into one of these branches, or tag a commit that is "
                   "on one, then build again.",
         .of_origin = true},
    [DIGEST] =
        {.id = "artifact.digest",
         .question = "Is it the very file that the build system made?",
         .expected = "the file as the build system has it",
         .remedy =
             "Do not sign this file. Take the artifact from the build system and submit that.",
         .binding = true},
    [NAME] = {.id = "artifact.name",
              .question = "Does the artifact have a plain name, the same everywhere?",
              .expected = "one plain file name",
              .remedy =
                  "Give the artifact a plain file name in the build, without control characters, "
                  "backslashes or \"..\", and submit the file under the same name.",
              .binding = true},
};

static cm_exam_fn *const asks[CHECK_COUNT] = {
    [SYSTEM_ALLOWED] = cm_check_system_allowed,
    [LINKED] = cm_check_linked,
    [SUBMITTER_ALLOWED] = cm_check_submitter_allowed,
    [AGE] = cm_check_age,
    [EXPECTED] = cm_check_expected,
    [PUBLIC] = cm_check_public,
    [COMMIT_EXISTS] = cm_check_commit_exists,
    [COMMIT_ON_REF] = cm_check_commit_on_ref,
    [REF_ALLOWED] = cm_check_ref_allowed,
    [TAG_ON_BRANCH] = cm_check_tag_on_branch,
    [DIGEST] = cm_check_digest,
    [NAME] = cm_check_name,
};

/* Another word than "none" asks for one. */
bool
cm_is_system_only(const json_t *evidence)
{
    return cm_exam_same(cm_json_path(evidence, "effective.policy"), "origin", "none");
}

const struct cm_check *
cm_engine_checks(size_t *ret_count)
{
    *ret_count = CHECK_COUNT;
    return checks;
}

static int64_t
decided_at(const json_t *evidence)
{
    int64_t at = CM_NO_TIME;
    const char *text = cm_json_text(evidence, "decided_at");
    return text && cm_parse_time(text, &at) ? at : CM_NO_TIME;
}

void
cm_exam_ask(const struct cm_check *check, cm_exam_fn *ask, const json_t *evidence,
            const struct cm_verdict *origin, struct cm_arena *arena, struct cm_answer *ret)
{
    static const char *const none[] = {NULL};
    struct cm_exam x = {.evidence = evidence,
                        .origin = origin,
                        .arena = arena,
                        .answer = ret,
                        .decided_at = decided_at(evidence),
                        .room = json_object_size(cm_json_get(evidence, "documents")) +
                                origin->origin_count + CHECK_COUNT};
    *ret = (struct cm_answer){.check = check->id,
                              .question = check->question,
                              .expected = check->expected,
                              .remedy = check->remedy,
                              .declared_remedy = check->remedy,
                              .binding = check->binding,
                              .gate = check->gate,
                              .documents = none,
                              .assumed = none};
    x.documents = cm_arena_alloc(arena, (x.room + 1) * sizeof *x.documents);
    if (!x.documents) {
        ret->word = cm_exam_unknown(&x, CM_E_LIMIT, "no memory to judge it");
        ret->observed = "";
        return;
    }
    ret->documents = x.documents;
    ret->word = ask(&x);
    if (ret->word == CM_PASS)
        ret->remedy = NULL;
    if (!ret->observed)
        ret->observed = "";
    if (ret->word == CM_UNKNOWN && !ret->reason)
        ret->reason = "no memory to tell why";
}

void
cm_engine_ask(size_t index, const json_t *evidence, const struct cm_verdict *origin,
              struct cm_arena *arena, struct cm_answer *ret)
{
    cm_exam_ask(&checks[index], asks[index], evidence, origin, arena, ret);
}
