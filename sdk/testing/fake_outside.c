/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_outside.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BODY_MOST ((size_t)16 << 20)

/* A test that goes on after its stage has broken down would say anything. */
#define must(condition) ((condition) ? (void)0 : broken(__LINE__, #condition))

_Noreturn static void
broken(int line, const char *condition)
{
    (void)fprintf(stderr, "fake_outside.c:%d: it does not hold that %s\n", line, condition);
    abort();
}

static char *
copy(const char *text)
{
    char *c = text != NULL ? strdup(text) : NULL;
    must(text == NULL || c != NULL);
    return c;
}

void
fake_begin(struct cm_outside *out, const struct fake_page *pages, const struct fake_file *files)
{
    *out = (struct cm_outside){.pages = pages, .files = files};
    out->repository.out = out->commit.out = out;
}

static void
answer_done(struct cm_git_answer *answer)
{
    json_decref(answer->content);
    answer->content = NULL;
}

void
fake_done(struct cm_outside *out)
{
    for (size_t i = 0; i < out->asked_count; i++) {
        struct cm_exchange *x = &out->exchanges[i];
        struct fake_asked *a = &out->asked[i];
        free(a->url);
        free(a->bearer);
        free(a->basic);
        free(a->header);
        cm_buf_done(&x->body);
        if (x->artifact > 0)
            close(x->artifact);
        for (size_t m = 0; m < x->match_count; m++)
            free(x->matches[m].text);
        free(x->matches);
    }
    free(out->opened);
    free(out->token);
    free(out->prefixes);
    free(out->ref);
    free(out->id);
    free(out->branches);
    answer_done(&out->probe);
    answer_done(&out->refs);
    answer_done(&out->exists);
    answer_done(&out->on_ref);
    answer_done(&out->on_branches);
    answer_done(&out->submodules);
    for (size_t i = 0; i < out->file_count; i++)
        answer_done(&out->file_answers[i]);
}

/* ---- HTTP ---- */

static const struct fake_page *
find_page(struct cm_outside *out, const char *url)
{
    const struct fake_page *last = NULL;
    for (size_t i = 0; out->pages != NULL && out->pages[i].url != NULL; i++) {
        if (strcmp(out->pages[i].url, url) != 0)
            continue;
        last = &out->pages[i];
        if (out->used[i])
            continue;
        out->used[i] = true;
        break;
    }
    return last;
}

static size_t
size_of(const struct fake_page *page)
{
    if (page == NULL || page->body == NULL)
        return 0;
    return page->size != 0 ? page->size : strlen(page->body);
}

static void
find_matches(struct cm_exchange *x, const struct cm_http_ask *ask, const char *body)
{
    size_t count = 0;
    for (const char *at = body; (at = strstr(at, ask->find)) != NULL; at++)
        count++;
    x->matches = calloc(count + 1, sizeof *x->matches);
    must(x->matches != NULL);
    for (const char *at = body; (at = strstr(at, ask->find)) != NULL; at++) {
        char *text = strndup(at, strlen(ask->find) + ask->find_after);
        must(text != NULL);
        x->matches[x->match_count].offset = (uint64_t)(at - body);
        x->matches[x->match_count++].text = text;
    }
}

static void
stage(struct cm_exchange *x, const char *body, size_t size)
{
    x->artifact = memfd_create("artifact", MFD_CLOEXEC);
    must(x->artifact >= 0 && write(x->artifact, body, size) == (ssize_t)size);
    must(lseek(x->artifact, 0, SEEK_SET) == 0);
}

