/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/commands.h: the one table of commands. From it come what is run, the help and what
 * shells complete; a test holds the manual against it.
 */
#ifndef CM_PROGRAMS_COMMANDS_H
#define CM_PROGRAMS_COMMANDS_H

#include "base/buf.h"
#include "programs/session.h"

#define CM_MOST_COMMANDS 32

extern const struct cm_command *const cm_commands[CM_MOST_COMMANDS]; /* NULL at the end */

/* The command whose words these begin with; NULL if there is none. *ret_words: how many of them
 * are its name. */
const struct cm_command *cm_command_find(size_t count, const char *const *words, size_t *ret_words);

/* "config": is it the first word of commands of two words? */
bool cm_is_group(const char *word);

/* "there is no command 'config chek'; there is: config check, config show (see ...)". */
void cm_command_unknown(size_t count, const char *const *words, struct cm_buf *to);

/* Is that the first word of its name? */
bool cm_command_is_in(const struct cm_command *command, const char *first);

/* The second word of its name, or NULL; and how long the first one is. */
const char *cm_command_second(const struct cm_command *command);
size_t cm_command_first_size(const struct cm_command *command);

/* Is it the first command of the table with that first word? */
bool cm_command_is_first(size_t index);

/* All that may be said to it: its own options, then those of all commands. NULL at the end. */
void cm_command_flags(const struct cm_command *command,
                      const struct cm_flag *ret[CM_MOST_ARGUMENTS + 1]);

/* Help, as text. */
void cm_help_all(struct cm_buf *to);
void cm_help_group(const char *first, struct cm_buf *to);
void cm_help_one(const struct cm_command *command, struct cm_buf *to);
void cm_help_flag(const struct cm_flag *flag, struct cm_buf *to);
void cm_help_flags(const struct cm_flag *flags, struct cm_buf *to);

#endif
