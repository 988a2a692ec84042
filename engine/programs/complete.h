/* SPDX-License-Identifier: Apache-2.0
 *
 * programs/complete.h: what shells are told of the table of commands.
 */
#ifndef CM_PROGRAMS_COMPLETE_H
#define CM_PROGRAMS_COMPLETE_H

#include "programs/commands.h"

void cm_complete_bash(struct cm_buf *to);
void cm_complete_fish(struct cm_buf *to);
void cm_complete_zsh(struct cm_buf *to);

/* The first words of all commands, or the second ones behind `group`. */
void cm_put_words(struct cm_buf *to, const char *group, const char *between);

/* "text|json" as words with a blank between. */
void cm_put_choice(struct cm_buf *to, const char *words);

/* What stands behind a word: a command's summary, or the second words of a group. */
void cm_put_meaning(struct cm_buf *to, const struct cm_command *command, bool group);

/* Text within single quotes of a shell: `quote` is how that shell writes one there; what stands in
 * `special` gets a backslash in front. */
void cm_put_quoted(struct cm_buf *to, const char *text, const char *quote, const char *special);

#endif
