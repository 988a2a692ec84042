/* SPDX-License-Identifier: Apache-2.0
 *
 * The repository. It is asked at the URL that stands in the project, and at no other; what a build
 * system calls its repository is compared. What the engine's own checks read is recorded here, too.
 */
#include "base/json.h"
#include "base/text.h"
#include "git/documents.h"
#include "plugin/call.h"
#include "trust/pattern.h"
#include "trust/secret.h"
#include "trust/url.h"

#include <string.h>

static const struct cm_peer default_peer;

/* ---- opening it ---- */

struct prefixes {
    const char **at;
    size_t count;
};

/* One that lies in another says nothing new. */
static void
drop_covered(struct prefixes *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        bool covered = false;
        for (size_t j = 0; j < list->count && !covered; j++)
            covered = j != i && cm_starts_with(list->at[i], list->at[j]) &&
                      (strcmp(list->at[i], list->at[j]) != 0 || j < i);
        if (!covered)
            list->at[kept++] = list->at[i];
    }
    list->count = kept;
}

static bool
add_heads(struct prefixes *list, struct cm_arena *arena, const struct cm_words *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        const char *pattern = patterns->at[i];
        char *head = cm_arena_bytes(arena, pattern, cm_pattern_literal(pattern));
        if (head == NULL)
            return false;
        list->at[list->count++] = head;
    }
    return true;
}

static bool
list_prefixes(const struct cm_plugin_host *host, struct prefixes *ret)
{
    const struct cm_policy *policy = host->is.policy;
    size_t most = policy->refs.count + policy->tag_branches.count;
    struct prefixes list = {cm_arena_alloc(host->arena, (most + 1) * sizeof *list.at), 0};
    if (list.at == NULL || !add_heads(&list, host->arena, &policy->refs) ||
        !add_heads(&list, host->arena, &policy->tag_branches))
        return false;
    drop_covered(&list);
    *ret = list;
    return true;
}

static bool
read_token(struct cm_plugin_host *host, const struct cm_repository *repository, struct cm_buf *ret,
           struct cm_err *err)
{
    if (!host->is.policy->repository_any || repository->token == NULL)
        return true;
    ret->secret = true;
    if (!cm_secret_read(repository->token, ret, err))
        return cm_context(err, "the token of repository %s", repository->url);
    cm_log_withhold(host->is.log, cm_buf_text(ret));
    return true;
}

void
cm_git_begin(struct cm_plugin_host *host, size_t index)
{
    const struct cm_host_settings *is = &host->is;
    const struct cm_repository *repository = &is->project->repositories[index];
    const struct cm_host *known = cm_trust_host(is->trust, repository->url);
    struct cm_asked_git *git = &host->git;
    struct prefixes prefixes;
    CM_CLEANUP(cm_buf_done) struct cm_buf token = CM_BUF_INIT(1 << 14);
    if (git->repository != NULL || git->failed.class != CM_OK ||
        !read_token(host, repository, &token, &git->failed))
        return;
    if (!list_prefixes(host, &prefixes)) {
        (void)cm_fail(&git->failed, CM_E_LIMIT, "out of memory");
        return;
    }
    const struct cm_git_ask ask = {
        .url = repository->url,
        .peer = known != NULL ? &known->peer : &default_peer,
        .token = token.size > 0 ? cm_buf_text(&token) : NULL,
        .prefixes = prefixes.at,
        .prefix_count = prefixes.count,
    };
    git->url = repository->url;
    git->with_token = ask.token != NULL;
    git->repository = is->outside->git_open(is->out, &ask);
    if (git->repository == NULL)
        (void)cm_fail(&git->failed, CM_E_LIMIT, "out of memory");
}

/* ---- the one question ---- */

