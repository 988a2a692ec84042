/* SPDX-License-Identifier: Apache-2.0
 *
 * `artifact_configurations`: which rewriters and which signer an artifact gets, and what these are
 * told.
 */
#include "trust/reader.h"
#include "trust/resource.h"

#include <string.h>

static const char *const keys[] = {"slug",     "rewriters", "packages", "file_name",
                                   "resource", "signer",    NULL};

/* ---- groups that are named by a plug-in ---- */

/* All members that there may be: the keys, and the plug-ins that are listed. Ends with NULL. */
static const char *const *
names_of(struct cm_reader *reader, const struct cm_artifact_configuration *artifact)
{
    size_t count = 0;
    const char **names =
        cm_reader_alloc(reader, CM_COUNT(keys) + artifact->rewriters.count + 1, sizeof *names);
    if (names == NULL)
        return keys;
    for (; keys[count] != NULL; count++)
        names[count] = keys[count];
    for (size_t i = 0; i < artifact->rewriters.count; i++)
        names[count++] = artifact->rewriters.at[i];
    names[count] = artifact->signer;
    return names;
}

static bool
take_told(struct cm_reader *reader, const struct cm_node *group, const char *plugin,
          struct cm_told *ret)
{
    static const char *const none[] = {NULL};
    struct cm_node node;
    if (!cm_node_member(reader, group, plugin, &node))
        return false;
    if (!config_setting_is_group(node.at)) {
        cm_node_complain(reader, &node, "write { ... }", "is not a group");
        return false;
    }
    *ret = (struct cm_told){plugin, cm_take_settings(reader, &node, none), cm_node_place(&node)};
    return true;
}

static void
take_all_told(struct cm_reader *reader, const struct cm_node *group,
              struct cm_artifact_configuration *artifact)
{
    const char *const *names = names_of(reader, artifact);
    struct cm_told *told = cm_reader_alloc(reader, artifact->rewriters.count + 1, sizeof *told);
    cm_take_no_more(reader, group, names);
    if (told == NULL)
        return;
    for (size_t i = CM_COUNT(keys) - 1; names[i] != NULL; i++)
        artifact->told_count += take_told(reader, group, names[i], &told[artifact->told_count]);
    artifact->told = told;
}

/* ---- the whole ---- */

static void
check_packages(struct cm_reader *reader, const struct cm_node *group,
               const struct cm_artifact_configuration *artifact)
{
    struct cm_node list;
    if (artifact->packages.count > 0 && artifact->rewriters.count == 0 && !cm_node_is_open(group) &&
        cm_node_member(reader, group, "packages", &list))
        cm_node_complain(reader, &list, "name the rewriter of such packages in \"rewriters\"",
                         "names packages, and there is no rewriter for them");
}

/* A version that nobody tells has no place in a name. */
static void
check_resource(struct cm_reader *reader, const struct cm_node *group,
               const struct cm_artifact_configuration *artifact)
{
    struct cm_node node;
    if (cm_has_version(artifact->resource) && !cm_has_version(artifact->file_name) &&
        !cm_node_is_open(group) && cm_node_member(reader, group, "resource", &node))
        cm_node_complain(reader, &node, "write file_name = \"NAME.{version}.EXTENSION\" beside it",
                         "has a place for the version, and \"file_name\" does not tell it");
}

static void
read_artifact(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    struct cm_artifact_configuration *artifact = ret;
    artifact->slug = cm_take_text(reader, group, "slug", &cm_kind_slug, true);
    artifact->rewriters = cm_take_words(reader, group, "rewriters", &cm_kind_slug, false);
    artifact->packages = cm_take_words(reader, group, "packages", &cm_kind_packages, false);
    artifact->file_name = cm_take_text(reader, group, "file_name", &cm_kind_file_name, false);
    artifact->resource = cm_take_text(reader, group, "resource", &cm_kind_resource, false);
    artifact->signer = cm_take_text(reader, group, "signer", &cm_kind_slug, false);
    artifact->place = cm_node_place(group);
    take_all_told(reader, group, artifact);
    check_packages(reader, group, artifact);
    check_resource(reader, group, artifact);
}

const struct cm_shape cm_shape_artifact = {
    .key = "artifact_configurations",
    .noun = "artifact configuration",
    .size = sizeof(struct cm_artifact_configuration),
    .name = offsetof(struct cm_artifact_configuration, slug),
    .read = read_artifact,
};
