/* SPDX-License-Identifier: Apache-2.0
 *
 * judge_evidence PLUGIN EVIDENCE TIMES
 *
 * Decides so many times from the same evidence (the payload, without its seal), in one process, as
 * a service would; says how many seconds that took, and the outcome.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "pipeline/pipeline.h"

#include <stdio.h>
#include <unistd.h>

static bool
read_evidence(const char *path, json_t **ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)64 << 20);
    return cm_file_read(path, &text, err) &&
           cm_json_parse(cm_buf_text(&text), text.size, path, ret, err);
}

static bool
judge(json_t *evidence, struct cm_plugins *plugins, struct cm_log *log, int64_t times,
      struct cm_err *err)
{
    struct cm_verdict verdict = {.arena = NULL};
    int64_t began = cm_monotonic_now();
    int outcome = -1;
    for (int64_t i = 0; i < times; i++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new((size_t)32 << 20);
        if (arena == NULL)
            return cm_fail(err, CM_E_LIMIT, "out of memory");
        if (!cm_judge(evidence, plugins, log, arena, &verdict, err))
            return false;
        outcome = (int)verdict.outcome;
    }
    printf("%.6f %s\n", (double)(cm_monotonic_now() - began) / (double)CM_SECOND,
           outcome == CM_ACCEPTED ? "accepted" : "not accepted");
    return true;
}

int
main(int argc, char **argv)
{
    int64_t times;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *evidence = NULL;
    if (argc != 4 || !cm_parse_int(argv[3], 1, 1000000, &times)) {
        (void)fprintf(stderr, "usage: judge_evidence PLUGIN-FOLDER EVIDENCE TIMES\n");
        return 2;
    }
    const char *folders[] = {argv[1], NULL};
    struct cm_log *log = cm_log_new(STDERR_FILENO, CM_LOG_ERROR, false);
    struct cm_plugins *plugins = log != NULL ? cm_plugins_new(folders, log) : NULL;
    bool done = plugins != NULL && read_evidence(argv[2], &evidence, &err) &&
                judge(evidence, plugins, log, times, &err);
    if (!done)
        (void)fprintf(stderr, "judge_evidence: %s\n", err.text);
    cm_plugins_free(plugins);
    cm_log_free(log);
    return done ? 0 : 1;
}
