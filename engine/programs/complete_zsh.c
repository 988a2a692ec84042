/* SPDX-License-Identifier: Apache-2.0
 *
 * Completion for zsh: the words of the command, then _arguments for its options. */
#include "programs/complete.h"

static const char head[] =
    "#compdef countermark\n"
    "# zsh completion for countermark. Printed by: countermark completion zsh\n"
    "\n"
    "_countermark()\n"
    "{\n"
    "    local at=2 command\n"
    "    local -a offered specs known\n"
    "    [[ $words[2] != help ]] || at=3\n"
    "    if (( CURRENT == at )); then\n"
    "        offered=(\n";

static const char behind_firsts[] =
    "        )\n"
    "        _describe -t commands command offered\n"
    "        (( at == 3 )) || _arguments '--help[say what there is, and stop]'"
    " '--version[print the version, and stop]'\n"
    "        return\n"
    "    fi\n"
    "    command=$words[at]\n"
    "    case $command in\n";

static const char behind_groups[] = "    esac\n"
                                    "    if (( $#offered )); then\n"
                                    "        if (( CURRENT == at + 1 )); then\n"
                                    "            _describe -t commands command offered\n"
                                    "            return\n"
                                    "        fi\n"
                                    "        (( at++ ))\n"
                                    "        command+=\" $words[at]\"\n"
                                    "    fi\n"
                                    "    [[ $words[2] != help ]] || return\n"
                                    "    case $command in\n";

static const char tail[] =
    "    *) return 1 ;;\n"
    "    esac\n"
    "    # The value of a name that the connector knows, and nobody here.\n"
    "    if (( $#known )) && [[ $words[CURRENT-1] == --?* && $words[CURRENT-1] != *=* &&\n"
    "        -z ${known[(r)$words[CURRENT-1]]} ]]; then\n"
    "        _message value\n"
    "        return 1\n"
    "    fi\n"
    "    shift $(( at - 1 )) words\n"
    "    (( CURRENT -= at - 1 ))\n"
    "    _arguments -S : $specs\n"
    "}\n"
    "\n"
    "if [[ $funcstack[1] == _countermark ]]; then\n"
    "    _countermark \"$@\"\n"
    "else\n"
    "    compdef _countermark countermark\n"
    "fi\n";

/* In single quotes, with what _arguments and _describe would read as their own escaped. */
static void
put_text(struct cm_buf *to, const char *text)
{
    cm_put_quoted(to, text, "'\\''", ":[]\\");
}

static void
put_word(struct cm_buf *to, const char *indent, const struct cm_command *command, bool second)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf meaning = CM_BUF_INIT(1024);
    cm_put_meaning(&meaning, command, !second);
    cm_buf_printf(to, "%s'", indent);
    if (second)
        cm_buf_puts(to, cm_command_second(command));
    else
        cm_buf_add(to, command->name, cm_command_first_size(command));
    cm_buf_putc(to, ':');
    put_text(to, cm_buf_text(&meaning));
    cm_buf_puts(to, "'\n");
}

static void
put_group(struct cm_buf *to, const char *first)
{
    cm_buf_printf(to, "    %s)\n        offered=(\n", first);
    for (size_t i = 0; cm_commands[i] != NULL; i++)
        if (cm_command_is_in(cm_commands[i], first))
            put_word(to, "            ", cm_commands[i], true);
    cm_buf_puts(to, "        )\n        ;;\n");
}

/* ":message:action" of a value. */
static void
put_action(struct cm_buf *to, enum cm_takes takes, const char *value)
{
    cm_buf_putc(to, ':');
    put_text(to, value);
    cm_buf_putc(to, ':');
    if (takes == CM_TAKES_FILE || takes == CM_TAKES_FILES)
        cm_buf_puts(to, "_files");
    if (takes == CM_TAKES_FOLDER)
        cm_buf_puts(to, "_files -/");
    if (takes == CM_TAKES_WORD) {
        cm_buf_putc(to, '(');
        cm_put_choice(to, value);
        cm_buf_putc(to, ')');
    }
}

/* One spec for each spelling; those of one option shut each other out. */
static void
put_spelling(struct cm_buf *to, const struct cm_flag *f, bool letter)
{
    cm_buf_puts(to, "            '");
    if (cm_flag_repeats(f))
        cm_buf_putc(to, '*');
    else if (f->letter != 0)
        cm_buf_printf(to, "(-%c --%s)", f->letter, f->name);
    if (letter)
        cm_buf_printf(to, "-%c%s", f->letter, f->takes != CM_TAKES_NOTHING ? "+" : "");
    else
        cm_buf_printf(to, "--%s%s", f->name, f->takes != CM_TAKES_NOTHING ? "=" : "");
    cm_buf_putc(to, '[');
    put_text(to, f->help);
    cm_buf_putc(to, ']');
    if (f->takes != CM_TAKES_NOTHING)
        put_action(to, f->takes, f->value);
    cm_buf_puts(to, "'\n");
}

static void
put_rest(struct cm_buf *to, const struct cm_command *command)
{
    if (command->rest == NULL)
        return;
    cm_buf_printf(to, "            '%s", command->names ? "*" : "1");
    put_action(to, command->takes, command->rest);
    cm_buf_puts(to, "'\n");
}

static void
put_command(struct cm_buf *to, const struct cm_command *command)
{
    const struct cm_flag *flags[CM_MOST_ARGUMENTS + 1];
    cm_command_flags(command, flags);
    cm_buf_printf(to, "    '%s')\n        specs=(\n", command->name);
    for (size_t i = 0; flags[i] != NULL; i++) {
        put_spelling(to, flags[i], false);
        if (flags[i]->letter != 0)
            put_spelling(to, flags[i], true);
    }
    put_rest(to, command);
    cm_buf_puts(to, "        )\n");
    if (command->names) {
        cm_buf_puts(to, "        known=(");
        for (size_t i = 0; flags[i] != NULL; i++)
            cm_buf_printf(to, "%s--%s", i > 0 ? " " : "", flags[i]->name);
        cm_buf_puts(to, ")\n");
    }
    cm_buf_puts(to, "        ;;\n");
}

void
cm_complete_zsh(struct cm_buf *to)
{
    cm_buf_puts(to, head);
    for (size_t i = 0; cm_commands[i] != NULL; i++)
        if (cm_command_is_first(i))
            put_word(to, "            ", cm_commands[i], false);
    cm_buf_puts(to, behind_firsts);
    for (size_t i = 0; cm_commands[i] != NULL; i++) {
        CM_CLEANUP(cm_buf_done) struct cm_buf first = CM_BUF_INIT(256);
        cm_buf_add(&first, cm_commands[i]->name, cm_command_first_size(cm_commands[i]));
        if (cm_command_second(cm_commands[i]) != NULL && cm_command_is_first(i))
            put_group(to, cm_buf_text(&first));
    }
    cm_buf_puts(to, behind_groups);
    for (size_t i = 0; cm_commands[i] != NULL; i++)
        put_command(to, cm_commands[i]);
    cm_buf_puts(to, tail);
}
