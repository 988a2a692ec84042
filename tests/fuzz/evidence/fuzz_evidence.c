/* SPDX-License-Identifier: Apache-2.0
 *
 * An evidence file from anybody: opened, checked, judged by the engine's checks and reported.
 * Judged also where the check of its form fails, because nothing that judging does may depend on
 * it.
 *
 * The origin is that of request.names, all read from the document "build": so a mutation can reach
 * every field.
 */
#include "../reason.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "evidence/seal.h"
#include "verdict/verdict.h"

#include <stdlib.h>
#include <string.h>

#define MOST_FIELDS 16

static void
state_origin(struct cm_verdict *verdict, const json_t *evidence)
{
    const char *field = NULL;
    json_t *text = NULL;
    static struct cm_origin_field fields[MOST_FIELDS];
    verdict->origin = fields;
    verdict->origin_count = 0;
    json_object_foreach(cm_json_path(evidence, "request.names"), field, text)
    {
        if (verdict->origin_count < MOST_FIELDS)
            fields[verdict->origin_count++] = (struct cm_origin_field){
                .field = field, .text = json_string_value(text), .document = "build"};
    }
}

static void
ask_all(struct cm_verdict *verdict, const json_t *evidence)
{
    int64_t decided_at = 0;
    const char *text = cm_json_text(evidence, "decided_at");
    (void)cm_engine_checks(&verdict->answer_count);
    verdict->answers =
        cm_arena_alloc(verdict->arena, verdict->answer_count * sizeof *verdict->answers);
    demand(verdict->answers != NULL);
    if (!text || !cm_parse_time(text, &decided_at))
        decided_at = 0;
    for (size_t i = 0; i < verdict->answer_count; i++) {
        struct cm_answer *answer = &verdict->answers[i];
        cm_engine_ask(i, evidence, verdict, verdict->arena, answer);
        cm_weigh(cm_json_get(evidence, "effective"), decided_at, verdict->arena, answer);
        demand((answer->word == CM_UNKNOWN) == (answer->reason != NULL));
        demand(answer->observed && answer->expected && answer->documents);
        demand(!answer->binding || answer->weight == CM_REQUIRED);
    }
    cm_decide(verdict);
}

static void
report(const struct cm_verdict *verdict, const json_t *evidence)
{
    const char *const *remarks = NULL;
    const struct cm_look look = {.width = (int)(verdict->origin_count * 20)};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)16 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf json = CM_BUF_INIT((size_t)16 << 20);
    CM_CLEANUP(cm_json_done) json_t *answers = cm_verdict_json(verdict);
    demand(answers != NULL);
    demand(cm_verdict_compare(cm_json_get(evidence, "answers"), verdict, verdict->arena, &remarks));
    struct cm_report report = {
        .evidence = evidence, .verdict = verdict, .mode = "replay", .remarks = remarks};
    demand(cm_report_text(&report, &look, &text));
    for (size_t i = 0; i < text.size; i++)
        demand(text.at[i] == '\n' || (unsigned char)text.at[i] >= 0x20);
    (void)!cm_report_json(&report, &json); /* too deep is possible, around what is deep enough */
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_opened opened = {.evidence = NULL};
    if (!cm_seal_open(at, size, NULL, 0, &opened, &err)) {
        demand_reason(&err);
        return 0;
    }
    CM_CLEANUP(cm_json_done) json_t *evidence = opened.evidence;
    demand(opened.seal != CM_SEALED); /* by what key? */
    if (!evidence)
        return 0;
    if (!cm_evidence_check(evidence, &err))
        demand(err.class == CM_E_MALFORMED && err.text[0] != '\0');
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new((size_t)256 << 20);
    struct cm_verdict verdict = {.arena = arena};
    demand(arena != NULL);
    state_origin(&verdict, evidence);
    ask_all(&verdict, evidence);
    report(&verdict, evidence);
    return 0;
}
