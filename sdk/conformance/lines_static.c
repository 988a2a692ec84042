/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be seen of a plug-in without a conversation: the file, its note, its tables.
 */
#include "conform.h"
#include "elf_file.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/text.h"
#include "plugin/loader.h"
#include "plugin/negotiate.h"
#include "plugin/note.h"

#include <dlfcn.h>
#include <string.h>

#define ENTRY     "cmk_plugin_entry_v1"
#define MOST_FILE ((size_t)64 << 20)

/* ---- note ---- */

static bool
read_note(const struct cf_trial *t, struct cm_note *ret, struct cm_err *why)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST_FILE);
    return cm_file_read(t->request->plugin, &bytes, why) &&
           cm_note_read(bytes.at, bytes.size, t->request->plugin, ret, why);
}

static bool
note(struct cf_trial *t, struct cm_err *why)
{
    struct cm_note found;
    return read_note(t, &found, why) && cm_sdk_accept(CMK_SDK_NEWEST, found.sdk_target,
                                                      found.sdk_least, t->request->plugin, why);
}

/* ---- symbols ---- */

static bool
exports(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_elf_done) struct cf_elf e = {.bytes = CM_BUF_INIT(0)};
    bool has_entry = false;
    if (!cf_elf_read(t->request->plugin, &e, why))
        return false;
    for (size_t i = 0; i < e.symbol_count; i++) {
        const Elf64_Sym *s = &e.symbols[i];
        bool is_local = ELF64_ST_BIND(s->st_info) == STB_LOCAL || s->st_shndx == SHN_ABS;
        if (s->st_shndx == SHN_UNDEF || is_local)
            continue;
        if (strcmp(cf_elf_symbol(&e, i), ENTRY) != 0)
            return cm_fail(why, CM_E_MALFORMED,
                           "it exports '%s': compile with -fvisibility=hidden and link with the "
                           "version script of the SDK",
                           cf_elf_symbol(&e, i));
        has_entry = true;
    }
    return has_entry || cm_fail(why, CM_E_MALFORMED, "it does not export %s", ENTRY);
}

/* Can it be loaded at all? Without a constructor that would say no. */
static void *
open_it(struct cf_trial *t, const struct cf_elf *e, struct cm_err *why)
{
    if (e->no_open) {
        (void)cf_skip(t, "it cannot be opened: see hardening: dlopen");
        return NULL;
    }
    CM_CLEANUP(cm_buf_done) struct cm_buf path = CM_BUF_INIT(8192);
    cm_buf_printf(&path, "%s%s", strchr(t->request->plugin, '/') != NULL ? "" : "./",
                  t->request->plugin);
    void *handle = dlopen(cm_buf_text(&path), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL) {
        const char *said = dlerror();
        (void)cm_fail(why, CM_E_CONFIG, "it cannot be loaded: %s", said != NULL ? said : "");
    }
    return handle;
}

static bool
is_wanted(const struct cf_elf *e, size_t index)
{
    const Elf64_Sym *s = &e->symbols[index];
    return s->st_shndx == SHN_UNDEF && ELF64_ST_BIND(s->st_info) != STB_WEAK &&
           *cf_elf_symbol(e, index) != '\0';
}

/* The search goes through the file and what it names itself, not through what we are linked with.
 */
static bool
undefined(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_elf_done) struct cf_elf e = {.bytes = CM_BUF_INIT(0)};
    if (!cf_elf_read(t->request->plugin, &e, why))
        return false;
    for (size_t i = 1; i < e.symbol_count; i++)
        if (is_wanted(&e, i) && (cm_starts_with(cf_elf_symbol(&e, i), "cm_") ||
                                 cm_starts_with(cf_elf_symbol(&e, i), "cmk_")))
            return cm_fail(why, CM_E_MALFORMED,
                           "it wants '%s' of the engine, which exports nothing",
                           cf_elf_symbol(&e, i));
    void *handle = open_it(t, &e, why);
    if (handle == NULL)
        return t->shared->skipped;
    for (size_t i = 1; i < e.symbol_count; i++)
        if (is_wanted(&e, i) && dlsym(handle, cf_elf_symbol(&e, i)) == NULL)
            return cm_fail(why, CM_E_MALFORMED,
                           "no library that it names defines '%s': link with -z defs",
                           cf_elf_symbol(&e, i));
    return true;
}

static bool
libcrypto(struct cf_trial *t, struct cm_err *why)
{
    static const char *const signs[] = {"CRYPTOGAMS by <appro@openssl.org>", "crypto/evp/digest.c",
                                        "crypto/init.c"};
    CM_CLEANUP(cf_elf_done) struct cf_elf e = {.bytes = CM_BUF_INIT(0)};
    if (!cf_elf_read(t->request->plugin, &e, why))
        return false;
    for (size_t i = 0; i < CM_COUNT(signs); i++)
        if (cf_elf_holds(&e, signs[i]))
            return cm_fail(why, CM_E_MALFORMED,
                           "it has a libcrypto of its own in it ('%s'): use the host's digests, or "
                           "link with the machine's",
                           signs[i]);
    return true;
}

/* ---- hardening ---- */

enum { RELRO, BIND_NOW, STACK, CODE, TEXT, OPEN, PATH };

