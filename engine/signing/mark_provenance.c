/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/write.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "signing/mark_inside.h"

#include <string.h>

#define WITHHELD "withheld"

/* ---- what the build was told from outside ---- */

/* By name; of a value that is withheld, that there was one. */
static json_t *
parameters_of(const struct cm_verdict *verdict)
{
    bool ok = true;
    json_t *parameters = json_object();
    for (size_t i = 0; i < verdict->parameter_count; i++) {
        const struct cm_origin_field *one = &verdict->parameters[i];
        cm_json_set(parameters, one->field,
                    one->text != NULL ? json_string(one->text) : json_pack("{s:b}", WITHHELD, 1),
                    &ok);
    }
    if (!ok)
        cm_json_done(&parameters);
    return parameters;
}

static json_t *
external_of(const struct cm_accepted *accepted)
{
    bool ok = true;
    json_t *external = json_object();
    cm_json_set_text(external, "repository", cm_mark_origin(accepted, "repository"), &ok);
    cm_json_set_text(external, "ref", cm_mark_origin(accepted, "ref"), &ok);
    cm_json_set(external, "parameters", parameters_of(&accepted->verdict), &ok);
    if (!ok)
        cm_json_done(&external);
    return external;
}

/* ---- what the platform, the operator and we have added ---- */

/* The operator's word, as such: what it is given on, and why. */
static bool
add_assumptions(json_t *to, const struct cm_accepted *accepted)
{
    bool ok = true;
    const json_t *link = cm_json_path(accepted->opened.evidence, "effective.link");
    json_t *assumed = cm_json_get(link, "assume");
    if (json_array_size(assumed) == 0)
        return true;
    cm_json_set(to, "assumed", json_incref(assumed), &ok);
    cm_json_set_text(to, "assume_reason", cm_json_text(link, "assume_reason"), &ok);
    return ok;
}

static bool
add_waivers(json_t *to, const struct cm_verdict *verdict)
{
    bool ok = true;
    json_t *waived = json_array();
    for (size_t i = 0; waived != NULL && i < verdict->answer_count; i++) {
        const struct cm_answer *answer = &verdict->answers[i];
        if (answer->weight == CM_WAIVED &&
            json_array_append_new(waived, json_string(answer->check)) != 0)
            cm_json_done(&waived);
    }
    if (json_array_size(waived) > 0)
        cm_json_set(to, "waived", json_incref(waived), &ok);
    ok = ok && waived != NULL;
    cm_json_done(&waived);
    return ok;
}

/* Who may have changed the file that was built: which of them did is known to nobody here. */
static json_t *
configured_of(const json_t *artifact)
{
    bool ok = true;
    size_t index;
    const json_t *one;
    json_t *configured = json_object(), *rewriters = json_array();
    json_array_foreach(cm_json_get(artifact, "rewriters"), index, one)
    {
        ok = ok && json_array_append(rewriters, cm_json_get(one, "plugin")) == 0;
    }
    cm_json_set(configured, "rewriters", rewriters, &ok);
    cm_json_set_text(configured, "signer", cm_json_text(cm_json_get(artifact, "signer"), "plugin"),
                     &ok);
    if (!ok)
        cm_json_done(&configured);
    return configured;
}

/* What the file was that another one is delivered for. Both were hashed here; that is all that is
 * known of the way between them, and all that is said. */
static bool
add_delivered(json_t *to, const struct cm_accepted *accepted)
{
    bool ok = true;
    if (!accepted->rewritten)
        return true;
    cm_json_set(
        to, "delivered",
        json_pack("{s:{s:s}, s:o}", "from", "sha256", accepted->built_sha256, "configured",
                  configured_of(cm_json_path(accepted->opened.evidence, "effective.artifact"))),
        &ok);
    return ok;
}

static json_t *
internal_of(const struct cm_accepted *accepted, const struct cm_mark_submodules *submodules)
{
    bool ok = true;
    const json_t *request = cm_json_get(accepted->opened.evidence, "request");
    json_t *internal = json_object();
    cm_json_set_text(internal, "system", cm_json_text(request, "system"), &ok);
    cm_json_set_text(internal, "build", cm_mark_origin(accepted, "build"), &ok);
    cm_json_set_text(internal, "job", cm_mark_origin(accepted, "job"), &ok);
    /* said in both cases: where nothing is said, nobody may take it for known */
    cm_json_set_text(internal, "submodules", submodules->known ? "listed" : "unknown", &ok);
    ok = ok && add_assumptions(internal, accepted) && add_waivers(internal, &accepted->verdict) &&
         add_delivered(internal, accepted);
    if (!ok)
        cm_json_done(&internal);
    return internal;
}

