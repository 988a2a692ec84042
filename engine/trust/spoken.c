/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/spoken.h"

#include "base/fd.h"
#include "base/text.h"
#include "trust/pattern.h"
#include "trust/reader.h"
#include "trust/url.h"

#include <string.h>

static const char *const nothing[] = {NULL};
static const struct cm_place nowhere; /* in no file */

/* ---- one word, and several ---- */

static void
complain(struct cm_reader *reader, const char *option, const char *remedy, const char *what)
{
    cm_complain(reader->complaints, nowhere, option, remedy, "%s", what);
}

/* Complains of what is wrong with it; never shows what may be a secret. */
static bool
is_sound(struct cm_reader *reader, const char *option, const char *text, const struct cm_kind *kind)
{
    struct cm_err err = CM_ERR_INIT;
    if (text[0] != 0 && kind->check(text, &err))
        return true;
    if (text[0] == 0)
        complain(reader, option, kind->remedy, "is empty");
    else if (kind->secret)
        complain(reader, option, kind->remedy, err.text);
    else
        cm_complain(reader->complaints, nowhere, option, kind->remedy, "%s: %s",
                    cm_reader_show(reader, text), err.text);
    return false;
}

static const char *
take(struct cm_reader *reader, const char *option, const char *text, const struct cm_kind *kind)
{
    if (text == NULL || !is_sound(reader, option, text, kind))
        return NULL;
    return cm_reader_text(reader, text);
}

static bool
stands_before(const char *const *at, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(at[i], text) == 0)
            return true;
    return false;
}

static struct cm_words
take_words(struct cm_reader *reader, const char *option, const struct cm_words *said,
           const struct cm_kind *kind)
{
    size_t count = 0;
    const char **at = cm_reader_alloc(reader, said->count + 1, sizeof *at);
    for (size_t i = 0; at != NULL && i < said->count; i++) {
        const char *text = take(reader, option, said->at[i], kind);
        if (text != NULL && stands_before(at, count, text))
            cm_complain(reader->complaints, nowhere, option, "once is enough", "%s is said twice",
                        cm_reader_show(reader, text));
        else if (text != NULL)
            at[count++] = text;
    }
    return (struct cm_words){at != NULL ? at : nothing, at != NULL ? count : 0, nowhere};
}

static struct cm_words
take_some(struct cm_reader *reader, const char *option, const struct cm_words *said,
          const struct cm_kind *kind)
{
    if (said->count == 0)
        complain(reader, option, kind->remedy, "is missing");
    return take_words(reader, option, said, kind);
}

static const char *
take_slug(struct cm_reader *reader, const char *option, const char *said, const char *otherwise)
{
    return take(reader, option, said != NULL ? said : otherwise, &cm_kind_slug);
}

static struct cm_words
one_word(struct cm_reader *reader, const char *text)
{
    const char **at = cm_reader_alloc(reader, 2, sizeof *at);
    if (at == NULL || text == NULL)
        return (struct cm_words){nothing, 0, nowhere};
    at[0] = cm_reader_text(reader, text);
    return (struct cm_words){at, 1, nowhere};
}

/* The values live as long as the trust does. */
static struct cm_settings
take_settings(struct cm_reader *reader, const struct cm_settings *said)
{
    struct cm_setting *at = cm_reader_alloc(reader, said->count, sizeof *at);
    size_t count = 0;
    for (; at != NULL && count < said->count; count++) {
        const struct cm_setting *one = &said->at[count];
        at[count].name = cm_reader_text(reader, one->name);
        at[count].value = one->value;
        if (json_array_append(reader->trust->values, one->value) != 0)
            reader->failed = true;
    }
    return (struct cm_settings){at, count};
}

/* ---- how hosts are reached ---- */

/* Names of a peer's options: of the system's, of the repositories'. */
struct peer_names {
    const char *ca, *spki, *allow_address;
};

static const struct peer_names of_system = {"ca", "spki", "allow-address"};
static const struct peer_names of_repository = {"repository-ca", "repository-spki",
                                                "repository-allow-address"};

static const char *
take_ca(struct cm_reader *reader, const char *option, const char *path)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    struct cm_err err = CM_ERR_INIT;
    if (path != NULL && cm_starts_with(path, "file:"))
        path += strlen("file:");
    path = take(reader, option, path, &cm_kind_path);
    if (path == NULL || cm_file_open_guarded(path, &fd, NULL, &err))
        return path;
    complain(reader, option, "name a file of PEM certificates", err.text);
    return NULL;
}

