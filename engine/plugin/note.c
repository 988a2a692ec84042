/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/note.h"

#include "base/cursor.h"
#include "plugin/negotiate.h"

#include <countermark/plugin.h>
#include <elf.h>
#include <string.h>

#if defined(__x86_64__)
#define THIS_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE EM_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_MACHINE EM_RISCV
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define THIS_MACHINE EM_PPC64
#else
#error "a little-endian 64-bit machine: name its EM_ here"
#endif

#define MOST_SEGMENTS 256
#define NOTE_HEAD     12
#define NOTE_DESC     40 /* of SDK 1; a later level may append */
#define MOST_DESC     4096

struct image {
    const unsigned char *at;
    size_t size;
    const char *name; /* for messages */
};

struct segment {
    uint32_t type, flags;
    uint64_t offset, size, align;
};

static bool
is_broken(const struct image *image, const char *what, struct cm_err *err)
{
    return cm_fail(err, CM_E_MALFORMED, "%s is not a sound shared object: %s", image->name, what);
}

/* The part of the file; a failed cursor if it is not all there. */
static struct cm_cursor
part(const struct image *image, uint64_t offset, uint64_t size)
{
    if (offset > image->size || size > image->size - offset)
        return (struct cm_cursor){.failed = true};
    return cm_cursor(image->at + offset, size);
}

static bool
read_header(const struct image *image, struct cm_cursor *ret_segments, unsigned *ret_count,
            struct cm_err *err)
{
    struct cm_cursor c = cm_cursor(image->at, image->size);
    const unsigned char *ident = cm_cursor_take(&c, EI_NIDENT);
    uint16_t type = cm_cursor_le16(&c), machine = cm_cursor_le16(&c);
    uint32_t version = cm_cursor_le32(&c);
    (void)cm_cursor_le64(&c); /* entry */
    uint64_t offset = cm_cursor_le64(&c);
    (void)cm_cursor_take(&c, sizeof(Elf64_Off) + sizeof(Elf64_Word) + sizeof(Elf64_Half));
    uint16_t stride = cm_cursor_le16(&c), count = cm_cursor_le16(&c);

    if (c.failed || memcmp(ident, ELFMAG, SELFMAG) != 0 || ident[EI_CLASS] != ELFCLASS64 ||
        ident[EI_DATA] != ELFDATA2LSB || ident[EI_VERSION] != EV_CURRENT || version != EV_CURRENT ||
        type != ET_DYN || machine != THIS_MACHINE)
        return cm_fail(err, CM_E_MALFORMED, "%s is not a 64-bit shared object for this machine",
                       image->name);
    if (stride != sizeof(Elf64_Phdr) || count == 0 || count > MOST_SEGMENTS)
        return is_broken(image, "the table of its segments is not as it must be", err);
    *ret_segments = part(image, offset, (uint64_t)stride * count);
    *ret_count = count;
    return !ret_segments->failed || is_broken(image, "it ends inside the table of segments", err);
}

static struct segment
next_segment(struct cm_cursor *c)
{
    struct segment segment;
    segment.type = cm_cursor_le32(c);
    segment.flags = cm_cursor_le32(c);
    segment.offset = cm_cursor_le64(c);
    (void)cm_cursor_take(c, sizeof(Elf64_Addr) + sizeof(Elf64_Addr));
    segment.size = cm_cursor_le64(c);
    (void)cm_cursor_le64(c); /* size in memory */
    segment.align = cm_cursor_le64(c);
    return segment;
}

static bool
read_dynamic(const struct image *image, const struct segment *segment, struct cm_note *note,
             struct cm_err *err)
{
    struct cm_cursor c = part(image, segment->offset, segment->size);
    if (c.failed)
        return is_broken(image, "it ends inside its dynamic section", err);
    while (cm_cursor_left(&c) >= sizeof(Elf64_Dyn)) {
        uint64_t tag = cm_cursor_le64(&c), value = cm_cursor_le64(&c);
        if (tag == DT_NULL)
            break;
        if (tag == DT_RPATH || tag == DT_RUNPATH)
            note->run_path = true;
        if (tag == DT_TEXTREL || (tag == DT_FLAGS && (value & DF_TEXTREL) != 0))
            note->text_relocations = true;
    }
    return true;
}

