/* SPDX-License-Identifier: Apache-2.0 */
#include "elf_maker.h"
#include "plugin/note.h"

#include <countermark/plugin.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* From a heap block of just that size, so that a sanitizer sees a step too far. */
static bool
reads(const struct elf *elf, size_t size, struct cm_note *note, struct cm_err *err)
{
    unsigned char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, elf->at, size);
    bool done = cm_note_read(copy, size, "x.so", note, err);
    free(copy);
    return done;
}

static void
assert_refused(const struct elf *elf, enum cm_class class, const char *why)
{
    struct cm_note note = {.id = "untouched"};
    struct cm_err err = CM_ERR_INIT;
    assert_false(reads(elf, elf->size, &note, &err));
    assert_int_equal(err.class, class);
    assert_non_null(strstr(err.text, "x.so"));
    if (strstr(err.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, why);
    assert_string_equal(note.id, "untouched");
}

static void
a_plugin_is_read(void **state)
{
    struct elf elf;
    struct cm_note note;
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    elf_plugin(&elf, "appletree");
    assert_true(reads(&elf, elf.size, &note, &err));
    assert_string_equal(note.id, "appletree");
    assert_int_equal(note.sdk_target, CMK_SDK_1_0);
    assert_int_equal(note.sdk_least, CMK_SDK_1_0);
    assert_false(note.executable_stack || note.text_relocations || note.run_path);
    assert_true(cm_note_accept(&note, "x.so", &err));
}

/* Everything but the bytes that nobody looks at is missed: no cut reads like the whole. */
static void
every_cut_is_refused(void **state)
{
    struct elf elf;
    struct cm_note note;
    (void)state;
    elf_plugin(&elf, "appletree");
    Elf64_Phdr *last = elf_segment_at(&elf, 2);
    size_t needed = last->p_offset + last->p_filesz;
    for (size_t size = 0; size < needed; size++) {
        struct cm_err err = CM_ERR_INIT;
        if (reads(&elf, size, &note, &err))
            fail_msg("accepted with %zu of %zu bytes", size, needed);
        assert_int_equal(err.class, CM_E_MALFORMED);
    }
}

/* Whatever byte is changed: an answer, and no step outside (the sanitizers look). */
static void
every_byte_may_be_anything(void **state)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct elf elf;
    struct cm_note note;
    (void)state;
    elf_plugin(&elf, "appletree");
    for (size_t i = 0; i < elf.size; i++) {
        unsigned char was = elf.at[i];
        for (size_t v = 0; v < sizeof values; v++) {
            struct cm_err err = CM_ERR_INIT;
            elf.at[i] = values[v];
            bool done = reads(&elf, elf.size, &note, &err);
            assert_true(done == (err.class == CM_OK));
        }
        elf.at[i] = was;
    }
}

static void
headers_of_others_are_refused(void **state)
{
    static const struct {
        size_t at;
        unsigned char value;
    } rows[] = {
        {0, 'e'},
        {EI_CLASS, ELFCLASS32},
        {EI_DATA, ELFDATA2MSB},
        {EI_VERSION, 2},
        {offsetof(Elf64_Ehdr, e_type), ET_EXEC},
        {offsetof(Elf64_Ehdr, e_machine), EM_386},
        {offsetof(Elf64_Ehdr, e_version), 9},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct elf elf;
        elf_plugin(&elf, "appletree");
        elf.at[rows[i].at] = rows[i].value;
        assert_refused(&elf, CM_E_MALFORMED, "is not a 64-bit shared object for this machine");
    }
}

