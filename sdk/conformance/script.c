/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT      "countermark-conformance/1"
#define MOST_SCRIPT ((size_t)4 << 20)
#define MOST_FILE   ((size_t)16 << 20)
#define MOST_ARENA  ((size_t)256 << 20)

/* ---- declarations ---- */

const char *
cf_declared(const struct cf_script *script, const char *member, const char *check,
            const char *document)
{
    const json_t *of_check = cm_json_get(cm_json_get(script->root, member), check);
    return document != NULL ? cm_json_text(of_check, document) : json_string_value(of_check);
}

/* ---- texts: in the script or in a file beside it ---- */

/* As long as the script is. */
static bool
keep(struct cf_script *s, const struct cm_buf *bytes, const char **ret, size_t *ret_size,
     struct cm_err *err)
{
    *ret = cm_arena_bytes(s->arena, cm_buf_text(bytes), bytes->size);
    *ret_size = bytes->size;
    return *ret != NULL || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
read_beside(struct cf_script *s, const char *name, const char **ret, size_t *ret_size,
            struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST_FILE);
    const char *path = *name == '/' ? name : cm_arena_printf(s->arena, "%s/%s", s->folder, name);
    if (path == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    return cm_file_read(path, &bytes, err) && keep(s, &bytes, ret, ret_size, err);
}

/* The text again and again: for files whose size is all that matters. */
static bool
repeat(struct cf_script *s, const char *text, int64_t times, const char **ret, size_t *ret_size,
       struct cm_err *err)
{
    size_t size = strlen(text);
    if (times < 1 || (size > 0 && (size_t)times > MOST_FILE / size))
        return cm_fail(err, CM_E_CONFIG, "'times' is not in its range");
    char *all = cm_arena_alloc(s->arena, size * (size_t)times + 1);
    for (size_t i = 0; all != NULL && i < size * (size_t)times; i++)
        all[i] = text[i % size];
    *ret = all;
    *ret_size = size * (size_t)times;
    return all != NULL || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
decode(struct cf_script *s, const char *text, const char **ret, size_t *ret_size,
       struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(MOST_FILE);
    if (!cm_unbase64(text, strlen(text), &bytes))
        return cm_fail(err, CM_E_CONFIG, "'base64' is not base64 with padding, in one line");
    return keep(s, &bytes, ret, ret_size, err);
}

/* "json": any value; "text" with or without "times"; "base64"; "file": a name. */
static bool
read_content(struct cf_script *s, const json_t *from, const char **ret, size_t *ret_size,
             struct cm_err *err)
{
    const json_t *json = cm_json_get(from, "json");
    const char *text = cm_json_text(from, "text"), *file = cm_json_text(from, "file");
    const char *base64 = cm_json_text(from, "base64");
    CM_CLEANUP(cm_buf_done) struct cm_buf written = CM_BUF_INIT(MOST_FILE);
    if ((json != NULL) + (text != NULL) + (file != NULL) + (base64 != NULL) > 1)
        return cm_fail(err, CM_E_CONFIG, "say one of 'json', 'text', 'base64' and 'file'");
    if (base64 != NULL)
        return decode(s, base64, ret, ret_size, err);
    if (file != NULL)
        return read_beside(s, file, ret, ret_size, err);
    if (json == NULL)
        return repeat(s, text != NULL ? text : "", cm_json_int(from, "times", 1), ret, ret_size,
                      err);
    if (!cm_json_canonical(json, &written))
        return cm_fail(err, CM_E_CONFIG, "'json' cannot be written");
    return keep(s, &written, ret, ret_size, err);
}

/* ---- what stands otherwise than in the file ---- */

/* Sets what the path names; its parent must be there. */
static bool
put(json_t *value, const char *path, json_t *to)
{
    char *end;
    const char *dot = strrchr(path, '.'), *name = dot != NULL ? dot + 1 : path;
    CM_CLEANUP(cm_buf_done) struct cm_buf head = CM_BUF_INIT(4096);
    cm_buf_add(&head, path, dot != NULL ? (size_t)(dot - path) : 0);
    json_t *parent = cm_json_path(value, cm_buf_text(&head));
    if (json_is_object(parent))
        return json_object_set(parent, name, to) == 0;
    size_t index = strtoul(name, &end, 10);
    return json_is_array(parent) && end != name && *end == '\0' &&
           json_array_set(parent, index, to) == 0;
}

static bool
change(struct cf_script *s, const json_t *changes, const char **text, size_t *size,
       struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf written = CM_BUF_INIT(MOST_FILE);
    const char *path;
    json_t *to;
    if (changes == NULL)
        return true;
    if (!cm_json_parse(*text, *size, "answer", &value, err))
        return false;
    json_object_foreach((json_t *)(uintptr_t)changes, path, to)
    {
        if (!put(value, path, to))
            return cm_fail(err, CM_E_CONFIG, "change: there is no '%s'", path);
    }
    if (!cm_json_canonical(value, &written))
        return cm_fail(err, CM_E_CONFIG, "change: the answer cannot be written");
    return keep(s, &written, text, size, err);
}

/* ---- members ---- */

/* Names in lower case, as the engine's client gives them. */
static bool
read_headers(struct cf_script *s, const json_t *from, struct fake_page *page, struct cm_err *err)
{
    const char *name;
    json_t *value;
    struct cm_field *fields =
        cm_arena_alloc(s->arena, (json_object_size(from) + 1) * sizeof *fields);
    if (fields == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    json_object_foreach((json_t *)(uintptr_t)from, name, value)
    {
        if (!json_is_string(value))
            return cm_fail(err, CM_E_CONFIG, "headers.%s is no text", name);
        fields[page->field_count++] = (struct cm_field){name, json_string_value(value)};
    }
    page->fields = fields;
    return true;
}

static bool
read_answer(struct cf_script *s, const json_t *from, struct cm_err *err)
{
    struct fake_page *page = &s->pages[s->page_count];
    page->url = cm_json_text(from, "url");
    if (page->url == NULL)
        return cm_fail(err, CM_E_CONFIG, "an answer has no 'url'");
    if (s->page_count == FAKE_MOST)
        return cm_fail(err, CM_E_LIMIT, "more than %d answers", FAKE_MOST);
    page->status = (int)cm_json_int(from, "status", 200);
    if (!read_headers(s, cm_json_get(from, "headers"), page, err) ||
        !read_content(s, from, &page->body, &page->size, err) ||
        !change(s, cm_json_get(from, "change"), &page->body, &page->size, err))
        return cm_context(err, "%s", page->url);
    s->page_count++;
    return true;
}

static bool
read_answers(struct cf_script *s, struct cm_err *err)
{
    size_t i;
    json_t *answer;
    json_array_foreach(cm_json_get(s->root, "answers"), i, answer)
    {
        if (!read_answer(s, answer, err))
            return cm_context(err, "answers.%zu", i);
    }
    return true;
}

static bool
read_tree(struct cf_script *s, struct cm_err *err)
{
    const char *path;
    json_t *content;
    size_t count = 0, size;
    json_object_foreach(cm_json_get(s->root, "tree"), path, content)
    {
        struct fake_file *file = &s->files[count++];
        if (count > CF_FILES_MOST)
            return cm_fail(err, CM_E_LIMIT, "tree: more than %d files", CF_FILES_MOST);
        file->path = path;
        file->text = json_string_value(content);
        if (file->text == NULL && !read_content(s, content, &file->text, &size, err))
            return cm_context(err, "tree: %s", path);
    }
    return true;
}

/* A text, or a content; the path that the option then has. */
static bool
read_own(struct cf_script *s, const char *option, size_t number, const json_t *from, json_t **ret,
         struct cm_err *err)
{
    struct cf_own_file *own = &s->own[s->own_count];
    if (s->own_count == CF_OWN_MOST)
        return cm_fail(err, CM_E_LIMIT, "more than %d files", CF_OWN_MOST);
    if (!json_is_string(from) && !json_is_object(from))
        return cm_fail(err, CM_E_CONFIG, "%s: a file is a text, or a content", option);
    own->at = json_string_value(from);
    own->size = json_string_length(from);
    own->path = cm_arena_printf(s->arena, CF_OWN_FOLDER "%s/%zu", option, number);
    if (own->at == NULL && !read_content(s, from, &own->at, &own->size, err))
        return cm_context(err, "%s", option);
    *ret = own->path != NULL ? json_string(own->path) : NULL;
    s->own_count++;
    return *ret != NULL || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* All files of an option: one, or a list of them. */
static bool
read_option_files(struct cf_script *s, const char *option, const json_t *from, json_t **ret,
                  struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *paths = json_array();
    if (!json_is_array(from))
        return read_own(s, option, 0, from, ret, err);
    for (size_t i = 0; i < json_array_size(from); i++) {
        json_t *path;
        if (!read_own(s, option, i, json_array_get(from, i), &path, err))
            return false;
        if (json_array_append_new(paths, path) != 0)
            return cm_fail(err, CM_E_LIMIT, "out of memory");
    }
    *ret = CM_TAKE(paths);
    return *ret != NULL || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* What the operator's options of files name: paths that stand in no file system. */
static bool
read_files(struct cf_script *s, struct cm_err *err)
{
    const char *option;
    json_t *from, *paths;
    json_t *options = cm_json_get(s->root, "options");
    if (cm_json_get(s->root, "files") != NULL && !json_is_object(options))
        return cm_fail(err, CM_E_CONFIG, "'files' go with 'options'");
    json_object_foreach(cm_json_get(s->root, "files"), option, from)
    {
        if (cm_json_get(options, option) != NULL)
            return cm_fail(err, CM_E_CONFIG, "'%s' stands in 'options', and in 'files'", option);
        if (!read_option_files(s, option, from, &paths, err))
            return cm_context(err, "files");
        if (json_object_set_new(options, option, paths) != 0)
            return cm_fail(err, CM_E_LIMIT, "out of memory");
    }
    return true;
}

static bool
read_submitted(struct cf_script *s, struct cm_err *err)
{
    const json_t *from = cm_json_get(s->root, "submitted");
    size_t size;
    if (from == NULL)
        return true;
    s->submitted_name = cm_json_text(from, "name");
    if (s->submitted_name == NULL)
        return cm_fail(err, CM_E_CONFIG, "submitted: it has no 'name'");
    return read_content(s, from, &s->submitted, &size, err) || cm_context(err, "submitted");
}

static bool
read_entries(struct cf_script *s, const json_t *list, struct cm_err *err)
{
    size_t i;
    json_t *from;
    json_array_foreach(list, i, from)
    {
        struct cf_entry *entry = &s->entries[i];
        const char *content;
        if (i == CF_ENTRIES_MOST)
            return cm_fail(err, CM_E_LIMIT, "more than %d entries", CF_ENTRIES_MOST);
        entry->name = cm_json_text(from, "name");
        if (entry->name == NULL)
            return cm_fail(err, CM_E_CONFIG, "entry %zu has no 'name'", i);
        if (!read_content(s, from, &content, &entry->size, err))
            return cm_context(err, "%s", entry->name);
        entry->at = content;
        s->entry_count = i + 1;
    }
    return s->entry_count > 0 || cm_fail(err, CM_E_CONFIG, "it has no entries");
}

static bool
read_package(struct cf_script *s, struct cm_err *err)
{
    const json_t *from = cm_json_get(s->root, "package");
    const char *whole = NULL;
    if (from == NULL)
        return true;
    s->package_name = cm_json_text(from, "name");
    if (s->package_name == NULL)
        return cm_fail(err, CM_E_CONFIG, "package: it has no 'name'");
    const json_t *entries = cm_json_get(from, "entries");
    if (entries != NULL)
        return read_entries(s, entries, err) || cm_context(err, "package");
    if (json_object_size(from) < 2)
        return cm_fail(err, CM_E_CONFIG, "package: it has neither 'entries' nor a content");
    if (!read_content(s, from, &whole, &s->package_size, err))
        return cm_context(err, "package");
    s->package = whole;
    return true;
}

/* ---- signatures ---- */

static bool
are_texts(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_string(json_array_get(list, i)))
            return false;
    return json_is_array(list);
}

/* The artifact and the signature are all that a file can be made of. */
static bool
are_parts(const json_t *list)
{
    for (size_t i = 0; are_texts(list) && i < json_array_size(list); i++) {
        const char *part = json_string_value(json_array_get(list, i));
        if (strcmp(part, "artifact") != 0 && strcmp(part, "signature") != 0)
            return false;
    }
    return are_texts(list);
}

static bool
check_programs(const struct cf_script *s, struct cm_err *err)
{
    const char *file;
    json_t *program, *parts;
    size_t i;
    json_array_foreach(cm_json_get(s->root, "programs"), i, program)
    {
        if (!are_texts(cm_json_get(program, "arguments")))
            return cm_fail(err, CM_E_CONFIG, "programs.%zu: its 'arguments' are no texts", i);
        json_object_foreach(cm_json_get(program, "leaves"), file, parts)
        {
            if (!are_parts(parts))
                return cm_fail(err, CM_E_CONFIG,
                               "programs.%zu: '%s' is made of \"artifact\" and \"signature\"", i,
                               file);
        }
    }
    return true;
}

static bool
read_signing(struct cf_script *s, struct cm_err *err)
{
    const json_t *made = cm_json_get(s->root, "made");
    if (s->kind != CF_SIGNATURE && (made != NULL || cm_json_get(s->root, "programs") != NULL))
        return cm_fail(err, CM_E_CONFIG,
                       "'programs' and 'made' go with a conversation \"signature\"");
    return check_programs(s, err) &&
           (made == NULL || read_content(s, made, &s->made, &s->made_size, err) ||
            cm_context(err, "made"));
}

/* ---- the whole ---- */

/* A word that nobody reads is one that its author believes in. */
static bool
knows_all(const struct cf_script *s, struct cm_err *err)
{
    static const char *const known[] = {
        "format",       "conversation", "options",        "assume",          "repository",
        "ref",          "decided_at",   "submitted",      "answers",         "tree",
        "unknown",      "unread",       "passes_without", "passes_on_empty", "passes_on_anything",
        "notification", "address",      "package",        "origin",          "attachments",
        "comment",      "files",        "peer",           "programs",        "made"};
    const char *name;
    json_t *value;
    json_object_foreach(s->root, name, value)
    {
        bool is_known = false;
        for (size_t i = 0; i < CM_COUNT(known); i++)
            is_known = is_known || strcmp(known[i], name) == 0;
        if (!is_known)
            return cm_fail(err, CM_E_CONFIG, "there is no member '%s'", name);
    }
    return true;
}

static bool
read_kind(struct cf_script *s, struct cm_err *err)
{
    const char *format = cm_json_text(s->root, "format");
    const char *kind = cm_json_text(s->root, "conversation");
    const char *decided_at = cm_json_text(s->root, "decided_at");
    if (format == NULL || strcmp(format, FORMAT) != 0)
        return cm_fail(err, CM_E_CONFIG, "its 'format' is not \"%s\"", FORMAT);
    s->kind = kind == NULL                       ? 0
              : strcmp(kind, "build") == 0       ? CF_BUILD
              : strcmp(kind, "examination") == 0 ? CF_EXAMINATION
              : strcmp(kind, "package") == 0     ? CF_PACKAGE
              : strcmp(kind, "signature") == 0   ? CF_SIGNATURE
                                                 : 0;
    if (s->kind == 0)
        return cm_fail(
            err, CM_E_CONFIG,
            "'conversation' is not \"build\", \"examination\", \"package\" or \"signature\"");
    if (((s->kind & CF_ARTIFACT) != 0) != (cm_json_get(s->root, "package") != NULL))
        return cm_fail(err, CM_E_CONFIG,
                       "'package' is what a conversation \"package\" or \"signature\" is about");
    s->decided_at = FAKE_TIME;
    return decided_at == NULL || cm_parse_time(decided_at, &s->decided_at) ||
           cm_fail(err, CM_E_CONFIG, "decided_at: '%s' is no time", decided_at);
}

static bool
read_root(struct cf_script *s, const char *path, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_SCRIPT);
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    size_t size = strlen(base) - (cm_ends_with(base, ".json") ? strlen(".json") : 0);
    s->arena = cm_arena_new(MOST_ARENA);
    s->name = cm_arena_bytes(s->arena, base, size);
    s->folder = slash != NULL ? cm_arena_bytes(s->arena, path, (size_t)(slash - path)) : ".";
    if (s->name == NULL || s->folder == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    return cm_file_read(path, &text, err) &&
           cm_json_parse(cm_buf_text(&text), text.size, path, &s->root, err);
}

bool
cf_script_read(const char *path, struct cf_script **ret, struct cm_err *err)
{
    struct cf_script *s = calloc(1, sizeof *s);
    if (s == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!read_root(s, path, err)) {
        cf_script_free(s);
        return false;
    }
    if (!knows_all(s, err) || !read_kind(s, err) || !read_answers(s, err) || !read_tree(s, err) ||
        !read_files(s, err) || !read_submitted(s, err) || !read_package(s, err) ||
        !read_signing(s, err)) {
        cf_script_free(s);
        return cm_context(err, "%s", path);
    }
    *ret = s;
    return true;
}

void
cf_script_free(struct cf_script *s)
{
    if (s == NULL)
        return;
    json_decref(s->root);
    cm_arena_free(s->arena);
    free(s);
}
