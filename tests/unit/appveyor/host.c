/* SPDX-License-Identifier: Apache-2.0
 *
 * The pure half: values, evidence, checks, names, origin.
 */
#include "host_in.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct block {
    struct block *next;
    _Alignas(16) unsigned char at[];
};

struct host *
host_of(const struct cmk_call *c)
{
    return (struct host *)(uintptr_t)c;
}

static bool
failed(struct cmk_call *c)
{
    return host_of(c)->status != CMK_OK;
}

/* ---- base ---- */

void *
host_alloc(struct cmk_call *c, uint64_t size)
{
    struct host *h = host_of(c);
    if (failed(c))
        return NULL;
    struct block *block = calloc(1, sizeof *block + size);
    assert_non_null(block);
    block->next = h->blocks;
    h->blocks = block;
    return block->at;
}

int32_t
host_fail(struct cmk_call *c, int32_t status, const char *text)
{
    struct host *h = host_of(c);
    if (h->status == CMK_OK) {
        h->status = status;
        snprintf(h->why, sizeof h->why, "%s", text);
    }
    return h->status;
}

static int32_t
base_status(const struct cmk_call *c)
{
    return host_of(c)->status;
}

static void
base_log(struct cmk_call *c, int32_t level, const char *text)
{
    (void)c;
    (void)level;
    (void)text;
}

static int64_t
base_remaining(const struct cmk_call *c)
{
    (void)c;
    return INT64_C(60000000000);
}

static bool
match(const char *p, const char *t)
{
    if (*p == '\0')
        return *t == '\0';
    if (p[0] == '*' && p[1] == '*')
        return match(p + 2, t) || (*t != '\0' && match(p, t + 1));
    if (*p == '*')
        return match(p + 1, t) || (*t != '\0' && *t != '/' && match(p, t + 1));
    return *t != '\0' && (*p == '?' ? *t != '/' : *p == *t) && match(p + 1, t + 1);
}

static int32_t
base_match(struct cmk_call *c, const char *pattern, const char *text)
{
    return !failed(c) && pattern != NULL && text != NULL && match(pattern, text);
}

static int64_t
base_time(struct cmk_call *c, const char *text)
{
    int64_t at;
    return !failed(c) && text != NULL && cm_parse_time(text, &at) ? at : CMK_NO_TIME;
}

static const char *
base_url(struct cmk_call *c, const char *base, const char *const *parts, uint32_t count)
{
    char url[4096];
    size_t size = 0;
    if (failed(c) || base == NULL)
        return NULL;
    size = (size_t)snprintf(url, sizeof url, "%s", base);
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i] == NULL || *parts[i] == '\0' || strcmp(parts[i], ".") == 0 ||
            strcmp(parts[i], "..") == 0)
            return NULL;
        url[size++] = '/';
        for (const char *at = parts[i]; *at != '\0'; at++)
            size += (size_t)snprintf(url + size, sizeof url - size,
                                     isalnum((unsigned char)*at) || strchr("-._~", *at) ? "%c"
                                                                                        : "%%%02X",
                                     (unsigned char)*at);
        assert_true(size < sizeof url - 512);
    }
    url[size] = '\0';
    return cmk_printf(c, "%s", url);
}

static const void *
base_query(struct cmk_call *c, const char *name, uint32_t least)
{
    (void)c;
    (void)name;
    (void)least;
    return NULL;
}

static const struct cmk_base base = {
    .size = sizeof base,
    .log = base_log,
    .fail = host_fail,
    .status = base_status,
    .remaining = base_remaining,
    .alloc = host_alloc,
    .match = base_match,
    .time = base_time,
    .url = base_url,
    .query = base_query,
};

/* ---- values ---- */

static bool
is_mark(const json_t *v)
{
    return json_is_object(v) && json_object_get(v, "withheld") != NULL;
}

static const json_t *
some(const json_t *v)
{
    return json_is_null(v) ? NULL : v;
}

static const struct cmk_value *
value_parse(struct cmk_call *c, struct cmk_bytes text)
{
    CM_CLEANUP(cm_json_done) json_t *json = NULL;
    if (failed(c))
        return NULL;
    if (!cm_json_parse(text.at, text.size, "body", &json, NULL)) {
        host_fail(c, CMK_E_MALFORMED, "no JSON");
        return NULL;
    }
    json_object_set(host_of(c)->said, "!parsed", json); /* lives as long as the call */
    return as_value(json);
}

