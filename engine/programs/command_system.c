/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark system check: are a linked system and the key to it as they should be? */
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "programs/gathering.h"
#include "programs/session.h"

static const struct cm_flag flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "default " CM_DEFAULT_CONFIG},
    {"project", 'p', CM_TAKES_TEXT, "SLUG", "needed if there are several"},
    {"system", 0, CM_TAKES_TEXT, "SLUG", "build system; needed if several are linked"},
    {"timeout", 0, CM_TAKES_TEXT, "DURATION", "of the whole; default 5m"},
    {"format", 0, CM_TAKES_WORD, CM_REPORT_FORMS, "of the report on standard output"},
    {.name = NULL},
};

/* Does this fail because a credential was refused, and for nothing that was had? The engine's own
 * check takes its time from refusals, too. */
static bool
is_refusal(const json_t *evidence, const struct cm_answer *answer)
{
    bool refused = false;
    if (answer->word != CM_FAIL || answer->weight != CM_REQUIRED ||
        cm_starts_with(answer->check, "system."))
        return false;
    for (const char *const *name = answer->documents; *name != NULL; name++) {
        const json_t *error = cm_json_get(cm_evidence_document(evidence, *name), "error");
        if (error == NULL)
            return false;
        refused = refused || cm_class_of(cm_json_text(error, "class")) == CM_E_AUTH;
    }
    return refused;
}

static int
exit_of(const json_t *evidence, const struct cm_verdict *verdict)
{
    for (size_t i = 0; i < verdict->answer_count; i++)
        if (is_refusal(evidence, &verdict->answers[i]))
            return CM_EXIT_CONFIG;
    return cm_session_verdict(verdict);
}

/* By what the system is told apart, where nothing of its own does that; NULL: something does. It
 * says nothing of one that is not declared: there nobody could have said what. */
static const char *
remark_on(const struct cm_system *system)
{
    if (system->predefined || system->peer.ca != NULL || system->peer.spki != NULL)
        return NULL;
    return "the system is told apart by its name in the URL alone: any certificate authority of "
           "this machine can vouch for it, as neither `ca` nor `spki` is set";
}

static int
conclude(struct cm_session *session, const struct cm_system *system, json_t *evidence,
         enum cm_form form)
{
    struct cm_err err = CM_ERR_INIT;
    struct cm_verdict verdict;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(32 << 20);
    if (arena == NULL)
        return CM_EXIT_INTERNAL;
    if (!cm_judge_examination(evidence, session->plugins, session->log, arena, &verdict, &err))
        return cm_session_failed(session, &err);
    int exit_status = exit_of(evidence, &verdict);
    const char *const remarks[] = {remark_on(system), NULL};
    const struct cm_report report = {.evidence = evidence,
                                     .verdict = &verdict,
                                     .mode = "system check",
                                     .remarks = remarks,
                                     .exit_status = exit_status};
    int status = cm_session_report(session, &report, form);
    return status != 0 ? status : exit_status;
}

/* The link as it was said, and right as far as that is known without asking anybody. */
static int
admit(struct cm_session *session, struct cm_admitted *ret)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_complaints_done) struct cm_complaints complaints = {0};
    if (!cm_admit_link(session->trust, session->plugins, cm_said(session->said, "project"),
                       cm_said(session->said, "system"), ret, &complaints, &err))
        return cm_session_not_admitted(session, &complaints, &err);
    if (!cm_check_link(session->trust, session->plugins, session->log, ret->link, &complaints))
        return cm_session_complain(session, &complaints);
    if (ret->plugin->table->connector->examine == NULL) {
        (void)cm_fail(&err, CM_E_UNSUPPORTED, "the connector %s cannot check its system",
                      ret->plugin->id);
        return cm_session_failed(session, &err);
    }
    return 0;
}

static int
run(struct cm_session *session)
{
    const enum cm_form form = cm_session_form(session);
    int status;
    CM_CLEANUP(cm_admitted_done) struct cm_admitted admitted = {0};
    CM_CLEANUP(cm_gathered_done) struct cm_gathered gathered = {.artifact = -1};
    if (session->said->rest_count > 0)
        return cm_session_usage(session, "system check takes no argument; --system SLUG names one");
    if ((status = cm_session_trust(session)) != 0 || (status = cm_session_plugins(session)) != 0 ||
        (status = admit(session, &admitted)) != 0 ||
        (status = cm_gathering_about_system(session, &admitted, CM_TO_EXAMINE, &gathered)) != 0)
        return status;
    return conclude(session, admitted.system, gathered.evidence, form);
}

const struct cm_command cm_command_system_check = {
    .name = "system check",
    .summary = "ask a linked system whether its key and clock are right",
    .more = "Asks for what can be read and changes nothing. A key that can do more than read\n"
            "the linked project is a finding: each right that is too wide is named. Exit\n"
            "status: 0 all is well, 1 something is wrong, 3 the key was refused, 4 it could\n"
            "not be asked.",
    .flags = flags,
    .run = run,
};