static struct cm_peer
take_peer(struct cm_reader *reader, const struct peer_names *names, const struct cm_peer *said)
{
    struct cm_peer peer = *said;
    peer.ca = take_ca(reader, names->ca, said->ca);
    peer.spki = take(reader, names->spki, said->spki, &cm_kind_spki);
    peer.allow_addresses =
        take_words(reader, names->allow_address, &said->allow_addresses, &cm_kind_network);
    return peer;
}

/* "git.acme.example:8443"; repositories were checked before. */
static const char *
host_of(struct cm_reader *reader, const char *repository)
{
    char room[CM_URL_HOST_SIZE], name[CM_URL_HOST_SIZE];
    struct cm_err err = CM_ERR_INIT;
    struct cm_url url;
    if (!cm_url_parse_origin(repository, room, &url, &err))
        return NULL;
    cm_url_host(&url, name);
    return cm_reader_text(reader, name);
}

static void
take_hosts(struct cm_reader *reader, const struct cm_spoken *spoken,
           const struct cm_project *project)
{
    struct cm_trust *trust = reader->trust;
    struct cm_host *hosts = cm_reader_alloc(reader, project->repository_count, sizeof *hosts);
    struct cm_peer peer = take_peer(reader, &of_repository, &spoken->repository_peer);
    trust->hosts = hosts;
    for (size_t i = 0; hosts != NULL && i < project->repository_count; i++) {
        if (cm_trust_host(trust, project->repositories[i].url) != NULL)
            continue;
        hosts[trust->host_count].name = host_of(reader, project->repositories[i].url);
        hosts[trust->host_count++].peer = peer;
    }
}

/* ---- the parts of the model ---- */

static void
take_system(struct cm_reader *reader, const struct cm_spoken *spoken, struct cm_system *ret)
{
    if (spoken->connector == NULL)
        complain(reader, "connector", "name a plug-in", "is missing");
    ret->connector = take(reader, "connector", spoken->connector, &cm_kind_slug);
    ret->slug = take_slug(reader, "system", spoken->system, ret->connector);
    ret->peer = take_peer(reader, &of_system, &spoken->peer);
    ret->settings = take_settings(reader, &spoken->system_settings);
}

static void
take_repositories(struct cm_reader *reader, const struct cm_spoken *spoken, struct cm_project *ret)
{
    struct cm_words urls =
        take_some(reader, "repository", &spoken->repositories, &cm_kind_repository);
    struct cm_repository *all = cm_reader_alloc(reader, urls.count, sizeof *all);
    for (size_t i = 0; all != NULL && i < urls.count; i++)
        all[i].url = urls.at[i];
    ret->repositories = all;
    ret->repository_count = all != NULL ? urls.count : 0;
}

/* https://github.com/Acme/Widget.git is of the project widget. */
static const char *
slug_of(struct cm_reader *reader, const struct cm_project *project)
{
    const char *normal;
    struct cm_err err = CM_ERR_INIT;
    if (project->repository_count == 0 ||
        !cm_url_repository(reader->trust->arena, project->repositories[0].url, true, &normal, &err))
        return "project";
    const char *last = strrchr(normal, '/') + 1;
    return cm_is_slug(last) ? last : "project";
}

static void
take_link(struct cm_reader *reader, const struct cm_spoken *spoken, const char *system,
          struct cm_link *ret)
{
    ret->system = system;
    ret->assume = take_words(reader, "assume", &spoken->assume, &cm_kind_slug);
    ret->assume_reason = cm_reader_text(reader, spoken->assume_reason);
    ret->settings = take_settings(reader, &spoken->link_settings);
    bool reason = spoken->assume_reason != NULL && spoken->assume_reason[0] != 0;
    if (spoken->assume.count > 0 && !reason)
        complain(reader, "assume-reason", "say how you know it",
                 "is missing: what is assumed is your word");
    if (spoken->assume.count == 0 && spoken->assume_reason != NULL)
        complain(reader, "assume-reason", "leave it out, or say what is assumed",
                 "gives a reason for nothing");
}

static int64_t
take_max_age(struct cm_reader *reader, const char *said)
{
    int64_t age = CM_MAX_AGE_DEFAULT;
    if (said != NULL && !cm_max_age(said, &age))
        cm_complain(reader->complaints, nowhere, "max-age", "write 12h, 30d or unlimited",
                    "%s is not a duration", cm_reader_show(reader, said));
    return age;
}

