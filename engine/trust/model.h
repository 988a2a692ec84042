/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/model.h: what the operator's configuration says, read and checked.
 *
 * Everything here lives in the arena of its struct cm_trust and is never changed after reading.
 * Options of plug-ins are kept as settings with the place where they stand: which of them exist and
 * what they may say is known by the plug-ins, a few floors up (plugin/options.h).
 */
#ifndef CM_TRUST_MODEL_H
#define CM_TRUST_MODEL_H

#include "base/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cm_place {
    const char *file;
    unsigned line; /* from 1; 0: not in a file (a default, the command line) */
};

struct cm_words { /* a list of texts, also with a NULL behind the last */
    const char *const *at;
    size_t count;
    struct cm_place place;
};

/* One key that the engine does not know itself. */
struct cm_setting {
    const char *name;
    json_t *value; /* text, integer, truth or array of them; borrowed from `values` */
    struct cm_place place;
};

struct cm_settings {
    const struct cm_setting *at;
    size_t count;
};

/* How a host is reached: a system's, or one of `hosts`. */
struct cm_peer {
    const char *ca;                  /* path of PEM certificates; NULL: the machine's own */
    const char *spki;                /* "sha256/BASE64" of the key; NULL: not pinned */
    struct cm_words allow_addresses; /* "10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8" */
};

/* How far a builder's builds are trusted, under one key. */
struct cm_builder_trust {
    const char *id;  /* a URI */
    int build_level; /* SLSA: 0 to 3 */
};

/* What a key may sign beside attestations (trust/form.h). */
struct cm_key_form {
    const char *content;
    struct cm_words program; /* makes the content: its path, and arguments; empty: none is needed */
    struct cm_words attributes;
};

/* keys = ( { slug = "release"; file = "/etc/..."; } ), or of a token instead of a file */
struct cm_signing_key {
    const char *slug;
    const char *file;       /* PEM, PKCS#8; NULL: it is on a token */
    const char *passphrase; /* a secret's reference; NULL: the file takes none */
    const char *uri;        /* "pkcs11:..." (RFC 7512); NULL: it is in a file */
    const char *module;     /* path of the token's PKCS#11 module */
    const char *pin;        /* a secret's reference; NULL: none */
    const struct cm_builder_trust *builders;
    size_t builder_count;
    const char
        *certificate; /* PEM: the key's own, then those it was issued by; NULL: it has none */
    const struct cm_key_form *forms;
    size_t form_count;
    struct cm_place place;
};

struct cm_system {
    const char *slug, *name, *description;
    const char *connector; /* id of the plug-in */
    const char *builder;   /* a URI: what attestations call it; NULL: made of the verifier's */
    struct cm_peer peer;
    struct cm_settings settings;
    struct cm_place place;
    bool predefined; /* not declared; the plug-in stands in for it */
};

struct cm_repository {
    const char *url;   /* as written */
    const char *token; /* a secret's reference, NULL: none; for repository = "any" only */
    struct cm_place place;
};

struct cm_host {      /* hosts = ( { name = "git.acme.example"; ... } ) */
    const char *name; /* lower case; with ":port" if it is not 443 */
    struct cm_peer peer;
    bool case_insensitive; /* paths on it are compared with ASCII letters folded */
    struct cm_place place;
};

struct cm_proxy {         /* proxy = { url = "http://proxy.acme.example:3128"; ... }; */
    const char *url;      /* http or https, a host and a port; no path, no userinfo */
    const char *user;     /* NULL: none is asked for */
    const char *password; /* a secret's reference; NULL without a user */
    struct cm_words no_proxy;
    struct cm_peer peer; /* how the proxy itself is reached */
    struct cm_place place;
};

struct cm_timestamp {      /* timestamp = { url = "https://..."; authority = "/...pem"; }; */
    const char *url;       /* http or https, where stamps are asked for (RFC 3161) */
    const char *authority; /* path of PEM certificates that a stamp's own must lead to */
    struct cm_peer peer;   /* how it is reached */
    struct cm_place place;
};

struct cm_link {
    const char *system;
    struct cm_words assume;    /* the operator's word on what cannot be read */
    const char *assume_reason; /* not NULL if there is an assume */
    struct cm_settings settings;
    struct cm_place place;
};

/* What one rewriter or signer is told: the group of its name. */
struct cm_told {
    const char *plugin; /* id */
    struct cm_settings settings;
    struct cm_place place;
};