/* ---- what it was made of ---- */

/* The commit first; then the artifact as it was built, if another file is delivered; then
 * submodules. Arena. */
static bool
dependencies_of(const struct cm_accepted *accepted, const struct cm_mark_submodules *submodules,
                struct cm_resources *ret)
{
    struct cm_arena *arena = accepted->arena;
    struct cm_resource *all = cm_arena_alloc(arena, (2 + submodules->count) * sizeof *all);
    struct cm_known_digest *digests = cm_arena_alloc(arena, 2 * sizeof *digests);
    const char *source = cm_arena_printf(arena, "git+%s@%s", cm_mark_origin(accepted, "repository"),
                                         cm_mark_origin(accepted, "ref"));
    size_t count = 0;
    if (all == NULL || digests == NULL || source == NULL)
        return false;
    digests[0] = (struct cm_known_digest){"gitCommit", cm_mark_origin(accepted, "commit")};
    digests[1] = (struct cm_known_digest){"sha256", accepted->built_sha256};
    all[count++] = (struct cm_resource){.uri = source, .digests = &digests[0], .digest_count = 1};
    if (accepted->rewritten)
        all[count++] = (struct cm_resource){
            .name = cm_mark_name(accepted), .digests = &digests[1], .digest_count = 1};
    for (size_t i = 0; i < submodules->count; i++)
        all[count++] = submodules->at[i];
    *ret = (struct cm_resources){all, count};
    return true;
}

/* ---- the whole ---- */

/* Where it was built: the build's own page, or the build's name under the builder's. */
static const char *
invocation_of(const struct cm_mark *mark, const char *builder)
{
    const char *url = cm_mark_origin(mark->accepted, "url");
    const char *build = cm_mark_origin(mark->accepted, "build");
    if (url != NULL || build == NULL)
        return url;
    return cm_arena_printf(mark->accepted->arena, "%s#%s", builder, build);
}

static const char *
build_type_of(const struct cm_accepted *accepted)
{
    const json_t *system = cm_json_path(accepted->opened.evidence, "effective.system");
    const char *connector = cm_json_text(system, "connector");
    return connector == NULL
               ? NULL
               : cm_arena_printf(accepted->arena, "urn:countermark:build-type:%s:1", connector);
}

static int64_t
time_of(const struct cm_accepted *accepted, const char *field)
{
    int64_t at;
    const char *text = cm_mark_origin(accepted, field);
    return text != NULL && cm_parse_time(text, &at) ? at : CM_NO_TIME;
}

static bool
has_origin(const struct cm_accepted *accepted)
{
    return accepted->verdict.outcome == CM_ACCEPTED &&
           cm_mark_origin(accepted, "repository") != NULL &&
           cm_mark_origin(accepted, "ref") != NULL && cm_mark_origin(accepted, "commit") != NULL;
}

bool
cm_mark_provenance(const struct cm_mark *mark, struct cm_buf *to, struct cm_err *err)
{
    const struct cm_accepted *accepted = mark->accepted;
    struct cm_mark_submodules submodules = {.known = false};
    struct cm_resources dependencies = {.count = 0};
    const char *builder = cm_mark_builder(mark);
    if (!has_origin(accepted))
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "no origin was verified, so nobody can say how it was built");
    if (!cm_mark_submodules(accepted, &submodules, err))
        return false;
    CM_CLEANUP(cm_json_done) json_t *external = external_of(accepted);
    CM_CLEANUP(cm_json_done) json_t *internal = internal_of(accepted, &submodules);
    CM_CLEANUP(cm_json_done) json_t *versions = cm_mark_versions(accepted);
    if (!dependencies_of(accepted, &submodules, &dependencies) || external == NULL ||
        internal == NULL || versions == NULL || builder == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    const struct cm_known_digest delivered = {"sha256", accepted->artifact_sha256};
    const struct cm_resource subject = {
        .name = cm_mark_name(accepted), .digests = &delivered, .digest_count = 1};
    const struct cm_provenance provenance = {
        .subjects = {&subject, 1},
        .build_type = build_type_of(accepted),
        .external = external,
        .internal = internal,
        .dependencies = dependencies,
        .builder_id = builder,
        .builder_version = versions,
        .invocation_id = invocation_of(mark, builder),
        .started = time_of(accepted, "built_at"),
        .finished = CM_NO_TIME,
    };
    return cm_provenance_write(&provenance, to, err);
}
