/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody has signed: a statement, read as a VSA and as provenance, and asked. What satisfies
 * says so, member by member, also to whoever takes the JSON as it is.
 */
#include "../reason.h"
#include "attest/provenance.h"
#include "attest/vsa.h"
#include "base/clock.h"
#include "base/json.h"

#include <string.h>

#define SHA "f05eaf3a5ce240cbfa72d9f7ec163c58cdda7ec86fed43220b0116c654aaaab0"
#define NOW (INT64_C(1795331160) * CM_SECOND)

static bool
is(const json_t *statement, const char *path, const char *text)
{
    const char *said = json_string_value(cm_json_path(statement, path));
    return said != NULL && strcmp(said, text) == 0;
}

static void
ask_summary(const struct cm_statement *statement)
{
    struct cm_vsa vsa;
    struct cm_err err = CM_ERR_INIT;
    const struct cm_vsa_wanted wanted = {.verifier_id = "v",
                                         .resource_uri = "r",
                                         .levels = {"SLSA_BUILD_LEVEL_2"},
                                         .level_count = 1,
                                         .max_age = 3600 * CM_SECOND,
                                         .now = NOW};
    if (!cm_vsa_read(statement, "it", &vsa, &err) || !cm_vsa_satisfies(&vsa, &wanted, "it", &err)) {
        demand_reason(&err);
        return;
    }
    demand(is(statement->json, "predicate.verifier.id", "v"));
    demand(is(statement->json, "predicate.resourceUri", "r"));
    demand(is(statement->json, "predicate.verificationResult", "PASSED"));
    demand(json_array_size(cm_json_path(statement->json, "predicate.verifiedLevels")) > 0);
}

static void
ask_provenance(const struct cm_statement *statement)
{
    struct cm_provenance_read provenance;
    struct cm_err err = CM_ERR_INIT;
    const struct cm_provenance_wanted wanted = {
        .source = "git.example.org/acme/foo", .ref = "refs/heads/main", .builder_id = "b"};
    if (!cm_provenance_of(statement, "it", &provenance, &err) ||
        !cm_provenance_satisfies(&provenance, &wanted, "it", &err)) {
        demand_reason(&err);
        return;
    }
    demand(is(statement->json, "predicate.runDetails.builder.id", "b"));
    demand(json_array_size(provenance.dependencies) > 0);
}

static void
look_for(const struct cm_statement *statement)
{
    const struct cm_known_digest known[] = {{"sha256", SHA}, {"sha512", SHA SHA}};
    const json_t *both = cm_statement_find(statement, known, 2);
    if (both != NULL)
        demand(cm_statement_find(statement, known, 1) != NULL ||
               cm_statement_find(statement, known + 1, 1) != NULL);
    if (!cm_statement_has(statement, "sha256") && !cm_statement_has(statement, "sha512"))
        demand(both == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    if (!cm_statement_read(at, size, "it", &statement, &err)) {
        demand_reason(&err);
        return 0;
    }
    size_t count = json_array_size(statement.subjects);
    demand(count >= 1 && count <= CM_MOST_SUBJECTS);
    look_for(&statement);
    ask_summary(&statement);
    ask_provenance(&statement);
    return 0;
}
