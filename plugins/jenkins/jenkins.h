/* SPDX-License-Identifier: Apache-2.0
 *
 * jenkins.h: what the files of this plug-in know of each other.
 *
 * Texts and values that are given back are arena unless it says static. What is not known is NULL,
 * and NULL may be handed on: the host's functions let it through.
 */
#ifndef JENKINS_H
#define JENKINS_H

#include <countermark/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- checks end like this: say what was seen, then answer ---- */

#define jk_pass(c, x, ...)    (cmk_observe((c), (x), __VA_ARGS__), CMK_PASS)
#define jk_fail(c, x, ...)    (cmk_observe((c), (x), __VA_ARGS__), CMK_FAIL)
#define jk_unknown(c, x, ...) (cmk_observe((c), (x), __VA_ARGS__), CMK_UNKNOWN)

/* ---- api.c: small things about texts, and questions to Jenkins ---- */

#define JK_MOST_PARTS 32 /* of a job's full name */

bool jk_same(const char *a, const char *b); /* both known and equal */
bool jk_is_one_of(const char *text, const char *const *list, size_t count); /* by jk_same() */
bool jk_begins(const char *text, const char *head);                         /* text may be NULL */
bool jk_ends(const char *text, const char *tail);                           /* text may be NULL */
bool jk_contains(const char *text, const char *part);                       /* text may be NULL */
bool jk_is_number(const char *text); /* 1 to 9 digits, no leading zero */
bool jk_is_commit(const char *text); /* 40 or 64 lower-case hex digits */
bool jk_is_plain(const char *text);  /* no control characters */
bool jk_is_utf8(const char *text);
/* The leaf at that path as text, whatever its type; NULL if there is none. */
const char *jk_shown(struct cmk_call *c, const struct cmk_value *v, const char *path);
/* Is the text one of the option's list? */
bool jk_listed(struct cmk_call *c, const char *option, const char *text);
/* Parts of the text between the separators; gives their number, at most `most` + 1. */
uint32_t jk_split(struct cmk_call *c, const char *text, char separator, const char **parts,
                  uint32_t most);
/* "%2F" and the like undone; NULL if that is no text. */
const char *jk_decode(struct cmk_call *c, const char *text);

/* The system's address, without a slash at its end. */
const char *jk_base(struct cmk_call *c);
/* The address of a job's page; `parent`: of the one around it. NULL: the name is none. */
const char *jk_job_url(struct cmk_call *c, const char *full_name);
/* All but the last part of a full name; NULL: it has one part only. */
const char *jk_parent(struct cmk_call *c, const char *full_name);

bool jk_has_token(struct cmk_call *c, const struct cmk_collect *k);
/* Starts a question with our token, if there is one. NULL: not asked. */
struct cmk_exchange *jk_ask(struct cmk_call *c, const struct cmk_collect *k, const char *url);
struct cmk_exchange *jk_ask_tree(struct cmk_call *c, const struct cmk_collect *k, const char *url,
                                 const char *tree);

/* ---- names.c: what a build is called ---- */

struct jk_names {
    const char *job;    /* full name, that of the branch's job included */
    const char *build;  /* its number; NULL: not named */
    const char *branch; /* of a multibranch project; NULL: the link's job is meant itself */
    const char *wrong;  /* why the names cannot be used, with the remedy; NULL: they can */
};

struct jk_names jk_names_of(struct cmk_call *c);
int32_t jk_read_names(struct cmk_call *c, const struct cmk_naming *n, struct cmk_bytes body);
/* What a branch's job is called: characters that no job may have are coded. */
const char *jk_name_of_branch(struct cmk_call *c, const char *branch);

/* BASE/job/A/job/B/42/... */
struct jk_page {
    const char *base; /* NULL: it is no such page */
    const char *job;  /* full name */
    const char *build;
};
struct jk_page jk_read_page(struct cmk_call *c, const char *address);

/* ---- keep.c: what stays readable of each answer; static ---- */

extern const char *const jk_keep_build[];
extern const char *const jk_keep_job[];
extern const char *const jk_keep_config[];
extern const char *const jk_keep_history[];
extern const char *const jk_keep_instance[];
extern const char *const jk_keep_sidecar[];
extern const char *const jk_keep_who[];
extern const char *const jk_keep_none[];

extern const char jk_tree_build[];
extern const char jk_tree_job[];
extern const char jk_tree_history[];

/* ---- xml.c: a job's configuration, from XML to JSON ---- */

struct jk_json {
    const char *text; /* NULL: it cannot be read */
    size_t size;
    const char *wrong; /* then: why; static */
};

/* { "root": NAME, "body": ELEMENT }, and ELEMENT { "@ATTRIBUTE": text, "#": text, CHILD: [ ELEMENT
 * ] }. `text` has a NUL behind it. */
struct jk_json jk_xml_read(struct cmk_call *c, const char *text, size_t size);
/* The text as a JSON string, quotes included; NULL: no memory. */
const char *jk_quoted(struct cmk_call *c, const char *text);

/* ---- config.c: what a configuration says ---- */

enum jk_kind {
    JK_NOT_KNOWN,   /* the document is missing, or says nothing that we know */
    JK_INLINE,      /* a pipeline whose script stands in Jenkins */
    JK_FROM_SCM,    /* a pipeline whose script is read from a repository */
    JK_MULTIBRANCH, /* the job of a branch of a multibranch project */
    JK_STEPS,       /* no pipeline: its steps stand in Jenkins */
};

