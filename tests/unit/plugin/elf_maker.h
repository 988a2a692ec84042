/* SPDX-License-Identifier: Apache-2.0
 *
 * elf_maker.h: shared objects that never were, byte by byte.
 */
#ifndef ELF_MAKER_H
#define ELF_MAKER_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_ROOM 4096

struct elf {
    unsigned char at[ELF_ROOM];
    size_t size;
    unsigned segments;
};

/* A header without segments yet. */
void elf_begin(struct elf *elf);
/* A segment with this content, put behind what is there. */
void elf_segment(struct elf *elf, uint32_t type, uint32_t flags, uint64_t align,
                 const void *content, size_t size);
/* Changes the header; whatever is in it stays at the same place. */
Elf64_Ehdr *elf_header(struct elf *elf);
Elf64_Phdr *elf_segment_at(struct elf *elf, unsigned index);

/* A note's bytes, padded to `align`; gives their number. */
size_t elf_note(unsigned char *to, const char *name, uint32_t type, const void *desc,
                size_t desc_size, size_t align);
/* Our note, and a whole object with it, one stack and one dynamic segment. */
size_t elf_our_note(unsigned char *to, uint32_t target, uint32_t least, const char *id,
                    size_t align);
void elf_plugin(struct elf *elf, const char *id);

#endif
