/* SPDX-License-Identifier: Apache-2.0
 *
 * What --help prints of one command: its options, in words. */
#include "programs/commands.h"

#include <stdio.h>
#include <string.h>

#define LEFT 30 /* columns of an option and what it takes */

void
cm_help_flag(const struct cm_flag *f, struct cm_buf *to)
{
    char left[64];
    char letter[8] = "    ";
    if (f->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", f->letter);
    snprintf(left, sizeof left, "%s--%s%s%s%s", letter, f->name, f->value != NULL ? " " : "",
             f->value != NULL ? f->value : "", cm_flag_repeats(f) ? "..." : "");
    if (strlen(left) >= LEFT)
        cm_buf_printf(to, "  %s\n  %-*s %s\n", left, LEFT, "", f->help);
    else
        cm_buf_printf(to, "  %-*s %s\n", LEFT, left, f->help);
}

void
cm_help_flags(const struct cm_flag *flags, struct cm_buf *to)
{
    for (; flags->name != NULL; flags++)
        cm_help_flag(flags, to);
}

void
cm_help_one(const struct cm_command *command, struct cm_buf *to)
{
    cm_buf_printf(to, "usage: %s%s [OPTION...]%s%s\n\n%s\n",
                  command->program != NULL ? command->program : "countermark ",
                  command->program != NULL ? "" : command->name, command->rest != NULL ? " " : "",
                  command->rest != NULL ? command->rest : "", command->summary);
    if (command->more != NULL)
        cm_buf_printf(to, "\n%s\n", command->more);
    cm_buf_puts(to, "\noptions:\n");
    cm_help_flags(command->flags, to);
    cm_help_flags(cm_common_flags, to);
}
