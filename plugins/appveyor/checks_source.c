/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on what was built: the repository, the commit, and the committed file.
 */
#include "appveyor.h"

#include <string.h>

/* ---- the committed file ---- */

static const char *const files[][2] = {{"appveyor-yml", "appveyor.yml"},
                                       {"dot-appveyor-yml", ".appveyor.yml"}};

/* A cache brings what another build left behind, so it is looked for wherever one can be asked for:
 * CMK_PASS where there is none. */
static int32_t
search_file(struct cmk_call *c, const struct cmk_exam *x, const char *const file[2])
{
    struct av_yml found = av_yml_search(c->json->text(c, x->evidence->document_if_any(c, file[0])));
    if (found.cache_line > 0)
        return av_fail(c, x, "%s has a cache in line %zu", file[1], found.cache_line);
    if (found.odd != NULL)
        return av_unknown(c, x, "%s cannot be searched for a cache: %s (line %zu)", file[1],
                          found.odd, found.odd_line);
    return CMK_PASS;
}

int32_t
av_cache_empty(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *all =
        cmk_get(c, x->evidence->document(c, "settings"), "settings.configuration");
    uint64_t entries = av_entries(c, all, "cacheEntries");
    if (all == NULL)
        return av_unknown(c, x, "there is no configuration in AppVeyor's answer");
    if (entries > 0)
        return av_fail(c, x, "%s in the project's settings",
                       av_number(c, entries, "cached folder"));
    int32_t plain = search_file(c, x, files[0]);
    if (plain == CMK_FAIL)
        return CMK_FAIL;
    int32_t dotted = search_file(c, x, files[1]);
    if (plain != CMK_PASS || dotted != CMK_PASS)
        return dotted == CMK_FAIL ? CMK_FAIL : CMK_UNKNOWN;
    return av_pass(c, x, "no cache, neither in the settings nor in the committed file");
}

/* The custom name is withheld, because it can be an address with a token in it: that it is there
 * is enough. */
static int32_t
default_name_used(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *settings = cmk_get(c, x->evidence->document(c, "settings"), "settings");
    if (av_has(c, settings, "customYmlName"))
        return av_fail(c, x, "the settings name another file");
    if (cmk_truth(c, settings, "ignoreAppveyorYml", 0))
        return av_fail(c, x, "the settings say to ignore the file");
    if (cmk_get(c, settings, "ignoreAppveyorYml") == NULL)
        return av_unknown(c, x, "AppVeyor does not state ignoreAppveyorYml");
    return CMK_PASS;
}

int32_t
av_config_in_root(struct cmk_call *c, const struct cmk_exam *x)
{
    int32_t answer = default_name_used(c, x);
    if (answer != CMK_PASS)
        return answer;
    bool plain = x->evidence->document_if_any(c, files[0][0]) != NULL;
    bool dotted = x->evidence->document_if_any(c, files[1][0]) != NULL;
    if (plain && dotted)
        return av_fail(c, x, "both appveyor.yml and .appveyor.yml are there at that commit");
    if (!plain && !dotted)
        return av_fail(c, x, "neither appveyor.yml nor .appveyor.yml is there at that commit");
    return av_pass(c, x, "%s at that commit", plain ? files[0][1] : files[1][1]);
}

/* ---- the repository ---- */

int32_t
av_repository_supported(struct cmk_call *c, const struct cmk_exam *x)
{
    struct av_repository found = av_repository_of(c, x->evidence->document(c, "build"));
    if (found.unstated)
        return av_unknown(c, x, "%s", found.why);
    if (found.url == NULL)
        return av_fail(c, x, "%s", found.why);
    return av_pass(c, x, "%s", found.url);
}

/* ---- the commit ---- */

static const char hex[] = "0123456789abcdefABCDEF";

/* What stands behind the words, if they are there. */
static const char *
behind_words(const char *text)
{
    size_t size = sizeof AV_GIT_CHECKOUT - 1;
    return text != NULL && strncmp(text, AV_GIT_CHECKOUT, size) == 0 ? text + size : text;
}

/* What a checkout in the log names: that commit, another one, or nothing that is a commit. */
static int32_t
names_commit(const char *text, const char *commit)
{
    static const char of_names[] = "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ_./-";
    size_t size = text != NULL ? strspn(text, hex) : 0;
    if (size == 0 || strspn(text + size, of_names) > 0)
        return CMK_UNKNOWN;
    return cmk_passes(size == strlen(commit) && av_begins(text, commit));
}

/* The build's script can make AppVeyor say another commit, and can print lines of its own; but the
 * clone's line is printed first, and cannot be taken back. So all of them must agree. */
int32_t
av_commit_corroborated(struct cmk_call *c, const struct cmk_exam *x)
{
    const char *commit = cmk_text(c, x->evidence->document(c, "build"), "build.commitId");
    const struct cmk_value *matches = cmk_get(c, x->evidence->document(c, "log"), "matches");
    uint64_t count = c->json->count(c, matches), odd = 0;
    if (commit == NULL)
        return av_unknown(c, x, "AppVeyor does not state the commit");
    for (uint64_t i = 0; i < count; i++) {
        const char *text = behind_words(cmk_text(c, c->json->at(c, matches, i), "text"));
        int32_t answer = names_commit(text, commit);
        if (answer == CMK_FAIL)
            return av_fail(c, x, "the job's log shows a checkout of %.*s", (int)strspn(text, hex),
                           text);
        odd += answer != CMK_PASS;
    }
    cmk_expect(c, x, "each of the log's lines \"git checkout -qf ...\" names %s", commit);
    if (count == 0)
        return av_unknown(c, x, "the job's log shows no checkout of a commit");
    if (odd > 0)
        return av_unknown(c, x, "%llu of the log's %llu checkouts name no commit",
                          (unsigned long long)odd, (unsigned long long)count);
    return av_pass(c, x, "%llu in the job's log, all of that commit", (unsigned long long)count);
}
