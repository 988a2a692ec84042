/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin/note.h: what a file says of itself before anything of it runs.
 */
#ifndef CM_PLUGIN_NOTE_H
#define CM_PLUGIN_NOTE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cm_note {
    uint32_t sdk_target, sdk_least;
    char id[32];
    bool executable_stack, text_relocations, run_path; /* each a reason to refuse */
};

/* Reads the ELF header, program headers and the note of a shared object, bounds-checked. Refuses
 * what is no 64-bit ELF shared object of this machine, what has no note ("is not a plug-in of
 * Countermark"), two, or a malformed one. */
bool cm_note_read(const void *at, size_t size, const char *name, struct cm_note *ret,
                  struct cm_err *err) CM_MUST;

/* Does this engine take it? CM_E_UNSUPPORTED in one sentence that names both levels. */
bool cm_note_accept(const struct cm_note *note, const char *name, struct cm_err *err) CM_MUST;

#endif
