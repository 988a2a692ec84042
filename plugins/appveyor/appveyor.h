/* SPDX-License-Identifier: Apache-2.0
 *
 * appveyor.h: what the files of this plug-in know of each other.
 *
 * Texts and values that are given back are arena unless it says static. What is not known is NULL,
 * and NULL may be handed on: the host's functions let it through.
 */
#ifndef APPVEYOR_H
#define APPVEYOR_H

#include <countermark/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- checks end like this: say what was seen, then answer ---- */

#define av_pass(c, x, ...)    (cmk_observe((c), (x), __VA_ARGS__), CMK_PASS)
#define av_fail(c, x, ...)    (cmk_observe((c), (x), __VA_ARGS__), CMK_FAIL)
#define av_unknown(c, x, ...) (cmk_observe((c), (x), __VA_ARGS__), CMK_UNKNOWN)

/* ---- api.c: small things about texts, and questions to AppVeyor ---- */

bool av_same(const char *a, const char *b);          /* both known and equal */
bool av_same_but_case(const char *a, const char *b); /* the same, but for case of ASCII letters */
bool av_begins(const char *text, const char *head);  /* text may be NULL; but for case, too */
bool av_ends(const char *text, const char *tail);
bool av_is_digits(const char *text); /* 1 to 18 decimal digits, no leading zero */
/* "no image", "1 image", "2 images" */
const char *av_number(struct cmk_call *c, uint64_t count, const char *noun);
/* The leaf at that path as text, whatever its type; NULL if there is none. */
const char *av_shown(struct cmk_call *c, const struct cmk_value *v, const char *path);
/* Is there a member of that name, whatever its case; and how many entries does it have? For members
 * that are not kept: of those that are, the host has refused another spelling. */
bool av_has(struct cmk_call *c, const struct cmk_value *object, const char *name);
uint64_t av_entries(struct cmk_call *c, const struct cmk_value *object, const char *name);
/* Is the text one of the option's list? */
bool av_listed(struct cmk_call *c, const char *option, const char *text);
/* Parts of the text between the separators; gives their number, at most `most` + 1. */
uint32_t av_split(struct cmk_call *c, const char *text, char separator, const char **parts,
                  uint32_t most);

/* The system's address, without a slash at its end. */
const char *av_base(struct cmk_call *c);

/* Was a key given? Without one AppVeyor is asked for what it shows everybody. */
bool av_has_key(struct cmk_call *c, const struct cmk_collect *k);
/* Records that this was not asked, for want of a key. */
void av_without_key(struct cmk_call *c, const struct cmk_collect *k, const char *document);

/* A question with our key, if there is one. A v2 key asks below /account/NAME, where old servers
 * know nothing: then `otherwise` is the address without it. */
struct av_ask {
    struct cmk_http_request request; /* as it was asked last */
    const char *otherwise;           /* NULL: there is no other form left */
    struct cmk_exchange *exchange;
};

/* Starts it; the path below /api. Any NULL in the path: not asked. */
struct av_ask av_ask(struct cmk_call *c, const struct cmk_collect *k, const char *const *path,
                     uint32_t count, const struct cmk_http_request *how);
/* Waits, and starts the other form if the first is not there. */
void av_settle(struct cmk_call *c, const struct cmk_collect *k, struct av_ask *ask);
/* Asks the same again. */
void av_again(struct cmk_call *c, const struct cmk_collect *k, struct av_ask *ask);

/* av_path(c, k, how, "buildjobs", job, "log") */
#define av_path(c, k, how, ...)                                                                    \
    av_ask((c), (k), (const char *const[]){__VA_ARGS__},                                           \
           (uint32_t)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)), (how))

/* ---- names.c: what a build is called ---- */

struct av_names {
    const char *build, *job; /* NULL: not named */
    const char *wrong;       /* why the names cannot be used, with the remedy; NULL: they can */
};

bool av_is_slug(const char *text);
bool av_is_job_id(const char *text);
/* From the options of the submission: an id or an address, and a job. */
struct av_names av_names_of(struct cmk_call *c);
int32_t av_read_names(struct cmk_call *c, const struct cmk_naming *n, struct cmk_bytes body);

/* ---- keep.c: what stays readable of each answer; static ---- */

extern const char *const av_keep_build[];
extern const char *const av_keep_settings[];
extern const char *const av_keep_project[];
extern const char *const av_keep_artifacts[];
extern const char *const av_keep_log[];
extern const char *const av_keep_all[];
extern const char *const av_keep_rights[];
extern const char *const av_keep_projects[];
extern const char *const av_keep_none[];
extern const char *const av_keep_environments[];