static bool
is_same_repository(struct cm_call *call, const char *ours, const char *said)
{
    const struct cm_host *known = cm_trust_host(call->host->is.trust, ours);
    bool fold = known != NULL && known->case_insensitive;
    struct cm_err ignored = CM_ERR_INIT;
    const char *a, *b;
    return cm_url_repository(call->arena, ours, fold, &a, &ignored) &&
           cm_url_repository(call->arena, said, fold, &b, &ignored) && strcmp(a, b) == 0;
}

static bool
find_repository(struct cm_call *call, const char *url, size_t *ret, struct cm_err *err)
{
    const struct cm_project *project = call->host->is.project;
    if (call->host->is.policy->system_only)
        return cm_fail(err, CM_E_DENIED, "the policy asks for no origin: not asked");
    for (size_t i = 0; i < project->repository_count; i++) {
        if (!is_same_repository(call, project->repositories[i].url, url))
            continue;
        *ret = i;
        return true;
    }
    const char *shown = cm_escape(call->arena, url);
    return cm_fail(err, CM_E_DENIED, "%s is not a repository of the project: not asked",
                   shown != NULL ? shown : "this");
}

/* Branches that a tag's commit must also be on: those named for it, or those that may be built. */
static struct prefixes
branches_of(const struct cm_plugin_host *host)
{
    const struct cm_policy *policy = host->is.policy;
    const struct cm_words *from =
        policy->tag_branches.count > 0 ? &policy->tag_branches : &policy->refs;
    struct prefixes list = {cm_arena_alloc(host->arena, (from->count + 1) * sizeof *list.at), 0};
    for (size_t i = 0; list.at != NULL && i < from->count; i++)
        if (cm_starts_with(from->at[i], "refs/heads/"))
            list.at[list.count++] = from->at[i];
    return list;
}

static void
ask_branches(struct cm_plugin_host *host)
{
    struct cm_asked_git *git = &host->git;
    struct prefixes branches = branches_of(host);
    if (cm_ref_is_tag(git->ref) && branches.count > 0)
        git->on_branches =
            host->is.outside->git_on_branches(git->commit, branches.at, branches.count);
}

/* Who attests says of what the commit is made up; nobody else has to ask. */
static bool
wants_submodules(const struct cm_plugin_host *host)
{
    return host->is.policy != NULL && host->is.policy->attest != NULL;
}

static void
ask_commit(struct cm_plugin_host *host)
{
    struct cm_asked_git *git = &host->git;
    if (git->failed.class != CM_OK)
        return;
    git->commit = host->is.outside->git_commit(git->repository, git->ref, git->id);
    if (git->commit == NULL) {
        (void)cm_fail(&git->failed, CM_E_LIMIT, "out of memory");
        return;
    }
    (void)host->is.outside->git_exists(git->commit); /* begins now; read in the end */
    ask_branches(host);
    if (!wants_submodules(host))
        return;
    git->submodules = host->is.outside->git_submodules(git->commit);
    if (git->submodules == NULL)
        (void)cm_fail(&git->failed, CM_E_LIMIT, "out of memory");
}

static bool
is_asked_again(const struct cm_asked_git *git, const char *url, const char *ref, const char *id)
{
    return strcmp(git->said_url, url) == 0 && strcmp(git->ref, ref) == 0 &&
           strcmp(git->id, id) == 0;
}

/* The question is asked once in a collection, of the repository of that URL. */
static bool
ask_once(struct cm_call *call, const char *url, const char *ref, const char *id)
{
    struct cm_plugin_host *host = call->host;
    struct cm_asked_git *git = &host->git;
    size_t index = 0;
    if (git->said_url != NULL) {
        if (!is_asked_again(git, url, ref, id))
            cm_call_failf(call, CM_E_INTERNAL, "plug-in %s asks for a second commit",
                          host->is.plugin->id);
        return !cm_call_failed(&call->face);
    }
    git->ref = cm_arena_text(host->arena, ref);
    git->id = cm_arena_text(host->arena, id);
    git->said_url = cm_arena_text(host->arena, url);
    if (git->ref == NULL || git->id == NULL || git->said_url == NULL) {
        git->said_url = NULL;
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
        return false;
    }
    if (find_repository(call, url, &index, &git->failed)) {
        cm_git_begin(host, index);
        ask_commit(host);
    }
    return true;
}

