/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the key itself, whichever build is meant.
 */
#include "appveyor.h"

#include <string.h>

/* The list of projects, under the name that tells the key's version; NULL: it was refused. */
struct listed {
    const struct cmk_value *projects;
    bool v2;
    int32_t refused; /* CMK_OK: it was had */
};

static struct listed
projects_of(struct cmk_call *c, const struct cmk_exam *x)
{
    static const char *const names[] = {"projects", "account-projects"};
    struct listed found = {.refused = CMK_E_NOT_FOUND};
    for (int i = 0; i < 2 && found.refused != CMK_OK; i++) {
        int32_t refused = x->evidence->refused(c, names[i]);
        if (refused == CMK_OK)
            found.projects = x->evidence->document(c, names[i]);
        if (refused != CMK_E_NOT_FOUND)
            found = (struct listed){found.projects, i == 1, refused};
    }
    return found;
}

/* What AppVeyor refuses to a key that it refuses altogether says nothing of that key's rights. */
static bool
is_accepted(struct cmk_call *c, const struct cmk_exam *x, const struct listed *listed)
{
    return listed->refused == CMK_OK || x->evidence->refused(c, "settings") == CMK_OK;
}

/* ---- does it work? ---- */

int32_t
av_key_valid(struct cmk_call *c, const struct cmk_exam *x)
{
    struct listed listed = projects_of(c, x);
    if (is_accepted(c, x, &listed))
        return av_pass(c, x, "AppVeyor answers it");
    if (x->evidence->refused(c, "settings") == CMK_E_NOT_FOUND && listed.refused == CMK_E_NOT_FOUND)
        return av_unknown(
            c, x,
            "AppVeyor knows neither the project nor a list of projects: see that url, "
            "account and project of the configuration are right");
    return av_fail(c, x, "AppVeyor refuses it");
}

int32_t
av_key_reads_project(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *account = cmk_text(c, c->options, "account");
    const char *project = cmk_text(c, c->options, "project");
    int32_t refused = x->evidence->refused(c, "settings");
    if (refused == CMK_OK && cmk_get(c, x->evidence->document(c, "settings"), "project") == NULL)
        return av_unknown(c, x, "AppVeyor answers, and not with the settings of %s", project);
    if (refused == CMK_OK)
        return av_pass(c, x, "the settings of %s can be read", project);
    if (refused == CMK_E_NOT_FOUND)
        return av_fail(c, x, "AppVeyor shows the key no project %s of account %s", project,
                       account);
    return av_fail(c, x, "AppVeyor refuses the key the settings of %s", project);
}

int32_t
av_ids_linked(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *settings = x->evidence->document(c, "settings");
    const char *account = cmk_text(c, c->options, "account_id");
    const char *project = cmk_text(c, c->options, "project_id");
    const char *lines = av_lines_to_paste(c, settings);
    const struct av_claim claims[] = {
        {"settings", settings, "project.projectId", "project_id"},
        {"settings", settings, "project.accountId", "account_id"},
    };
    if (account == NULL || project == NULL)
        return av_unknown(c, x, "the link does not name the ids; if this is your project, write %s",
                          lines != NULL ? lines : "account_id and project_id");
    cmk_expect(c, x, "project %s of account %s", project, account);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        int32_t answer = av_same_as_linked(c, x, &claims[i]);
        if (answer != CMK_PASS)
            return answer;
    }
    return av_pass(c, x, "project %s of account %s", project, account);
}

/* ---- does it work for more than it has to? ---- */

/* By the id, if the link has one, else by the name. */
static bool
is_linked(struct cmk_call *c, const struct cmk_value *project, const char *id, const char *name)
{
    const char *id_option = av_same(id, "accountId") ? "account_id" : "project_id";
    const char *name_option = av_same(id, "accountId") ? "account" : "project";
    const char *linked = cmk_text(c, c->options, id_option);
    if (linked != NULL)
        return av_same(av_shown(c, project, id), linked);
    return av_same_but_case(av_shown(c, project, name), cmk_text(c, c->options, name_option));
}

int32_t
av_key_one_account(struct cmk_call *c, const struct cmk_exam *x)
{
    struct listed listed = projects_of(c, x);
    uint64_t count = c->json->count(c, listed.projects);
    if (listed.refused != CMK_OK || count == 0)
        return av_unknown(c, x, "AppVeyor lists no projects for this key");
    if (listed.v2)
        return av_fail(c, x, "version 2: it works in every account that its user can enter");
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *project = c->json->at(c, listed.projects, i);
        if (!is_linked(c, project, "accountId", "accountName"))
            return av_fail(c, x, "version 1, of account %s", cmk_show(c, project, "accountName"));
    }
    return av_pass(c, x, "version 1, of one account");
}

