/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark link show: what a system says of the account and project that are linked. */
#include "base/json.h"
#include "base/text.h"
#include "programs/dry_run.h"
#include "programs/gathering.h"
#include "programs/spoken.h"

#include <string.h>

static const struct cm_flag flags[] = {
    {"config", 'c', CM_TAKES_FILE, "FILE", "default " CM_DEFAULT_CONFIG},
    {"project", 'p', CM_TAKES_TEXT, "SLUG", "needed if there are several"},
    {"policy", 0, CM_TAKES_TEXT, "SLUG", "signing policy; needed if there are several"},
    {"system", 0, CM_TAKES_TEXT, "SLUG", "build system; needed if several are linked"},
    {"timeout", 0, CM_TAKES_TEXT, "DURATION", "of the whole; default 5m"},
    {"format", 0, CM_TAKES_WORD, "text|json", "of what is printed"},
    {"dry-run", 0, CM_TAKES_NOTHING, NULL, "say what would be asked, and ask nothing"},
    CM_SPOKEN_FLAGS,
    {.name = NULL},
};

/* A right that is missing, too: because of it nobody was asked. */
static bool
is_shown(const struct cm_answer *answer)
{
    return answer->gate || strcmp(answer->check, "request.linked") == 0 ||
           (answer->word != CM_PASS && cm_starts_with(answer->check, "request."));
}

/* Something that was asked for it could not be had. */
static bool
is_unanswered(const struct cm_answer *answer)
{
    return answer->word == CM_UNKNOWN && answer->cause != NULL;
}

static void
print_text(const char *text, struct cm_buf *to)
{
    if (text == NULL || *text == '\0')
        return;
    cm_buf_puts(to, "    ");
    cm_escape_to(to, text, strlen(text));
    cm_buf_putc(to, '\n');
}

static void
print_gates(const struct cm_verdict *verdict, struct cm_buf *to)
{
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *a = &verdict->answers[i];
        if (!is_shown(a))
            continue;
        cm_buf_printf(to, "%s: %s\n", a->check, cm_word_name(a->word));
        print_text(a->observed, to);
        print_text(is_unanswered(a) ? a->reason : NULL, to);
        print_text(a->word != CM_PASS ? a->remedy : NULL, to);
    }
}

static json_t *
gate_json(const struct cm_answer *a)
{
    json_t *value = json_object();
    bool ok = value != NULL;
    cm_json_set_text(value, "check", a->check, &ok);
    cm_json_set_text(value, "answer", cm_word_name(a->word), &ok);
    cm_json_set_text(value, "observed", a->observed, &ok);
    cm_json_set_text(value, "reason", is_unanswered(a) ? a->reason : NULL, &ok);
    cm_json_set_text(value, "remedy", a->word != CM_PASS ? a->remedy : NULL, &ok);
    if (!ok)
        cm_json_done(&value);
    return value;
}

static bool
print_json(const struct cm_verdict *verdict, struct cm_buf *to)
{
    CM_CLEANUP(cm_json_done) json_t *value = json_object();
    json_t *answers = json_array();
    bool ok = value != NULL;
    cm_json_set(value, "answers", answers, &ok);
    for (size_t i = 0; ok && i < verdict->answer_count; i++)
        if (is_shown(&verdict->answers[i]))
            ok = json_array_append_new(answers, gate_json(&verdict->answers[i])) == 0;
    if (!ok || !cm_json_pretty(value, to))
        return false;
    cm_buf_putc(to, '\n');
    return true;
}

/* Ids to paste are an answer; that nobody answered is none. */
static int
exit_of(const struct cm_verdict *verdict)
{
    int status = 0;
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *a = &verdict->answers[i];
        if (is_shown(a) && a->word == CM_FAIL)
            return CM_EXIT_REJECTED;
        if (is_shown(a) && is_unanswered(a))
            status = a->reason_class == CM_E_AUTH ? CM_EXIT_CONFIG : CM_EXIT_UNDECIDED;
    }
    return status;
}

static int
run(struct cm_session *session)
{
    const enum cm_form form = cm_session_form(session);
    int status;
    struct cm_err err = CM_ERR_INIT;
    struct cm_verdict verdict;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_gathered_done) struct cm_gathered gathered = {.artifact = -1};
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(32 << 20);
    if (session->said->rest_count > 0)
        return cm_session_usage(session, "link show takes no argument");
    if ((status = cm_session_trust_or_words(session)) != 0)
        return status;
    if (cm_said(session->said, "dry-run") != NULL)
        return cm_dry_run(session, true, exit_of);
    if ((status = cm_gathering(session, CM_TO_SHOW, &gathered)) != 0)
        return status;
    if (arena == NULL ||
        !cm_judge(gathered.evidence, session->plugins, session->log, arena, &verdict, &err))
        return arena == NULL ? CM_EXIT_INTERNAL : cm_session_failed(session, &err);
    if (form == CM_TEXT)
        print_gates(&verdict, &text);
    else if (!print_json(&verdict, &text))
        return CM_EXIT_INTERNAL;
    status = cm_session_print(session, &text);
    return status != 0 ? status : exit_of(&verdict);
}

const struct cm_command cm_command_link_show = {
    .name = "link show",
    .summary = "ask a system for the ids of the linked project",
    .more = "Takes the names of a build as verify does; asks no more than whether the link\n"
            "holds. Exit status 0: it does, or the ids to paste are shown.",
    .flags = flags,
    .names = true,
    .run = run,
};