static void
take_policy(struct cm_reader *reader, const struct cm_spoken *spoken, const char *system,
            struct cm_policy *ret)
{
    if (spoken->submitter == NULL)
        complain(reader, "submitter", "name who submits", "is missing");
    ret->slug = take_slug(reader, "policy", spoken->policy, "command-line");
    ret->systems = one_word(reader, system);
    ret->submitters = one_word(reader, spoken->submitter);
    ret->refs = take_some(reader, "ref", &spoken->refs, &cm_kind_ref);
    ret->tag_branches = take_words(reader, "tag-branch", &spoken->tag_branches, &cm_kind_branch);
    ret->optional = take_words(reader, "optional", &spoken->optional, &cm_kind_check);
    ret->max_age = take_max_age(reader, spoken->max_age);
    ret->settings = take_settings(reader, &spoken->policy_settings);
    if (spoken->tag_branches.count == 0 && cm_refs_are_tags(&ret->refs))
        complain(reader, "tag-branch", "name the branches that a tag's commit has to be on",
                 "is missing, and only tags are allowed");
}

static void
take_artifact(struct cm_reader *reader, const struct cm_spoken *spoken, struct cm_project *ret)
{
    struct cm_artifact_configuration *artifact = cm_reader_alloc(reader, 1, sizeof *artifact);
    struct cm_told *told = cm_reader_alloc(reader, 1, sizeof *told);
    if (spoken->rewriter == NULL && spoken->packages.count > 0)
        complain(reader, "packages", "name the rewriter of such packages with --rewriter",
                 "names packages, and there is no rewriter for them");
    if (artifact == NULL || told == NULL || spoken->rewriter == NULL)
        return;
    const char *rewriter = take(reader, "rewriter", spoken->rewriter, &cm_kind_slug);
    told->plugin = rewriter;
    told->settings = take_settings(reader, &spoken->rewriter_settings);
    *artifact = (struct cm_artifact_configuration){
        .slug = "command-line",
        .rewriters = one_word(reader, rewriter),
        .packages = take_words(reader, "packages", &spoken->packages, &cm_kind_packages),
        .told = told,
        .told_count = 1,
    };
    ret->artifacts = artifact;
    ret->artifact_count = 1;
}

static void
take_project(struct cm_reader *reader, const struct cm_spoken *spoken, const char *system,
             struct cm_project *ret)
{
    struct cm_link *link = cm_reader_alloc(reader, 1, sizeof *link);
    struct cm_policy *policy = cm_reader_alloc(reader, 1, sizeof *policy);
    take_repositories(reader, spoken, ret);
    ret->slug = take_slug(reader, "project", spoken->project, slug_of(reader, ret));
    if (link == NULL || policy == NULL)
        return;
    take_link(reader, spoken, system, link);
    take_policy(reader, spoken, system, policy);
    take_artifact(reader, spoken, ret);
    ret->links = link;
    ret->policies = policy;
    ret->link_count = ret->policy_count = 1;
}

static void
take_all(struct cm_reader *reader, const struct cm_spoken *spoken)
{
    struct cm_trust *trust = reader->trust;
    struct cm_system *system = cm_reader_alloc(reader, 1, sizeof *system);
    struct cm_project *project = cm_reader_alloc(reader, 1, sizeof *project);
    if (system == NULL || project == NULL)
        return;
    trust->organization = take_slug(reader, "organization", spoken->organization, "local");
    trust->plugin_path = trust->files = (struct cm_words){nothing, 0, nowhere};
    take_system(reader, spoken, system);
    take_project(reader, spoken, system->slug, project);
    trust->systems = system;
    trust->projects = project;
    trust->system_count = trust->project_count = 1;
    take_hosts(reader, spoken, project);
}

bool
cm_trust_spoken(const struct cm_spoken *spoken, struct cm_trust **ret,
                struct cm_complaints *complaints)
{
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = cm_trust_new();
    struct cm_reader reader = {.trust = trust, .complaints = complaints, .failed = trust == NULL};
    size_t before = complaints->count;
    if (trust != NULL)
        take_all(&reader, spoken);
    if (reader.failed)
        complain(&reader, "", NULL, "there is not enough memory for these words");
    if (complaints->count > before || complaints->cut)
        return false;
    *ret = CM_TAKE(trust);
    return true;
}
