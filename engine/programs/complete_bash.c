/* SPDX-License-Identifier: Apache-2.0
 *
 * Completion for bash: one function, and in it what is known of each command. A kind stands as
 * ":file", ":folder" or ":text"; a choice as its words. */
#include "programs/complete.h"

static const char head[] =
    "# bash completion for countermark. Printed by: countermark completion bash\n"
    "\n"
    "# What stands here: words with '|' between, or a kind.\n"
    "_countermark_offer()\n"
    "{\n"
    "    case $1 in\n"
    "    :file) compopt -o default ;;\n"
    "    :folder) compopt -o dirnames ;;\n"
    "    :*) ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"${1//|/ }\" -- \"$2\") ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_countermark()\n"
    "{\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local at=1 command seconds='' options='' takes='' rest=:text names='' i\n"
    "    COMPREPLY=()\n"
    "    # \"--format=js\" comes as three words.\n"
    "    if [[ $current == '=' ]]; then\n"
    "        current=''\n"
    "    elif [[ $before == '=' ]]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    [[ ${COMP_WORDS[1]} != help ]] || at=2\n";

static const char words[] = "    command=${COMP_WORDS[at]}\n"
                            "    case $command in\n";

static const char behind_words[] = "    esac\n"
                                   "    if [[ $seconds ]]; then\n"
                                   "        if ((COMP_CWORD == at + 1)); then\n"
                                   "            _countermark_offer \"$seconds\" \"$current\"\n"
                                   "            return\n"
                                   "        fi\n"
                                   "        command+=\" ${COMP_WORDS[at + 1]}\"\n"
                                   "    fi\n"
                                   "    ((at == 1)) || return\n"
                                   "    case $command in\n";

static const char tail[] =
    "    *) return ;;\n"
    "    esac\n"
    "    for i in $takes; do\n"
    "        if [[ ${i%%=*} == \"$before\" ]]; then\n"
    "            _countermark_offer \"${i#*=}\" \"$current\"\n"
    "            return\n"
    "        fi\n"
    "    done\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        if [[ ${COMP_WORDS[i]} == -- ]]; then\n"
    "            _countermark_offer \"$rest\" \"$current\"\n"
    "            return\n"
    "        fi\n"
    "    done\n"
    "    # The value of a name that the connector knows, and nobody here.\n"
    "    if [[ $names && $before == --?* && \" $options \" != *\" $before \"* ]]; then\n"
    "        return\n"
    "    fi\n"
    "    if [[ $current == -* || ($rest == :text && -z $current) ]]; then\n"
    "        _countermark_offer \"${options// /|}\" \"$current\"\n"
    "    else\n"
    "        _countermark_offer \"$rest\" \"$current\"\n"
    "    fi\n"
    "}\n"
    "complete -F _countermark countermark\n";

static void
put_kind(struct cm_buf *to, enum cm_takes takes, const char *value)
{
    switch (takes) {
    case CM_TAKES_FILE:
    case CM_TAKES_FILES:
        cm_buf_puts(to, ":file");
        return;
    case CM_TAKES_FOLDER:
        cm_buf_puts(to, ":folder");
        return;
    case CM_TAKES_WORD:
        cm_buf_puts(to, value);
        return;
    default:
        cm_buf_puts(to, ":text");
    }
}

static void
put_options(struct cm_buf *to, const struct cm_flag *const *flags)
{
    for (size_t i = 0; flags[i] != NULL; i++)
        cm_buf_printf(to, "%s--%s", i > 0 ? " " : "", flags[i]->name);
}

static void
put_takes(struct cm_buf *to, const struct cm_flag *const *flags)
{
    bool any = false;
    for (size_t i = 0; flags[i] != NULL; i++) {
        const struct cm_flag *f = flags[i];
        if (f->takes == CM_TAKES_NOTHING)
            continue;
        cm_buf_printf(to, "%s--%s=", any ? " " : "", f->name);
        put_kind(to, f->takes, f->value);
        if (f->letter != 0)
            cm_buf_printf(to, " -%c=", f->letter);
        if (f->letter != 0)
            put_kind(to, f->takes, f->value);
        any = true;
    }
}

static void
put_command(struct cm_buf *to, const struct cm_command *command)
{
    const struct cm_flag *flags[CM_MOST_ARGUMENTS + 1];
    cm_command_flags(command, flags);
    cm_buf_printf(to, "    '%s')\n        options='", command->name);
    put_options(to, flags);
    cm_buf_puts(to, "'\n        takes='");
    put_takes(to, flags);
    cm_buf_puts(to, "'\n        rest='");
    put_kind(to, command->takes, command->rest);
    cm_buf_printf(to, "'%s\n        ;;\n", command->names ? "\n        names=yes" : "");
}

static void
put_groups(struct cm_buf *to)
{
    for (size_t i = 0; cm_commands[i] != NULL; i++) {
        const struct cm_command *c = cm_commands[i];
        CM_CLEANUP(cm_buf_done) struct cm_buf first = CM_BUF_INIT(256);
        if (cm_command_second(c) == NULL || !cm_command_is_first(i))
            continue;
        cm_buf_add(&first, c->name, cm_command_first_size(c));
        cm_buf_printf(to, "    %s) seconds='", cm_buf_text(&first));
        cm_put_words(to, cm_buf_text(&first), " ");
        cm_buf_puts(to, "' ;;\n");
    }
}

void
cm_complete_bash(struct cm_buf *to)
{
    cm_buf_puts(to, head);
    cm_buf_puts(to, "    if ((COMP_CWORD == at)); then\n        i='");
    cm_put_words(to, NULL, " ");
    cm_buf_puts(to, "'\n        ((at == 2)) || i+=' --help --version'\n"
                    "        _countermark_offer \"$i\" \"$current\"\n        return\n    fi\n");
    cm_buf_puts(to, words);
    put_groups(to);
    cm_buf_puts(to, behind_words);
    for (size_t i = 0; cm_commands[i] != NULL; i++)
        put_command(to, cm_commands[i]);
    cm_buf_puts(to, tail);
}