static const struct cmk_value *
value_member(struct cmk_call *c, const struct cmk_value *v, const char *key)
{
    if (failed(c) || v == NULL || key == NULL)
        return NULL;
    if (is_mark(as_json(v)) || !json_is_object(as_json(v))) {
        host_fail(c, CMK_E_MALFORMED, cmk_printf(c, "'%s' of no object", key));
        return NULL;
    }
    return as_value(some(json_object_get(as_json(v), key)));
}

static const struct cmk_value *
value_at(struct cmk_call *c, const struct cmk_value *v, uint64_t index)
{
    const json_t *json = as_json(v);
    uint64_t n = 0;
    if (failed(c) || v == NULL)
        return NULL;
    if (is_mark(json)) {
        host_fail(c, CMK_E_UNSUPPORTED, "withheld");
        return NULL;
    }
    if (json_is_array(json))
        return as_value(some(json_array_get(json, index)));
    if (!json_is_object(json))
        host_fail(c, CMK_E_MALFORMED, "no list");
    for (void *i = json_object_iter((json_t *)(uintptr_t)json); i != NULL;
         i = json_object_iter_next((json_t *)(uintptr_t)json, i))
        if (n++ == index)
            return as_value(some(json_object_iter_value(i)));
    return NULL;
}

static const char *
value_key(struct cmk_call *c, const struct cmk_value *v, uint64_t index)
{
    const json_t *json = as_json(v);
    uint64_t n = 0;
    if (failed(c) || v == NULL)
        return NULL;
    if (is_mark(json) || !json_is_object(json)) {
        host_fail(c, CMK_E_UNSUPPORTED, "no object to be seen");
        return NULL;
    }
    for (void *i = json_object_iter((json_t *)(uintptr_t)json); i != NULL;
         i = json_object_iter_next((json_t *)(uintptr_t)json, i))
        if (n++ == index)
            return json_object_iter_key(i);
    return NULL;
}

static uint64_t
value_count(struct cmk_call *c, const struct cmk_value *v)
{
    const json_t *json = as_json(v);
    if (failed(c) || v == NULL)
        return 0;
    if (is_mark(json) && json_object_get(json, "count") != NULL)
        return (uint64_t)json_integer_value(json_object_get(json, "count"));
    if (is_mark(json) || (!json_is_array(json) && !json_is_object(json))) {
        host_fail(c, CMK_E_UNSUPPORTED, "cannot be counted");
        return 0;
    }
    return json_is_array(json) ? json_array_size(json) : json_object_size(json);
}

static const struct cmk_value *
value_get(struct cmk_call *c, const struct cmk_value *v, const char *path)
{
    char part[256];
    while (v != NULL && *path != '\0' && !failed(c)) {
        size_t size = strcspn(path, ".");
        snprintf(part, sizeof part, "%.*s", (int)size, path);
        path += size + (path[size] == '.');
        v = json_is_array(as_json(v)) ? value_at(c, v, strtoull(part, NULL, 10))
                                      : value_member(c, v, part);
    }
    return failed(c) ? NULL : v;
}

static bool
wrong_type(struct cmk_call *c, const struct cmk_value *v, bool right)
{
    if (failed(c) || v == NULL)
        return true;
    if (!right || is_mark(as_json(v)))
        host_fail(c, is_mark(as_json(v)) ? CMK_E_UNSUPPORTED : CMK_E_MALFORMED, "wrong type");
    return failed(c);
}

static const char *
value_text(struct cmk_call *c, const struct cmk_value *v)
{
    return wrong_type(c, v, json_is_string(as_json(v))) ? NULL : json_string_value(as_json(v));
}

static int64_t
value_integer(struct cmk_call *c, const struct cmk_value *v, int64_t if_absent)
{
    if (wrong_type(c, v, json_is_integer(as_json(v))))
        return failed(c) ? 0 : if_absent;
    return json_integer_value(as_json(v));
}

static int32_t
value_truth(struct cmk_call *c, const struct cmk_value *v, int32_t if_absent)
{
    if (wrong_type(c, v, json_is_boolean(as_json(v))))
        return failed(c) ? 0 : if_absent;
    return json_is_true(as_json(v));
}

static const char *
value_show(struct cmk_call *c, const struct cmk_value *v)
{
    const json_t *json = as_json(v);
    if (wrong_type(c, v, !json_is_object(json) && !json_is_array(json)))
        return NULL;
    if (json_is_integer(json))
        return cmk_printf(c, "%lld", (long long)json_integer_value(json));
    if (json_is_real(json))
        return cmk_printf(c, "%g", json_real_value(json));
    return json_is_string(json) ? json_string_value(json) : json_is_true(json) ? "true" : "false";
}