static void
odd_tables_are_refused(void **state)
{
    struct elf elf;
    (void)state;
    elf_plugin(&elf, "appletree");
    elf_header(&elf)->e_phentsize = 32;
    assert_refused(&elf, CM_E_MALFORMED, "table of its segments");
    elf_plugin(&elf, "appletree");
    elf_header(&elf)->e_phnum = 0;
    assert_refused(&elf, CM_E_MALFORMED, "table of its segments");
    elf_plugin(&elf, "appletree");
    elf_header(&elf)->e_phnum = 0xffff;
    assert_refused(&elf, CM_E_MALFORMED, "table of its segments");
    elf_plugin(&elf, "appletree");
    elf_header(&elf)->e_phoff = UINT64_MAX - 8;
    assert_refused(&elf, CM_E_MALFORMED, "ends inside the table");
    elf_plugin(&elf, "appletree");
    elf_segment_at(&elf, 0)->p_filesz = UINT64_MAX;
    assert_refused(&elf, CM_E_MALFORMED, "ends inside its notes");
    elf_plugin(&elf, "appletree");
    elf_segment_at(&elf, 2)->p_offset = UINT64_MAX;
    assert_refused(&elf, CM_E_MALFORMED, "ends inside its dynamic section");
}

static void
without_a_note_it_is_no_plugin(void **state)
{
    unsigned char notes[64];
    struct elf elf;
    (void)state;
    elf_begin(&elf);
    elf_segment(&elf, PT_NOTE, PF_R, 4, notes, elf_note(notes, "GNU", 3, "12345678", 8, 4));
    assert_refused(&elf, CM_E_UNSUPPORTED, "is not a plug-in of Countermark");
    elf_begin(&elf);
    elf_segment(&elf, PT_NOTE, PF_R, 4, notes, elf_note(notes, "countermark", 1, "", 0, 4));
    assert_refused(&elf, CM_E_UNSUPPORTED, "is not a plug-in of Countermark");
}

static void
notes_are_found_among_others(void **state)
{
    unsigned char notes[512];
    struct cm_note note;
    (void)state;
    for (size_t align = 4; align <= 8; align += 4) {
        struct elf elf;
        struct cm_err err = CM_ERR_INIT;
        size_t size = elf_note(notes, "GNU", 5, "123456789", 9, align);
        size += elf_our_note(notes + size, CMK_SDK_1_0, CMK_SDK_1_0, "pear_1", align);
        size += elf_note(notes + size, "GNU", 3, "", 0, align);
        elf_begin(&elf);
        elf_segment(&elf, PT_NOTE, PF_R, align, notes, size);
        assert_true(reads(&elf, elf.size, &note, &err));
        assert_string_equal(note.id, "pear_1");
        assert_true(note.executable_stack); /* no word on it is the old default */
    }
}

static void
a_last_note_may_lack_its_padding(void **state)
{
    unsigned char notes[512];
    struct cm_note note;
    struct elf elf;
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    size_t size = elf_our_note(notes, CMK_SDK_1_0, CMK_SDK_1_0, "pear", 4);
    size += elf_note(notes + size, "GNU", 5, "12345", 5, 4);
    elf_begin(&elf);
    elf_segment(&elf, PT_NOTE, PF_R, 4, notes, size - 3);
    assert_true(reads(&elf, elf.size, &note, &err));
}

static void
bad_notes_are_refused(void **state)
{
    unsigned char notes[512];
    struct elf elf;
    (void)state;

    size_t size = elf_our_note(notes, CMK_SDK_1_0, CMK_SDK_1_0, "pear", 4);
    size += elf_our_note(notes + size, CMK_SDK_1_0, CMK_SDK_1_0, "pear", 4);
    elf_begin(&elf);
    elf_segment(&elf, PT_NOTE, PF_R, 4, notes, size);
    assert_refused(&elf, CM_E_MALFORMED, "two notes");

    elf_begin(&elf);
    elf_segment(&elf, PT_NOTE, PF_R, 4, notes, size / 2);
    elf_segment(&elf, PT_NOTE, PF_R, 4, notes, size / 2);
    assert_refused(&elf, CM_E_MALFORMED, "two notes");

    static const char *const ids[] = {
        "", "Pear", "1pear", "pe-ar", "p ", "p\xc3\xa9", "12345678901234567890123456789012"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        size = elf_our_note(notes, CMK_SDK_1_0, CMK_SDK_1_0, ids[i], 4);
        elf_begin(&elf);
        elf_segment(&elf, PT_NOTE, PF_R, 4, notes, size);
        assert_refused(&elf, CM_E_MALFORMED, "note");
    }

    unsigned char desc[48] = {0};
    elf_begin(&elf);
    size = elf_note(notes, CMK_NOTE_NAME, CMK_NOTE_TYPE, desc, 39, 4);
    elf_segment(&elf, PT_NOTE, PF_R, 4, notes, size);
    assert_refused(&elf, CM_E_MALFORMED, "note of Countermark is malformed");
    elf_begin(&elf);
    size = elf_note(notes, CMK_NOTE_NAME, 2, desc, 40, 4);
    elf_segment(&elf, PT_NOTE, PF_R, 4, notes, size);
    assert_refused(&elf, CM_E_MALFORMED, "note of Countermark is malformed");
}