static struct cm_exchange *
http(struct cm_outside *out, const struct cm_http_ask *ask)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf url = CM_BUF_INIT(1 << 20);
    size_t index = out->asked_count++;
    must(index < FAKE_MOST);
    struct cm_exchange *x = &out->exchanges[index];
    cm_buf_puts(&url, ask->url);
    for (size_t i = 0; i < ask->query_count; i++)
        cm_buf_printf(&url, "%c%s=%s", i == 0 ? '?' : '&', ask->query[i].name, ask->query[i].value);
    must(!url.failed);
    char header[256] = "";
    if (ask->header_count > 0)
        (void)snprintf(header, sizeof header, "%s: %s", ask->headers[0].name,
                       ask->headers[0].value);
    out->asked[index] = (struct fake_asked){copy(cm_buf_text(&url)),
                                            copy(ask->bearer),
                                            copy(ask->basic),
                                            copy(header),
                                            ask->peer,
                                            ask->flags,
                                            ask->most};
    const struct fake_page *page = find_page(out, cm_buf_text(&url));
    const char *body = page != NULL && page->body != NULL ? page->body : "";
    out->answers[index] = page;
    *x = (struct cm_exchange){.artifact = -1, .body = CM_BUF_INIT(BODY_MOST)};
    if (page != NULL && ask->find != NULL)
        find_matches(x, ask, body);
    else if (page != NULL && (ask->flags & CM_HTTP_ARTIFACT) != 0)
        stage(x, body, size_of(page));
    else
        cm_buf_add(&x->body, body, size_of(page));
    must(!x->body.failed);
    x->url = out->asked[index].url;
    x->with_credential = ask->bearer != NULL || ask->basic != NULL;
    return x;
}

static void
add_header(struct cm_outside *out, size_t index, const char *name, const char *value)
{
    struct cm_exchange *x = &out->exchanges[index];
    if (value != NULL)
        out->headers[index][x->header_count++] = (struct cm_field){name, value};
}

static void
answer(struct cm_outside *out, size_t index)
{
    static const struct fake_page nothing = {.url = "", .status = 404};
    const struct fake_page *page = out->answers[index] != NULL ? out->answers[index] : &nothing;
    struct cm_exchange *x = &out->exchanges[index];
    const char *body = page->body != NULL ? page->body : "";
    x->done = true;
    x->asked_at = FAKE_TIME;
    x->answered_at = FAKE_TIME + (int64_t)index;
    if (page->err != CM_OK) {
        (void)cm_fail(&x->err, page->err, "the fake says %s", cm_class_name(page->err));
        return;
    }
    x->status = page->status != 0 ? page->status : 200;
    x->size = size_of(page);
    x->final_url = page->from;
    x->redirects = page->from != NULL;
    must(cm_sha256(body, size_of(page), x->sha256));
    if (page->field_count > 0) {
        x->headers = (struct cm_field *)(uintptr_t)page->fields;
        x->header_count = page->field_count;
        return;
    }
    x->headers = out->headers[index];
    add_header(out, index, "server", page->server);
    add_header(out, index, "date", page->date);
    add_header(out, index, "age", page->age);
}

static void
hand_over(struct cm_git_answer *answer, const bool *done)
{
    answer->done = answer->done || &answer->done == done;
}

static bool
wait(struct cm_outside *out, const bool *done)
{
    out->waits++;
    must(!*done);
    for (size_t i = 0; i < out->asked_count; i++) {
        if (&out->exchanges[i].done != done)
            continue;
        if (out->answers[i] != NULL && out->answers[i]->never)
            return false;
        answer(out, i);
        return true;
    }
    /* of git's answers: hand-over is all that is left to do */
    hand_over(&out->probe, done);
    hand_over(&out->refs, done);
    hand_over(&out->exists, done);
    hand_over(&out->on_ref, done);
    hand_over(&out->on_branches, done);
    hand_over(&out->submodules, done);
    for (size_t i = 0; i < out->file_count; i++)
        hand_over(&out->file_answers[i], done);
    must(*done);
    return true;
}

static bool
nap(struct cm_outside *out, int64_t ns)
{
    if (out->patience != 0 && out->slept + ns > out->patience)
        return false;
    out->slept += ns;
    return true;
}

/* ---- git ---- */

static char *
join(const char *const *texts, size_t count)
{
    char joined[1024] = "";
    for (size_t i = 0; i < count; i++)
        (void)snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s",
                       i > 0 ? " " : "", texts[i]);
    return copy(joined);
}

