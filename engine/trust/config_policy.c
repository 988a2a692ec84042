/* SPDX-License-Identifier: Apache-2.0
 *
 * `signing_policies`.
 */
#include "trust/reader.h"

#include "base/text.h"

#include <string.h>

/* A date alone is the end of that day. */
static int64_t
read_until(struct cm_reader *reader, const struct cm_node *group)
{
    struct cm_node node;
    const char *text = cm_take_text(reader, group, "until", NULL, true);
    int64_t until = 0;
    if (text == NULL || !cm_node_member(reader, group, "until", &node))
        return 0;
    const char *time = text;
    if (strlen(text) == strlen("2026-11-30"))
        time = cm_arena_printf(reader->trust->arena, "%sT23:59:59Z", text);
    if (time == NULL || !cm_parse_time(time, &until))
        cm_node_complain(reader, &node, "write 2026-11-30 or 2026-11-30T12:00:00Z",
                         "%s is neither a date nor a time", cm_reader_show(reader, text));
    return until;
}

static void
read_waiver(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"check", "reason", "author", "until", NULL};
    struct cm_waiver *waiver = ret;
    waiver->check = cm_take_text(reader, group, "check", &cm_kind_check, true);
    waiver->reason = cm_take_text(reader, group, "reason", NULL, true);
    waiver->author = cm_take_text(reader, group, "author", NULL, true);
    waiver->until = read_until(reader, group);
    waiver->place = cm_node_place(group);
    cm_take_no_more(reader, group, keys);
}

static const struct cm_shape shape_waiver = {
    .key = "waivers",
    .noun = "waiver of",
    .size = sizeof(struct cm_waiver),
    .name = offsetof(struct cm_waiver, check),
    .read = read_waiver,
};

/* A wrong word counts as "required": it is refused, and shall not make all else look wrong. */
static bool
read_origin_none(struct cm_reader *reader, const struct cm_node *group)
{
    struct cm_node node;
    const char *text = cm_take_text(reader, group, "origin", NULL, false);
    if (text == NULL || strcmp(text, "required") == 0)
        return false;
    if (strcmp(text, "none") == 0)
        return true;
    if (cm_node_member(reader, group, "origin", &node))
        cm_node_complain(reader, &node, "write \"required\", or leave it out",
                         "%s is neither \"required\" nor \"none\"", cm_reader_show(reader, text));
    return false;
}

static void
read_system(struct cm_reader *reader, const struct cm_node *group)
{
    struct cm_node node;
    const char *text = cm_take_text(reader, group, "system", NULL, false);
    if (text == NULL || strcmp(text, "required") == 0 ||
        !cm_node_member(reader, group, "system", &node))
        return;
    cm_node_complain(reader, &node, "write \"required\"; the systems stand in \"systems\"",
                     "%s: there is only \"required\"", cm_reader_show(reader, text));
}

/* That only the system is verified is said twice, so that nobody says it by leaving a word out; and
 * what is said of an origin that nobody asks for would look as if it were held to. */
static void
check_system_only(struct cm_reader *reader, const struct cm_node *group)
{
    static const char *const of_origin[] = {"refs", "tag_branches", "repository", "max_age"};
    struct cm_node node;
    if (!cm_node_member(reader, group, "system", &node) && !cm_node_is_open(group) &&
        cm_node_member(reader, group, "origin", &node))
        cm_node_complain(reader, &node, "write system = \"required\" beside it",
                         "without an origin the system has to be required");
    for (size_t i = 0; i < CM_COUNT(of_origin); i++)
        if (cm_node_member(reader, group, of_origin[i], &node))
            cm_node_complain(reader, &node, "remove it, or remove origin = \"none\"",
                             "is about the origin, which this policy does not ask for");
}

/* A wrong word counts as "any": it is refused, and shall not make a token look useless. */
static bool
read_repository_any(struct cm_reader *reader, const struct cm_node *group)
{
    struct cm_node node;
    const char *text = cm_take_text(reader, group, "repository", NULL, false);
    if (text == NULL || strcmp(text, "public") == 0)
        return false;
    if (strcmp(text, "any") != 0 && cm_node_member(reader, group, "repository", &node))
        cm_node_complain(reader, &node, "write \"public\" or \"any\"",
                         "%s is neither \"public\" nor \"any\"", cm_reader_show(reader, text));
    return true;
}