static void
accepts_or_says_both_levels(void **state)
{
    static const struct {
        uint32_t target, least;
        enum cm_class class;
        const char *theirs, *ours;
    } rows[] = {
        {CMK_SDK_1_0, CMK_SDK_1_0, CM_OK, "", ""},
        {0x00010009, CMK_SDK_1_0, CM_OK, "", ""},
        {0x00010009, 0x00010002, CM_E_UNSUPPORTED, "SDK 1.2", "SDK 1.0"},
        {0x00020000, 0x00020000, CM_E_UNSUPPORTED, "SDK 2.0", "SDK 1.0"},
        {0x00020000, 0x00010000, CM_E_UNSUPPORTED, "SDK 2.0", "SDK 1.0"},
        {0x00000009, 0x00000009, CM_E_UNSUPPORTED, "SDK 0.9", "SDK 1.0"},
        {0x00010000, 0x00010001, CM_E_MALFORMED, "SDK 1.1", "SDK 1.0"},
        {0x00010003, 0x00000001, CM_E_MALFORMED, "SDK 0.1", "SDK 1.3"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cm_err err = CM_ERR_INIT;
        struct cm_note note = {
            .sdk_target = rows[i].target, .sdk_least = rows[i].least, .id = "pear"};
        assert_int_equal(cm_note_accept(&note, "x.so", &err), rows[i].class == CM_OK);
        assert_int_equal(err.class, rows[i].class);
        assert_non_null(strstr(err.text, rows[i].theirs));
        assert_non_null(strstr(err.text, rows[i].ours));
    }
}

static void
unsafe_files_are_refused(void **state)
{
    static const struct {
        Elf64_Dyn entry;
        uint32_t stack;
        const char *why;
    } rows[] = {
        {{.d_tag = DT_NULL}, PF_R | PF_W | PF_X, "executable stack"},
        {{.d_tag = DT_TEXTREL}, PF_R | PF_W, "its own code"},
        {{.d_tag = DT_FLAGS, .d_un.d_val = DF_TEXTREL}, PF_R | PF_W, "its own code"},
        {{.d_tag = DT_RPATH}, PF_R | PF_W, "search path"},
        {{.d_tag = DT_RUNPATH}, PF_R | PF_W, "search path"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct elf elf;
        struct cm_note note;
        struct cm_err err = CM_ERR_INIT;
        unsigned char notes[128];
        size_t size = elf_our_note(notes, CMK_SDK_1_0, CMK_SDK_1_0, "pear", 4);
        elf_begin(&elf);
        elf_segment(&elf, PT_DYNAMIC, PF_R, 8, &rows[i].entry, sizeof rows[i].entry);
        elf_segment(&elf, PT_NOTE, PF_R, 4, notes, size);
        elf_segment(&elf, PT_GNU_STACK, rows[i].stack, 16, "", 0);
        assert_true(reads(&elf, elf.size, &note, &err));
        assert_false(cm_note_accept(&note, "x.so", &err));
        assert_int_equal(err.class, CM_E_DENIED);
        assert_non_null(strstr(err.text, rows[i].why));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plugin_is_read),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_byte_may_be_anything),
        cmocka_unit_test(headers_of_others_are_refused),
        cmocka_unit_test(odd_tables_are_refused),
        cmocka_unit_test(without_a_note_it_is_no_plugin),
        cmocka_unit_test(notes_are_found_among_others),
        cmocka_unit_test(a_last_note_may_lack_its_padding),
        cmocka_unit_test(bad_notes_are_refused),
        cmocka_unit_test(accepts_or_says_both_levels),
        cmocka_unit_test(unsafe_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
