/* SPDX-License-Identifier: Apache-2.0
 *
 * An optional interface: files that the operator names by an option. They are read here, under the
 * rules of the configuration, and are evidence like an answer: judging never reads them again.
 */
#include "base/clock.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "plugin/call.h"
#include "plugin/options.h"

#include <inttypes.h>
#include <string.h>

#define USUAL_MOST ((size_t)4 << 20)
#define MOST       ((size_t)16 << 20)

static bool
is_file_option(const struct cm_plugin_host *host, const char *name)
{
    const struct cmk_option *option = cm_option_named(host->is.plugin->table->options, name);
    return option != NULL && (option->type & ~CMK_LIST) == CMK_FILE;
}

/* The path that the operator gave; NULL: none of that number. */
static const char *
path_of(const struct cm_plugin_host *host, const char *option, uint64_t index)
{
    const json_t *value = cm_json_get(host->is.options, option);
    if (!json_is_array(value))
        return index == 0 ? json_string_value(value) : NULL;
    return index < json_array_size(value) ? json_string_value(json_array_get(value, (size_t)index))
                                          : NULL;
}

/* What would be written into the evidence, for whoever may read that. */
static bool
may_be_kept(const struct cm_log *log, const struct cm_buf *content, struct cm_err *err)
{
    static const char mark[] = "PRIVATE KEY-----";
    const char *at = cm_buf_text(content), *end = at + content->size;
    if (content->size > 0 && memmem(at, content->size, mark, sizeof mark - 1) != NULL)
        return cm_fail(err, CM_E_DENIED,
                       "the file holds a secret key, and is not recorded for that reason");
    for (; at < end; at += strlen(at) + 1) /* NULs may stand between texts */
        if (cm_log_holds_secret(log, at))
            return cm_fail(err, CM_E_DENIED,
                           "the file holds a secret of ours, and is not recorded for that reason");
    return true;
}

/* Reads it into x->own; what is wrong is the document's reason. */
static bool
read_own(struct cm_call *call, struct cm_own_file *own, size_t most, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = -1;
    CM_CLEANUP(cm_buf_done) struct cm_buf content = CM_BUF_INIT(most);
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(2 * MOST);
    content.secret = true; /* until it is known that it is none */
    if (!cm_file_open_guarded(own->path, &fd, NULL, err) ||
        !cm_fd_read_all(fd, own->path, &content, err) ||
        !may_be_kept(call->host->is.log, &content, err))
        return false;
    cm_base64(&text, cm_buf_text(&content), content.size);
    json_t *value = text.failed ? NULL : json_string(cm_buf_text(&text));
    if (!cm_sha256(cm_buf_text(&content), content.size, own->sha256) ||
        cm_call_keep(call, value) == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    own->text = value;
    own->size = (int64_t)content.size;
    return true;
}

static struct cmk_exchange *
open_own(struct cmk_call *c, const char *option, uint64_t index, uint64_t most)
{
    struct cm_call *call = cm_call_of(c);
    if (cm_call_failed(c) || option == NULL)
        return cm_call_failed(c) ? NULL : cm_ask_nothing(call, NULL);
    if (!is_file_option(call->host, option)) {
        cm_call_failf(call, CM_E_INTERNAL, "'%s' is not an option of plug-in %s that names files",
                      option, call->host->is.plugin->id);
        return NULL;
    }
    struct cmk_exchange *x = cm_call_alloc(call, sizeof *x);
    if (x == NULL)
        return NULL;
    size_t limit = most == 0 ? USUAL_MOST : most < MOST ? (size_t)most : MOST;
    x->kind = CM_ASKED_OWN;
    x->own = (struct cm_own_file){
        .path = path_of(call->host, option, index), .at = cm_wall_now(), .size = -1};
    if (x->own.path == NULL)
        (void)cm_fail(&x->why, CM_E_NOT_FOUND, "option '%s' names no file of number %" PRIu64,
                      option, index);
    else if (!read_own(call, &x->own, limit, &x->why))
        (void)cm_context(&x->why, "option '%s'", option);
    return x;
}

const struct cmk_files cm_host_files = {
    .size = sizeof(struct cmk_files),
    .open = open_own,
};
