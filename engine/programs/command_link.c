/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark link show: what a system says of the account and project that are linked. */
#include "base/text.h"
#include "programs/gathering.h"
#include "programs/session.h"

#include <string.h>

static const struct cm_flag flags[] = {
    {"config", 'c', "FILE", "configuration; default " CM_DEFAULT_CONFIG},
    {"project", 'p', "SLUG", "may be left out where there is only one"},
    {"policy", 0, "SLUG", "signing policy; may be left out where there is only one"},
    {"system", 0, "SLUG", "trusted build system; may be left out where only one is linked"},
    {"timeout", 0, "DURATION", "of the whole; default 5m"},
    {NULL, 0, NULL, NULL},
};

static void
print_gates(const struct cm_verdict *verdict, struct cm_buf *to)
{
    for (size_t i = 0; i < verdict->answer_count; i++) {
        const struct cm_answer *a = &verdict->answers[i];
        if (!a->gate && strcmp(a->check, "request.linked") != 0)
            continue;
        cm_buf_printf(to, "%s: %s\n", a->check, cm_word_name(a->word));
        if (a->observed != NULL && *a->observed != '\0') {
            cm_buf_puts(to, "    ");
            cm_escape_to(to, a->observed, strlen(a->observed));
            cm_buf_putc(to, '\n');
        }
        if (a->word == CM_UNKNOWN && a->reason != NULL) {
            cm_buf_puts(to, "    ");
            cm_escape_to(to, a->reason, strlen(a->reason));
            cm_buf_putc(to, '\n');
        }
        if (a->word != CM_PASS && a->remedy != NULL)
            cm_buf_printf(to, "    %s\n", a->remedy);
    }
}

static int
run(struct cm_session *session)
{
    int status;
    struct cm_err err = CM_ERR_INIT;
    struct cm_verdict verdict;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_gathered_done) struct cm_gathered gathered = {.artifact = -1};
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(32 << 20);
    if (session->said->rest_count > 0)
        return cm_session_usage(session, "link show takes no argument");
    if ((status = cm_session_trust(session)) != 0 || (status = cm_session_plugins(session)) != 0 ||
        (status = cm_gathering(session, true, &gathered)) != 0)
        return status;
    if (arena == NULL ||
        !cm_judge(gathered.evidence, session->plugins, session->log, arena, &verdict, &err))
        return arena == NULL ? CM_EXIT_INTERNAL : cm_session_failed(session, &err);
    print_gates(&verdict, &text);
    return cm_session_print(session, &text);
}

const struct cm_command cm_command_link_show = {
    .name = "link show",
    .summary = "ask a linked system which account and project it knows, to paste their ids",
    .more = "Takes the names of a build as verify does; asks no more than whether the link holds.",
    .flags = flags,
    .names = true,
    .run = run,
};