static bool
holds_mark(const json_t *v)
{
    const char *key;
    json_t *one;
    size_t i;
    bool found = is_mark(v);
    json_object_foreach((json_t *)(uintptr_t)v, key, one) found = found || holds_mark(one);
    json_array_foreach(v, i, one) found = found || holds_mark(one);
    return found;
}

static struct cmk_bytes
value_canonical(struct cmk_call *c, const struct cmk_value *v)
{
    struct cmk_bytes bytes = {NULL, 0};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    if (failed(c) || v == NULL)
        return bytes;
    if (holds_mark(as_json(v))) {
        host_fail(c, CMK_E_UNSUPPORTED, "withheld");
        return bytes;
    }
    assert_true(cm_json_canonical(as_json(v), &text));
    void *copy = host_alloc(c, text.size);
    memcpy(copy, text.at, text.size);
    return (struct cmk_bytes){copy, text.size};
}

static const struct cmk_json json = {
    .size = sizeof json,
    .parse = value_parse,
    .get = value_get,
    .member = value_member,
    .count = value_count,
    .at = value_at,
    .key = value_key,
    .text = value_text,
    .integer = value_integer,
    .truth = value_truth,
    .show = value_show,
    .canonical = value_canonical,
};

/* ---- evidence ---- */

const json_t *
host_document(struct cmk_call *c, const char *name, bool lenient)
{
    const json_t *document = json_object_get(host_of(c)->documents, name);
    const json_t *class = json_is_object(document) ? json_object_get(document, "!") : NULL;
    int32_t why = document == NULL ? CMK_E_NOT_FOUND : (int32_t)json_integer_value(class);
    if (failed(c))
        return NULL;
    if (document != NULL && class == NULL)
        return document;
    if (document == NULL || why != CMK_E_NOT_FOUND || !lenient)
        host_fail(c, why, cmk_printf(c, "there is no document %s", name));
    return NULL;
}

static const struct cmk_value *
evidence_document(struct cmk_call *c, const char *name)
{
    return as_value(host_document(c, name, false));
}

static const struct cmk_value *
evidence_document_if_any(struct cmk_call *c, const char *name)
{
    return as_value(host_document(c, name, true));
}

static const struct cmk_value *
evidence_facts(struct cmk_call *c, const char *name)
{
    const json_t *facts = json_object_get(host_of(c)->facts, name);
    if (facts == NULL && !failed(c))
        host_fail(c, CMK_E_NOT_FOUND, cmk_printf(c, "there is no document %s", name));
    return failed(c) ? NULL : as_value(facts);
}

static int32_t
evidence_refused(struct cmk_call *c, const char *name)
{
    const json_t *document = json_object_get(host_of(c)->documents, name);
    const json_t *class = json_is_object(document) ? json_object_get(document, "!") : NULL;
    int32_t why = (int32_t)json_integer_value(class);
    bool asked = json_is_true(json_object_get(document, "asked"));
    if (!failed(c) && ((why == CMK_E_AUTH && asked) || why == CMK_E_NOT_FOUND))
        return why;
    (void)host_document(c, name, false);
    return c->base->status(c);
}

const struct cmk_evidence host_evidence = {
    .size = sizeof host_evidence,
    .document = evidence_document,
    .document_if_any = evidence_document_if_any,
    .facts = evidence_facts,
    .refused = evidence_refused,
};

/* ---- checks ---- */

static void
exam_observe(struct cmk_call *c, const char *text)
{
    if (!failed(c))
        snprintf(host_of(c)->observed, sizeof host_of(c)->observed, "%s", text);
}

static void
exam_expect(struct cmk_call *c, const char *text)
{
    if (!failed(c))
        snprintf(host_of(c)->expected, sizeof host_of(c)->expected, "%s", text);
}

static int32_t
exam_assumed(struct cmk_call *c, const char *name)
{
    size_t i;
    json_t *one;
    bool known = false;
    for (const char *const *at = cmk_plugin_appveyor.connector->assumptions; *at != NULL; at++)
        known = known || strcmp(*at, name) == 0;
    assert_true(known);
    json_array_foreach(host_of(c)->assumed, i,
                       one) if (!failed(c) && strcmp(json_string_value(one), name) == 0) return 1;
    return 0;
}

