/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"

#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define must(condition) ((condition) ? (void)0 : broken(__LINE__, #condition))

_Noreturn static void
broken(int line, const char *condition)
{
    (void)fprintf(stderr, "host.c:%d: it does not hold that %s\n", line, condition);
    abort();
}

static struct host *
host_of(struct cmk_call *c)
{
    return (struct host *)(void *)c;
}

/* ---- life ---- */

void
host_open(struct host *h)
{
    const struct cm_plugin *plugin = NULL;
    struct cm_err err = CM_ERR_INIT;
    *h = (struct host){.name = "Widget.1.0.0.nupkg",
                       .is_archive = true,
                       .notes = CM_BUF_INIT(1 << 20),
                       .doubts = CM_BUF_INIT(1 << 20),
                       .outcome = CM_BUF_INIT((size_t)64 << 20)};
    h->plugins = cm_plugins_new(NULL, NULL);
    if (!cm_plugins_add(h->plugins, &cmk_plugin_nuget, &plugin, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        abort();
    }
    h->options = json_object();
    for (const struct cmk_option *o = cmk_plugin_nuget.options; o->name != NULL; o++)
        must(json_object_set_new(h->options, o->name,
                                 o->type == CMK_TRUTH
                                     ? json_boolean(strcmp(o->otherwise, "true") == 0)
                                     : json_string(o->otherwise)) == 0);
    h->origin = json_pack("{s:s, s:s, s:s}", "repository", HOST_URL, "commit", HOST_COMMIT, "ref",
                          "refs/heads/main");
    h->attachments = json_object();
    must(h->origin != NULL && h->attachments != NULL);
    const struct cm_host_settings settings = {.plugin = plugin, .options = h->options};
    must(cm_host_new(&settings, &h->host, &err));
}

static void
forget(struct host *h)
{
    if (h->call.arena != NULL)
        cm_call_done(&h->call);
    for (size_t i = 0; i < h->splice_count; i++)
        free(h->splices[i].instead);
    while (h->count > h->before) {
        free(h->entries[--h->count].name);
        free(h->entries[h->count].at);
    }
    for (size_t i = 0; i < h->count; i++)
        h->entries[i].removed = false;
    h->splice_count = h->digests = h->digested_after = 0;
    cm_buf_clear(&h->notes);
    cm_buf_clear(&h->doubts);
    h->status = CMK_OK;
    h->why[0] = '\0';
}

void
host_close(struct host *h)
{
    h->before = 0;
    forget(h);
    free(h->entries);
    cm_buf_done(&h->notes);
    cm_buf_done(&h->doubts);
    cm_buf_done(&h->outcome);
    json_decref(h->options);
    json_decref(h->origin);
    json_decref(h->attachments);
    cm_host_free(h->host);
    cm_plugins_free(h->plugins);
}

static void
append(struct host *h, const struct entry *entry)
{
    h->entries = realloc(h->entries, (h->count + 1) * sizeof *h->entries);
    must(h->entries != NULL);
    h->entries[h->count++] = *entry;
}

static void *
copy(const void *at, size_t size)
{
    void *to = malloc(size + 1);
    must(to != NULL);
    if (size > 0)
        memcpy(to, at, size);
    return to;
}

void
host_entry(struct host *h, const char *name, const void *at, size_t size)
{
    must(h->count == h->before);
    append(h, &(struct entry){
                  .name = copy(name, strlen(name) + 1), .at = copy(at, size), .size = size});
    h->before = h->count;
}

void
host_text(struct host *h, const char *name, const char *text)
{
    host_entry(h, name, text, strlen(text));
}

void
host_set(json_t *object, const char *name, const char *text)
{
    if (text == NULL)
        (void)json_object_del(object, name);
    else
        must(json_object_set_new(object, name, json_string(text)) == 0);
}

/* ---- the archive ---- */

static struct entry *
entry_of(struct cmk_call *c, uint64_t entry)
{
    struct host *h = host_of(c);
    must(entry < h->before);
    return &h->entries[entry];
}

static uint64_t
ops_count(struct cmk_call *c, struct cmk_archive *archive)
{
    must((void *)archive == (void *)host_of(c));
    return cm_call_failed(c) ? 0 : host_of(c)->before + host_of(c)->more;
}

static const char *
ops_name(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry)
{
    (void)archive;
    if (cm_call_failed(c))
        return NULL;
    if (entry >= host_of(c)->before)
        return "more/one";
    return entry_of(c, entry)->name;
}

static int64_t
ops_find(struct cmk_call *c, struct cmk_archive *archive, const char *name)
{
    const struct host *h = host_of(c);
    (void)archive;
    for (size_t i = 0; !cm_call_failed(c) && i < h->before; i++)
        if (strcmp(h->entries[i].name, name) == 0)
            return (int64_t)i;
    return -1;
}

/* In any case, and with %41 for A. */
static bool
is_alike(const char *name, const char *other)
{
    for (; *name != '\0' && *other != '\0'; other++) {
        unsigned char byte = (unsigned char)*name;
        bool escaped = name[0] == '%' && cm_unhex(name + 1, 2, &byte);
        name += escaped ? 3 : 1;
        if (cm_ascii_lower((char)byte) != cm_ascii_lower(*other))
            return false;
    }
    return *name == '\0' && *other == '\0';
}

static int64_t
ops_find_alike(struct cmk_call *c, struct cmk_archive *archive, const char *name)
{
    const struct host *h = host_of(c);
    (void)archive;
    for (size_t i = 0; !cm_call_failed(c) && i < h->before; i++)
        if (is_alike(h->entries[i].name, name))
            return (int64_t)i;
    return -1;
}

static struct cmk_bytes
ops_read(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry, uint64_t most)
{
    static const struct cmk_bytes none = {NULL, 0};
    (void)archive;
    if (cm_call_failed(c))
        return none;
    const struct entry *e = entry_of(c, entry);
    if (e->size > most) {
        cm_call_failf(cm_call_of(c), CM_E_LIMIT, "%s: larger than %llu bytes", e->name,
                      (unsigned long long)most);
        return none;
    }
    char *at = cm_call_alloc(cm_call_of(c), e->size + 1);
    if (at == NULL)
        return none;
    memcpy(at, e->at, e->size);
    return (struct cmk_bytes){at, e->size};
}

static int32_t
ops_splice(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry, uint64_t offset,
           uint64_t size, struct cmk_bytes instead)
{
    struct host *h = host_of(c);
    (void)archive;
    if (cm_call_failed(c))
        return c->base->status(c);
    must(offset <= entry_of(c, entry)->size && size <= h->entries[entry].size - offset);
    for (size_t i = 0; i < h->splice_count; i++) /* not even touching */
        must(h->splices[i].entry != entry || h->splices[i].offset + h->splices[i].size < offset ||
             offset + size < h->splices[i].offset);
    must(h->splice_count < CM_COUNT(h->splices));
    h->splices[h->splice_count++] =
        (struct splice){entry, offset, size, copy(instead.at, (size_t)instead.size), instead.size};
    return CMK_OK;
}

static int32_t
ops_add(struct cmk_call *c, struct cmk_archive *archive, const char *name, struct cmk_bytes bytes,
        uint32_t flags)
{
    struct host *h = host_of(c);
    (void)archive;
    if (cm_call_failed(c))
        return c->base->status(c);
    must(ops_find_alike(c, archive, name) < 0);
    append(h, &(struct entry){.name = copy(name, strlen(name) + 1),
                              .at = copy(bytes.at, (size_t)bytes.size),
                              .size = (size_t)bytes.size,
                              .added = true,
                              .stored = (flags & CMK_ADD_STORED) != 0});
    return CMK_OK;
}

static int32_t
ops_remove(struct cmk_call *c, struct cmk_archive *archive, uint64_t entry)
{
    (void)archive;
    if (cm_call_failed(c))
        return c->base->status(c);
    must(!entry_of(c, entry)->removed);
    entry_of(c, entry)->removed = true;
    return CMK_OK;
}

size_t
host_edits(const struct host *h)
{
    size_t edits = h->splice_count + h->count - h->before;
    for (size_t i = 0; i < h->before; i++)
        edits += h->entries[i].removed;
    return edits;
}

/* Not one of anything: a test sees when it was asked for and what was made of it. */
static struct cmk_bytes
ops_digest(struct cmk_call *c, struct cmk_archive *archive, const char *name)
{
    static const unsigned char digest[64] = {0xff, 1, 2};
    struct host *h = host_of(c);
    (void)archive;
    if (cm_call_failed(c))
        return (struct cmk_bytes){NULL, 0};
    must(strcmp(name, "sha512") == 0);
    h->digests++;
    h->digested_after = host_edits(h);
    return (struct cmk_bytes){digest, sizeof digest};
}

static const struct cmk_archive_ops ops = {
    .size = sizeof ops,
    .count = ops_count,
    .name = ops_name,
    .find = ops_find,
    .find_alike = ops_find_alike,
    .read = ops_read,
    .splice = ops_splice,
    .add = ops_add,
    .remove = ops_remove,
    .digest = ops_digest,
};

/* ---- hooks ---- */

static void
note(struct cmk_call *c, const char *fact, const char *before, const char *after)
{
    if (!cm_call_failed(c))
        cm_buf_printf(&host_of(c)->notes, "%s: %s -> %s\n", fact, before != NULL ? before : "-",
                      after != NULL ? after : "-");
}

static void
doubt(struct cmk_call *c, const char *text)
{
    if (!cm_call_failed(c))
        cm_buf_printf(&host_of(c)->doubts, "%s\n", text);
}

struct cmk_call *
host_call(struct host *h)
{
    struct cm_err err = CM_ERR_INIT;
    forget(h);
    must(cm_call_begin(&h->call, h->host, &err));
    return &h->call.face;
}

struct cmk_work
host_work(struct host *h)
{
    return (struct cmk_work){
        .size = sizeof(struct cmk_work),
        .name = h->name,
        .archives = &ops,
        .archive = h->is_archive ? (struct cmk_archive *)(void *)h : NULL,
        .origin = cm_value_of(h->origin),
        .attachments = cm_value_of(h->attachments),
        .note = note,
        .doubt = doubt,
    };
}

static int32_t
run(struct host *h, const char *name, int32_t (*hook)(struct cmk_call *, const struct cmk_work *),
    const struct cmk_work *work)
{
    struct cm_err err = CM_ERR_INIT;
    struct cmk_call *c = host_call(h);
    if (!cm_call_result(&h->call, name, hook(c, work), &err)) {
        h->status = (int32_t)err.class;
        (void)snprintf(h->why, sizeof h->why, "%s", err.text);
    }
    return h->status;
}

int32_t
host_rewrite(struct host *h)
{
    struct cmk_work work = host_work(h);
    return run(h, "rewrite", cmk_plugin_nuget.rewriter->rewrite, &work);
}

int32_t
host_inspect(struct host *h)
{
    struct cmk_work work = host_work(h);
    work.origin = work.attachments = NULL;
    int32_t status = run(h, "inspect", cmk_plugin_nuget.rewriter->inspect, &work);
    must(host_edits(h) == 0);
    return status;
}

/* ---- what came of it ---- */

/* The edit of that entry that begins there; NULL: none. */
static const struct splice *
splice_at(const struct host *h, uint64_t entry, uint64_t offset)
{
    for (size_t i = 0; i < h->splice_count; i++)
        if (h->splices[i].entry == entry && h->splices[i].offset == offset)
            return &h->splices[i];
    return NULL;
}

const struct cm_buf *
host_outcome(struct host *h, const char *name)
{
    size_t i = 0;
    while (i < h->count && (h->entries[i].removed || strcmp(h->entries[i].name, name) != 0))
        i++;
    if (i == h->count)
        return NULL;
    const struct entry *e = &h->entries[i];
    cm_buf_clear(&h->outcome);
    for (size_t at = 0; at <= e->size; at++) {
        const struct splice *s = splice_at(h, i, at);
        if (s != NULL)
            cm_buf_add(&h->outcome, s->instead, (size_t)s->instead_size);
        at += s != NULL ? (size_t)s->size : 0;
        if (at < e->size)
            cm_buf_add(&h->outcome, (const char *)e->at + at, 1);
    }
    must(!h->outcome.failed);
    return &h->outcome;
}

void
host_unit(struct cm_buf *to, uint32_t unit, bool little)
{
    cm_buf_putc(to, (char)(little ? unit & 0xff : unit >> 8));
    cm_buf_putc(to, (char)(little ? unit >> 8 : unit & 0xff));
}

void
host_utf16(struct cm_buf *to, const char *text, bool little)
{
    host_unit(to, 0xfeff, little);
    for (; *text != '\0'; text++) {
        if (*text == '^')
            host_unit(to, 0xd83d, little);
        host_unit(to, *text == '^' ? 0xde00 : *text == '~' ? 0xe4 : (unsigned char)*text, little);
    }
}

bool
host_noted(const struct host *h, const char *line)
{
    const char *found = strstr(cm_buf_text(&h->notes), line);
    return found != NULL && (found == cm_buf_text(&h->notes) || found[-1] == '\n') &&
           found[strlen(line)] == '\n';
}

bool
host_doubted(const struct host *h, const char *part)
{
    return strstr(cm_buf_text(&h->doubts), part) != NULL;
}
