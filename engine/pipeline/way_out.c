/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/way_out.h"

#include "base/json.h"
#include "plugin/options.h"
#include "trust/secret.h"
#include "trust/url.h"

#include <countermark/plugin.h>

#define ARENA_MOST ((size_t)4 << 20)

void
cm_way_out_done(struct cm_way_out *way)
{
    cm_buf_done(&way->password);
    way->arena = cm_arena_free(way->arena);
}

/* ---- the password ---- */

static bool
read_password(struct cm_way_out *way, struct cm_log *log, struct cm_err *err)
{
    const struct cm_proxy *proxy = way->proxy;
    CM_CLEANUP(cm_buf_done)
    struct cm_buf both = {.most = SIZE_MAX / 2, .secret = true};
    if (proxy->user == NULL)
        return true;
    if (!cm_secret_read(proxy->password, &way->password, err))
        return cm_context(err, "the password of `proxy`");
    cm_log_withhold(log, cm_buf_text(&way->password));
    cm_buf_printf(&both, "%s:%s", proxy->user, cm_buf_text(&way->password));
    cm_log_withhold_basic(log, &both);
    return !both.failed || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- the hosts ---- */

struct list {
    struct cm_arena *arena;
    const char **at;
    size_t count;
};

/* What is no URL names no host. */
static void
add_host(struct list *list, const char *text)
{
    char room[CM_URL_HOST_SIZE], host[CM_URL_HOST_SIZE];
    struct cm_err ignored = CM_ERR_INIT;
    struct cm_url url;
    if (text == NULL || !cm_url_parse_origin(text, room, &url, &ignored))
        return;
    cm_url_host(&url, host);
    const char *copy = cm_arena_text(list->arena, host);
    if (copy != NULL)
        list->at[list->count++] = copy;
}

static void
add_option(struct list *list, const json_t *value)
{
    size_t index;
    json_t *item;
    add_host(list, json_string_value(value));
    json_array_foreach(value, index, item)
    {
        add_host(list, json_string_value(item));
    }
}

/* How many hosts may come of it. */
static size_t
most_of(const struct cm_admitted *a, const json_t *options)
{
    size_t most = a->trust->host_count + a->project->repository_count;
    for (const struct cmk_option *o = a->plugin->table->options; o != NULL && o->name; o++)
        most += cm_option_is_url(o) ? 1 + json_array_size(cm_json_get(options, o->name)) : 0;
    return most;
}

static bool
list_hosts(struct cm_way_out *way, const struct cm_admitted *a, struct cm_err *err)
{
    const json_t *options = cm_json_get(a->effective, "options");
    size_t most = most_of(a, options);
    struct list list = {way->arena, cm_arena_alloc(way->arena, (most + 1) * sizeof *list.at), 0};
    if (list.at == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (size_t i = 0; i < a->trust->host_count; i++)
        list.at[list.count++] = a->trust->hosts[i].name;
    for (size_t i = 0; i < a->project->repository_count; i++)
        add_host(&list, a->project->repositories[i].url);
    for (const struct cmk_option *o = a->plugin->table->options; o != NULL && o->name; o++)
        if (cm_option_is_url(o))
            add_option(&list, cm_json_get(options, o->name));
    way->named = (struct cm_words){.at = list.at, .count = list.count};
    return true;
}

/* With the proxy, and nothing named yet. */
static bool
begin(const struct cm_trust *trust, struct cm_log *log, struct cm_way_out *way, struct cm_err *err)
{
    *way = (struct cm_way_out){
        .proxy = trust->proxy,
        .password = {.most = SIZE_MAX / 2, .secret = true},
    };
    if (way->proxy == NULL)
        return true;
    way->arena = cm_arena_new(ARENA_MOST);
    if (way->arena == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    return read_password(way, log, err);
}

bool
cm_way_out_find(const struct cm_admitted *a, struct cm_log *log, struct cm_way_out *ret,
                struct cm_err *err)
{
    CM_CLEANUP(cm_way_out_done) struct cm_way_out way = {.arena = NULL};
    if (!begin(a->trust, log, &way, err) || (way.proxy != NULL && !list_hosts(&way, a, err)))
        return false;
    *ret = way;
    way = (struct cm_way_out){.arena = NULL};
    return true;
}

bool
cm_way_out_to(const struct cm_trust *trust, const char *url, struct cm_log *log,
              struct cm_way_out *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_way_out_done) struct cm_way_out way = {.arena = NULL};
    if (!begin(trust, log, &way, err))
        return false;
    if (way.proxy != NULL) {
        struct list list = {way.arena, cm_arena_alloc(way.arena, 2 * sizeof *list.at), 0};
        if (list.at == NULL)
            return cm_fail(err, CM_E_LIMIT, "out of memory");
        add_host(&list, url);
        way.named = (struct cm_words){.at = list.at, .count = list.count};
    }
    *ret = way;
    way = (struct cm_way_out){.arena = NULL};
    return true;
}