static bool
read_ours(const struct image *image, const unsigned char *desc, size_t size, struct cm_note *note,
          struct cm_err *err)
{
    if (note->id[0] != '\0')
        return is_broken(image, "it has two notes of Countermark", err);
    struct cm_cursor c = cm_cursor(desc, size);
    note->sdk_target = cm_cursor_le32(&c);
    note->sdk_least = cm_cursor_le32(&c);
    const unsigned char *id = cm_cursor_take(&c, sizeof note->id);
    if (size > MOST_DESC || c.failed || memchr(id, '\0', sizeof note->id) == NULL)
        return is_broken(image, "its note of Countermark is malformed", err);
    memcpy(note->id, id, sizeof note->id);
    return cm_is_plugin_id(note->id) ||
           is_broken(image, "the id in its note of Countermark is none", err);
}

static size_t
rounded(size_t size, size_t align)
{
    return (size + align - 1) / align * align;
}

/* One note; the last one of a segment may stand there without its padding. */
static bool
read_note(const struct image *image, struct cm_cursor *c, size_t align, struct cm_note *note,
          struct cm_err *err)
{
    uint32_t name_size = cm_cursor_le32(c), desc_size = cm_cursor_le32(c);
    uint32_t type = cm_cursor_le32(c);
    const unsigned char *name = cm_cursor_take(c, name_size);
    size_t before = NOTE_HEAD + (size_t)name_size;
    (void)cm_cursor_take(c, rounded(before, align) - before);
    const unsigned char *desc = cm_cursor_take(c, desc_size);
    if (c->failed)
        return is_broken(image, "it ends inside a note", err);
    size_t padding = rounded(desc_size, align) - desc_size, left = cm_cursor_left(c);
    (void)cm_cursor_take(c, padding < left ? padding : left);

    if (name_size != sizeof CMK_NOTE_NAME || memcmp(name, CMK_NOTE_NAME, name_size) != 0)
        return true;
    if (type != CMK_NOTE_TYPE || desc_size < NOTE_DESC)
        return is_broken(image, "its note of Countermark is malformed", err);
    return read_ours(image, desc, desc_size, note, err);
}

static bool
read_notes(const struct image *image, const struct segment *segment, struct cm_note *note,
           struct cm_err *err)
{
    struct cm_cursor c = part(image, segment->offset, segment->size);
    if (c.failed)
        return is_broken(image, "it ends inside its notes", err);
    while (cm_cursor_left(&c) >= NOTE_HEAD)
        if (!read_note(image, &c, segment->align == 8 ? 8 : 4, note, err))
            return false;
    return true;
}

static bool
read_segment(const struct image *image, const struct segment *segment, struct cm_note *note,
             struct cm_err *err)
{
    switch (segment->type) {
    case PT_GNU_STACK:
        note->executable_stack = (segment->flags & PF_X) != 0;
        return true;
    case PT_DYNAMIC:
        return read_dynamic(image, segment, note, err);
    case PT_NOTE:
        return read_notes(image, segment, note, err);
    default:
        return true;
    }
}

bool
cm_note_read(const void *at, size_t size, const char *name, struct cm_note *ret, struct cm_err *err)
{
    const struct image image = {.at = at, .size = at ? size : 0, .name = name};
    struct cm_note note = {.executable_stack = true}; /* what a file without a word on it gets */
    struct cm_cursor segments;
    unsigned count = 0;
    if (!read_header(&image, &segments, &count, err))
        return false;
    for (unsigned i = 0; i < count; i++) {
        struct segment segment = next_segment(&segments);
        if (!read_segment(&image, &segment, &note, err))
            return false;
    }
    if (note.id[0] == '\0')
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "%s is not a plug-in of Countermark: it has no note that says so", name);
    *ret = note;
    return true;
}

bool
cm_note_accept(const struct cm_note *note, const char *name, struct cm_err *err)
{
    if (!cm_sdk_accept(CMK_SDK_NEWEST, note->sdk_target, note->sdk_least, name, err))
        return false;
    if (note->executable_stack)
        return cm_fail(err, CM_E_DENIED, "%s demands an executable stack: link it with %s", name,
                       "-z noexecstack");
    if (note->text_relocations)
        return cm_fail(err, CM_E_DENIED, "%s changes its own code when loaded: compile it with %s",
                       name, "-fPIC");
    if (note->run_path)
        return cm_fail(err, CM_E_DENIED,
                       "%s brings a search path for libraries (RPATH or RUNPATH): link it without",
                       name);
    return true;
}
