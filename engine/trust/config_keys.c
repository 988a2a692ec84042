/* SPDX-License-Identifier: Apache-2.0
 *
 * `keys`: what attestations are signed with, and how far a builder is trusted under each.
 */
#include "trust/reader.h"

#include <string.h>

static bool
check_level(const char *text, struct cm_err *err)
{
    return (text[0] == 'L' && text[1] >= '0' && text[1] <= '3' && text[2] == '\0') ||
           cm_fail(err, CM_E_CONFIG, "not a level");
}

static const struct cm_kind kind_level = {check_level, "write L0, L1, L2 or L3", false};

static void
read_builder(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"id", "build_level", NULL};
    struct cm_builder_trust *builder = ret;
    builder->id = cm_take_text(reader, group, "id", &cm_kind_uri, true);
    const char *level = cm_take_text(reader, group, "build_level", &kind_level, true);
    builder->build_level = level != NULL ? level[1] - '0' : 0;
    cm_take_no_more(reader, group, keys);
}

static const struct cm_shape shape_builder = {
    .key = "builders",
    .noun = "builder",
    .size = sizeof(struct cm_builder_trust),
    .name = offsetof(struct cm_builder_trust, id),
    .read = read_builder,
};

static void
read_key(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"slug", "file", "passphrase", "builders", NULL};
    struct cm_signing_key *key = ret;
    key->slug = cm_take_text(reader, group, "slug", &cm_kind_slug, true);
    key->file = cm_take_text(reader, group, "file", &cm_kind_path, true);
    key->passphrase = cm_take_text(reader, group, "passphrase", &cm_kind_secret, false);
    key->builders = cm_take_groups(reader, group, &shape_builder, &key->builder_count);
    key->place = cm_node_place(group);
    cm_take_no_more(reader, group, keys);
}

const struct cm_shape cm_shape_key = {
    .key = "keys",
    .noun = "key",
    .size = sizeof(struct cm_signing_key),
    .name = offsetof(struct cm_signing_key, slug),
    .read = read_key,
};

/* ---- who signs with it ---- */

static bool
is_any_open(const struct cm_reader *reader)
{
    for (size_t i = 0; i < reader->source_count; i++)
        if (reader->sources[i].broken)
            return true;
    return false;
}

void
cm_check_keys(struct cm_reader *reader)
{
    const struct cm_trust *trust = reader->trust;
    for (size_t i = 0; i < trust->project_count && !is_any_open(reader); i++) {
        const struct cm_project *project = &trust->projects[i];
        for (size_t j = 0; j < project->policy_count; j++) {
            const struct cm_policy *policy = &project->policies[j];
            if (policy->attest != NULL && cm_trust_key(trust, policy->attest) == NULL)
                cm_complain(reader->complaints, policy->place, "attest",
                            "declare it in keys = ( { slug = ...; file = ...; } )",
                            "there is no key %s", cm_reader_show(reader, policy->attest));
        }
    }
}