struct jk_config {
    enum jk_kind kind;
    const char *what;        /* the class or element that tells the kind */
    const char *remote;      /* as it stands there */
    const char *remote_name; /* as git calls it */
    const char *script, *spec;
    const char *project_script; /* the multibranch project's word; what is run is `script` */
    bool lightweight;
    const char *odd; /* why it cannot be understood; NULL: it can */
};

/* `project`: that of the multibranch project; NULL: there is none, or it was not had. */
struct jk_config jk_config_of(struct cmk_call *c, const struct cmk_value *config,
                              const struct cmk_value *project);
/* Is it the job of a branch? Then its project's configuration is needed, too. */
bool jk_is_branch_job(struct cmk_call *c, const struct cmk_value *config);

/* ---- remote.c: addresses of repositories ---- */

/* https://HOST/PATH without user, .git and slash at its end, whichever way git is told it; NULL: it
 * is no such address. */
const char *jk_remote(struct cmk_call *c, const char *text);
bool jk_same_remote(struct cmk_call *c, const char *a, const char *b);

/* ---- revision.c: when, and what was checked out ---- */

#define JK_BUILD_DATA "hudson.plugins.git.util.BuildData"
#define JK_REVISION   "jenkins.scm.api.SCMRevisionAction"

#define JK_LATEST INT64_C(7258118400000) /* milliseconds: the year 2200, later than what can be */

/* When the build was scheduled, in milliseconds since 1970; 0: not stated, or no time that can be.
 */
int64_t jk_scheduled_at(struct cmk_call *c, const struct cmk_value *build);

/* Is it an action of that class? One without a class is told by a member that only such have. */
bool jk_is_action(struct cmk_call *c, const struct cmk_value *action, const char *class_name,
                  const char *member);

/* What the build's checkouts of one repository say together. */
struct jk_checkout {
    const char *commit; /* NULL: not known */
    const char *branch; /* as git calls it there; NULL: none, or several */
    const char *path;   /* where the commit stands in the document */
    uint32_t count;     /* checkouts that were seen */
    const char *differ; /* they do not agree, because */
    const char *why;    /* commit is not known, because */
};
struct jk_checkout jk_checkout_of(struct cmk_call *c, const struct cmk_value *build,
                                  const char *remote);
/* The only repository of the build's checkouts; NULL: none, or several. */
const char *jk_only_remote(struct cmk_call *c, const struct cmk_value *build);

/* The revision that a multibranch project scheduled: what all actions that tell one have in common.
 */
struct jk_scheduled {
    bool there;
    const char *commit, *head, *head_class;
    const char *why;          /* why it does not tell the commit */
    const char *heads_differ; /* and of which head it is, because */
};
struct jk_scheduled jk_scheduled_of(struct cmk_call *c, const struct cmk_value *build);

/* refs/heads/... or refs/tags/...; NULL: not known. */
const char *jk_ref_of(struct cmk_call *c, const struct cmk_value *build,
                      const struct jk_config *config, const struct jk_checkout *checkout);

/* ---- artifacts.c ---- */

struct jk_artifact {
    const char *path;  /* relativePath; NULL: none is taken */
    const char *name;  /* the last part of it */
    uint64_t index;    /* in the list, of itself or of its digest's file */
    bool digest_alone; /* it is not archived, only its digest is, and that is enough */
    int32_t status;    /* why none is taken */
    const char *why;   /* with the remedy */
};
struct jk_artifact jk_artifact_of(struct cmk_call *c, const struct cmk_value *build);
/* Is a file of digests archived beside it? Its path; NULL: no. */
const char *jk_sidecar_of(struct cmk_call *c, const struct cmk_value *build,
                          const struct jk_artifact *artifact);
/* "DIGEST  NAME" as { "sha256", "name" }, the digest hexadecimal or base64; wrong otherwise. */
struct jk_json jk_sidecar_read(struct cmk_call *c, const char *text, size_t size);

/* ---- collect.c, origin.c, examine.c, start.c: the hooks ---- */

bool jk_is_over(struct cmk_call *c, const struct cmk_value *build);
int32_t jk_authenticate(struct cmk_call *c, const struct cmk_collect *k);
int32_t jk_collect_origin(struct cmk_call *c, const struct cmk_collect *k);
/* Records config.xml as the JSON that it is read as. */
const struct cmk_value *jk_record_config(struct cmk_call *c, const struct cmk_collect *k,
                                         const char *name, struct cmk_exchange *x);
int32_t jk_state_origin(struct cmk_call *c, const struct cmk_statement *s);
int32_t jk_examine(struct cmk_call *c, const struct cmk_collect *k);
int32_t jk_start(struct cmk_call *c, const struct cmk_starter *s);

/* ---- checks_*.c ---- */

struct jk_config jk_config_judged(struct cmk_call *c, const struct cmk_exam *x);

int32_t jk_instance(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_job_exact(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_build_finished(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_cause_allowed(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_not_pull_request(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_parameters_declared(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_node_allowed(struct cmk_call *c, const struct cmk_exam *x);

int32_t jk_pipeline_from_scm(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_config_at_build(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_config_stable(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_stable(struct cmk_call *c, const struct cmk_exam *x);

int32_t jk_script_revision(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_revision_unambiguous(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_libraries_declared(struct cmk_call *c, const struct cmk_exam *x);

int32_t jk_artifact_archived(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_artifact_fingerprint(struct cmk_call *c, const struct cmk_exam *x);

int32_t jk_key_valid(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_key_reads_job(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_key_reads_config(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_key_not_admin(struct cmk_call *c, const struct cmk_exam *x);
int32_t jk_key_no_credentials(struct cmk_call *c, const struct cmk_exam *x);

#endif
