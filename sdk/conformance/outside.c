/* SPDX-License-Identifier: Apache-2.0 */
#include "outside.h"

#include "base/arena.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_BODY ((size_t)32 << 20)
#define MARK      "{\"withheld\":\"array\",\"empty\":true,\"count\":0}"
#define ELSEWHERE "https://elsewhere.invalid/"
#define DEEP      100

/* ---- bodies ---- */

/* Each value, or each text, replaced by that one. */
static json_t *
replaced(const json_t *value, const json_t *by, bool texts_only)
{
    const char *name;
    json_t *item, *copy;
    size_t index;
    if (json_is_object(value)) {
        copy = json_object();
        json_object_foreach((json_t *)(uintptr_t)value, name, item)
        {
            (void)json_object_set_new(copy, name, replaced(item, by, texts_only));
        }
        return copy;
    }
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, index, item)
        {
            (void)json_array_append_new(copy, replaced(item, by, texts_only));
        }
        return copy;
    }
    return json_deep_copy(texts_only && !json_is_string(value) ? value : by);
}

/* What is handed over, which may have NULs in it; .at NULL: it cannot be changed like that. */
struct text {
    const char *at;
    size_t size;
};

static struct text
text_of(const char *at)
{
    return (struct text){at, at != NULL ? strlen(at) : 0};
}

/* The honest answer with a value put in, or with all its values changed; NULL: it is no object. */
static const char *
changed(struct cf_outside *o, struct text honest, enum cf_body how)
{
    struct cm_err ignored = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    CM_CLEANUP(cm_json_done) json_t *put = NULL;
    CM_CLEANUP(cm_json_done) json_t *all = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(MOST_BODY);
    bool is_mark = how == CF_FORGED || how == CF_ALL_FORGED;
    if (!cm_json_parse(honest.at, honest.size, "answer", &value, &ignored) ||
        (how == CF_FORGED || how == CF_ECHO ? !json_is_object(value)
                                            : !json_is_object(value) && !json_is_array(value)))
        return NULL;
    put = is_mark ? json_loads(MARK, 0, NULL) : json_string(o->secret);
    if (how == CF_FORGED || how == CF_ECHO)
        (void)json_object_set(value, "conformance", put);
    else
        all = replaced(value, put, how == CF_ALL_ECHO);
    return cm_json_canonical(all != NULL ? all : value, &text)
               ? cm_arena_text(o->arena, cm_buf_text(&text))
               : NULL;
}

static const char *
twice(struct cf_outside *o, const char *honest)
{
    const char *brace = strchr(honest, '{');
    if (brace == NULL)
        return NULL;
    return cm_arena_printf(o->arena, "%.*s{\"conformance\":1,\"conformance\":2%s%s",
                           (int)(brace - honest), honest, brace[1] == '}' ? "" : ",", brace + 1);
}

static const char *
deep(struct cf_outside *o)
{
    char *text = cm_arena_alloc(o->arena, 2 * DEEP + 1);
    if (text != NULL) {
        memset(text, '[', DEEP);
        memset(text + DEEP, ']', DEEP);
    }
    return text;
}

static struct text
body_of(struct cf_outside *o, struct text honest, enum cf_body how)
{
    static const char *const fixed[] = {
        [CF_EMPTY] = "",       [CF_PAGE] = "<!DOCTYPE html><title>Sign in</title>",
        [CF_NOTHING] = "null", [CF_LIST] = "[]",
        [CF_NUMBER] = "7",     [CF_WORD] = "\"text\"",
        [CF_BARE] = "{}"};
    switch (how) {
    case CF_AS_IT_IS:
        return honest;
    case CF_HALF:
        return honest.size < 2 ? text_of(NULL)
                               : (struct text){cm_arena_bytes(o->arena, honest.at, honest.size / 2),
                                               honest.size / 2};
    case CF_TWICE:
        return text_of(strlen(honest.at) == honest.size ? twice(o, honest.at) : NULL);
    case CF_DEEP:
        return text_of(deep(o));
    case CF_FORGED:
    case CF_ALL_FORGED:
    case CF_ECHO:
    case CF_ALL_ECHO:
        return text_of(changed(o, honest, how));
    default:
        return text_of(fixed[how]);
    }
}

/* ---- HTTP ---- */

/* What is found in a body of another kind: nothing. */
static void
forget_matches(struct cm_exchange *x)
{
    for (size_t i = 0; i < x->match_count; i++)
        free(x->matches[i].text);
    x->match_count = 0;
}

static void
spoil(struct cf_outside *o, struct cm_exchange *x, const struct cm_http_ask *ask)
{
    const struct cf_fault *fault = o->fault;
    const struct fake_page *honest = o->fake.answers[o->asked];
    bool is_artifact = (ask->flags & CM_HTTP_ARTIFACT) != 0;
    bool is_so = fault->status != 0 && honest != NULL && fault->status == honest->status &&
                 fault->body == CF_AS_IT_IS;
    if (honest == NULL || is_so || (is_artifact && fault->body != CF_AS_IT_IS))
        return;
    struct text was = text_of(honest->body != NULL ? honest->body : "");
    was.size = honest->size != 0 ? honest->size : was.size;
    struct text body = body_of(o, was, fault->body);
    if (body.at == NULL || (is_artifact && (fault->flags & CF_MOVED) != 0))
        return;
    o->page = *honest;
    o->page.body = body.at;
    o->page.size = body.size;
    o->page.err = fault->err;
    o->page.status = fault->status != 0 ? fault->status : honest->status;
    o->page.never = (fault->flags & CF_NEVER) != 0;
    o->page.from = (fault->flags & CF_MOVED) != 0 ? ELSEWHERE : honest->from;
    o->fake.answers[o->asked] = &o->page;
    o->applied = true;
    if (fault->body == CF_AS_IT_IS)
        return;
    forget_matches(x);
    cm_buf_clear(&x->body);
    if (ask->find == NULL)
        cm_buf_add(&x->body, body.at, body.size);
}

