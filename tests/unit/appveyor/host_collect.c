/* SPDX-License-Identifier: Apache-2.0
 *
 * The outside half: requests, git, recording.
 */
#include "host_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct cmk_exchange {
    const json_t *answer; /* NULL: nobody knows that address */
    bool asked;
    int64_t done_at; /* on the virtual clock */
};

/* ---- scrubbing ---- */

#define MOST_KEEPS 64

static bool
name_matches(const char *keep, size_t size, const char *name)
{
    const char *star = memchr(keep, '*', size);
    if (star == NULL)
        return strlen(name) == size && memcmp(keep, name, size) == 0;
    size_t head = (size_t)(star - keep), tail = size - head - 1, length = strlen(name);
    return length >= head + tail && memcmp(name, keep, head) == 0 &&
           memcmp(name + length - tail, star + 1, tail) == 0;
}

/* What is left of each entry behind `name` ("[]" for an element); ends with NULL. */
static void
below(const char *const *keep, const char *name, const char **ret)
{
    for (; *keep != NULL; keep++) {
        bool element = strncmp(*keep, "[]", 2) == 0;
        size_t size = element ? 2 : strcspn(*keep, ".[");
        if (size == 0 || (strcmp(name, "[]") == 0) != element ||
            (!element && !name_matches(*keep, size, name)))
            continue;
        *ret++ = *keep + size + ((*keep)[size] == '.');
    }
    *ret = NULL;
}

static json_t *
mark(const json_t *value)
{
    static const char *const types[] = {"object", "array",   "string", "number",
                                        "number", "boolean", "boolean"};
    size_t count = json_is_object(value) ? json_object_size(value) : json_array_size(value);
    bool counted = json_is_object(value) || json_is_array(value);
    bool empty = counted ? count == 0 : json_is_string(value) && json_string_length(value) == 0;
    json_t *made = json_pack("{s:s, s:b}", "withheld", types[json_typeof(value)], "empty", empty);
    if (counted)
        json_object_set_new(made, "count", json_integer((json_int_t)count));
    return made;
}

static bool
has(const char *const *keep, const char *entry)
{
    for (; *keep != NULL; keep++)
        if (strcmp(*keep, entry) == 0)
            return true;
    return false;
}

json_t *
host_scrub(const json_t *value, const char *const *keep)
{
    const char *rest[MOST_KEEPS];
    const char *key;
    json_t *one;
    size_t i;
    if (json_is_null(value) || has(keep, "**"))
        return json_deep_copy(value);
    if (!json_is_object(value) && !json_is_array(value))
        return has(keep, "") ? json_deep_copy(value) : mark(value);
    below(keep, "[]", rest);
    if (json_is_array(value) && rest[0] == NULL)
        return mark(value);
    if (json_is_object(value) && (keep[0] == NULL || (keep[0][0] == '\0' && keep[1] == NULL)))
        return mark(value);
    json_t *kept = json_is_array(value) ? json_array() : json_object();
    if (json_is_array(value))
        json_array_foreach(value, i, one) json_array_append_new(kept, host_scrub(one, rest));
    else
        json_object_foreach((json_t *)(uintptr_t)value, key, one)
        {
            below(keep, key, rest);
            json_object_set_new(kept, key, host_scrub(one, rest));
        }
    return kept;
}

/* ---- requests ---- */

static const json_t *
next_answer(struct host *h, const char *url)
{
    json_t *answers = json_object_get(h->outside, url), *one;
    uint64_t before = 0;
    size_t i;
    json_array_foreach(h->asked, i, one)
    {
        const char *text = json_string_value(one);
        before += strcmp(strncmp(text, "key ", 4) == 0 ? text + 4 : text, url) == 0;
    }
    size_t count = json_array_size(answers);
    return count == 0 ? NULL : json_array_get(answers, before < count ? before : count - 1);
}

static struct cmk_exchange *
start(struct cmk_call *c, const char *what, const json_t *answer, int64_t cost)
{
    struct cmk_exchange *e = host_alloc(c, sizeof *e);
    static struct cmk_exchange nothing; /* start() is never NULL */
    if (e == NULL)
        return &nothing;
    e->asked = what != NULL;
    e->answer = answer;
    e->done_at = what != NULL ? host_of(c)->now + cost : 0;
    return e;
}

static void
wait_for(struct cmk_call *c, const struct cmk_exchange *e)
{
    struct host *h = host_of(c);
    h->now = h->now > e->done_at ? h->now : e->done_at;
}

static struct cmk_exchange *
http_start(struct cmk_call *c, const struct cmk_http_request *ask)
{
    struct host *h = host_of(c);
    assert_int_equal(ask->size, sizeof *ask);
    assert_true((ask->auth == CMK_AUTH_NONE) == (ask->secret == NULL));
    if (ask->url == NULL)
        return start(c, NULL, NULL, 0);
    const json_t *answer = next_answer(h, ask->url);
    json_array_append_new(h->asked,
                          json_sprintf("%s%s", ask->secret != NULL ? "key " : "", ask->url));
    bool artifact = (ask->flags & CMK_HTTP_ARTIFACT) != 0;
    json_int_t size = json_integer_value(json_object_get(answer, "size"));
    if (artifact && (uint64_t)size > ask->most)
        answer = NULL;
    return start(c, ask->url, answer, artifact ? 2 : 1); /* a download is redirected once */
}

