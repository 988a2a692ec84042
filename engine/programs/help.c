/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/session.h"

#include <stdio.h>
#include <string.h>

const struct cm_flag cm_common_flags[] = {
    {"help", 'h', NULL, "say what there is, and stop"},
    {"verbose", 'v', NULL, "say more"},
    {"quiet", 'q', NULL, "say nothing but errors; the exit status tells"},
    {"log-format", 0, "text|json", "form of messages on standard error"},
    {NULL, 0, NULL, NULL},
};

static void
print_flags(const struct cm_flag *flags)
{
    for (const struct cm_flag *f = flags; f->name != NULL; f++) {
        char left[64];
        char letter[8] = "    ";
        if (f->letter != 0)
            snprintf(letter, sizeof letter, "-%c, ", f->letter);
        snprintf(left, sizeof left, "%s--%s%s%s", letter, f->name, f->value != NULL ? " " : "",
                 f->value != NULL ? f->value : "");
        printf("  %-30s %s\n", left, f->help);
    }
}

static int
printed(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "countermark: standard output cannot be written\n");
    return CM_EXIT_OUTPUT;
}

int
cm_help_all(const struct cm_command *const *commands)
{
    printf("countermark: asks the build system what it built, and decides by policy\n\n"
           "usage: countermark COMMAND [OPTION...]\n\ncommands:\n");
    for (; *commands != NULL; commands++)
        printf("  %-16s %s\n", (*commands)->name, (*commands)->summary);
    printf("\noptions of all commands:\n");
    print_flags(cm_common_flags);
    printf("  %-30s %s\n", "    --version", "print the version, and stop");
    printf("\ncountermark COMMAND --help says more of one. Manual: countermark(1).\n"
           "exit status: 0 accepted, 1 rejected, 2 usage, 3 configuration, 4 undecided,\n"
           "             5 output cannot be written, 70 internal error, 128+n signal\n");
    return printed();
}

int
cm_help_one(const struct cm_command *command)
{
    printf("usage: countermark %s [OPTION...]%s%s\n\n%s\n", command->name,
           command->rest != NULL ? " " : "", command->rest != NULL ? command->rest : "",
           command->summary);
    if (command->more != NULL)
        printf("\n%s\n", command->more);
    printf("\noptions:\n");
    print_flags(command->flags);
    print_flags(cm_common_flags);
    return printed();
}
