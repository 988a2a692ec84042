/* SPDX-License-Identifier: Apache-2.0
 *
 * countermark completion: what a shell needs to complete command lines, out of the table. */
#include "programs/complete.h"

#include <string.h>

void
cm_put_words(struct cm_buf *to, const char *group, const char *between)
{
    bool any = false;
    for (size_t i = 0; cm_commands[i] != NULL; i++) {
        const struct cm_command *c = cm_commands[i];
        if (group != NULL ? !cm_command_is_in(c, group) : !cm_command_is_first(i))
            continue;
        cm_buf_puts(to, any ? between : "");
        if (group != NULL)
            cm_buf_puts(to, cm_command_second(c));
        else
            cm_buf_add(to, c->name, cm_command_first_size(c));
        any = true;
    }
}

void
cm_put_choice(struct cm_buf *to, const char *words)
{
    for (; *words != '\0'; words++)
        cm_buf_putc(to, *words == '|' ? ' ' : *words);
}

void
cm_put_meaning(struct cm_buf *to, const struct cm_command *command, bool group)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf first = CM_BUF_INIT(256);
    if (!group || cm_command_second(command) == NULL) {
        cm_buf_puts(to, command->summary);
        return;
    }
    cm_buf_add(&first, command->name, cm_command_first_size(command));
    cm_put_words(to, cm_buf_text(&first), ", ");
}

void
cm_put_quoted(struct cm_buf *to, const char *text, const char *quote, const char *special)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            cm_buf_puts(to, quote);
            continue;
        }
        if (strchr(special, *text) != NULL)
            cm_buf_putc(to, '\\');
        cm_buf_putc(to, *text);
    }
}

static int
run(struct cm_session *session)
{
    static const struct {
        const char *name;
        void (*put)(struct cm_buf *);
    } shells[] = {{"bash", cm_complete_bash}, {"zsh", cm_complete_zsh}, {"fish", cm_complete_fish}};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 18);
    if (session->said->rest_count != 1)
        return cm_session_usage(session, "name one shell: bash, zsh or fish");
    for (size_t i = 0; i < CM_COUNT(shells); i++) {
        if (strcmp(session->said->rest[0], shells[i].name) != 0)
            continue;
        shells[i].put(&text);
        return cm_session_print(session, &text);
    }
    return cm_session_usage(session, "there is no completion for '%s'; there is: bash, zsh, fish",
                            session->said->rest[0]);
}

static const struct cm_flag flags[] = {{.name = NULL}};

const struct cm_command cm_command_completion = {
    .name = "completion",
    .rest = "bash|zsh|fish",
    .takes = CM_TAKES_WORD,
    .summary = "print what a shell needs to complete command lines",
    .more = "An installation has put it where the shells look. For this shell alone:\n"
            "  bash   source <(countermark completion bash)\n"
            "  zsh    source <(countermark completion zsh)\n"
            "  fish   countermark completion fish | source",
    .flags = flags,
    .run = run,
};
