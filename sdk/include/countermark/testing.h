/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark/testing.h: a plug-in's hooks in a unit test, without a server and without the
 * program. The host behind it is the engine's own: what it scrubs, withholds, refuses, reads and
 * writes is what the engine does. Only the outside is made up, by the test.
 *
 * The plug-in is linked in, compiled with CMK_STATIC_PLUGIN:
 *
 *     extern const struct cmk_plugin cmk_plugin_demo;
 *
 *     struct cmk_test *t = cmk_test_new(&cmk_plugin_demo);
 *     cmk_test_option(t, "url", "https://ci.example");
 *     cmk_test_option(t, "build", "7");
 *     cmk_test_answer(t, "https://ci.example/builds/7", 200, "{ \"result\": \"success\" }");
 *     cmk_test_collect(t);
 *     bool good = cmk_test_check(t, "succeeded") == CMK_PASS;
 *     cmk_test_free(t);
 *
 * Texts that are handed in are copied; those that are given back live until the test is freed. A
 * mistake of the test itself (an option that there is not, a file that cannot be read) ends the
 * program with a sentence on standard error.
 *
 * This header is for tests and promises less than plugin.h: see docs/STABILITY.md.
 */
#ifndef COUNTERMARK_TESTING_H
#define COUNTERMARK_TESTING_H

#include <countermark/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct cmk_test;

/* Refuses, with the loader's words, tables that the engine would refuse. */
struct cmk_test *cmk_test_new(const struct cmk_plugin *plugin);
void cmk_test_free(struct cmk_test *);

/* ---- what the operator and the submission say ---- */

/* As it stands in the configuration or on the command line, whatever its type: "42", "true", "30d",
 * "[ \"a\" ]"; of a secret, the secret itself; of a file, the path of one that is really there, for
 * countermark/files.h reads it as the engine does. Checked against the table when a hook is run. */
void cmk_test_option(struct cmk_test *, const char *name, const char *text);
void cmk_test_assume(struct cmk_test *, const char *name); /* assume = [ name ] */
/* Of the project; until one is named, https://git.example/acme/widget. */
void cmk_test_repository(struct cmk_test *, const char *url);
/* The file that came with the submission; a text. None unless this is said. */
void cmk_test_submitted(struct cmk_test *, const char *file_name, const char *content);
void cmk_test_decided_at(struct cmk_test *, const char *rfc3339); /* 2026-01-01T00:00:00Z */

/* ---- what the outside answers ---- */

/* What is at that address, with "?name=value&..." if there is a query. Said again for the same
 * address, the next question there gets the next answer, and all later ones the last. A negative
 * status is no answer at all: CMK_E_TRANSIENT, ... What is nowhere said is not there: 404. */
void cmk_test_answer(struct cmk_test *, const char *url, int32_t status, const char *body);
void cmk_test_answer_file(struct cmk_test *, const char *url, int32_t status, const char *file);
/* One change in the last answer of that address: the JSON that stands at the path then; NULL takes
 * the member away. */
void cmk_test_change(struct cmk_test *, const char *url, const char *path, const char *json);
/* A file of the commit's tree. */
void cmk_test_tree(struct cmk_test *, const char *path, const char *content);

/* ---- what a rewriter is handed ---- */

/* A field of the origin; a file to be attached, its content as JSON. NULL takes it away. */
void cmk_test_origin_says(struct cmk_test *, const char *field, const char *text);
void cmk_test_attach(struct cmk_test *, const char *file_name, const char *json);
/* One more entry of a package that the test makes; the package so far, as a ZIP file's bytes. */
void cmk_test_pack(struct cmk_test *, const char *entry, struct cmk_bytes content);
struct cmk_bytes cmk_test_packed(struct cmk_test *);

/* ---- hooks; CMK_OK, or the status that the call failed with: cmk_test_why() says why ---- */

int32_t cmk_test_configure(struct cmk_test *);
/* authenticate, the gates, and, if they pass, collect_origin; forgets what was collected before. */
int32_t cmk_test_collect(struct cmk_test *);
/* read_names: what an option of the submission is called in that notification; NULL: not at all. */
const char *cmk_test_name(struct cmk_test *, const char *body, const char *option);
/* state_origin: the text of that field, or, of a file name, the document attached; NULL: none. */
const char *cmk_test_origin(struct cmk_test *, const char *field);
/* CMK_PASS, CMK_FAIL or CMK_UNKNOWN; the id without the plug-in's. Answered from documents alone,
 * as a replay does. */
int32_t cmk_test_check(struct cmk_test *, const char *id);

/* rewrite and inspect: of a file of that name. What the engine would not read as an archive is
 * refused as it would be. */
int32_t cmk_test_rewrite(struct cmk_test *, const char *file_name, struct cmk_bytes package);
int32_t cmk_test_inspect(struct cmk_test *, const char *file_name, struct cmk_bytes package);

/* ---- what came of it ---- */

const char *cmk_test_observed(const struct cmk_test *); /* by the last check; "" if nothing was */
const char *cmk_test_why(const struct cmk_test *); /* of an unknown, or of a hook that failed; "" */
/* What was kept of a document, as JSON in its canonical form; NULL if it could not be had. */
const char *cmk_test_kept(struct cmk_test *, const char *document);
/* What was asked, one address a line, those asked with a secret with " (secret)" behind them. */
const char *cmk_test_asked(struct cmk_test *);

/* Of the last rewrite: the file as it is written; the same bytes if nothing was edited. And the
 * content of an entry of it; at NULL: there is none. */
struct cmk_bytes cmk_test_written(const struct cmk_test *);
struct cmk_bytes cmk_test_entry(struct cmk_test *, const char *name);
/* What the package says of a fact, by the last rewrite or inspect: now, if that has changed; NULL:
 * nothing, or it was not noted. */
const char *cmk_test_noted(struct cmk_test *, const char *fact);
const char *cmk_test_doubts(struct cmk_test *); /* of the last inspect, one a line */
/* Every change as the host has noted it, in canonical JSON:
 * { "added": [ { "entry", "sha256", "size" } ], "notes": [ { "after", "before", "fact" } ],
 *   "removed": [ { "entry", "size" } ], "spliced": [ { "entry", "new", "offset", "old", "size" } ]
 * }
 */
const char *cmk_test_changes(struct cmk_test *);

#pragma GCC visibility pop
#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* COUNTERMARK_TESTING_H */
