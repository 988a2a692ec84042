/* SPDX-License-Identifier: Apache-2.0
 *
 * Completion for fish: one line for each word that may be said, and when. */
#include "programs/complete.h"

static const char head[] =
    "# fish completion for countermark. Printed by: countermark completion fish\n"
    "\n"
    "# Are these words all that stands before the cursor?\n"
    "function __countermark_behind\n"
    "    set -l typed (commandline -opc)\n"
    "    set -e typed[1]\n"
    "    test \"$typed\" = \"$argv\"\n"
    "end\n"
    "\n"
    "# Is it this command?\n"
    "function __countermark_is\n"
    "    set -l typed (commandline -opc)\n"
    "    set -l last (math 1 + (count $argv))\n"
    "    test \"$typed[2..$last]\" = \"$argv\"\n"
    "end\n"
    "\n"
    "# Is it this command, and not the value of a name that the connector knows?\n"
    "function __countermark_rest\n"
    "    set -l typed (commandline -opc)\n"
    "    __countermark_is $argv\n"
    "    and begin\n"
    "        not string match -qr -- '^--[^=]+$' $typed[-1]\n";

static const char behind_head[] =
    "    end\n"
    "end\n"
    "\n"
    "complete -c countermark -f\n"
    "complete -c countermark -n __countermark_behind -l help -d 'say what there is, and stop'\n"
    "complete -c countermark -n __countermark_behind -l version"
    " -d 'print the version, and stop'\n";

static void
put_text(struct cm_buf *to, const char *text)
{
    cm_buf_puts(to, " -d '");
    cm_put_quoted(to, text, "\\'", "\\");
    cm_buf_puts(to, "'");
}

/* A word of a command that may come next, behind `behind`. */
static void
put_word(struct cm_buf *to, const char *behind, const struct cm_command *command, bool second)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf meaning = CM_BUF_INIT(1024);
    cm_put_meaning(&meaning, command, !second);
    cm_buf_printf(to, "complete -c countermark -n '__countermark_behind%s' -a ", behind);
    if (second)
        cm_buf_puts(to, cm_command_second(command));
    else
        cm_buf_add(to, command->name, cm_command_first_size(command));
    put_text(to, cm_buf_text(&meaning));
    cm_buf_putc(to, '\n');
}

static void
put_words(struct cm_buf *to)
{
    for (size_t i = 0; cm_commands[i] != NULL; i++) {
        const struct cm_command *c = cm_commands[i];
        CM_CLEANUP(cm_buf_done) struct cm_buf first = CM_BUF_INIT(256);
        CM_CLEANUP(cm_buf_done) struct cm_buf helped = CM_BUF_INIT(256);
        cm_buf_printf(&first, " %.*s", (int)cm_command_first_size(c), c->name);
        cm_buf_printf(&helped, " help%s", cm_buf_text(&first));
        if (cm_command_is_first(i)) {
            put_word(to, "", c, false);
            put_word(to, " help", c, false);
        }
        if (cm_command_second(c) != NULL) {
            put_word(to, cm_buf_text(&first), c, true);
            put_word(to, cm_buf_text(&helped), c, true);
        }
    }
}

/* How the value is completed: -x is a value that is no file. */
static void
put_value(struct cm_buf *to, const struct cm_flag *flag)
{
    switch (flag->takes) {
    case CM_TAKES_NOTHING:
        return;
    case CM_TAKES_FILE:
    case CM_TAKES_FILES:
        cm_buf_puts(to, " -r -F");
        return;
    case CM_TAKES_FOLDER:
        cm_buf_puts(to, " -x -a '(__fish_complete_directories)'");
        return;
    case CM_TAKES_WORD:
        cm_buf_puts(to, " -x -a '");
        cm_put_choice(to, flag->value);
        cm_buf_putc(to, '\'');
        return;
    default:
        cm_buf_puts(to, " -x");
    }
}

static void
put_rest(struct cm_buf *to, const struct cm_command *command)
{
    if (command->takes == CM_TAKES_FILE)
        cm_buf_printf(to, "complete -c countermark -n '__countermark_rest %s' -F\n", command->name);
    if (command->takes != CM_TAKES_WORD)
        return;
    cm_buf_printf(to, "complete -c countermark -n '__countermark_behind %s' -a '", command->name);
    cm_put_choice(to, command->rest);
    cm_buf_puts(to, "'\n");
}

static void
put_command(struct cm_buf *to, const struct cm_command *command)
{
    const struct cm_flag *flags[CM_MOST_ARGUMENTS + 1];
    cm_command_flags(command, flags);
    for (size_t i = 0; flags[i] != NULL; i++) {
        cm_buf_printf(to, "complete -c countermark -n '__countermark_is %s'", command->name);
        if (flags[i]->letter != 0)
            cm_buf_printf(to, " -s %c", flags[i]->letter);
        cm_buf_printf(to, " -l %s", flags[i]->name);
        put_value(to, flags[i]);
        put_text(to, flags[i]->help);
        cm_buf_putc(to, '\n');
    }
    put_rest(to, command);
}

/* Options without a value are followed by what follows without them. */
static void
put_switches(struct cm_buf *to)
{
    cm_buf_puts(to, "        or contains -- $typed[-1]");
    for (const struct cm_flag *f = cm_common_flags; f->name != NULL; f++)
        if (f->takes == CM_TAKES_NOTHING)
            cm_buf_printf(to, " --%s", f->name);
    for (size_t i = 0; cm_commands[i] != NULL; i++)
        for (const struct cm_flag *f = cm_commands[i]->flags; f->name != NULL; f++)
            if (f->takes == CM_TAKES_NOTHING)
                cm_buf_printf(to, " --%s", f->name);
    cm_buf_putc(to, '\n');
}

void
cm_complete_fish(struct cm_buf *to)
{
    cm_buf_puts(to, head);
    put_switches(to);
    cm_buf_puts(to, behind_head);
    put_words(to);
    for (size_t i = 0; cm_commands[i] != NULL; i++)
        put_command(to, cm_commands[i]);
}
