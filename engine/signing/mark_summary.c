/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/vsa.h"
#include "attest/write.h"
#include "base/json.h"
#include "base/text.h"
#include "signing/mark_inside.h"
#include "trust/resource.h"

#include <ctype.h>
#include <string.h>

/* Of a builder whose origin was verified no level is claimed but the operator's own word; of one
 * that only was recognised, not even that there is provenance. */
#define CLAIMED_WITH_ORIGIN    3
#define CLAIMED_WITHOUT_ORIGIN 0

/* ---- what was seen to hold ---- */

struct properties {
    struct cm_arena *arena;
    const char *at[CM_MOST_LEVELS - 1]; /* one is the level's */
    size_t count;
    bool failed;
};

/* "repository.commit-on-ref" becomes COUNTERMARK_REPOSITORY_COMMIT_ON_REF. */
static void
add_property(struct properties *to, const char *kind, const char *name)
{
    char *text = cm_arena_printf(to->arena, "COUNTERMARK_%s%s", kind, name);
    if (text == NULL || to->count == CM_COUNT(to->at)) {
        to->failed = true;
        return;
    }
    for (char *c = text; *c != '\0'; c++)
        *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
    to->at[to->count++] = text;
}

static bool
is_engines(const char *check)
{
    return cm_starts_with(check, "repository.") || cm_starts_with(check, "artifact.");
}

/* The engine's own checks that passed; and, so that nobody takes the word for more than it is, what
 * was waived and what the operator has vouched for. */
static void
collect_properties(const struct cm_accepted *accepted, struct properties *to)
{
    size_t index;
    const json_t *word;
    const struct cm_verdict *verdict = &accepted->verdict;
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *answer = &verdict->answers[i];
        if (answer->weight == CM_WAIVED)
            add_property(to, "WAIVED_", answer->check);
        else if (answer->word == CM_PASS && is_engines(answer->check))
            add_property(to, "", answer->check);
    }
    json_array_foreach(cm_json_path(accepted->opened.evidence, "effective.link.assume"), index,
                       word)
    {
        add_property(to, "ASSUMED_", json_string_value(word));
    }
    add_property(to, "", accepted->policy->system_only ? "SYSTEM_ONLY" : "ORIGIN_VERIFIED");
}

/* ---- the whole ---- */

static const char *
policy_of(const struct cm_mark *mark)
{
    const json_t *request = cm_json_get(mark->accepted->opened.evidence, "request");
    const char *rest =
        cm_arena_printf(mark->accepted->arena, "policies/%s/%s", cm_json_text(request, "project"),
                        cm_json_text(request, "policy"));
    return rest != NULL ? cm_mark_under(mark, rest) : NULL;
}

static bool
resource_of(const struct cm_mark *mark, const char **ret, struct cm_err *err)
{
    const struct cm_accepted *accepted = mark->accepted;
    const json_t *evidence = accepted->opened.evidence;
    const char *slug = cm_json_text(cm_json_path(evidence, "effective.artifact"), "slug");
    const struct cm_project *project =
        cm_trust_project(mark->trust, cm_json_text(cm_json_get(evidence, "request"), "project"));
    const struct cm_artifact_configuration *artifact =
        slug != NULL && project != NULL ? cm_project_artifact(project, slug) : NULL;
    if (project == NULL)
        return cm_fail(err, CM_E_DENIED, "the configuration has no such project");
    return cm_resource_of(artifact, mark->trust->organization, project->slug,
                          cm_mark_origin(accepted, "build"), cm_mark_name(accepted),
                          accepted->arena, ret, err);
}

/* The operator's words on builders, for the key that will sign. */
static struct cm_root_of_trust *
roots_of(const struct cm_mark *mark)
{
    struct cm_root_of_trust *roots =
        cm_arena_alloc(mark->accepted->arena, (mark->key->builder_count + 1) * sizeof *roots);
    for (size_t i = 0; roots != NULL && i < mark->key->builder_count; i++)
        roots[i] = (struct cm_root_of_trust){.key_id = mark->key_id,
                                             .builder_id = mark->key->builders[i].id,
                                             .build_level = mark->key->builders[i].build_level};
    return roots;
}

bool
cm_mark_summary(const struct cm_mark *mark, struct cm_buf *to, struct cm_err *err)
{
    const struct cm_accepted *accepted = mark->accepted;
    const json_t *evidence = accepted->opened.evidence;
    struct properties properties = {.arena = accepted->arena};
    const char *resource = NULL, *decided = cm_json_text(evidence, "decided_at");
    int64_t when = CM_NO_TIME;
    bool passed = accepted->verdict.outcome == CM_ACCEPTED;
    if (!resource_of(mark, &resource, err))
        return false;
    if (decided == NULL || !cm_parse_time(decided, &when))
        return cm_fail(err, CM_E_MALFORMED, "the evidence does not say when it was decided");
    collect_properties(accepted, &properties);
    struct cm_root_of_trust *roots = roots_of(mark);
    CM_CLEANUP(cm_json_done) json_t *versions = cm_mark_versions(accepted);
    if (properties.failed || roots == NULL || versions == NULL)
        return cm_fail(err, CM_E_LIMIT, "more was seen to hold than a summary can say");
    const struct cm_known_digest delivered = {"sha256", accepted->artifact_sha256};
    const struct cm_known_digest policy = {"sha256", cm_json_text(evidence, "effective_sha256")};
    const struct cm_known_digest sealed = {"sha256", accepted->evidence_sha256};
    const struct cm_resource subject = {
        .name = cm_mark_name(accepted), .digests = &delivered, .digest_count = 1};
    const struct cm_resource input = {
        .media_type = CM_SEAL_TYPE, .digests = &sealed, .digest_count = 1};
    const struct cm_summary summary = {
        .subjects = {&subject, 1},
        .verifier_id = mark->trust->verifier,
        .verifier_version = versions,
        .time_verified = when,
        .resource_uri = resource,
        .policy = {.uri = policy_of(mark), .digests = &policy, .digest_count = 1},
        .inputs = {&input, 1},
        .passed = passed,
        .builder_key_id = mark->key_id,
        .builder_id = cm_mark_builder(mark),
        .claimed_level =
            accepted->policy->system_only ? CLAIMED_WITHOUT_ORIGIN : CLAIMED_WITH_ORIGIN,
        .roots = roots,
        .root_count = mark->key->builder_count,
        .properties = properties.at,
        .property_count = passed ? properties.count : 0,
    };
    return cm_summary_write(&summary, to, err);
}
