/* SPDX-License-Identifier: Apache-2.0
 *
 * pear.h: a connector whose hooks do what the test says.
 */
#ifndef PEAR_H
#define PEAR_H

#include "scene.h"

#define SITE "https://ci.example"
#define ID   "0123456789abcdef0123456789abcdef01234567"

typedef int32_t pear_checking(struct cmk_call *, const struct cmk_exam *);
typedef void pear_collecting(struct cmk_call *, const struct cmk_collect *);

extern const struct cmk_plugin pear;

/* What the hooks do next. */
extern pear_collecting *pear_collects; /* collect() sets it */
extern int32_t (*pear_states)(struct cmk_call *, const struct cmk_statement *);
extern int32_t (*pear_names)(struct cmk_call *, const struct cmk_naming *, struct cmk_bytes);
extern int32_t (*pear_configures)(struct cmk_call *);
extern int32_t (*pear_starts)(struct cmk_call *, const struct cmk_starter *);

/* ---- judging ---- */

#define PURE_SCENE(s, options)                                                                     \
    CM_CLEANUP(scene_done) struct scene s;                                                         \
    scene_begin(&(s), &pear, options);                                                             \
    scene_open_inside(&(s))

struct cm_answer pear_answer(struct scene *, pear_checking *hook);      /* of pear.it */
struct cm_answer pear_examination(struct scene *, pear_checking *hook); /* of pear.key */
void assert_unknown(const struct cm_answer *, enum cm_class class, const char *reason);

/* ---- collecting ---- */

#define OUTSIDE_SCENE(s, pages, files)                                                             \
    CM_CLEANUP(scene_done) struct scene s;                                                         \
    scene_begin(&(s), &pear,                                                                       \
                "{\"url\":\"" SITE "/base\",\"mirrors\":[\"https://m.example:8443\"]}");           \
    scene_pages(&(s), pages, files)

extern const char *const keep_all[]; /* "**" */

/* Starts a GET with the secret "key", and the user "bob" for BASIC. */
struct cmk_exchange *get(struct cmk_call *, const struct cmk_collect *, const char *url,
                         int32_t auth);
/* begin, collect_origin, finish; false with the call's failure */
bool collect(struct scene *, pear_collecting *hook, struct cm_err *err);
void collect_well(struct scene *, pear_collecting *hook);

void assert_had(const struct scene *, const char *document, const char *canonical_content);
void assert_missing(const struct scene *, const char *document, const char *class,
                    const char *message, const char *cause);

#endif
