/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/reader.h: what the parts of the configuration's reader share. Private to trust/.
 *
 * Nothing here fails: whoever finds something wrong complains and goes on with NULL, 0 or an empty
 * list, so that one run finds everything. Texts and arrays live in the arena of the trust.
 */
#ifndef CM_TRUST_READER_H
#define CM_TRUST_READER_H

#include "base/buf.h"
#include "base/clock.h"
#include "trust/config.h"

#include <libconfig.h>

/* One file. `broken`: it could not be read to its end, so what seems to be missing may be there. */
struct cm_source {
    const char *file;
    config_t tree;
    bool broken;
};

struct cm_reader {
    struct cm_trust *trust;
    struct cm_complaints *complaints;
    struct cm_source *sources;
    size_t source_count;
    bool failed; /* no memory */
};

/* One setting of one file. */
struct cm_node {
    const struct cm_source *source;
    const config_setting_t *at;
    const char *path; /* "projects.0.links.1"; "" for the file itself */
};

/* What a text has to be. `check` says in its err what is wrong with it, without repeating it. */
struct cm_kind {
    bool (*check)(const char *text, struct cm_err *err);
    const char *remedy;
    bool secret; /* may be a secret that was written in the wrong place: never shown */
};

/* A list of groups: where it stands, what it becomes, and what names one of them. */
struct cm_shape {
    const char *key;  /* "links" */
    const char *noun; /* "link" */
    size_t size;      /* of the struct */
    size_t name;      /* offset of the const char * that must not stand twice */
    void (*read)(struct cm_reader *, const struct cm_node *, void *ret);
};

extern const struct cm_kind cm_kind_slug, cm_kind_path, cm_kind_ref, cm_kind_branch, cm_kind_check,
    cm_kind_submitter, cm_kind_secret, cm_kind_repository, cm_kind_network, cm_kind_spki,
    cm_kind_proxy, cm_kind_proxy_user, cm_kind_no_proxy, cm_kind_packages, cm_kind_uri,
    cm_kind_file_name, cm_kind_resource;

/* ---- reader.c ---- */
void *cm_reader_alloc(struct cm_reader *reader, size_t count, size_t size) CM_MUST;
const char *cm_reader_text(struct cm_reader *reader, const char *text) CM_MUST; /* a copy */
/* In quotes, escaped, for a message. Never NULL. */
const char *cm_reader_show(struct cm_reader *reader, const char *text);

struct cm_place cm_node_place(const struct cm_node *node);
void cm_node_complain(struct cm_reader *reader, const struct cm_node *node, const char *remedy,
                      const char *format, ...) CM_PRINTF(4, 5);
/* Is the end of this group or list unknown, because its file broke inside of it? */
bool cm_node_is_open(const struct cm_node *node);
bool cm_node_member(struct cm_reader *reader, const struct cm_node *group, const char *key,
                    struct cm_node *ret);
struct cm_node cm_node_element(struct cm_reader *reader, const struct cm_node *list, size_t index);

/* Complains that a member is missing, unless it may stand behind a syntax error. */
void cm_node_lacks(struct cm_reader *reader, const struct cm_node *group, const char *key);

/* ---- reader_value.c ---- */
/* `kind` NULL: any text. NULL if it is absent or wrong. An empty text is wrong. */
const char *cm_take_text(struct cm_reader *reader, const struct cm_node *group, const char *key,
                         const struct cm_kind *kind, bool required);
bool cm_take_truth(struct cm_reader *reader, const struct cm_node *group, const char *key);
struct cm_words cm_take_words(struct cm_reader *reader, const struct cm_node *group,
                              const char *key, const struct cm_kind *kind, bool required);
/* The same of a command: words may stand in it more than once. */
struct cm_words cm_take_command(struct cm_reader *reader, const struct cm_node *group,
                                const char *key);
/* Checks a text that is at hand; false and a complaint if it is not of that kind. */
bool cm_take_checked(struct cm_reader *reader, const struct cm_node *node, const char *text,
                     const struct cm_kind *kind);

/* Members that are not among `keys`: complaints; or settings for a plug-in. */
void cm_take_no_more(struct cm_reader *reader, const struct cm_node *group,
                     const char *const *keys);
struct cm_settings cm_take_settings(struct cm_reader *reader, const struct cm_node *group,
                                    const char *const *keys);

/* The groups of a list; and of all lists of that name at the top of all files. */
const void *cm_take_groups(struct cm_reader *reader, const struct cm_node *group,
                           const struct cm_shape *shape, size_t *ret_count);
const void *cm_take_joined(struct cm_reader *reader, const struct cm_shape *shape,
                           size_t *ret_count);

/* ---- one file for each part of the model ---- */
extern const struct cm_shape cm_shape_system, cm_shape_host, cm_shape_project, cm_shape_artifact,
    cm_shape_policy, cm_shape_key;
struct cm_peer cm_take_peer(struct cm_reader *reader, const struct cm_node *group);
/* `proxy` of the top; NULL if it is no group. */
const struct cm_proxy *cm_take_proxy(struct cm_reader *reader, const struct cm_node *root);
/* `timestamp` of the top; NULL if it is no group. */
const struct cm_timestamp *cm_take_timestamp(struct cm_reader *reader, const struct cm_node *root);
/* Complains of repositories that the proxy, once all is read, would not be asked for. */
void cm_check_proxied(struct cm_reader *reader);
/* Complains of policies whose key is not declared. */
void cm_check_keys(struct cm_reader *reader);

/* ---- config_policy.c ---- */
#define CM_MAX_AGE_DEFAULT (INT64_C(30) * 86400 * CM_SECOND)
/* "12h", or "unlimited", which is 0. */
bool cm_max_age(const char *text, int64_t *ret) CM_MUST;
/* Are there refs, and not one of them a branch's? */
bool cm_refs_are_tags(const struct cm_words *refs);

/* ---- guard.c ---- */
/* Bytes up to the first thing that must not reach libconfig (`size`: there is none), and the line
 * of each text, in order, as unsigned numbers: libconfig's own are those of the token behind it. */
size_t cm_guard_scan(const char *file, const void *at, size_t size, struct cm_buf *lines,
                     struct cm_complaints *complaints);

/* ---- complain.c ---- */
/* By file (in the order of `files`), then by line; else in the order in which they were made. */
void cm_complaints_sort(struct cm_complaints *complaints, const struct cm_words *files);

#endif
