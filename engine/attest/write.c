/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/write.h"

#include "attest/provenance.h"
#include "attest/vsa.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define SLSA_VERSION "1.2"

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* ---- parts ---- */

static json_t *
digests_of(const struct cm_resource *resource)
{
    bool ok = true;
    json_t *digests = json_object();
    for (size_t i = 0; i < resource->digest_count; i++)
        cm_json_set_text(digests, resource->digests[i].algorithm, resource->digests[i].text, &ok);
    if (!ok)
        cm_json_done(&digests);
    return digests;
}

static json_t *
resource_json(const struct cm_resource *resource)
{
    bool ok = true;
    json_t *value = json_object();
    cm_json_set_text(value, "name", resource->name, &ok);
    cm_json_set_text(value, "uri", resource->uri, &ok);
    cm_json_set_text(value, "mediaType", resource->media_type, &ok);
    if (resource->digest_count > 0)
        cm_json_set(value, "digest", digests_of(resource), &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

static json_t *
list_of(const struct cm_resources *resources)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < resources->count; i++)
        if (json_array_append_new(list, resource_json(&resources->at[i])) != 0)
            cm_json_done(&list);
    return list;
}

/* Nothing is said of what there is none of. */
static void
set_list(json_t *object, const char *key, const struct cm_resources *resources, bool *ok)
{
    if (resources->count > 0)
        cm_json_set(object, key, list_of(resources), ok);
}

static void
set_copy(json_t *object, const char *key, const json_t *value, bool *ok)
{
    if (value != NULL)
        cm_json_set(object, key, json_deep_copy(value), ok);
}

static void
set_time(json_t *object, const char *key, int64_t at, bool *ok)
{
    char text[CM_TIME_SIZE];
    if (at == CM_NO_TIME)
        return;
    int64_t rest = at % CM_SECOND;
    cm_format_time(at - (rest < 0 ? rest + CM_SECOND : rest), text);
    cm_json_set_text(object, key, text, ok);
}

/* ---- the whole ---- */

static bool
check_digests(const struct cm_resources *resources, const char *what, struct cm_err *err)
{
    for (size_t i = 0; i < resources->count; i++)
        if (resources->at[i].digest_count == 0)
            return cm_fail(err, CM_E_MALFORMED, "%s has no digest", what);
    return true;
}

static bool
is_object_or_none(const json_t *value)
{
    return value == NULL || json_is_object(value);
}

/* Takes the predicate over. What comes out is what the readers take. */
static bool
write_statement(const struct cm_resources *subjects, const char *type, json_t *owned_predicate,
                struct cm_buf *to, struct cm_err *err)
{
    bool ok = owned_predicate != NULL;
    size_t before = to->size;
    CM_CLEANUP(cm_json_done) json_t *predicate = owned_predicate;
    CM_CLEANUP(cm_json_done) json_t *statement = json_object();
    CM_CLEANUP(cm_statement_done) struct cm_statement again = {.json = NULL};
    cm_json_set_text(statement, "_type", CM_STATEMENT_V1, &ok);
    cm_json_set(statement, "subject", list_of(subjects), &ok);
    cm_json_set_text(statement, "predicateType", type, &ok);
    cm_json_set(statement, "predicate", json_incref(predicate), &ok);
    if (!ok || !cm_json_canonical(statement, to))
        return cm_fail(err, CM_E_LIMIT, "no room for the statement, or it is no UTF-8");
    if (cm_statement_read(to->at + before, to->size - before, "the statement", &again, err))
        return true;
    cm_buf_cut(to, before);
    return false;
}

/* ---- provenance ---- */

