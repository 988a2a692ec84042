/* SPDX-License-Identifier: Apache-2.0 */
/* Says nothing of itself before it is loaded.
 * caught: note | has no note */

#define CMK_STATIC_PLUGIN
#include "animal.h"

ANIMAL(has_no_note)

__attribute__((visibility("default"))) const struct cmk_plugin *cmk_plugin_entry_v1(void);

const struct cmk_plugin *
cmk_plugin_entry_v1(void)
{
    return &cmk_plugin_has_no_note;
}
