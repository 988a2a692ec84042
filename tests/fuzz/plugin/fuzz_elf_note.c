/* SPDX-License-Identifier: Apache-2.0
 *
 * What a file says of itself before anything of it runs: the reader of ELF headers and notes.
 */
#include "plugin/negotiate.h"
#include "plugin/note.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cm_note note;
    struct cm_err err = CM_ERR_INIT;
    memset(&note, 0xa5, sizeof note);
    if (!cm_note_read(data, size, "input", &note, &err)) {
        /* refused: with a reason, and nothing was touched */
        if (err.class == CM_OK || err.text[0] == '\0' || (unsigned char)note.id[0] != 0xa5)
            abort();
        return 0;
    }
    if (!cm_is_plugin_id(note.id))
        abort();
    bool accepted = cm_note_accept(&note, "input", &err);
    if (accepted && (note.executable_stack || note.text_relocations || note.run_path ||
                     note.sdk_target >> 16 != CMK_SDK_NEWEST >> 16))
        abort();
    return 0;
}