/* Only a list that holds the linked project shows all that the key sees. */
int32_t
av_key_one_project(struct cmk_call *c, const struct cmk_exam *x)
{
    struct listed listed = projects_of(c, x);
    uint64_t count = c->json->count(c, listed.projects), linked = 0;
    for (uint64_t i = 0; i < count; i++)
        if (is_linked(c, c->json->at(c, listed.projects, i), "projectId", "slug"))
            linked++;
    if (count > linked)
        return av_fail(c, x, "it sees %s", av_number(c, count - linked, "other project"));
    if (listed.refused != CMK_OK || linked == 0)
        return av_unknown(c, x, "AppVeyor lists no projects for this key");
    return av_pass(c, x, "it sees the linked project");
}

/* One list that the key need not see. */
struct hidden {
    const char *document, *noun;
    bool may_be_empty;
};

static bool
is_empty_list(struct cmk_call *c, const struct cmk_value *list)
{
    struct cmk_bytes text = c->json->canonical(c, list);
    return text.size == 2 && memcmp(text.at, "[]", 2) == 0;
}

/* How many it shows: 0, if AppVeyor refuses the list or there are none. False: neither. */
static bool
count_hidden(struct cmk_call *c, const struct cmk_exam *x, const struct hidden *list,
             uint64_t *ret_count)
{
    int32_t refused = x->evidence->refused(c, list->document);
    *ret_count = 0;
    if (refused != CMK_OK)
        return refused == CMK_E_AUTH;
    const struct cmk_value *shown = x->evidence->document(c, list->document);
    *ret_count = c->json->count(c, shown);
    return *ret_count > 0 || (list->may_be_empty && is_empty_list(c, shown));
}

static int32_t
judge_hidden(struct cmk_call *c, const struct cmk_exam *x, const struct hidden *lists,
             uint32_t count)
{
    struct listed listed = projects_of(c, x);
    const char *seen = NULL;
    bool known = true;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t shown;
        known = count_hidden(c, x, &lists[i], &shown) && known;
        if (shown > 0)
            seen = cmk_printf(c, "%s%s%s", seen != NULL ? seen : "", seen != NULL ? ", " : "",
                              av_number(c, shown, lists[i].noun));
    }
    if (seen != NULL)
        return av_fail(c, x, "it lists %s", seen);
    if (!is_accepted(c, x, &listed))
        return av_unknown(c, x, "AppVeyor refuses the key altogether");
    if (!known)
        return av_unknown(c, x, "AppVeyor neither shows nor refuses such a list");
    return av_pass(c, x, "it lists none");
}

int32_t
av_key_no_team(struct cmk_call *c, const struct cmk_exam *x)
{
    static const struct hidden lists[] = {{"users", "user", false}, {"roles", "role", false}};
    return judge_hidden(c, x, lists, 2);
}

int32_t
av_key_no_environments(struct cmk_call *c, const struct cmk_exam *x)
{
    static const struct hidden list = {"environments", "deployment environment", true};
    return judge_hidden(c, x, &list, 1);
}

/* ---- may it change anything? ---- */

static const char *const changing[] = {"RunBuild", "Update", "Delete"};
#define CHANGING (sizeof changing / sizeof *changing)

/* What the project's own permissions say of a role: 1 allowed, 0 denied, -1 as the role has it. */
static int
says(struct cmk_call *c, const struct cmk_value *role, const char *right)
{
    const struct cmk_value *rights = cmk_get(c, role, "accessRights");
    uint64_t count = c->json->count(c, rights);
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *one = c->json->at(c, rights, i);
        if (av_same(cmk_text(c, one, "name"), right) && cmk_get(c, one, "allowed") != NULL)
            return cmk_truth(c, one, "allowed", 1);
    }
    return -1;
}

/* AppVeyor tells which roles there are, and not which of them is the key's. What all that may see
 * the project may do, the key may do. */
int32_t
av_key_read_only(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *settings = x->evidence->document(c, "settings");
    const struct cmk_value *roles = cmk_get(c, settings, "project.securityDescriptor.roleAces");
    uint64_t count = c->json->count(c, roles), candidates = 0;
    bool all[CHANGING] = {true, true, true};
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *role = c->json->at(c, roles, i);
        bool admin = cmk_truth(c, role, "isAdmin", 0) == 1;
        if (!admin && says(c, role, "View") == 0)
            continue;
        candidates++;
        for (size_t j = 0; j < CHANGING; j++)
            all[j] = all[j] && (admin || says(c, role, changing[j]) == 1);
    }
    const char *can = NULL;
    for (size_t j = 0; j < CHANGING && candidates > 0; j++)
        if (all[j])
            can = cmk_printf(c, "%s%s%s", can != NULL ? can : "", can != NULL ? ", " : "",
                             changing[j]);
    if (can != NULL)
        return av_fail(c, x, "every role that may see the project has the rights %s", can);
    return av_unknown(c, x, "AppVeyor does not tell which role the key has");
}
