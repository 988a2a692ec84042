/* SPDX-License-Identifier: Apache-2.0
 *
 * `projects`: repositories, links, and what has to agree among them.
 */
#include "trust/reader.h"

#include "trust/url.h"

#include <string.h>

/* ---- repositories: texts, or groups with a token ---- */

static void
read_repository(struct cm_reader *reader, const struct cm_node *node, struct cm_repository *ret)
{
    static const char *const keys[] = {"url", "token", NULL};
    const char *text = config_setting_get_string(node->at);
    ret->place = cm_node_place(node);
    if (config_setting_is_group(node->at)) {
        ret->url = cm_take_text(reader, node, "url", &cm_kind_repository, true);
        ret->token = cm_take_text(reader, node, "token", &cm_kind_secret, false);
        cm_take_no_more(reader, node, keys);
    } else if (text == NULL) {
        cm_node_complain(reader, node, "write \"https://...\" or { url = \"https://...\"; }",
                         "is neither a text nor a group");
    } else if (cm_take_checked(reader, node, text, &cm_kind_repository)) {
        ret->url = cm_reader_text(reader, text);
    }
}

/* The same repository in two spellings would leave open which token is meant. */
static void
check_repository_twin(struct cm_reader *reader, const struct cm_node *node,
                      const struct cm_repository *all, size_t last)
{
    struct cm_err err = CM_ERR_INIT;
    const char *a, *b;
    struct cm_arena *arena = reader->trust->arena;
    if (all[last].url == NULL || !cm_url_repository(arena, all[last].url, false, &a, &err))
        return;
    for (size_t i = 0; i < last; i++) {
        if (all[i].url == NULL || !cm_url_repository(arena, all[i].url, false, &b, &err) ||
            strcmp(a, b) != 0)
            continue;
        cm_node_complain(reader, node, "remove one of the two",
                         "this repository is already named: %s:%u", all[i].place.file,
                         all[i].place.line);
        return;
    }
}

/* Looked at before the policies are read: does none of them ask for an origin? */
static bool
is_system_only(const struct cm_node *group)
{
    const config_setting_t *policies = config_setting_get_member(group->at, "signing_policies");
    unsigned count = policies != NULL ? (unsigned)config_setting_length(policies) : 0;
    for (unsigned i = 0; i < count; i++) {
        const char *origin = NULL;
        const config_setting_t *policy = config_setting_get_elem(policies, i);
        if (policy == NULL || !config_setting_is_group(policy) ||
            config_setting_lookup_string(policy, "origin", &origin) != CONFIG_TRUE ||
            strcmp(origin, "none") != 0)
            return false;
    }
    return count > 0;
}

static void
read_repositories(struct cm_reader *reader, const struct cm_node *group, struct cm_project *ret)
{
    struct cm_node list;
    if (!cm_node_member(reader, group, "repositories", &list)) {
        if (!is_system_only(group))
            cm_node_lacks(reader, group, "repositories");
        return;
    }
    int type = config_setting_type(list.at);
    if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) {
        cm_node_complain(reader, &list, "write [ \"https://...\" ]", "is not a list");
        return;
    }
    size_t length = (size_t)config_setting_length(list.at);
    if (length == 0 && !cm_node_is_open(&list))
        cm_node_complain(reader, &list, "name at least one", "is empty");
    struct cm_repository *all = cm_reader_alloc(reader, length, sizeof *all);
    for (size_t i = 0; all != NULL && i < length; i++) {
        struct cm_node node = cm_node_element(reader, &list, i);
        read_repository(reader, &node, &all[i]);
        check_repository_twin(reader, &node, all, i);
    }
    ret->repositories = all;
    ret->repository_count = all != NULL ? length : 0;
}

/* ---- links ---- */

