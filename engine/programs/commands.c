/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/commands.h"

#include "base/text.h"

#include <string.h>

const struct cm_command *const cm_commands[CM_MOST_COMMANDS] = {
    &cm_command_verify,
    &cm_command_replay,
    &cm_command_rewrite,
    &cm_command_attest,
    &cm_command_inspect,
    &cm_command_verify_vsa,
    &cm_command_verify_attestation,
    &cm_command_verify_bundle,
    &cm_command_node_challenge,
    &cm_command_node_sign,
    &cm_command_link_show,
    &cm_command_explain,
    &cm_command_init,
    &cm_command_system_check,
    &cm_command_config_check,
    &cm_command_config_show,
    &cm_command_plugin_list,
    &cm_command_plugin_inspect,
    &cm_command_plugin_dump,
    &cm_command_key_show,
    &cm_command_key_public,
    &cm_command_key_generate,
    &cm_command_completion,
    &cm_command_help,
    NULL,
};

size_t
cm_command_first_size(const struct cm_command *command)
{
    return strcspn(command->name, " ");
}

const char *
cm_command_second(const struct cm_command *command)
{
    const char *space = strchr(command->name, ' ');
    return space != NULL ? space + 1 : NULL;
}

bool
cm_command_is_in(const struct cm_command *command, const char *first)
{
    size_t size = cm_command_first_size(command);
    return strlen(first) == size && strncmp(command->name, first, size) == 0;
}

const struct cm_command *
cm_command_find(size_t count, const char *const *words, size_t *ret_words)
{
    for (size_t i = 0; count > 0 && cm_commands[i] != NULL; i++) {
        const char *second = cm_command_second(cm_commands[i]);
        if (!cm_command_is_in(cm_commands[i], words[0]))
            continue;
        if (second != NULL && (count < 2 || strcmp(words[1], second) != 0))
            continue;
        *ret_words = second != NULL ? 2 : 1;
        return cm_commands[i];
    }
    return NULL;
}

bool
cm_is_group(const char *word)
{
    for (size_t i = 0; cm_commands[i] != NULL; i++)
        if (cm_command_second(cm_commands[i]) != NULL && cm_command_is_in(cm_commands[i], word))
            return true;
    return false;
}

bool
cm_command_is_first(size_t index)
{
    size_t size = cm_command_first_size(cm_commands[index]);
    for (size_t i = 0; i < index; i++)
        if (cm_command_first_size(cm_commands[i]) == size &&
            strncmp(cm_commands[i]->name, cm_commands[index]->name, size) == 0)
            return false;
    return true;
}

/* What there is instead: all that begin with the same word, else the nearest. */
static void
put_alternatives(const char *first, const char *typed, struct cm_buf *to)
{
    const char *names[CM_MOST_COMMANDS] = {NULL};
    bool any = false;
    for (size_t i = 0; cm_commands[i] != NULL; i++) {
        names[i] = cm_commands[i]->name;
        if (cm_command_second(cm_commands[i]) == NULL || !cm_command_is_in(cm_commands[i], first))
            continue;
        cm_buf_printf(to, "%s%s", any ? ", " : "; there is: ", names[i]);
        any = true;
    }
    const char *near = any ? NULL : cm_nearest(typed, names);
    if (near != NULL)
        cm_buf_printf(to, "; the nearest is %s", near);
}

static bool
is_option(const char *word)
{
    for (size_t i = 0; cm_commands[i] != NULL; i++) {
        const struct cm_flag *flags[CM_MOST_ARGUMENTS + 1];
        cm_command_flags(cm_commands[i], flags);
        for (size_t j = 0; flags[j] != NULL; j++) {
            const char letter[] = {'-', flags[j]->letter, '\0'};
            if (strcmp(word, letter) == 0 ||
                (cm_starts_with(word, "--") && strcmp(word + 2, flags[j]->name) == 0))
                return true;
        }
    }
    return false;
}

void
cm_command_unknown(size_t count, const char *const *words, struct cm_buf *to)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf typed = CM_BUF_INIT(1 << 20);
    bool option = words[0][0] == '-';
    cm_buf_puts(&typed, words[0]);
    if (!option && count > 1 && words[1][0] != '-')
        cm_buf_printf(&typed, " %s", words[1]);
    if (option && is_option(words[0]))
        cm_buf_printf(to, "the command comes first, then %s", words[0]);
    else
        cm_buf_printf(to, "there is no %s '%s'", option ? "option" : "command",
                      cm_buf_text(&typed));
    if (!option)
        put_alternatives(words[0], cm_buf_text(&typed), to);
    cm_buf_puts(to, " (see countermark --help)");
}

static size_t
add_flags(const struct cm_flag *table, const struct cm_flag **to, size_t count)
{
    for (; table->name != NULL && count < CM_MOST_ARGUMENTS; table++)
        to[count++] = table;
    return count;
}

void
cm_command_flags(const struct cm_command *command, const struct cm_flag *ret[CM_MOST_ARGUMENTS + 1])
{
    size_t count = add_flags(command->flags, ret, 0);
    ret[add_flags(cm_common_flags, ret, count)] = NULL;
}
