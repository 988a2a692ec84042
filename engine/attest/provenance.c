/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/provenance.h"

#include "attest/digests.h"
#include "attest/members.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "trust/url.h"

#include <string.h>

#define ARENA_MOST ((size_t)16 << 20)

/* ---- reading ---- */

static bool
read_definition(const json_t *predicate, const char *where, struct cm_provenance_read *to,
                struct cm_err *err)
{
    static const char *const known[] = {"buildType", "externalParameters", "internalParameters",
                                        "resolvedDependencies", NULL};
    const json_t *definition = NULL;
    if (!cm_member_object_needed(predicate, "buildDefinition", where, &definition, err) ||
        !cm_members_check(definition, known, where, err) ||
        !cm_member_text_needed(definition, "buildType", where, &to->build_type, err) ||
        !cm_member_object_needed(definition, "externalParameters", where, &to->external, err) ||
        !cm_member_array(definition, "resolvedDependencies", where, &to->dependencies, err))
        return false;
    return json_array_size(to->dependencies) <= CM_MOST_DEPENDENCIES ||
           cm_fail(err, CM_E_MALFORMED, "%s: more than %d resolvedDependencies", where,
                   CM_MOST_DEPENDENCIES);
}

static bool
read_details(const json_t *predicate, const char *where, struct cm_provenance_read *to,
             struct cm_err *err)
{
    static const char *const known[] = {"builder", "metadata", "byproducts", NULL};
    static const char *const known_of_builder[] = {"id", "version", "builderDependencies", NULL};
    const json_t *details = NULL, *builder = NULL;
    return cm_member_object_needed(predicate, "runDetails", where, &details, err) &&
           cm_members_check(details, known, where, err) &&
           cm_member_object_needed(details, "builder", where, &builder, err) &&
           cm_members_check(builder, known_of_builder, where, err) &&
           cm_member_text_needed(builder, "id", where, &to->builder_id, err);
}

bool
cm_provenance_of(const struct cm_statement *statement, const char *where,
                 struct cm_provenance_read *ret, struct cm_err *err)
{
    static const char *const known[] = {"buildDefinition", "runDetails", NULL};
    struct cm_provenance_read provenance = {.build_type = NULL};
    if (strcmp(statement->predicate_type, CM_PROVENANCE_TYPE) != 0)
        return cm_fail(err, CM_E_DENIED, "%s: it is no provenance v1, but '%s'", where,
                       statement->predicate_type);
    if (statement->predicate == NULL)
        return cm_fail(err, CM_E_MALFORMED, "%s: there is no predicate", where);
    if (!cm_members_check(statement->predicate, known, where, err) ||
        !read_definition(statement->predicate, where, &provenance, err) ||
        !read_details(statement->predicate, where, &provenance, err))
        return false;
    *ret = provenance;
    return true;
}

/* ---- sources ---- */

struct source {
    const char *repository; /* in the form that is compared; NULL: it names none */
    const char *ref;        /* NULL: it names none */
};

/* "git+https://host/owner/name@refs/heads/main", or less of it. What is no repository's URL is
 * none; it equals nothing. */
static void
read_source(struct cm_arena *arena, const char *text, struct source *ret)
{
    struct cm_err none = CM_ERR_INIT;
    *ret = (struct source){NULL, NULL};
    if (text == NULL)
        return;
    text += cm_starts_with(text, "git+") ? strlen("git+") : 0;
    const char *url = strstr(text, "://") != NULL ? cm_arena_text(arena, text)
                                                  : cm_arena_printf(arena, "https://%s", text);
    const char *authority = url != NULL ? strstr(url, "://") + strlen("://") : "";
    const char *path = authority + strcspn(authority, "/");
    const char *at = strstr(path, "@refs/");
    at = at != NULL ? at : strrchr(path, '@');
    const char *bare =
        at != NULL && url != NULL ? cm_arena_bytes(arena, url, (size_t)(at - url)) : url;
    ret->ref = at != NULL ? at + 1 : NULL;
    if (bare == NULL || !cm_url_repository(arena, bare, false, &ret->repository, &none))
        ret->repository = NULL;
}

bool
cm_source_check(const char *text, struct cm_err *err)
{
    struct source source;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(ARENA_MOST);
    if (arena == NULL)
        return cm_fail(err, CM_E_LIMIT, "no memory");
    read_source(arena, text, &source);
    if (source.repository == NULL)
        return cm_fail(err, CM_E_NOT_FOUND,
                       "'%s' is no repository: github.com/owner/name or https://... is one", text);
    return source.ref == NULL || cm_fail(err, CM_E_NOT_FOUND,
                                         "'%s': the branch or tag is said for itself, not with "
                                         "the repository",
                                         text);
}

/* What has to be found, and whether it was. */
struct search {
    struct cm_arena *arena;
    struct source wanted;
    const char *where;
    bool found, found_ref;
};