static int32_t
http_status(struct cmk_call *c, struct cmk_exchange *e)
{
    wait_for(c, e);
    if (!e->asked || e->answer == NULL)
        return e->asked ? CMK_E_TRANSIENT : CMK_E_NOT_FOUND;
    return (int32_t)json_integer_value(json_object_get(e->answer, "status"));
}

static const char *
http_header(struct cmk_call *c, struct cmk_exchange *e, const char *name)
{
    (void)c;
    (void)e;
    (void)name;
    return NULL;
}

static const struct cmk_value *
http_json(struct cmk_call *c, struct cmk_exchange *e)
{
    return http_status(c, e) == 200 ? as_value(json_object_get(e->answer, "body")) : NULL;
}

static const struct cmk_http http = {
    .size = sizeof http,
    .start = http_start,
    .status = http_status,
    .header = http_header,
    .json = http_json,
};

/* ---- git ---- */

static struct cmk_exchange *
git_commit(struct cmk_call *c, const char *url, const char *ref, const char *commit)
{
    struct host *h = host_of(c);
    json_decref(h->commit);
    h->commit = json_pack("{s:s?, s:s?, s:s?}", "url", url, "ref", ref, "commit", commit);
    return start(c, url != NULL && ref != NULL && commit != NULL ? url : NULL, NULL, 3);
}

static struct cmk_exchange *
git_file(struct cmk_call *c, struct cmk_exchange *commit, const char *path, uint64_t most)
{
    struct host *h = host_of(c);
    assert_true(most > 0);
    struct cmk_exchange *e = start(c, commit->asked ? path : NULL, NULL, 4);
    const json_t *text = json_object_get(h->files, path);
    if (e->asked && h->files != NULL) {
        json_t *answer = text != NULL ? json_pack("{s:i, s:O}", "status", 200, "body", text)
                                      : json_pack("{s:i}", "status", 404);
        json_object_set_new(h->said, path, answer); /* lives as long as the call */
        e->answer = answer;
    }
    return e;
}

static const struct cmk_git git = {.size = sizeof git, .commit = git_commit, .file = git_file};

/* ---- recording ---- */

static void
record_absent(struct cmk_call *c, const char *name, int32_t status, const char *why)
{
    struct host *h = host_of(c);
    if (h->status != CMK_OK)
        return;
    assert_null(json_object_get(h->documents, name)); /* once */
    assert_true(status < 0);
    assert_non_null(why);
    json_object_set_new(h->documents, name, json_pack("{s:i, s:s}", "!", status, "why", why));
}

static const struct cmk_value *
record_exchange(struct cmk_call *c, const char *name, struct cmk_exchange *e,
                const char *const *keep)
{
    struct host *h = host_of(c);
    if (h->status != CMK_OK)
        return NULL;
    int32_t status = http_status(c, e);
    if (status != 200) {
        record_absent(c, name,
                      status == 404                    ? CMK_E_NOT_FOUND
                      : status == 401 || status == 403 ? CMK_E_AUTH
                                                       : CMK_E_TRANSIENT,
                      e->asked ? "it was refused" : "it was not asked");
        json_object_set_new(json_object_get(host_of(c)->documents, name), "asked",
                            json_boolean(e->asked));
        return NULL;
    }
    assert_null(json_object_get(h->documents, name)); /* once */
    const json_t *body = json_object_get(e->answer, "body");
    json_t *kept = keep != NULL ? host_scrub(body, keep) : json_object();
    json_object_set_new(h->documents, name, kept);
    json_t *facts =
        json_pack("{s:i, s:O*, s:O*}", "status", status, "size", json_object_get(e->answer, "size"),
                  "sha256", json_object_get(e->answer, "sha256"));
    json_object_set_new(h->facts, name, facts);
    return keep != NULL ? as_value(kept) : NULL;
}

static const struct cmk_record record = {
    .size = sizeof record,
    .exchange = record_exchange,
    .absent = record_absent,
};

static const struct cmk_value *
collect_kept(struct cmk_call *c, const char *name)
{
    const json_t *document = json_object_get(host_of(c)->documents, name);
    bool there =
        host_of(c)->status == CMK_OK && document != NULL && json_object_get(document, "!") == NULL;
    return there ? as_value(document) : NULL;
}

static int32_t
collect_sleep(struct cmk_call *c, int64_t ns)
{
    struct host *h = host_of(c);
    assert_true(ns > 0);
    if (ns > h->patience)
        return CMK_E_CANCELLED;
    h->patience -= ns;
    h->slept += ns;
    return CMK_OK;
}

static int32_t
collect_secret_begins(struct cmk_call *c, const char *option, const char *head)
{
    assert_string_equal(option, "api_key");
    if (host_of(c)->key == NULL)
        return 0;
    return strncmp(host_of(c)->key, head, strlen(head)) == 0;
}

const struct cmk_collect host_collect = {
    .size = sizeof host_collect,
    .http = &http,
    .git = &git,
    .record = &record,
    .kept = collect_kept,
    .sleep = collect_sleep,
    .secret_begins = collect_secret_begins,
};
