/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a call: begun for one hook, failed at most once, wiped behind it.
 */
#include "plugin/call.h"

#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

bool
cm_call_begin(struct cm_call *call, struct cm_plugin_host *host, struct cm_err *err)
{
    *call = (struct cm_call){
        .face = {.size = sizeof call->face,
                 .base = &cm_host_base,
                 .json = &cm_host_json,
                 .crypto = &cm_host_crypto,
                 .options = cm_value_of(host->is.options)},
        .host = host,
        .arena = cm_arena_new(CM_CALL_MOST),
        .values = json_array(),
    };
    if (call->arena != NULL && call->values != NULL)
        return true;
    cm_call_done(call);
    return cm_fail(err, CM_E_LIMIT, "out of memory");
}

void
cm_call_done(struct cm_call *call)
{
    cm_json_done(&call->values);
    cm_arena_done(&call->arena);
    explicit_bzero(call, sizeof *call);
}

struct cm_call *
cm_call_of(struct cmk_call *c)
{
    return (struct cm_call *)(void *)c;
}

bool
cm_call_failed(const struct cmk_call *c)
{
    return ((const struct cm_call *)(const void *)c)->failure.class != CM_OK;
}

void
cm_call_fail(struct cm_call *call, const struct cm_err *err)
{
    if (call->failure.class != CM_OK)
        return;
    bool tells = cm_log_holds_secret(call->host->is.log, err->text);
    (void)cm_fail(&call->failure, err->class != CM_OK ? err->class : CM_E_INTERNAL, "%s",
                  tells ? "[withheld: the reason holds a secret]" : err->text);
}

void
cm_call_failf(struct cm_call *call, enum cm_class class, const char *format, ...)
{
    char text[1000];
    struct cm_err err = CM_ERR_INIT;
    va_list args;
    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);
    (void)cm_fail(&err, class, "%s", text);
    cm_call_fail(call, &err);
}

void *
cm_call_alloc(struct cm_call *call, size_t size)
{
    void *at = call->failure.class == CM_OK ? cm_arena_alloc(call->arena, size) : NULL;
    if (at == NULL)
        cm_call_failf(call, CM_E_LIMIT, "plug-in %s wants more memory than a call may have",
                      call->host->is.plugin->id);
    return at;
}

const struct cmk_value *
cm_call_keep(struct cm_call *call, json_t *owned)
{
    if (json_array_append_new(call->values, owned) == 0)
        return cm_value_of(owned);
    cm_call_failf(call, CM_E_LIMIT, "out of memory");
    return NULL;
}

enum cm_class
cm_class_of_status(int32_t status)
{
    return status <= CMK_E_CONFIG && status >= CMK_E_INTERNAL ? (enum cm_class)status
                                                              : CM_E_INTERNAL;
}

bool
cm_call_result(struct cm_call *call, const char *hook, int32_t status, struct cm_err *err)
{
    if (status != CMK_OK)
        cm_call_failf(call, cm_class_of_status(status), "hook %s of plug-in %s ended with %s", hook,
                      call->host->is.plugin->id, cm_class_name(cm_class_of_status(status)));
    if (call->failure.class == CM_OK)
        return true;
    *err = call->failure;
    return false;
}

/* ---- texts ---- */

const char *
cm_clean_text(struct cm_arena *arena, const char *text, size_t size, size_t most)
{
    char *clean = cm_arena_alloc(arena, (size < most ? size : most) + sizeof "...");
    size_t used = 0;
    for (size_t at = 0; clean != NULL && at < size;) {
        uint32_t code;
        size_t step = cm_utf8_next(text + at, size - at, &code);
        if (used + (step > 0 ? step : 1) > most) {
            memcpy(clean + used, "...", sizeof "...");
            return clean;
        }
        if (step == 0)
            clean[used++] = '?';
        else
            memcpy(clean + used, text + at, step);
        used += step;
        at += step > 0 ? step : 1;
    }
    return clean;
}

bool
cm_text_list_add(struct cm_text_list *list, struct cm_arena *arena, const char *text)
{
    for (const struct cm_text_item *i = list->first; i != NULL; i = i->next)
        if (strcmp(i->text, text) == 0)
            return true;
    struct cm_text_item *item = cm_arena_alloc(arena, sizeof *item);
    const char *copy = cm_arena_text(arena, text);
    if (item == NULL || copy == NULL)
        return false;
    item->text = copy;
    *(list->first != NULL ? list->end : &list->first) = item;
    list->end = &item->next;
    list->count++;
    return true;
}

const char *const *
cm_text_list_copy(const struct cm_text_list *list, struct cm_arena *arena)
{
    const char **copy = cm_arena_alloc(arena, (list->count + 1) * sizeof *copy);
    size_t count = 0;
    for (const struct cm_text_item *i = list->first; copy != NULL && i != NULL; i = i->next)
        copy[count++] = cm_arena_text(arena, i->text);
    return copy;
}