/* ---- repository.c: the repository's address ---- */

#define AV_GIT_CHECKOUT "git checkout -qf "

struct av_repository {
    const char *url; /* NULL: it has none */
    const char *why; /* then: why not */
    bool unstated;   /* then: because something is not stated, which is no answer */
};

/* From project.repositoryType, .repositoryScm and .repositoryName of a build. */
struct av_repository av_repository_of(struct cmk_call *c, const struct cmk_value *build);
/* Does each entry of the option repository_bases read "kind=https://base"? Else fails the call. */
void av_check_repository_bases(struct cmk_call *c);

/* ---- origin.c: facts that collecting and judging both read ---- */

const char *av_ref_of(struct cmk_call *c, const struct cmk_value *build); /* refs/... */
bool av_is_final(const char *status);

struct av_job {
    const struct cmk_value *job; /* NULL: none was chosen */
    const char *id;
    uint64_t index;  /* in build.jobs */
    const char *why; /* none was chosen, because; with the remedy */
    bool foreign;    /* then: the one that was named is none of this build's */
};

/* The job that was named, or the only one. */
struct av_job av_job_of(struct cmk_call *c, const struct cmk_value *build);

#define AV_MOST_ARTIFACTS 32

struct av_artifacts {
    const char *names[AV_MOST_ARTIFACTS];
    int64_t sizes[AV_MOST_ARTIFACTS];
    uint64_t indices[AV_MOST_ARTIFACTS]; /* in the list */
    uint32_t count;
    int32_t status;  /* CMK_OK, or why none is taken */
    const char *why; /* with the remedy */
};

/* The ones of the list that the link's pattern asks for. */
struct av_artifacts av_artifacts_of(struct cmk_call *c, const struct cmk_value *list);
/* How often is that name in the list, but for the case of ASCII letters? */
uint32_t av_times_listed(struct cmk_call *c, const struct cmk_value *list, const char *name);
/* "download", "download-2", ... */
const char *av_download_name(struct cmk_call *c, uint32_t index);

int32_t av_state_origin(struct cmk_call *c, const struct cmk_statement *s);

/* ---- collect.c ---- */

int32_t av_authenticate(struct cmk_call *c, const struct cmk_collect *k);
int32_t av_collect_origin(struct cmk_call *c, const struct cmk_collect *k);

/* ---- yml.c: the committed file ---- */

struct av_yml {
    size_t cache_line; /* of the first key `cache`; 0: there is none */
    const char *odd;   /* why the file cannot be searched to its end; NULL: it was; static */
    size_t odd_line;
};

/* Is there a key `cache` anywhere? `text` may be NULL: no file, nothing in it. */
struct av_yml av_yml_search(const char *text);

/* ---- examine.c, checks_key.c: no build is meant ---- */

int32_t av_examine(struct cmk_call *c, const struct cmk_collect *k);
int32_t av_key_valid(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_key_reads_project(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_ids_linked(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_key_one_account(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_key_one_project(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_key_no_team(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_key_no_environments(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_key_read_only(struct cmk_call *c, const struct cmk_exam *x);

/* ---- start.c ---- */

int32_t av_start(struct cmk_call *c, const struct cmk_starter *s);

/* ---- checks_*.c, stable.c ---- */

/* One answer of AppVeyor's, against what the link says. */
struct av_claim {
    const char *document;
    const struct cmk_value *at;
    const char *path, *option;
};
int32_t av_same_as_linked(struct cmk_call *c, const struct cmk_exam *x,
                          const struct av_claim *claim);
/* The lines with the ids that the settings tell; NULL: they do not tell. */
const char *av_lines_to_paste(struct cmk_call *c, const struct cmk_value *settings);

int32_t av_project_linked(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_project_public(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_account_declared(struct cmk_call *c, const struct cmk_exam *x);

int32_t av_build_succeeded(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_job_succeeded(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_job_not_optional(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_not_pull_request(struct cmk_call *c, const struct cmk_exam *x);

int32_t av_scripts_off(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_settings_unmodified(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_sources_unpatched(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_environment_declared(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_worker_declared(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_package_sources_declared(struct cmk_call *c, const struct cmk_exam *x);

int32_t av_cache_empty(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_config_in_root(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_repository_supported(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_commit_corroborated(struct cmk_call *c, const struct cmk_exam *x);

int32_t av_artifact_from_job(struct cmk_call *c, const struct cmk_exam *x);
int32_t av_artifact_in_job_time(struct cmk_call *c, const struct cmk_exam *x);

int32_t av_stable(struct cmk_call *c, const struct cmk_exam *x);

#endif
