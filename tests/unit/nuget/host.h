/* SPDX-License-Identifier: Apache-2.0
 *
 * host.h: a host for the rewriter's hooks. Call, values and codings are the engine's own; the
 * archive is made up: entries in memory, and edits that are kept to be looked at.
 *
 * It serves unit tests and fuzz targets: what must not be ends the program.
 */
#ifndef TESTS_NUGET_HOST_H
#define TESTS_NUGET_HOST_H

#include "base/buf.h"
#include "plugin/call.h"
#include "plugin/host.h"
#include "plugin/loader.h"

#include <countermark/plugin.h>
#include <jansson.h>
#include <stdbool.h>

extern const struct cmk_plugin cmk_plugin_nuget;

#define HOST_URL    "https://git.example/acme/widget"
#define HOST_COMMIT "0123456789abcdef0123456789abcdef01234567"

struct entry {
    char *name;
    void *at;
    size_t size;
    bool removed, added, stored;
};

struct splice {
    uint64_t entry, offset, size;
    char *instead;
    uint64_t instead_size;
};

struct host {
    struct cm_call call; /* first: a call is its host */
    struct cm_plugins *plugins;
    struct cm_plugin_host *host;
    json_t *options, *origin, *attachments; /* to be changed by the test */
    const char *name;                       /* of the file */
    bool is_archive;

    struct entry *entries;
    size_t count, before; /* with added ones; without */
    uint64_t more;        /* entries that are only counted, "more/N" */
    struct splice splices[64];
    size_t splice_count;
    size_t digests; /* asked for; the edits that there were then: */
    size_t digested_after;

    struct cm_buf notes;  /* "fact: before -> after\n"; what is NULL is "-" */
    struct cm_buf doubts; /* one a line */
    struct cm_buf outcome;
    int32_t status;
    char why[1024];
};

/* Widget.1.0.0.nupkg without entries; an origin of HOST_URL, HOST_COMMIT, refs/heads/main; no
 * attachment; options as they are by default. */
void host_open(struct host *h);
void host_close(struct host *h); /* for CM_CLEANUP */

void host_entry(struct host *h, const char *name, const void *at, size_t size);
void host_text(struct host *h, const char *name, const char *text);
void host_set(json_t *object, const char *name, const char *text); /* NULL: takes it away */

/* A fresh call for what is asked without a hook. */
struct cmk_call *host_call(struct host *h);
/* What a hook is handed. */
struct cmk_work host_work(struct host *h);

/* Forgets edits and notes and runs the hook; gives the status. */
int32_t host_rewrite(struct host *h);
int32_t host_inspect(struct host *h);

/* The content of an entry with its edits; NULL: there is none of that name. Until the next call. */
const struct cm_buf *host_outcome(struct host *h, const char *name);
/* The text as UTF-16 with its mark; '~' stands for U+00E4 and '^' for U+1F600, which are otherwise
 * ASCII. */
void host_utf16(struct cm_buf *to, const char *text, bool little);
void host_unit(struct cm_buf *to, uint32_t unit, bool little);

bool host_noted(const struct host *h, const char *line);
bool host_doubted(const struct host *h, const char *part);
size_t host_edits(const struct host *h); /* splices, additions, removals */

#endif