static json_t *
definition_of(const struct cm_provenance *from)
{
    bool ok = true;
    json_t *value = json_object();
    cm_json_set_text(value, "buildType", from->build_type, &ok);
    set_copy(value, "externalParameters", from->external, &ok);
    set_copy(value, "internalParameters", from->internal, &ok);
    set_list(value, "resolvedDependencies", &from->dependencies, &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

static json_t *
builder_of(const struct cm_provenance *from)
{
    bool ok = true;
    json_t *value = json_object();
    cm_json_set_text(value, "id", from->builder_id, &ok);
    set_copy(value, "version", from->builder_version, &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

static json_t *
metadata_of(const struct cm_provenance *from)
{
    bool ok = true;
    json_t *value = json_object();
    cm_json_set_text(value, "invocationId", from->invocation_id, &ok);
    set_time(value, "startedOn", from->started, &ok);
    set_time(value, "finishedOn", from->finished, &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

static json_t *
details_of(const struct cm_provenance *from)
{
    bool ok = true;
    json_t *value = json_object();
    cm_json_set(value, "builder", builder_of(from), &ok);
    if (from->invocation_id != NULL || from->started != CM_NO_TIME || from->finished != CM_NO_TIME)
        cm_json_set(value, "metadata", metadata_of(from), &ok);
    set_list(value, "byproducts", &from->byproducts, &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

static bool
check_dependencies(const struct cm_resources *dependencies, struct cm_err *err)
{
    for (size_t i = 0; i < dependencies->count; i++)
        if (dependencies->at[i].uri == NULL && dependencies->at[i].digest_count == 0)
            return cm_fail(err, CM_E_MALFORMED, "a dependency has neither uri nor digest");
    return true;
}

bool
cm_provenance_write(const struct cm_provenance *from, struct cm_buf *to, struct cm_err *err)
{
    if (from->build_type == NULL || from->builder_id == NULL || !json_is_object(from->external))
        return cm_fail(err, CM_E_MALFORMED,
                       "provenance needs a build type, a builder and its external parameters");
    if (!is_object_or_none(from->internal) || !is_object_or_none(from->builder_version))
        return cm_fail(err, CM_E_MALFORMED, "internal parameters and versions are objects");
    if (!check_dependencies(&from->dependencies, err) ||
        !check_digests(&from->byproducts, "a byproduct", err))
        return false;
    bool ok = true;
    json_t *predicate = json_object();
    cm_json_set(predicate, "buildDefinition", definition_of(from), &ok);
    cm_json_set(predicate, "runDetails", details_of(from), &ok);
    if (!ok)
        cm_json_done(&predicate);
    return write_statement(&from->subjects, CM_PROVENANCE_TYPE, predicate, to, err);
}

/* ---- verification summary ---- */

static json_t *
levels_of(const struct cm_summary *from)
{
    char level[sizeof "SLSA_BUILD_LEVEL_0"];
    if (!from->passed)
        return json_pack("[s]", "FAILED");
    int number = cm_level_of(from->roots, from->root_count, from->builder_key_id, from->builder_id,
                             from->claimed_level);
    (void)snprintf(level, sizeof level, "SLSA_BUILD_LEVEL_%d", number & 3);
    json_t *levels = json_pack("[s]", level);
    for (size_t i = 0; levels != NULL && i < from->property_count; i++)
        if (json_array_append_new(levels, json_string(from->properties[i])) != 0)
            cm_json_done(&levels);
    return levels;
}

static json_t *
verifier_of(const struct cm_summary *from)
{
    bool ok = true;
    json_t *value = json_object();
    cm_json_set_text(value, "id", from->verifier_id, &ok);
    set_copy(value, "version", from->verifier_version, &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

static json_t *
summary_of(const struct cm_summary *from)
{
    bool ok = true;
    json_t *value = json_object();
    cm_json_set(value, "verifier", verifier_of(from), &ok);
    set_time(value, "timeVerified", from->time_verified, &ok);
    cm_json_set_text(value, "resourceUri", from->resource_uri, &ok);
    cm_json_set(value, "policy", resource_json(&from->policy), &ok);
    set_list(value, "inputAttestations", &from->inputs, &ok);
    cm_json_set_text(value, "verificationResult", from->passed ? "PASSED" : "FAILED", &ok);
    cm_json_set(value, "verifiedLevels", levels_of(from), &ok);
    cm_json_set_text(value, "slsaVersion", SLSA_VERSION, &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

static bool
check_property(const char *name, struct cm_err *err)
{
    if (cm_starts_with(name, "SLSA_") || strcmp(name, "FAILED") == 0 || strcmp(name, "PASSED") == 0)
        return cm_fail(err, CM_E_MALFORMED, "%s is no property of ours to say", name);
    return (*name != '\0' && strspn(name, CAPITALS) == strlen(name)) ||
           cm_fail(err, CM_E_MALFORMED, "the property '%s' is not of capitals, digits and '_'",
                   name);
}

static bool
check_summary(const struct cm_summary *from, struct cm_err *err)
{
    if (from->verifier_id == NULL || from->resource_uri == NULL || from->policy.uri == NULL ||
        from->time_verified == CM_NO_TIME)
        return cm_fail(err, CM_E_MALFORMED,
                       "a summary needs a verifier, a time, a resource and the uri of a policy");
    if (from->passed && (from->builder_key_id == NULL || from->builder_id == NULL))
        return cm_fail(err, CM_E_MALFORMED, "a summary needs the builder and its key");
    if (!is_object_or_none(from->verifier_version))
        return cm_fail(err, CM_E_MALFORMED, "versions are an object");
    for (size_t i = 0; i < from->property_count; i++)
        if (!check_property(from->properties[i], err))
            return false;
    return check_digests(&from->inputs, "an attestation that the summary rests on", err);
}

bool
cm_summary_write(const struct cm_summary *from, struct cm_buf *to, struct cm_err *err)
{
    return check_summary(from, err) &&
           write_statement(&from->subjects, CM_VSA_TYPE, summary_of(from), to, err);
}
