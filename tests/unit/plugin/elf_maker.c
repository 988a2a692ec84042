/* SPDX-License-Identifier: Apache-2.0 */
#include "elf_maker.h"

#include <countermark/plugin.h>
#include <string.h>

#define MOST_SEGMENTS 8
#define FIRST_CONTENT (sizeof(Elf64_Ehdr) + MOST_SEGMENTS * sizeof(Elf64_Phdr))

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#elif defined(__riscv)
#define MACHINE EM_RISCV
#else
#define MACHINE EM_PPC64
#endif

Elf64_Ehdr *
elf_header(struct elf *elf)
{
    return (Elf64_Ehdr *)(void *)elf->at;
}

Elf64_Phdr *
elf_segment_at(struct elf *elf, unsigned index)
{
    return (Elf64_Phdr *)(void *)(elf->at + sizeof(Elf64_Ehdr)) + index;
}

void
elf_begin(struct elf *elf)
{
    memset(elf, 0, sizeof *elf);
    Elf64_Ehdr *header = elf_header(elf);
    memcpy(header->e_ident, ELFMAG, SELFMAG);
    header->e_ident[EI_CLASS] = ELFCLASS64;
    header->e_ident[EI_DATA] = ELFDATA2LSB;
    header->e_ident[EI_VERSION] = EV_CURRENT;
    header->e_type = ET_DYN;
    header->e_machine = MACHINE;
    header->e_version = EV_CURRENT;
    header->e_phoff = sizeof *header;
    header->e_ehsize = sizeof *header;
    header->e_phentsize = sizeof(Elf64_Phdr);
    elf->size = FIRST_CONTENT;
}

void
elf_segment(struct elf *elf, uint32_t type, uint32_t flags, uint64_t align, const void *content,
            size_t size)
{
    Elf64_Phdr *segment = elf_segment_at(elf, elf->segments++);
    elf_header(elf)->e_phnum++;
    segment->p_type = type;
    segment->p_flags = flags;
    segment->p_offset = elf->size;
    segment->p_filesz = segment->p_memsz = size;
    segment->p_align = align;
    memcpy(elf->at + elf->size, content, size);
    elf->size += (size + 15) / 16 * 16;
}

size_t
elf_note(unsigned char *to, const char *name, uint32_t type, const void *desc, size_t desc_size,
         size_t align)
{
    const uint32_t head[3] = {(uint32_t)strlen(name) + 1, (uint32_t)desc_size, type};
    size_t desc_at = (sizeof head + head[0] + align - 1) / align * align;
    size_t end = (desc_at + desc_size + align - 1) / align * align;
    memset(to, 0, end);
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, name, head[0]);
    memcpy(to + desc_at, desc, desc_size);
    return end;
}

size_t
elf_our_note(unsigned char *to, uint32_t target, uint32_t least, const char *id, size_t align)
{
    unsigned char desc[40] = {0};
    memcpy(desc, &target, 4);
    memcpy(desc + 4, &least, 4);
    memcpy(desc + 8, id, strnlen(id, 32));
    return elf_note(to, CMK_NOTE_NAME, CMK_NOTE_TYPE, desc, sizeof desc, align);
}

void
elf_plugin(struct elf *elf, const char *id)
{
    unsigned char notes[256];
    const Elf64_Dyn dynamic[] = {{.d_tag = DT_NULL}};
    size_t size = elf_our_note(notes, CMK_SDK_1_0, CMK_SDK_1_0, id, 4);
    elf_begin(elf);
    elf_segment(elf, PT_NOTE, PF_R, 4, notes, size);
    elf_segment(elf, PT_GNU_STACK, PF_R | PF_W, 16, "", 0);
    elf_segment(elf, PT_DYNAMIC, PF_R, 8, dynamic, sizeof dynamic);
}