const struct cmk_exam host_exam = {
    .size = sizeof host_exam,
    .evidence = &host_evidence,
    .observe = exam_observe,
    .expect = exam_expect,
    .assumed = exam_assumed,
};

/* ---- names and origin ---- */

static void
naming_name(struct cmk_call *c, const char *option, const char *text)
{
    if (!failed(c))
        json_object_set_new(host_of(c)->said, option, json_string(text));
}

const struct cmk_naming host_naming = {.size = sizeof host_naming, .name = naming_name};

static void
statement_origin(struct cmk_call *c, const char *field, const char *text, const char *document,
                 const char *path)
{
    if (failed(c) || text == NULL)
        return;
    const struct cmk_value *from = as_value(json_object_get(host_of(c)->documents, document));
    assert_non_null(value_get(c, from, path)); /* the place is there */
    json_object_set_new(host_of(c)->said, field, json_string(text));
}

static void
statement_attach(struct cmk_call *c, const char *file_name, const char *document)
{
    if (!failed(c))
        json_object_set_new(host_of(c)->said, file_name, json_string(document));
}

const struct cmk_statement host_statement = {
    .size = sizeof host_statement,
    .evidence = &host_evidence,
    .origin = statement_origin,
    .attach = statement_attach,
};

/* ---- the host itself ---- */

static void
free_blocks(struct host *h)
{
    while (h->blocks != NULL) {
        struct block *next = h->blocks->next;
        free(h->blocks);
        h->blocks = next;
    }
}

void
host_open(struct host *h)
{
    memset(h, 0, sizeof *h);
    h->options = json_object();
    h->documents = json_object();
    h->facts = json_object();
    h->assumed = json_array();
    h->outside = json_object();
    h->files = json_object();
    h->asked = json_array();
    h->said = json_object();
    h->key = "v1-key";
}

void
host_close(struct host *h)
{
    json_t *all[] = {h->options, h->documents, h->facts, h->assumed, h->outside,
                     h->files,   h->asked,     h->said,  h->commit};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        json_decref(all[i]);
    free_blocks(h);
}

struct cmk_call *
host_call(struct host *h)
{
    free_blocks(h);
    h->status = CMK_OK;
    h->why[0] = h->observed[0] = h->expected[0] = '\0';
    json_object_clear(h->said);
    h->call = (struct cmk_call){
        .size = sizeof h->call, .base = &base, .json = &json, .options = as_value(h->options)};
    return &h->call;
}

static const struct cmk_check *
find_check(const struct cmk_check *table, const char *id)
{
    for (; table->id != NULL; table++)
        if (strcmp(table->id, id) == 0)
            return table;
    return NULL;
}

int32_t
host_ask(struct host *h, const char *check)
{
    const struct cmk_check *row = find_check(cmk_plugin_appveyor.connector->verify, check);
    if (row == NULL)
        row = find_check(cmk_plugin_appveyor.connector->examination, check);
    assert_non_null(row);
    struct cmk_call *c = host_call(h);
    int32_t answer = row->ask(c, &host_exam);
    return h->status == CMK_OK && (answer == CMK_PASS || answer == CMK_FAIL) ? answer : CMK_UNKNOWN;
}

void
host_set(json_t *root, const char *path, json_t *value)
{
    char part[128];
    for (size_t size = strcspn(path, "."); path[size] == '.'; size = strcspn(path, ".")) {
        snprintf(part, sizeof part, "%.*s", (int)size, path);
        root = json_is_array(root) ? json_array_get(root, strtoul(part, NULL, 10))
                                   : json_object_get(root, part);
        assert_non_null(root);
        path += size + 1;
    }
    if (json_is_array(root) && value != NULL && strtoul(path, NULL, 10) == json_array_size(root))
        assert_int_equal(json_array_append_new(root, value), 0);
    else if (json_is_array(root) && value != NULL)
        assert_int_equal(json_array_set_new(root, strtoul(path, NULL, 10), value), 0);
    else if (json_is_array(root))
        assert_int_equal(json_array_remove(root, strtoul(path, NULL, 10)), 0);
    else if (value != NULL)
        assert_int_equal(json_object_set_new(root, path, value), 0);
    else
        assert_int_equal(json_object_del(root, path), 0);
}

json_t *
host_fixture(const char *name)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/appveyor/%s", CM_FIXTURES_DIR, name);
    json_t *json_read = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (json_read == NULL)
        fail_msg("%s: line %d: %s", path, error.line, error.text);
    return json_read;
}
