/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin/option_value.h: one option's value, as it was written, into what hooks read.
 *
 * Private to this floor.
 */
#ifndef CM_PLUGIN_OPTION_VALUE_H
#define CM_PLUGIN_OPTION_VALUE_H

#include "base/err.h"

#include <countermark/plugin.h>
#include <jansson.h>
#include <stdbool.h>

#define CM_OPTION_MOST_TEXT  4096 /* bytes of one text */
#define CM_OPTION_MOST_ITEMS 1000 /* of one list */

/* A setting of the configuration: text, integer, truth, or an array of them. The message says what
 * the option wants, "is not ...", and never repeats what stands where a secret belongs. Owned. */
bool cm_option_setting(const struct cmk_option *option, const json_t *said, json_t **ret,
                       struct cm_err *err) CM_MUST;

/* The same from a text alone: a default, or what stands on the command line. A list is written as
 * JSON, [ "a", "b" ]. Owned. */
bool cm_option_written(const struct cmk_option *option, const char *text, json_t **ret,
                       struct cm_err *err) CM_MUST;

/* Is the word one of "a|b|c"? */
bool cm_option_has_word(const char *words, const char *word);

#endif
