/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents, as collecting leaves them.
 */
#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/scrub.h"
#include "plugin/call.h"
#include "trust/url.h"

#include <string.h>

/* What became of one exchange. */
struct finding {
    struct cm_document facts;
    json_t *content; /* owned; NULL: none was kept */
    struct cm_err why;
    const char *cause;
    bool whole; /* nothing was withheld */
};

static void
finding_done(struct finding *finding)
{
    cm_json_done(&finding->content);
}

/* ---- the evidence ---- */

static bool
holds_secret(const struct cm_log *log, const json_t *json)
{
    const char *name;
    json_t *value;
    size_t index;
    if (cm_log_holds_secret(log, json_string_value(json)))
        return true;
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        if (cm_log_holds_secret(log, name) || holds_secret(log, value))
            return true;
    }
    json_array_foreach(json, index, value)
    {
        if (holds_secret(log, value))
            return true;
    }
    return false;
}

/* Why the document is not had, in words that may be written down: a server can repeat what it was
 * sent, as an answer, as an address that it sends us to, or as its complaint. NULL: it is had. */
static const struct cm_err *
tellable(const struct cm_log *log, const struct cm_document *facts, const json_t *content,
         const struct cm_err *error, struct cm_err *told)
{
    if (error != NULL && cm_log_holds_secret(log, error->text))
        (void)cm_fail(told, error->class, "the reason is withheld, as it repeats a secret of ours");
    else if (cm_log_holds_secret(log, facts->asked))
        (void)cm_fail(told, CM_E_MALFORMED,
                      "it was had from an address that holds a secret of ours");
    else if (content != NULL && holds_secret(log, content))
        (void)cm_fail(told, CM_E_MALFORMED,
                      "the answer repeats a secret of ours, and is not recorded for that reason");
    else
        return error;
    return told;
}