static bool
hardening(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_elf_done) struct cf_elf e = {.bytes = CM_BUF_INIT(0)};
    if (!cf_elf_read(t->request->plugin, &e, why))
        return false;
    const struct {
        bool good;
        const char *else_what;
    } rows[] = {
        [RELRO] = {e.relro, "what is relocated stays writable: link with -z relro"},
        [BIND_NOW] = {e.bind_now, "functions are bound late: link with -z now"},
        [STACK] = {!e.executable_stack, "it demands an executable stack: link with -z noexecstack"},
        [CODE] = {!e.writable_code, "a segment of it is writable and executable"},
        [TEXT] = {!e.text_relocations, "it changes its own code when loaded: compile with -fPIC"},
        [OPEN] = {!e.no_open, "it says that it must not be opened: link without -z nodlopen"},
        [PATH] = {!e.run_path,
                  "it brings a search path for libraries: link without RPATH, RUNPATH"},
    };
    const char *bad = rows[cf_line_now()->detail].else_what;
    return rows[cf_line_now()->detail].good || cm_fail(why, CM_E_DENIED, "%s", bad);
}

/* ---- tables ---- */

static const struct cmk_plugin *
find_table(struct cf_trial *t, struct cm_err *why)
{
    CM_CLEANUP(cf_elf_done) struct cf_elf e = {.bytes = CM_BUF_INIT(0)};
    const struct cmk_plugin *(*entry)(void) = NULL;
    if (!cf_elf_read(t->request->plugin, &e, why))
        return NULL;
    void *handle = open_it(t, &e, why);
    void *symbol = handle != NULL ? dlsym(handle, ENTRY) : NULL;
    memcpy(&entry, &symbol, sizeof entry);
    const struct cmk_plugin *table = entry != NULL ? entry() : NULL;
    if (handle != NULL && table == NULL)
        (void)cm_fail(why, CM_E_MALFORMED, "%s",
                      entry == NULL ? "it does not export " ENTRY : ENTRY "() gives no table");
    return table;
}

static bool
class_is_sound(struct cm_arena *arena, const void *table, size_t least, const char *what,
               struct cm_err *why)
{
    void *copy;
    return table == NULL || cm_table_copy(arena, table, least, least, what, &copy, why);
}

static bool
table_is_sound(const struct cmk_plugin *theirs, const char *name, struct cm_err *why)
{
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 20);
    void *copy;
    if (!cm_table_copy(arena, theirs, CM_PLUGIN_LEAST, sizeof *theirs, "table", &copy, why))
        return false;
    const struct cmk_plugin *p = copy;
    return cm_sdk_accept(CMK_SDK_NEWEST, p->sdk_target, p->sdk_least, name, why) &&
           class_is_sound(arena, p->connector, CM_CONNECTOR_LEAST, "connector", why) &&
           class_is_sound(arena, p->rewriter, CM_REWRITER_LEAST, "rewriter", why) &&
           class_is_sound(arena, p->signer, CM_SIGNER_LEAST, "signer", why) &&
           (cm_is_plugin_id(p->id) || cm_fail(why, CM_E_MALFORMED, "the id in its table is none"));
}

static bool
structure(struct cf_trial *t, struct cm_err *why)
{
    struct cm_note said;
    struct cm_err no_note = CM_ERR_INIT;
    const struct cmk_plugin *table = find_table(t, why);
    if (table == NULL)
        return t->shared->skipped;
    if (!table_is_sound(table, t->request->plugin, why))
        return false;
    if (!read_note(t, &said, &no_note))
        return true; /* that is what the line `note` says */
    return (strcmp(said.id, table->id) == 0 && said.sdk_target == table->sdk_target &&
            said.sdk_least == table->sdk_least) ||
           cm_fail(why, CM_E_MALFORMED,
                   "it is '%s' of SDK %u.%u by its note, and '%s' of SDK %u.%u by its table",
                   said.id, said.sdk_target >> 16, said.sdk_target & 0xffffu, table->id,
                   table->sdk_target >> 16, table->sdk_target & 0xffffu);
}

static bool
schema(struct cf_trial *t, struct cm_err *why)
{
    struct cm_err ignored = CM_ERR_INIT;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 20);
    const struct cmk_plugin *table = find_table(t, &ignored), *ours;
    if (table == NULL || !table_is_sound(table, t->request->plugin, &ignored))
        return cf_skip(t, "it has no sound table: see struct");
    return cm_negotiate(arena, table, t->request->plugin, &ours, why);
}

/* As the engine does it: also file name and folders. */
static bool
load(struct cf_trial *t, struct cm_err *why)
{
    const struct cm_plugin *plugin;
    struct cm_plugins *plugins = cm_plugins_new(NULL, NULL);
    bool done = plugins != NULL && cm_plugins_load_file(plugins, t->request->plugin, &plugin, why);
    cm_plugins_free(plugins);
    return done;
}

const struct cf_line cf_static_lines[] = {
    {.id = "note", .run = note},
    {.id = "struct", .run = structure},
    {.id = "schema", .run = schema},
    {.id = "symbols: one is exported", .run = exports},
    {.id = "symbols: none is undefined", .run = undefined},
    {.id = "symbols: no libcrypto inside", .run = libcrypto},
    {.id = "hardening: RELRO", .run = hardening, .detail = RELRO},
    {.id = "hardening: BIND_NOW", .run = hardening, .detail = BIND_NOW},
    {.id = "hardening: stack", .run = hardening, .detail = STACK},
    {.id = "hardening: code", .run = hardening, .detail = CODE},
    {.id = "hardening: text relocations", .run = hardening, .detail = TEXT},
    {.id = "hardening: dlopen", .run = hardening, .detail = OPEN},
    {.id = "hardening: search path", .run = hardening, .detail = PATH},
    {.id = NULL},
};

/* Only if all the others are well. */
const struct cf_line cf_loaded_lines[] = {
    {.id = "loaded", .run = load},
    {.id = NULL},
};