struct cm_artifact_configuration {
    const char *slug;
    struct cm_words rewriters; /* ids of plug-ins, in the order in which they get the artifact */
    struct cm_words packages;  /* patterns of entries of an archive that are packages themselves */
    const char *file_name;     /* of artifacts, "Acme.Widget.{version}.nupkg"; NULL: any */
    const char *resource; /* "pkg:generic/acme/widget@{version}"; NULL: made of the project's */
    const char *signer;   /* id of the plug-in that embeds the signature; NULL: none */
    const struct cm_told *told; /* only of plug-ins that are named above */
    size_t told_count;
    struct cm_place place;
};

struct cm_waiver {
    const char *check, *reason, *author;
    int64_t until; /* ns since 1970 */
    struct cm_place place;
};

struct cm_policy {
    const char *slug, *description;
    struct cm_words systems;      /* slugs that may build for it; never empty */
    bool system_only;             /* origin = "none": who asks is verified, and not what was built;
                                     refs and tag_branches are empty then */
    struct cm_words refs;         /* patterns of full names, never empty */
    struct cm_words tag_branches; /* a tag's commit is also on one of these; empty: the branches
                                     among `refs` */
    struct cm_words submitters;   /* "local:NAME" or a CI user's slug; never empty */
    struct cm_words optional;     /* ids of checks that are shown and not counted */
    const struct cm_waiver *waivers;
    size_t waiver_count;
    bool repository_any; /* repository = "any"; default "public" */
    int64_t max_age;     /* ns; 0: any age; default 30 days */
    const char *attest;  /* slug of the key that attestations are signed with; NULL: none are */
    bool attest_once;    /* a second submission gets no attestation, also not the first one */
    const char *sign;    /* slug of the key that a signer's signatures are made with; NULL: none */
    struct cm_settings settings;
    struct cm_place place;
};

struct cm_project {
    const char *slug, *name, *description;
    const struct cm_repository *repositories; /* empty only if no policy asks for an origin */
    size_t repository_count;
    const struct cm_link *links;
    size_t link_count;
    const struct cm_artifact_configuration *artifacts;
    size_t artifact_count;
    const struct cm_policy *policies;
    size_t policy_count;
    struct cm_place place;
};

#define CM_MIRRORS_DEFAULT (UINT64_C(4) << 30)

struct cm_trust {
    struct cm_arena *arena;
    json_t *values; /* an array that owns the values of all settings */
    const char *organization, *organization_name; /* slug; name or NULL */
    const char *verifier; /* what this verifier calls itself where its word goes out */
    const char *state;    /* path of the state directory, or NULL */
    uint64_t mirrors;     /* bytes that all mirrors of repositories may have; 0: none is kept */
    struct cm_words plugin_path; /* folders, absolute; empty: the one that is installed */
    const struct cm_system *systems;
    size_t system_count;
    const struct cm_host *hosts;
    size_t host_count;
    const struct cm_proxy *proxy;         /* NULL: every host is asked directly */
    const struct cm_timestamp *timestamp; /* NULL: signatures get no time stamp */
    const struct cm_project *projects;
    size_t project_count;
    const char *keys_socket; /* where the process with the keys listens; NULL: it is started */
    struct cm_words evidence_keys; /* files of public keys whose seals count for signing */
    const struct cm_signing_key *keys;
    size_t key_count;
    struct cm_words files; /* that were read, in order */
};

struct cm_trust *cm_trust_new(void) CM_MUST;            /* empty; NULL without memory */
struct cm_trust *cm_trust_free(struct cm_trust *trust); /* NULL is fine; gives NULL */
void cm_trust_done(struct cm_trust **trust);            /* for CM_CLEANUP */

/* NULL if there is none of that slug. Borrowed. */
const struct cm_project *cm_trust_project(const struct cm_trust *, const char *slug);
const struct cm_system *cm_trust_system(const struct cm_trust *, const char *slug);
const struct cm_signing_key *cm_trust_key(const struct cm_trust *, const char *slug);
const struct cm_policy *cm_project_policy(const struct cm_project *, const char *slug);
const struct cm_link *cm_project_link(const struct cm_project *, const char *system);
const struct cm_artifact_configuration *cm_project_artifact(const struct cm_project *,
                                                            const char *slug);
/* What it tells that plug-in: without a group of that name nothing, at its own place. */
struct cm_told cm_artifact_told(const struct cm_artifact_configuration *, const char *plugin);
bool cm_policy_allows(const struct cm_policy *, const char *system);
/* The entry of `hosts` for a URL's host and port; NULL if none. */
const struct cm_host *cm_trust_host(const struct cm_trust *, const char *url);

#endif
