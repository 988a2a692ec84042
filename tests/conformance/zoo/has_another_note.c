/* SPDX-License-Identifier: Apache-2.0 */
/* Is another by its note than by its table.
 * caught: struct | 'somebody_else' of SDK */

#define CMK_STATIC_PLUGIN
#include "animal.h"

ANIMAL(has_another_note)

static const struct cmk_note note
    __attribute__((used, section(".note.countermark"), aligned(4))) = {
        12, 40, CMK_NOTE_TYPE, CMK_NOTE_NAME, CMK_SDK_TARGET, CMK_SDK_LEAST, "somebody_else"};

__attribute__((visibility("default"))) const struct cmk_plugin *cmk_plugin_entry_v1(void);

const struct cmk_plugin *
cmk_plugin_entry_v1(void)
{
    return &cmk_plugin_has_another_note;
}