static void
read_link(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"system", "assume", "assume_reason", NULL};
    struct cm_link *link = ret;
    link->system = cm_take_text(reader, group, "system", &cm_kind_slug, true);
    link->assume = cm_take_words(reader, group, "assume", &cm_kind_slug, false);
    link->assume_reason = cm_take_text(reader, group, "assume_reason", NULL, false);
    link->settings = cm_take_settings(reader, group, keys);
    link->place = cm_node_place(group);
    if (link->assume.count > 0 && link->assume_reason == NULL && !cm_node_is_open(group))
        cm_node_complain(reader, group, "say in \"assume_reason\" how you know it",
                         "\"assume\" is the operator's word, and has no reason");
    if (link->assume.count == 0 && link->assume_reason != NULL && !cm_node_is_open(group))
        cm_node_complain(reader, group, "remove it",
                         "\"assume_reason\" gives a reason for nothing");
}

static const struct cm_shape shape_link = {
    .key = "links",
    .noun = "link to",
    .size = sizeof(struct cm_link),
    .name = offsetof(struct cm_link, system),
    .read = read_link,
};

/* ---- what has to agree ---- */

static void
check_policy_systems(struct cm_reader *reader, const char *path, const struct cm_project *project,
                     const struct cm_policy *policy)
{
    const struct cm_words *systems = &policy->systems;
    for (size_t i = 0; i < systems->count; i++) {
        if (cm_project_link(project, systems->at[i]) != NULL)
            continue;
        cm_complain(reader->complaints, systems->place, path,
                    "add a link to it, or remove it from the policy",
                    "the policy %s allows the system %s, which the project (%s:%u) has no link to",
                    cm_reader_show(reader, policy->slug), cm_reader_show(reader, systems->at[i]),
                    project->place.file, project->place.line);
    }
}

static void
check_tokens(struct cm_reader *reader, const char *path, const struct cm_project *project)
{
    for (size_t i = 0; i < project->policy_count; i++) {
        if (project->policies[i].repository_any)
            return;
    }
    for (size_t i = 0; i < project->repository_count; i++) {
        if (project->repositories[i].token != NULL)
            cm_complain(reader->complaints, project->repositories[i].place, path,
                        "remove the token, or write repository = \"any\" in a policy",
                        "the token is never used: all policies of the project (%s:%u) ask for a "
                        "public repository",
                        project->place.file, project->place.line);
    }
}

static void
check_agreement(struct cm_reader *reader, const struct cm_node *group,
                const struct cm_project *project)
{
    if (cm_node_is_open(group))
        return;
    struct cm_node list;
    if (cm_node_member(reader, group, "signing_policies", &list)) {
        for (size_t i = 0; i < project->policy_count; i++)
            check_policy_systems(reader, list.path, project, &project->policies[i]);
    }
    if (cm_node_member(reader, group, "repositories", &list))
        check_tokens(reader, list.path, project);
}

static void
read_project(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"slug",
                                       "name",
                                       "description",
                                       "repositories",
                                       "links",
                                       "artifact_configurations",
                                       "signing_policies",
                                       NULL};
    struct cm_project *project = ret;
    project->slug = cm_take_text(reader, group, "slug", &cm_kind_slug, true);
    project->name = cm_take_text(reader, group, "name", NULL, false);
    project->description = cm_take_text(reader, group, "description", NULL, false);
    read_repositories(reader, group, project);
    project->links = cm_take_groups(reader, group, &shape_link, &project->link_count);
    project->artifacts =
        cm_take_groups(reader, group, &cm_shape_artifact, &project->artifact_count);
    project->policies = cm_take_groups(reader, group, &cm_shape_policy, &project->policy_count);
    project->place = cm_node_place(group);
    cm_take_no_more(reader, group, keys);
    check_agreement(reader, group, project);
}

const struct cm_shape cm_shape_project = {
    .key = "projects",
    .noun = "project",
    .size = sizeof(struct cm_project),
    .name = offsetof(struct cm_project, slug),
    .read = read_project,
};