static struct cm_git_answer
prepared(enum cm_class err, const char *asked, json_t *content)
{
    struct cm_git_answer a = {.asked = asked, .asked_at = FAKE_TIME, .answered_at = FAKE_TIME};
    if (err != CM_OK) {
        (void)cm_fail(&a.err, err, "the fake repository says %s", cm_class_name(err));
        json_decref(content);
        return a;
    }
    must(content != NULL);
    a.content = content;
    return a;
}

static struct cm_git_repository *
git_open(struct cm_outside *out, const struct cm_git_ask *ask)
{
    out->opens++;
    must(out->opened == NULL);
    out->opened = copy(ask->url);
    out->token = copy(ask->token);
    out->git_peer = ask->peer;
    out->prefixes = join(ask->prefixes, ask->prefix_count);
    out->probe = prepared(CM_OK, "GET info/refs", json_pack("{s:s}", "url", ask->url));
    out->refs =
        prepared(CM_OK, "ls-refs", json_pack("{s:b, s:[]}", "anonymous", !ask->token, "refs"));
    return &out->repository;
}

static bool
git_through_proxy(const struct cm_git_repository *r)
{
    return r->out->through_proxy;
}

static struct cm_git_answer *
git_probe(struct cm_git_repository *r)
{
    return &r->out->probe;
}

static struct cm_git_answer *
git_refs(struct cm_git_repository *r)
{
    return &r->out->refs;
}

static struct cm_git_commit *
git_commit(struct cm_git_repository *r, const char *ref, const char *commit)
{
    struct cm_outside *out = r->out;
    out->commits++;
    must(out->ref == NULL);
    out->ref = copy(ref);
    out->id = copy(commit);
    out->exists = prepared(out->commit_err, "fetch", json_pack("{s:s}", "commit", commit));
    out->on_ref = prepared(out->commit_err, "fetch", json_pack("{s:s}", "ref", ref));
    return &out->commit;
}

static struct cm_git_answer *
git_exists(struct cm_git_commit *c)
{
    return &c->out->exists;
}

static struct cm_git_answer *
git_on_ref(struct cm_git_commit *c)
{
    return &c->out->on_ref;
}

static struct cm_git_answer *
git_on_branches(struct cm_git_commit *c, const char *const *patterns, size_t count)
{
    must(c->out->branches == NULL);
    c->out->branches = join(patterns, count);
    c->out->on_branches = prepared(CM_OK, "fetch", json_pack("{s:s}", "branches", "some"));
    return &c->out->on_branches;
}

static struct cm_git_answer *
git_file(struct cm_git_commit *c, const char *path, uint64_t most)
{
    struct cm_outside *out = c->out;
    struct cm_git_answer *a = &out->file_answers[out->file_count++];
    (void)most;
    must(out->file_count <= 8);
    *a = prepared(CM_E_NOT_FOUND, "fetch", NULL);
    for (const struct fake_file *f = out->files; f != NULL && f->path != NULL; f++)
        if (strcmp(f->path, path) == 0)
            *a = prepared(f->err, "fetch",
                          f->text != NULL ? json_pack("{s:s, s:s, s:s}", "path", path, "blob", "00",
                                                      "text", f->text)
                                          : NULL);
    return a;
}

static struct cm_git_answer *
git_submodules(struct cm_git_commit *c)
{
    struct cm_outside *out = c->out;
    out->submodule_asks++;
    out->submodules = prepared(out->submodules_err, "submodules",
                               json_pack("{s:s, s:[]}", "commit", out->id, "submodules"));
    return &out->submodules;
}

const struct cm_outside_table fake_outside = {
    .version = CM_OUTSIDE_VERSION,
    .build = CM_VERSION,
    .http = http,
    .wait = wait,
    .sleep = nap,
    .git_open = git_open,
    .git_through_proxy = git_through_proxy,
    .git_probe = git_probe,
    .git_refs = git_refs,
    .git_commit = git_commit,
    .git_exists = git_exists,
    .git_on_ref = git_on_ref,
    .git_on_branches = git_on_branches,
    .git_file = git_file,
    .git_submodules = git_submodules,
};