/* A duration of nothing would become "any age" further up: it is refused. */
bool
cm_max_age(const char *text, int64_t *ret)
{
    int64_t age = 0;
    if (strcmp(text, "unlimited") != 0 && (!cm_parse_duration(text, &age) || age <= 0))
        return false;
    *ret = age;
    return true;
}

static int64_t
read_max_age(struct cm_reader *reader, const struct cm_node *group)
{
    struct cm_node node;
    int64_t age = CM_MAX_AGE_DEFAULT;
    const char *text = cm_take_text(reader, group, "max_age", NULL, false);
    if (text != NULL && !cm_max_age(text, &age) && cm_node_member(reader, group, "max_age", &node))
        cm_node_complain(reader, &node, "write 12h, 30d or unlimited", "%s is not a duration",
                         cm_reader_show(reader, text));
    return age;
}

bool
cm_refs_are_tags(const struct cm_words *refs)
{
    for (size_t i = 0; i < refs->count; i++) {
        if (cm_starts_with(refs->at[i], "refs/heads/"))
            return false;
    }
    return refs->count > 0;
}

/* A tag's commit has to be on a branch, too: where only tags are allowed, somebody has to say on
 * which. */
static void
check_tag_branches(struct cm_reader *reader, const struct cm_node *group,
                   const struct cm_policy *policy)
{
    if (policy->tag_branches.count > 0 || !cm_refs_are_tags(&policy->refs) ||
        cm_node_is_open(group))
        return;
    cm_node_complain(reader, group, "name the branches that a tag's commit has to be on",
                     "\"refs\" names only tags, and \"tag_branches\" is missing");
}

/* A wrong word counts as the stricter one. */
static bool
read_attest_once(struct cm_reader *reader, const struct cm_node *group)
{
    struct cm_node node;
    const char *text = cm_take_text(reader, group, "attest_again", NULL, false);
    if (text == NULL || strcmp(text, "first") == 0)
        return false;
    if (strcmp(text, "never") != 0 && cm_node_member(reader, group, "attest_again", &node))
        cm_node_complain(reader, &node, "write \"first\" or \"never\"",
                         "%s is neither \"first\" nor \"never\"", cm_reader_show(reader, text));
    return true;
}

static void
read_policy(struct cm_reader *reader, const struct cm_node *group, void *ret)
{
    static const char *const keys[] = {"slug",     "description",  "origin",       "system",
                                       "systems",  "refs",         "tag_branches", "submitters",
                                       "optional", "waivers",      "repository",   "max_age",
                                       "attest",   "attest_again", "sign",         NULL};
    struct cm_policy *policy = ret;
    policy->slug = cm_take_text(reader, group, "slug", &cm_kind_slug, true);
    policy->description = cm_take_text(reader, group, "description", NULL, false);
    policy->system_only = read_origin_none(reader, group);
    read_system(reader, group);
    policy->systems = cm_take_words(reader, group, "systems", &cm_kind_slug, true);
    policy->refs = cm_take_words(reader, group, "refs", &cm_kind_ref, !policy->system_only);
    policy->tag_branches = cm_take_words(reader, group, "tag_branches", &cm_kind_branch, false);
    policy->submitters = cm_take_words(reader, group, "submitters", &cm_kind_submitter, true);
    policy->optional = cm_take_words(reader, group, "optional", &cm_kind_check, false);
    policy->waivers = cm_take_groups(reader, group, &shape_waiver, &policy->waiver_count);
    policy->repository_any = read_repository_any(reader, group);
    policy->max_age = read_max_age(reader, group);
    policy->attest = cm_take_text(reader, group, "attest", &cm_kind_slug, false);
    policy->attest_once = read_attest_once(reader, group);
    policy->sign = cm_take_text(reader, group, "sign", &cm_kind_slug, false);
    policy->settings = cm_take_settings(reader, group, keys);
    policy->place = cm_node_place(group);
    check_tag_branches(reader, group, policy);
    if (policy->system_only)
        check_system_only(reader, group);
}

const struct cm_shape cm_shape_policy = {
    .key = "signing_policies",
    .noun = "signing policy",
    .size = sizeof(struct cm_policy),
    .name = offsetof(struct cm_policy, slug),
    .read = read_policy,
};