static struct cm_exchange *
http(struct cm_outside *out, const struct cm_http_ask *ask)
{
    struct cf_outside *o = (struct cf_outside *)(void *)out;
    size_t index = out->asked_count;
    if (index == FAKE_MOST)
        return NULL;
    struct cm_exchange *x = fake_outside.http(out, ask);
    if (o->fault != NULL && o->source == CF_SYSTEM && index == o->asked)
        spoil(o, x, ask);
    return x;
}

static bool
wait(struct cm_outside *out, const bool *done)
{
    return !cf_now.cancelled && fake_outside.wait(out, done);
}

static bool
nap(struct cm_outside *out, int64_t ns)
{
    return !cf_now.cancelled && fake_outside.sleep(out, ns);
}

/* ---- git ---- */

static struct cm_git_answer *
git_file(struct cm_git_commit *c, const char *path, uint64_t most)
{
    struct cf_outside *o = (struct cf_outside *)(void *)c->out;
    size_t index = o->fake.file_count;
    struct cm_git_answer *answer = fake_outside.git_file(c, path, most);
    if (o->fault == NULL || o->source != CF_REPOSITORY || index != o->asked ||
        answer->err.class != CM_OK)
        return answer;
    json_decref(answer->content);
    answer->content = NULL;
    (void)cm_fail(&answer->err, o->fault->err, "the repository says %s",
                  cm_class_name(o->fault->err));
    o->applied = true;
    return answer;
}

/* ---- files of the operator ---- */

static const struct cf_own_file *
own_named(const struct cf_script *script, const char *path)
{
    for (size_t i = 0; i < script->own_count; i++)
        if (strcmp(script->own[i].path, path) == 0)
            return &script->own[i];
    return NULL;
}

/* A file of that content, in memory. */
static bool
open_text(const char *path, struct text text, int *ret_fd, struct cm_err *err)
{
    CM_CLEANUP(cm_fd_done) int fd = memfd_create("own", MFD_CLOEXEC);
    if (fd < 0 || (text.size > 0 && write(fd, text.at, text.size) != (ssize_t)text.size) ||
        lseek(fd, 0, SEEK_SET) != 0)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory for it", path);
    *ret_fd = fd;
    fd = -1;
    return true;
}

/* NOLINTBEGIN(*-reserved-identifier,cert-*): the names are the linker's */
bool __wrap_cm_file_open_guarded(const char *path, int *ret_fd, char **ret_path,
                                 struct cm_err *err);
bool __real_cm_file_open_guarded(const char *path, int *ret_fd, char **ret_path,
                                 struct cm_err *err);

/* Of the host's own reading all is as it is, but for where the file lies. */
bool
__wrap_cm_file_open_guarded(const char *path, int *ret_fd, char **ret_path, struct cm_err *err)
{
    if (cf_now.out == NULL || !cm_starts_with(path, CF_OWN_FOLDER))
        return __real_cm_file_open_guarded(path, ret_fd, ret_path, err);
    struct cf_outside *o = (struct cf_outside *)(void *)cf_now.out;
    const struct cf_own_file *own = own_named(o->script, path);
    size_t index = o->own_count++;
    if (own == NULL)
        return cm_fail(err, CM_E_NOT_FOUND, "%s: there is no such file", path);
    struct text text = {own->at, own->size};
    if (o->fault == NULL || o->source != CF_OPERATOR || index != o->asked)
        return open_text(path, text, ret_fd, err);
    struct text body = body_of(o, text, o->fault->body);
    o->applied = o->fault->err != CM_OK || body.at != NULL;
    if (o->fault->err != CM_OK)
        return cm_fail(err, o->fault->err, "%s: %s, says the system", path,
                       cm_class_name(o->fault->err));
    return open_text(path, body.at != NULL ? body : text, ret_fd, err);
}
/* NOLINTEND(*-reserved-identifier,cert-*) */

/* ---- the whole ---- */

void
cf_outside_begin(struct cf_outside *o, const struct cf_script *script)
{
    fake_begin(&o->fake, script->pages, script->files);
    o->signature = (struct cm_buf)CM_BUF_INIT(CM_CMS_MOST);
    o->script = script;
    /* the fake's, but for what can go wrong */
    o->table = fake_outside;
    o->table.http = http;
    o->table.wait = wait;
    o->table.sleep = nap;
    o->table.git_file = git_file;
}

void
cf_outside_done(struct cf_outside *o)
{
    fake_done(&o->fake);
    cm_buf_done(&o->signature);
}
