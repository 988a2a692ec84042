/* SPDX-License-Identifier: Apache-2.0 */
#include "elf_file.h"

#include "base/fd.h"

#include <string.h>

#define MOST_FILE ((size_t)64 << 20)

/* A part of the file that is there, and where a struct may stand; NULL: it is not. */
static const void *
part(const struct cf_elf *e, uint64_t offset, uint64_t size)
{
    bool is_there = offset <= e->bytes.size && size <= e->bytes.size - offset;
    return is_there && offset % 8 == 0 ? e->bytes.at + offset : NULL;
}

static bool
broken(const char *path, const char *what, struct cm_err *err)
{
    return cm_fail(err, CM_E_MALFORMED, "%s is not a sound shared object: %s", path, what);
}

static void
read_dynamic(struct cf_elf *e, const Elf64_Dyn *entries, size_t count)
{
    for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL; i++) {
        uint64_t value = entries[i].d_un.d_val;
        switch (entries[i].d_tag) {
        case DT_BIND_NOW:
            e->bind_now = true;
            break;
        case DT_TEXTREL:
            e->text_relocations = true;
            break;
        case DT_RPATH:
        case DT_RUNPATH:
            e->run_path = true;
            break;
        case DT_FLAGS:
            e->bind_now = e->bind_now || (value & DF_BIND_NOW) != 0;
            e->text_relocations = e->text_relocations || (value & DF_TEXTREL) != 0;
            break;
        case DT_FLAGS_1:
            e->bind_now = e->bind_now || (value & DF_1_NOW) != 0;
            e->no_open = (value & DF_1_NOOPEN) != 0;
            break;
        default:
            break;
        }
    }
}

static bool
read_segments(struct cf_elf *e, const Elf64_Ehdr *head, const char *path, struct cm_err *err)
{
    const Elf64_Phdr *p = part(e, head->e_phoff, (uint64_t)head->e_phnum * sizeof *p);
    if (p == NULL || head->e_phentsize != sizeof *p)
        return broken(path, "its segments are not as they must be", err);
    e->executable_stack = true; /* what a file without a word on it gets */
    for (size_t i = 0; i < head->e_phnum; i++) {
        const Elf64_Dyn *dynamic = part(e, p[i].p_offset, p[i].p_filesz);
        bool is_both = (p[i].p_flags & (PF_W | PF_X)) == (PF_W | PF_X);
        e->relro = e->relro || p[i].p_type == PT_GNU_RELRO;
        e->writable_code = e->writable_code || (p[i].p_type == PT_LOAD && is_both);
        if (p[i].p_type == PT_GNU_STACK)
            e->executable_stack = (p[i].p_flags & PF_X) != 0;
        if (p[i].p_type == PT_DYNAMIC && dynamic != NULL)
            read_dynamic(e, dynamic, p[i].p_filesz / sizeof *dynamic);
    }
    return true;
}

static bool
read_symbols(struct cf_elf *e, const Elf64_Ehdr *head, const char *path, struct cm_err *err)
{
    const Elf64_Shdr *s = part(e, head->e_shoff, (uint64_t)head->e_shnum * sizeof *s);
    const Elf64_Shdr *of = NULL, *names = NULL;
    for (size_t i = 0; s != NULL && i < head->e_shnum; i++)
        if (s[i].sh_type == SHT_DYNSYM)
            of = &s[i];
    if (of != NULL && of->sh_link < head->e_shnum)
        names = &s[of->sh_link];
    if (names == NULL || names->sh_size == 0 || names->sh_offset > e->bytes.size ||
        names->sh_size > e->bytes.size - names->sh_offset)
        return broken(path, "it has no table of symbols that can be read", err);
    e->symbols = part(e, of->sh_offset, of->sh_size);
    e->symbol_count = e->symbols != NULL ? of->sh_size / sizeof *e->symbols : 0;
    e->names = e->bytes.at + names->sh_offset;
    e->names_size = names->sh_size;
    return (e->symbols != NULL && e->names[e->names_size - 1] == '\0') ||
           broken(path, "its table of symbols cannot be read", err);
}

bool
cf_elf_parse(struct cm_buf *bytes, const char *name, struct cf_elf *ret, struct cm_err *err)
{
    struct cf_elf e = {.bytes = *bytes};
    const Elf64_Ehdr *head = part(&e, 0, sizeof *head);
    bool is_elf = head != NULL && memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
                  head->e_ident[EI_CLASS] == ELFCLASS64 && head->e_type == ET_DYN;
    if (!is_elf)
        return cm_fail(err, CM_E_MALFORMED, "%s is not a 64-bit shared object", name);
    if (!read_segments(&e, head, name, err) || !read_symbols(&e, head, name, err))
        return false;
    *ret = e;
    *bytes = (struct cm_buf)CM_BUF_INIT(0);
    return true;
}

bool
cf_elf_read(const char *path, struct cf_elf *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST_FILE);
    return cm_file_read(path, &bytes, err) && cf_elf_parse(&bytes, path, ret, err);
}

void
cf_elf_done(struct cf_elf *e)
{
    cm_buf_done(&e->bytes);
}

const char *
cf_elf_symbol(const struct cf_elf *e, size_t index)
{
    uint32_t at = e->symbols[index].st_name;
    return at < e->names_size ? e->names + at : "";
}

bool
cf_elf_holds(const struct cf_elf *e, const char *text)
{
    return memmem(e->bytes.at, e->bytes.size, text, strlen(text)) != NULL;
}
