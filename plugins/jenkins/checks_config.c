/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the job's configuration: does the pipeline come from the repository, was the
 * configuration the same when the build was made, and does it stay the same while we look?
 */
#include "jenkins.h"

#include <string.h>

#define MILLISECOND INT64_C(1000000)
#define HOUR        (INT64_C(3600) * 1000 * MILLISECOND)
/* Jenkins writes times of changes in its own zone, and does not tell which: 12 hours behind UTC at
 * most, and 14 ahead. */
#define MOST_BEHIND (12 * HOUR)
#define MOST_AHEAD  (14 * HOUR)

struct jk_config
jk_config_judged(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *config = x->evidence->document(c, "config");
    const struct cmk_value *project = NULL;
    if (jk_is_branch_job(c, config))
        project = x->evidence->document(c, "project-config");
    return jk_config_of(c, config, project);
}

/* ---- from the repository ---- */

static bool
has_variable(const char *text)
{
    return text != NULL && strpbrk(text, "$%{}") != NULL;
}

/* The branch's own job names what is run. If the project says otherwise, one of them was changed
 * since Jenkins last wrote the job, and nobody knows what the next build runs. */
static int32_t
judge_script(struct cmk_call *c, const struct cmk_exam *x, const struct jk_config *config)
{
    const char *script = cmk_text(c, c->options, "script_path");
    cmk_expect(c, x, "a pipeline from %s", script);
    cmk_observe(c, x, "%s from %s", config->script, jk_remote(c, config->remote));
    if (!jk_same(config->script, script))
        return CMK_FAIL;
    if (config->kind != JK_MULTIBRANCH || jk_same(config->script, config->project_script))
        return CMK_PASS;
    if (config->project_script == NULL)
        return jk_unknown(c, x, "the multibranch project does not state its script");
    return jk_fail(c, x, "the branch's job runs %s, and the multibranch project says %s",
                   config->script, config->project_script);
}

static int32_t
judge_pipeline(struct cmk_call *c, const struct cmk_exam *x, const struct jk_config *config)
{
    if (config->odd != NULL)
        return jk_unknown(c, x, "the configuration cannot be understood: %s", config->odd);
    if (config->kind == JK_MULTIBRANCH && config->script == NULL)
        return jk_unknown(c, x,
                          "the branch's job does not state its script, as those of older "
                          "Jenkins do not: have the multibranch project scanned");
    if (config->remote == NULL || config->script == NULL)
        return jk_unknown(c, x, "the configuration does not state repository and script");
    if (jk_remote(c, config->remote) == NULL)
        return jk_fail(c, x, "'%s' is no address of a repository", config->remote);
    if (config->kind == JK_FROM_SCM && config->spec == NULL)
        return jk_unknown(c, x, "the configuration does not state the branch");
    if (has_variable(config->script) || has_variable(config->remote) || has_variable(config->spec))
        return jk_fail(c, x, "a variable in %s",
                       has_variable(config->script)   ? config->script
                       : has_variable(config->remote) ? config->remote
                                                      : config->spec);
    return judge_script(c, x, config);
}

int32_t
jk_pipeline_from_scm(struct cmk_call *c, const struct cmk_exam *x)
{
    struct jk_config config = jk_config_judged(c, x);
    switch (config.kind) {
    case JK_INLINE:
        return jk_fail(c, x, "the pipeline's script stands in Jenkins");
    case JK_STEPS:
        return jk_fail(c, x, "no pipeline but a %s, whose steps stand in Jenkins", config.what);
    case JK_FROM_SCM:
    case JK_MULTIBRANCH:
        return judge_pipeline(c, x, &config);
    default:
        if (config.odd != NULL)
            return jk_unknown(c, x, "the configuration cannot be understood: %s", config.odd);
        return jk_unknown(c, x, "%s is not known",
                          config.what != NULL ? config.what : "the kind of the job");
    }
}

/* ---- as it was when the build was made ---- */

/* Jenkins' "2026-01-02_03-04-05" read as if it were UTC; CMK_NO_TIME: it is none, or none that can
 * be. */