static struct cmk_exchange *
commit(struct cmk_call *c, const char *url, const char *ref, const char *id)
{
    struct cm_call *call = cm_call_of(c);
    const struct cm_asked_git *git = &call->host->git;
    if (cm_call_failed(c))
        return NULL;
    if (url == NULL || ref == NULL || id == NULL)
        return cm_ask_nothing(call, NULL);
    if (call->host->is.policy == NULL) {
        struct cm_err why = CM_ERR_INIT;
        (void)cm_fail(&why, CM_E_DENIED, "an examination asks no repository");
        return cm_ask_nothing(call, &why);
    }
    if (!ask_once(call, url, ref, id))
        return NULL;
    if (git->failed.class != CM_OK)
        return cm_ask_nothing(call, &git->failed);
    struct cmk_exchange *x = cm_call_alloc(call, sizeof *x);
    if (x != NULL) {
        x->kind = CM_ASKED_COMMIT;
        x->commit = git->commit;
    }
    return x;
}

static struct cmk_exchange *
file(struct cmk_call *c, struct cmk_exchange *of, const char *path, uint64_t most)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c))
        return NULL;
    if (of == NULL || path == NULL)
        return cm_ask_nothing(call, NULL);
    if (of->kind == CM_ASKED_NOTHING)
        return cm_ask_nothing(call, of->blank ? NULL : &of->why);
    if (of->kind != CM_ASKED_COMMIT) {
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s looks for a file in what is no commit",
                      call->host->is.plugin->id);
        return NULL;
    }
    struct cmk_exchange *x = cm_call_alloc(call, sizeof *x);
    if (x == NULL)
        return NULL;
    x->kind = CM_ASKED_FILE;
    x->file = call->host->is.outside->git_file(of->commit, path, most);
    if (x->file == NULL)
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
    return x->file != NULL ? x : NULL;
}

const struct cmk_git cm_host_git = {
    .size = sizeof(struct cmk_git),
    .commit = commit,
    .file = file,
};

/* ---- what the engine's own checks read ---- */

bool
cm_git_wait(struct cm_plugin_host *host, const struct cm_git_answer *answer, struct cm_err *err)
{
    if (!answer->done && !host->is.outside->wait(host->is.out, &answer->done) && !answer->done)
        return cm_fail(err, CM_E_CANCELLED, "there was no time left for the repository's answer");
    if (answer->err.class != CM_OK)
        return cm_fail(err, answer->err.class, "%s", answer->err.text);
    return answer->content != NULL ||
           cm_fail(err, CM_E_INTERNAL, "the repository's answer has no content");
}

bool
cm_git_went_through_proxy(const struct cm_plugin_host *host)
{
    const struct cm_git_repository *opened = host->git.repository;
    return opened != NULL && host->is.outside->git_through_proxy(opened);
}

static bool
record_answer(struct cm_plugin_host *host, const char *name, const struct cm_git_answer *answer,
              struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    bool had = cm_git_wait(host, answer, &why);
    bool is_probe = strcmp(name, CM_DOC_PROBE) == 0;
    bool anonymous = had && cm_json_bool(answer->content, "anonymous", false);
    const struct cm_document facts = {
        .of = CM_OF_REPOSITORY,
        .asked = answer->asked,
        .at = answer->answered_at,
        .credential = host->git.with_token && !is_probe && !anonymous,
        .proxy = cm_git_went_through_proxy(host),
        .size = -1,
    };
    return cm_host_add(host, name, &facts, had ? answer->content : NULL, had ? NULL : &why, NULL,
                       err);
}