/* One place that names the source: it agrees, or all is refused. */
static bool
compare(struct search *search, const struct source *said, const char *text, struct cm_err *err)
{
    if (said->repository == NULL || strcmp(said->repository, search->wanted.repository) != 0)
        return cm_fail(err, CM_E_DENIED, "%s: the source is '%s'", search->where, text);
    search->found = true;
    return true;
}

static bool
compare_ref(struct search *search, const char *ref, struct cm_err *err)
{
    if (search->wanted.ref == NULL || ref == NULL)
        return true;
    if (strcmp(ref, search->wanted.ref) != 0)
        return cm_fail(err, CM_E_DENIED, "%s: the ref is '%s'", search->where, ref);
    search->found_ref = true;
    return true;
}

/* A text, or a resource's uri. */
static const char *
text_or_uri(const json_t *value)
{
    return json_is_object(value) ? cm_json_text(value, "uri") : json_string_value(value);
}

static bool
compare_place(struct search *search, const json_t *object, const char *key, struct cm_err *err)
{
    struct source said;
    const json_t *value = cm_json_get(object, key);
    const char *text = text_or_uri(value);
    if (value == NULL)
        return true;
    if (text == NULL)
        return cm_fail(err, CM_E_DENIED, "%s: what stands as %s is no source", search->where, key);
    read_source(search->arena, text, &said);
    return compare(search, &said, text, err) && compare_ref(search, said.ref, err);
}

static bool
compare_ref_place(struct search *search, const json_t *object, struct cm_err *err)
{
    const json_t *value = cm_json_get(object, "ref");
    if (value != NULL && !json_is_string(value))
        return cm_fail(err, CM_E_DENIED, "%s: what stands as ref is none", search->where);
    return compare_ref(search, json_string_value(value), err);
}

static bool
search_parameters(struct search *search, const json_t *external, struct cm_err *err)
{
    static const char *const known[] = {"repository", "ref", "workflow", "source", NULL};
    const json_t *workflow = cm_json_get(external, "workflow");
    if (!cm_members_check(external, known, search->where, err) ||
        (json_is_object(workflow) && !cm_members_check(workflow, known, search->where, err)))
        return false;
    if (!compare_place(search, external, "repository", err) ||
        !compare_place(search, external, "source", err) ||
        !compare_place(search, workflow, "repository", err) ||
        !compare_ref_place(search, external, err) || !compare_ref_place(search, workflow, err))
        return false;
    if (!search->found)
        return cm_fail(err, CM_E_DENIED,
                       "%s: no external parameter that is known here names the source",
                       search->where);
    return search->wanted.ref == NULL || search->found_ref ||
           cm_fail(err, CM_E_DENIED, "%s: no external parameter that is known here names the ref",
                   search->where);
}

/* The repository among what the build was made of, by a commit, and by that ref if by any. */
static bool
search_dependencies(struct search *search, const json_t *dependencies, struct cm_err *err)
{
    size_t i;
    json_t *one;
    bool found = false;
    json_array_foreach(dependencies, i, one)
    {
        struct source said;
        const char *commit = cm_json_text(cm_json_get(one, "digest"), "gitCommit");
        read_source(search->arena, cm_json_text(one, "uri"), &said);
        if (said.repository == NULL || strcmp(said.repository, search->wanted.repository) != 0)
            continue;
        if (!compare_ref(search, said.ref, err))
            return false;
        found = found || (commit != NULL && cm_digest_is_of("gitCommit", commit));
    }
    return found || cm_fail(err, CM_E_DENIED,
                            "%s: the source is not among the resolved dependencies, by a gitCommit",
                            search->where);
}

static bool
check_source(const struct cm_provenance_read *provenance, const struct cm_provenance_wanted *wanted,
             const char *where, struct cm_err *err)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(ARENA_MOST);
    struct search search = {.arena = arena, .where = where};
    if (arena == NULL)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", where);
    read_source(arena, wanted->source, &search.wanted);
    search.wanted.ref = wanted->ref;
    if (search.wanted.repository == NULL)
        return cm_fail(err, CM_E_NOT_FOUND, "%s: a ref is one of a repository", where);
    return search_parameters(&search, provenance->external, err) &&
           search_dependencies(&search, provenance->dependencies, err);
}

bool
cm_provenance_satisfies(const struct cm_provenance_read *provenance,
                        const struct cm_provenance_wanted *wanted, const char *where,
                        struct cm_err *err)
{
    if (wanted->builder_id != NULL && strcmp(provenance->builder_id, wanted->builder_id) != 0)
        return cm_fail(err, CM_E_DENIED, "%s: the builder is '%s'", where, provenance->builder_id);
    return (wanted->source == NULL && wanted->ref == NULL) ||
           check_source(provenance, wanted, where, err);
}