static int64_t
date_of(struct cmk_call *c, const char *text)
{
    if (text == NULL || strlen(text) != 19 || text[10] != '_' || text[13] != '-' || text[16] != '-')
        return CMK_NO_TIME;
    int64_t date = c->base->time(
        c, cmk_printf(c, "%.10sT%.2s:%.2s:%.2sZ", text, text + 11, text + 14, text + 17));
    return date > 0 && date < JK_LATEST * MILLISECOND ? date : CMK_NO_TIME;
}

/* Has an entry, and all of them are surely older than that? */
static int32_t
judge_history(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *history,
              int64_t scheduled)
{
    const struct cmk_value *list = cmk_get(c, history, "jobConfigHistory");
    uint64_t count = c->json->count(c, list);
    int32_t answer = CMK_PASS;
    for (uint64_t i = 0; i < count; i++) {
        const char *text = cmk_text(c, c->json->at(c, list, i), "date");
        int64_t date = date_of(c, text);
        if (date == CMK_NO_TIME)
            return jk_unknown(c, x, "the history has an entry without a time");
        if (date - MOST_AHEAD > scheduled)
            return jk_fail(c, x, "changed at %s, after the build was scheduled", text);
        if (date + MOST_BEHIND >= scheduled)
            answer = jk_unknown(c, x, "changed at %s, in a zone that Jenkins does not tell", text);
    }
    if (count == 0) /* whoever may not read it is shown an empty one */
        return jk_unknown(c, x, "the history shows nothing");
    if (answer == CMK_PASS)
        cmk_observe(c, x, "the history has no change since the build was scheduled");
    return answer;
}

static int32_t
judge_word(struct cmk_call *c, const struct cmk_exam *x)
{
    if (x->assumed(c, "config-unchanged"))
        return jk_pass(c, x, "by the operator's word");
    return jk_unknown(c, x,
                      "Jenkins tells only the configuration of today: build by a multibranch "
                      "project, install the Job Configuration History plugin, or say "
                      "assume = [ \"config-unchanged\" ] in the link");
}

int32_t
jk_config_at_build(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    struct jk_config config = jk_config_judged(c, x);
    struct jk_checkout checkout = jk_checkout_of(c, build, config.remote);
    struct jk_scheduled scheduled = jk_scheduled_of(c, build);
    int64_t at = jk_scheduled_at(c, build);
    if (config.kind == JK_MULTIBRANCH) {
        if (jk_same(scheduled.commit, checkout.commit))
            return jk_pass(c, x, "the pipeline was read at the revision that was scheduled, %s",
                           scheduled.commit);
        return judge_word(c, x);
    }
    const struct cmk_value *history = x->evidence->document_if_any(c, "history");
    if (history == NULL)
        return judge_word(c, x);
    if (at == 0)
        return jk_unknown(c, x, "Jenkins does not state when the build was scheduled");
    return judge_history(c, x, history, at * MILLISECOND);
}

/* ---- while we looked ---- */

static bool
same_bytes(struct cmk_call *c, const struct cmk_exam *x, const char *before, const char *after)
{
    const struct cmk_value *was = x->evidence->facts(c, before);
    const struct cmk_value *is = x->evidence->facts(c, after);
    if (x->evidence->document(c, before) == NULL || x->evidence->document(c, after) == NULL)
        return false;
    return jk_same(cmk_text(c, was, "hmac"), cmk_text(c, is, "hmac")) ||
           jk_same(cmk_text(c, was, "sha256"), cmk_text(c, is, "sha256"));
}

int32_t
jk_config_stable(struct cmk_call *c, const struct cmk_exam *x)
{
    bool around = x->evidence->document_if_any(c, "project-config") != NULL;
    if (!same_bytes(c, x, "config", "config-after"))
        return jk_fail(c, x, "the job's configuration was changed");
    if (around && !same_bytes(c, x, "project-config", "project-config-after"))
        return jk_fail(c, x, "the multibranch project's configuration was changed");
    return jk_pass(c, x, "the same before and after the download");
}

int32_t
jk_stable(struct cmk_call *c, const struct cmk_exam *x)
{
    if (!same_bytes(c, x, "build", "build-after"))
        return jk_fail(c, x, "what Jenkins says about the build was changed");
    return jk_pass(c, x, "the same before and after the download");
}
