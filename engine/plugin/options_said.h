/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin/options_said.h: a plug-in's options, said on a command line and told apart by whose word
 * they are.
 */
#ifndef CM_PLUGIN_OPTIONS_SAID_H
#define CM_PLUGIN_OPTIONS_SAID_H

#include "trust/config.h"
#include "trust/model.h"

#include <countermark/plugin.h>
#include <jansson.h>
#include <stdbool.h>

/* As a file would have them: numbers and truths are such, lists are arrays. What they mean is
 * checked by cm_options_resolve(), as of a file. */
struct cm_options_said {
    struct cm_arena *arena; /* owned: names and settings */
    json_t *values;         /* owned: of the settings */
    struct cm_settings system, link, policy, plugin;
    json_t *names; /* owned: of the submission, { option: text } */
};

/* `words`: { word: text, or an array of texts if it was said several times }, with '_' for '-';
 * options are known by cm_option_word(). `own`: words of the caller's, to be suggested for what is
 * no option; ends with NULL. Complaints stand in no file; their path is the word. */
bool cm_options_said(const struct cmk_option *table, const json_t *words, const char *const *own,
                     struct cm_options_said *ret, struct cm_complaints *complaints) CM_MUST;
void cm_options_said_done(struct cm_options_said *said); /* for CM_CLEANUP; begin with {0} */

/* The same of options that are the plug-in's own to say (CMK_OF_PLUGIN): a rewriter's. */
bool cm_options_said_of_plugin(const struct cmk_option *table, const json_t *words,
                               const char *const *own, struct cm_options_said *ret,
                               struct cm_complaints *complaints) CM_MUST;

/* Is each of them sound by itself, whatever is missing? What is not is a complaint; what stands
 * where a secret belongs is never repeated. */
bool cm_options_are_sound(const struct cmk_option *table, const struct cm_options_said *said,
                          struct cm_complaints *complaints) CM_MUST;

/* What of it hooks can read already, before anybody knows whether it is all: typed, without
 * defaults, without secrets; what is not sound is left out. For the hook start. Owned. */
json_t *cm_options_heard(const struct cmk_option *table, const json_t *words) CM_MUST;

#endif
