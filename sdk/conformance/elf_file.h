/* SPDX-License-Identifier: Apache-2.0
 *
 * elf_file.h: a shared object, looked at as a file. What the engine's own reader (plugin/note.h)
 * has refused as malformed does not get here.
 */
#ifndef CONFORM_ELF_FILE_H
#define CONFORM_ELF_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

struct cf_elf {
    struct cm_buf bytes;
    bool relro, executable_stack, writable_code, text_relocations, bind_now, no_open, run_path;
    const Elf64_Sym *symbols; /* of .dynsym; borrowed from bytes */
    size_t symbol_count;
    const char *names; /* of symbols; NUL at the end */
    size_t names_size;
};

bool cf_elf_read(const char *path, struct cf_elf *ret, struct cm_err *err) CM_MUST;
/* The same of bytes, which it takes. */
bool cf_elf_parse(struct cm_buf *bytes, const char *name, struct cf_elf *ret, struct cm_err *err)
    CM_MUST;
void cf_elf_done(struct cf_elf *); /* for CM_CLEANUP */

const char *cf_elf_symbol(const struct cf_elf *, size_t index); /* its name, never NULL */
bool cf_elf_holds(const struct cf_elf *, const char *text);     /* anywhere in the file */

#endif