/* Every document but the submitted file's passes here. */
bool
cm_host_add(struct cm_plugin_host *host, const char *name, const struct cm_document *facts,
            json_t *content, const struct cm_err *error, const char *cause, struct cm_err *err)
{
    struct cm_err told = CM_ERR_INIT;
    struct cm_document known = *facts;
    const char *copy = cm_arena_text(host->arena, name);
    if (copy == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    const struct cm_err *why = tellable(host->is.log, facts, content, error, &told);
    if (cm_log_holds_secret(host->is.log, known.asked))
        known.asked = NULL;
    if (!cm_evidence_add(host->is.evidence, name, &known, content, why, cause, err))
        return false;
    if (why != NULL && host->missing == NULL) {
        host->missing = copy;
        host->why_missing = *why;
    }
    return true;
}

static bool
remember_name(struct cm_plugin_host *host, struct cm_named **list, const char *name, int fd)
{
    struct cm_named *one = cm_arena_alloc(host->arena, sizeof *one);
    const char *copy = cm_arena_text(host->arena, name);
    if (one == NULL || copy == NULL)
        return false;
    *one = (struct cm_named){*list, copy, fd};
    *list = one;
    return true;
}

static bool
is_remembered(const struct cm_named *list, const char *name)
{
    for (; list != NULL; list = list->next)
        if (strcmp(list->name, name) == 0)
            return true;
    return false;
}

/* ---- what an answer is worth ---- */

static bool
judge_status(const struct cmk_exchange *x, struct cm_err *err)
{
    int status = x->http->status;
    if (status == 200)
        return true;
    if ((status == 401 || status == 403) && x->secret != NULL)
        return cm_fail(err, CM_E_AUTH, "answered %d: the secret of option '%s' was refused", status,
                       x->secret);
    if (status == 401 || status == 403)
        return cm_fail(err, CM_E_AUTH, "answered %d to a question without credentials", status);
    if (status == 404 || status == 410)
        return cm_fail(err, CM_E_NOT_FOUND, "answered %d: there is no such thing", status);
    if (status == 429 || status >= 500)
        return cm_fail(err, CM_E_TRANSIENT, "answered %d", status);
    return cm_fail(err, CM_E_MALFORMED, "answered %d, which is no answer to this question", status);
}

/* { "matches": [ { "offset", "text" } ], "size" }. A text ends with its line: what the next one
 * says was not looked for, and may be anything. */
static json_t *
list_matches(struct cm_arena *arena, const struct cm_exchange *answer)
{
    json_t *list = json_array(), *content = json_object();
    bool ok = list != NULL && content != NULL;
    for (size_t i = 0; ok && i < answer->match_count; i++) {
        const char *raw = answer->matches[i].text;
        const char *text = cm_clean_text(arena, raw, strcspn(raw, "\r\n"), CM_TEXT_MOST);
        json_t *match = json_object();
        ok = match != NULL && text != NULL;
        cm_json_set_int(match, "offset", (int64_t)answer->matches[i].offset, &ok);
        cm_json_set_text(match, "text", text, &ok);
        ok = json_array_append_new(list, match) == 0 && ok;
    }
    cm_json_set(content, "matches", list, &ok);
    cm_json_set_int(content, "size", (int64_t)answer->size, &ok);
    if (ok)
        return content;
    json_decref(content);
    return NULL;
}

/* A file may lie elsewhere; what the system says, it says at its own address. */
static bool
is_of_origin(struct cm_call *call, const struct cmk_exchange *x, struct cm_err *err)
{
    struct cm_url asked, from;
    if (x->http->final_url == NULL)
        return true;
    if (!cm_url_parse(call->arena, x->asked, &asked, err) ||
        !cm_url_parse(call->arena, x->http->final_url, &from, err))
        return false;
    const char *origin = cm_url_origin(call->arena, &from);
    return cm_url_same_origin(&asked, &from) ||
           cm_fail(err, CM_E_DENIED, "answered by %s, to which it was redirected",
                   origin != NULL ? origin : "another origin");
}

static bool
read_content(struct cm_call *call, struct cmk_exchange *x, const char *name, json_t **ret,
             struct cm_err *err)
{
    if (!x->find) {
        if (!is_of_origin(call, x, err) || !cm_http_read(call, x, name, err))
            return false;
        *ret = json_incref(x->json);
        return true;
    }
    *ret = list_matches(call->arena, x->http);
    return *ret != NULL || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
keep_content(struct cm_call *call, struct cmk_exchange *x, const char *name,
             const char *const *keep, struct finding *f)
{
    CM_CLEANUP(cm_json_done) json_t *read = NULL;
    bool withheld = true;
    if (!read_content(call, x, name, &read, &f->why) ||
        !cm_scrub(read, keep, &f->content, &withheld, &f->why))
        return false;
    if (holds_secret(call->host->is.log, f->content)) {
        cm_json_done(&f->content);
        return cm_fail(&f->why, CM_E_MALFORMED,
                       "the answer repeats a secret of ours, and is not recorded for that reason");
    }
    f->whole = !withheld && !x->find && !x->told;
    return true;
}

/* ---- of what digest ---- */

/* A short secret can be guessed back from a plain digest of what was withheld. An HMAC of the
 * digest, under a key that nobody has afterwards, is still enough to compare two readings. */
static bool
cover_digest(struct cm_call *call, struct finding *f, const char *sha256)
{
    char *hex = cm_call_alloc(call, CM_SHA256_HEX);
    if (hex == NULL || *sha256 == '\0')
        return hex != NULL;
    if (f->whole || f->facts.artifact) {
        memcpy(hex, sha256, CM_SHA256_HEX);
        f->facts.sha256 = hex;
        return true;
    }
    f->facts.hmac = hex;
    return cm_hmac_sha256(call->host->key, sizeof call->host->key, sha256, strlen(sha256), hex);
}

/* ---- the kinds of exchanges ---- */

static bool
had_http(struct cm_call *call, struct cmk_exchange *x, const char *name, const char *const *keep,
         struct finding *f)
{
    if (!x->http->done)
        return cm_fail(&f->why, CM_E_CANCELLED, "there was no time left for the answer");
    if (x->http->err.class != CM_OK)
        return cm_fail(&f->why, x->http->err.class, "%s", x->http->err.text);
    if (!judge_status(x, &f->why))
        return false;
    if (x->artifact) {
        if (x->http->artifact < 0 || *x->http->sha256 == '\0')
            return cm_fail(&f->why, CM_E_INTERNAL, "the artifact was not staged");
        f->facts.artifact = true;
        return true;
    }
    return keep == NULL || keep_content(call, x, name, keep, f);
}

static const char *
header_of(const struct cm_exchange *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (cm_ascii_equal_fold(answer->headers[i].name, name))
            return answer->headers[i].value;
    return NULL;
}

/* The system's own clock: not that of a place that it sent us to, nor of a copy that lay somewhere.
 */
static int64_t
date_of(const struct cm_exchange *answer)
{
    int64_t date = 0;
    if (answer->redirects > 0 || header_of(answer, "age") != NULL ||
        !cm_parse_http_date(header_of(answer, "date"), &date))
        return 0;
    return date;
}

static bool
look_at_http(struct cm_call *call, struct cmk_exchange *x, const char *name,
             const char *const *keep, struct finding *f)
{
    bool answered = cm_http_wait(call, x);
    const struct cm_exchange *http = x->http;
    const char *url = http->done && http->url != NULL ? http->url : x->asked;
    f->facts = (struct cm_document){
        .of = CM_OF_SYSTEM,
        .asked = cm_arena_printf(call->arena, "GET %s", url),
        .at = http->done ? http->answered_at : 0,
        .date = answered ? date_of(http) : 0,
        .credential = http->done ? http->with_credential : x->secret != NULL,
        .proxy = http->done && http->through_proxy,
        .status = answered ? http->status : 0,
        .size = answered ? (int64_t)http->size : -1,
    };
    bool had = had_http(call, x, name, keep, f);
    if (answered && !cover_digest(call, f, http->sha256))
        cm_call_failf(call, CM_E_INTERNAL, "a digest cannot be made");
    f->facts.artifact = x->artifact; /* also of one that was not had: it is known what is missing */
    return had;
}

static bool
keeps_all(const char *const *keep)
{
    return keep[0] != NULL && strcmp(keep[0], "**") == 0 && keep[1] == NULL;
}

static bool
keep_file(struct cm_call *call, const json_t *text, const char *const *keep, struct finding *f)
{
    char sha256[CM_SHA256_HEX] = "";
    const char *at = json_string_value(text);
    size_t size = json_string_length(text);
    if (at == NULL)
        return cm_fail(&f->why, CM_E_INTERNAL, "the repository's answer has no text");
    if (keep != NULL && holds_secret(call->host->is.log, text))
        return cm_fail(&f->why, CM_E_MALFORMED,
                       "the file holds a secret of ours, and is not recorded for that reason");
    f->facts.size = (int64_t)size;
    f->whole = keep != NULL;
    f->content = keep != NULL ? json_incref((json_t *)(uintptr_t)text) : NULL;
    return (cm_sha256(at, size, sha256) && cover_digest(call, f, sha256)) ||
           cm_fail(&f->why, CM_E_INTERNAL, "a digest cannot be made");
}

static bool
look_at_file(struct cm_call *call, struct cmk_exchange *x, const char *const *keep,
             struct finding *f)
{
    const struct cm_git_answer *answer = x->file;
    bool had = cm_git_wait(call->host, answer, &f->why);
    f->facts = (struct cm_document){
        .of = CM_OF_REPOSITORY,
        .asked = answer->done ? answer->asked : NULL,
        .at = answer->done ? answer->answered_at : 0,
        .credential = call->host->git.with_token,
        .proxy = cm_git_went_through_proxy(call->host),
        .size = -1,
    };
    return had && keep_file(call, cm_json_get(answer->content, "text"), keep, f);
}

/* Read before, when it was asked for. */
static bool
look_at_own(struct cm_call *call, struct cmk_exchange *x, const char *const *keep,
            struct finding *f)
{
    const struct cm_own_file *own = &x->own;
    f->facts = (struct cm_document){
        .of = CM_OF_OPERATOR,
        .asked = own->path != NULL ? cm_arena_printf(call->arena, "read %s", own->path) : NULL,
        .at = own->at,
        .size = own->size,
    };
    f->why = x->why;
    if (own->text == NULL)
        return false;
    f->whole = keep != NULL;
    f->content = keep != NULL ? json_incref(own->text) : NULL;
    return cover_digest(call, f, own->sha256) ||
           cm_fail(&f->why, CM_E_INTERNAL, "a digest cannot be made");
}

static bool
look_at(struct cm_call *call, struct cmk_exchange *x, const char *name, const char *const *keep,
        struct finding *f)
{
    if (x->kind == CM_ASKED_HTTP)
        return look_at_http(call, x, name, keep, f);
    if (x->kind == CM_ASKED_FILE)
        return look_at_file(call, x, keep, f);
    if (x->kind == CM_ASKED_OWN)
        return look_at_own(call, x, keep, f);
    f->facts = (struct cm_document){.of = CM_OF_SYSTEM, .size = -1};
    f->why = x->why;
    f->cause = x->cause;
    return false;
}

/* ---- the services ---- */

static bool
is_of_engine(const char *name)
{
    return cm_starts_with(name, "repository-") || strcmp(name, "submitted") == 0 ||
           strcmp(name, "peer") == 0;
}

/* Is it kept in a way that its kind is not? Files are whole or not there at all. */
static bool
keeps_wrongly(const struct cmk_exchange *x, const char *const *keep)
{
    bool is_file = x->kind == CM_ASKED_FILE || x->kind == CM_ASKED_OWN;
    return x->kind == CM_ASKED_COMMIT || (is_file && keep != NULL && !keeps_all(keep));
}

/* Guards of recording. A question that was never asked may come after the plug-in said itself why
 * there is no such document: that is no second one. */
static bool
may_record(struct cm_call *call, const char *name, const struct cmk_exchange *x,
           const char *const *keep)
{
    const char *id = call->host->is.plugin->id;
    if (name == NULL || is_of_engine(name)) {
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s records '%s', which is the engine's name",
                      id, name != NULL ? name : "");
        return false;
    }
    if (x != NULL && keeps_wrongly(x, keep)) {
        cm_call_failf(call, CM_E_INTERNAL,
                      "plug-in %s records '%s': of a repository files are recorded, each as one "
                      "text",
                      id, name);
        return false;
    }
    if (cm_evidence_document(call->host->is.evidence, name) == NULL)
        return true;
    if ((x != NULL && !x->blank) || !is_remembered(call->host->absent, name))
        cm_call_failf(call, CM_E_INTERNAL, "plug-in %s records '%s' twice", id, name);
    return false;
}

static const struct cmk_value *
exchange(struct cmk_call *c, const char *name, struct cmk_exchange *x, const char *const *keep)
{
    struct cm_call *call = cm_call_of(c);
    struct cm_plugin_host *host = call->host;
    CM_CLEANUP(finding_done) struct finding f = {.content = NULL};
    struct cm_err err = CM_ERR_INIT;
    if (cm_call_failed(c) || !may_record(call, name, x, keep))
        return NULL;
    if (x == NULL)
        x = cm_ask_nothing(call, NULL);
    if (x == NULL)
        return NULL;
    bool had = look_at(call, x, name, keep, &f);
    if (cm_call_failed(c))
        return NULL;
    if (!cm_host_add(host, name, &f.facts, f.content, had ? NULL : &f.why, f.cause, &err)) {
        cm_call_fail(call, &err);
        return NULL;
    }
    if (had && x->artifact && !remember_name(host, &host->artifacts, name, x->http->artifact)) {
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
        return NULL;
    }
    return cm_value_of(cm_json_get(cm_evidence_document(host->is.evidence, name), "content"));
}

static void
absent(struct cmk_call *c, const char *name, int32_t status, const char *why)
{
    struct cm_call *call = cm_call_of(c);
    struct cm_plugin_host *host = call->host;
    static const struct cm_document facts = {.of = CM_OF_SYSTEM, .size = -1};
    struct cm_err err = CM_ERR_INIT, reason = CM_ERR_INIT;
    if (cm_call_failed(c) ||
        (name != NULL && cm_evidence_document(host->is.evidence, name) != NULL))
        return;
    if (!may_record(call, name, NULL, NULL))
        return;
    bool tells = cm_log_holds_secret(host->is.log, why);
    (void)cm_fail(&reason, cm_class_of_status(status), "%s",
                  tells         ? "[withheld: the reason holds a secret]"
                  : why != NULL ? why
                                : "no reason was given");
    if (!cm_host_add(host, name, &facts, NULL, &reason, NULL, &err))
        cm_call_fail(call, &err);
    else if (!remember_name(host, &host->absent, name, -1))
        cm_call_failf(call, CM_E_LIMIT, "out of memory");
}

const struct cmk_record cm_host_record = {
    .size = sizeof(struct cmk_record),
    .exchange = exchange,
    .absent = absent,
};

int
cm_host_artifact(const struct cm_plugin_host *host, const char *document)
{
    for (const struct cm_named *n = host->artifacts; n != NULL && document != NULL; n = n->next)
        if (strcmp(n->name, document) == 0)
            return n->fd;
    return -1;
}