static bool
record_nothing(struct cm_plugin_host *host, const char *name, const struct cm_err *why,
               const char *cause, struct cm_err *err)
{
    const struct cm_document facts = {.of = CM_OF_REPOSITORY, .size = -1};
    return cm_host_add(host, name, &facts, NULL, why, cause, err);
}

/* Why the documents about the commit are missing when the plug-in never asked for one. */
static const char *
why_not_asked(const struct cm_plugin_host *host, struct cm_err *ret)
{
    if (host->git.failed.class != CM_OK)
        *ret = host->git.failed;
    else if (host->missing != NULL)
        (void)cm_fail(ret, host->why_missing.class,
                      "not asked, because the document '%s' could not be had: %s", host->missing,
                      host->why_missing.text);
    else
        (void)cm_fail(ret, CM_E_MALFORMED,
                      "not asked, because no repository, ref and commit could be stated");
    return host->git.failed.class != CM_OK ? NULL : host->missing;
}

static bool
record_tag_path(struct cm_plugin_host *host, struct cm_err *err)
{
    const struct cm_asked_git *git = &host->git;
    struct cm_err why = CM_ERR_INIT;
    if (git->on_branches != NULL)
        return record_answer(host, CM_DOC_TAG_PATH, git->on_branches, err);
    if (cm_ref_is_tag(git->ref))
        (void)cm_fail(&why, CM_E_CONFIG, "the policy names no branch that a tag could be on");
    else
        (void)cm_fail(&why, CM_E_NOT_FOUND, "not asked: the ref is no tag");
    return record_nothing(host, CM_DOC_TAG_PATH, &why, NULL, err);
}

/* `why`: if they were not asked for. */
static bool
record_submodules(struct cm_plugin_host *host, const struct cm_err *why, const char *cause,
                  struct cm_err *err)
{
    if (!wants_submodules(host))
        return true;
    return host->git.submodules != NULL
               ? record_answer(host, CM_DOC_SUBMODULES, host->git.submodules, err)
               : record_nothing(host, CM_DOC_SUBMODULES, why, cause, err);
}

static bool
record_commit(struct cm_plugin_host *host, struct cm_err *err)
{
    const struct cm_outside_table *outside = host->is.outside;
    struct cm_git_commit *asked = host->git.commit;
    struct cm_err why = CM_ERR_INIT;
    if (asked != NULL)
        return record_answer(host, CM_DOC_COMMIT, outside->git_exists(asked), err) &&
               record_answer(host, CM_DOC_PATH, outside->git_on_ref(asked), err) &&
               record_tag_path(host, err) && record_submodules(host, &host->git.failed, NULL, err);
    const char *cause = why_not_asked(host, &why);
    return record_nothing(host, CM_DOC_COMMIT, &why, cause, err) &&
           record_nothing(host, CM_DOC_PATH, &why, cause, err) &&
           record_nothing(host, CM_DOC_TAG_PATH, &why, cause, err) &&
           record_submodules(host, &why, cause, err);
}

bool
cm_host_finish(struct cm_plugin_host *host, struct cm_err *err)
{
    const struct cm_outside_table *outside = host->is.outside;
    if (outside == NULL)
        return cm_fail(err, CM_E_INTERNAL, "collecting without the outside");
    struct cm_git_repository *opened = host->git.repository;
    struct cm_err why = CM_ERR_INIT;
    /* before anything is added here: what is missing until now is the cause */
    const char *cause = why_not_asked(host, &why);
    if (opened != NULL && host->git.failed.class == CM_OK)
        return record_answer(host, CM_DOC_PROBE, outside->git_probe(opened), err) &&
               record_answer(host, CM_DOC_REFS, outside->git_refs(opened), err) &&
               record_commit(host, err);
    return record_nothing(host, CM_DOC_PROBE, &why, cause, err) &&
           record_nothing(host, CM_DOC_REFS, &why, cause, err) && record_commit(host, err);
}
