/* SPDX-License-Identifier: Apache-2.0
 *
 * The plug-in's end: services that send. Without a message are only those that need nothing of the
 * engine: alloc, status (each answer tells it), and reading values, which have crossed as text.
 */
#include "codec_near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct near *
near_of(struct cmk_call *c)
{
    return (struct near *)(void *)c;
}

/* ---- messages ---- */

struct wire
near_ask(enum codec_service what)
{
    struct wire w = {NULL, 0, 0};
    wire_put(&w, what);
    return w;
}

static struct wire carry(struct near *near, struct wire *asked);

/* A reader that failed here has failed the call, and the other end must know before anything else.
 */
static void
settle(struct near *near)
{
    if (near->call.failure.class == CM_OK || near->told)
        return;
    near->told = true;
    struct wire w = near_ask(CODEC_FAIL);
    wire_put(&w, near->call.failure.class);
    wire_put_text(&w, near->call.failure.text);
    struct wire answer = carry(near, &w);
    wire_end(&answer);
}

static struct wire
carry(struct near *near, struct wire *asked)
{
    settle(near);
    struct wire answer = codec_far_serve(asked);
    int64_t status;
    assert_true(answer.size >= sizeof status);
    answer.size -= sizeof status;
    memcpy(&status, answer.at + answer.size, sizeof status);
    if (status != CMK_OK && near->call.failure.class == CM_OK)
        cm_call_failf(&near->call, (enum cm_class)status, "the other end says so");
    near->told = near->told || status != CMK_OK;
    return answer;
}

void
near_done(struct cmk_call *c, struct wire *asked)
{
    struct wire answer = carry(near_of(c), asked);
    wire_end(&answer);
}

int64_t
near_number(struct cmk_call *c, struct wire *asked)
{
    struct wire answer = carry(near_of(c), asked);
    int64_t got = wire_get(&answer);
    wire_end(&answer);
    return got;
}

const char *
near_text(struct cmk_call *c, struct wire *asked)
{
    struct wire answer = carry(near_of(c), asked);
    const char *got = wire_get_text(&answer, &near_of(c)->heap);
    wire_end(&answer);
    return got;
}

struct cmk_bytes
near_bytes(struct cmk_call *c, struct wire *asked)
{
    struct wire answer = carry(near_of(c), asked);
    size_t size;
    const void *at = wire_get_bytes(&answer, &near_of(c)->heap, &size);
    wire_end(&answer);
    return (struct cmk_bytes){at, size};
}

const struct cmk_value *
near_value(struct cmk_call *c, struct wire *asked)
{
    struct wire answer = carry(near_of(c), asked);
    json_t *got = wire_get_json(&answer);
    wire_end(&answer);
    return got != NULL ? cm_call_keep(&near_of(c)->call, got) : NULL;
}

/* What the plug-in takes for an exchange is a number. */
struct cmk_exchange *
near_exchange(struct cmk_call *c, struct wire *asked)
{
    int64_t handle = near_number(c, asked);
    if (handle == 0)
        return NULL;
    int64_t *box = heap_new(&near_of(c)->heap, sizeof *box);
    *box = handle;
    return (struct cmk_exchange *)(void *)box;
}

void
near_put_exchange(struct wire *w, const struct cmk_exchange *x)
{
    int64_t handle = 0;
    if (x != NULL)
        memcpy(&handle, x, sizeof handle);
    wire_put(w, handle);
}

static void
put_texts(struct wire *w, const char *const *list, uint32_t count)
{
    wire_put(w, count);
    for (uint32_t i = 0; i < count; i++)
        wire_put_text(w, list[i]);
}

/* ---- cmk_base, cmk_crypto ---- */

static void
near_log(struct cmk_call *c, int32_t level, const char *said)
{
    struct wire w = near_ask(CODEC_LOG);
    wire_put(&w, level);
    wire_put_text(&w, said);
    near_done(c, &w);
}

static int32_t
near_status(const struct cmk_call *c)
{
    return ((const struct cm_call *)(const void *)c)->failure.class;
}

static int32_t
near_fail(struct cmk_call *c, int32_t status, const char *why)
{
    struct wire w = near_ask(CODEC_FAIL);
    wire_put(&w, status);
    wire_put_text(&w, why);
    near_done(c, &w);
    return near_status(c);
}

/* The one function whose call is const, because it changes nothing; a message does. */
static int64_t
near_remaining(const struct cmk_call *c)
{
    struct wire w = near_ask(CODEC_REMAINING);
    return near_number((struct cmk_call *)(uintptr_t)c, &w);
}

static int32_t
near_match(struct cmk_call *c, const char *pattern, const char *of)
{
    struct wire w = near_ask(CODEC_MATCH);
    wire_put_text(&w, pattern);
    wire_put_text(&w, of);
    return (int32_t)near_number(c, &w);
}

static int64_t
near_time(struct cmk_call *c, const char *rfc3339)
{
    struct wire w = near_ask(CODEC_TIME);
    wire_put_text(&w, rfc3339);
    return near_number(c, &w);
}

static const char *
near_url(struct cmk_call *c, const char *base, const char *const *segments, uint32_t count)
{
    struct wire w = near_ask(CODEC_URL);
    wire_put_text(&w, base);
    put_texts(&w, segments, count);
    return near_text(c, &w);
}

static const void *
near_query(struct cmk_call *c, const char *name, uint32_t least_size)
{
    struct wire w = near_ask(CODEC_QUERY);
    wire_put_text(&w, name);
    wire_put(&w, least_size);
    const void *table = name != NULL ? near_interface(name) : NULL;
    bool is_there = near_number(c, &w) != 0;
    assert_true(table != NULL || !is_there); /* an interface comes with messages of its own */
    return is_there ? table : NULL;
}

static struct cmk_bytes
near_digest(struct cmk_call *c, const char *name, struct cmk_bytes of)
{
    struct wire w = near_ask(CODEC_DIGEST);
    wire_put_text(&w, name);
    wire_put_bytes(&w, of.at, (size_t)of.size);
    return near_bytes(c, &w);
}

static const char *
near_encode(struct cmk_call *c, const char *name, struct cmk_bytes of)
{
    struct wire w = near_ask(CODEC_ENCODE);
    wire_put_text(&w, name);
    wire_put_bytes(&w, of.at, (size_t)of.size);
    return near_text(c, &w);
}

static struct cmk_bytes
near_decode(struct cmk_call *c, const char *name, const char *of)
{
    struct wire w = near_ask(CODEC_DECODE);
    wire_put_text(&w, name);
    wire_put_text(&w, of);
    return near_bytes(c, &w);
}

static const struct cmk_crypto near_crypto = {
    .size = sizeof near_crypto,
    .digest = near_digest,
    .encode = near_encode,
    .decode = near_decode,
};

/* ---- cmk_collect ---- */

static void
put_pairs(struct wire *w, const struct cmk_pair *pairs, uint32_t count)
{
    wire_put(w, count);
    for (uint32_t i = 0; i < count; i++) {
        wire_put_text(w, pairs[i].name);
        wire_put_text(w, pairs[i].value);
    }
}

static struct cmk_exchange *
near_start(struct cmk_call *c, const struct cmk_http_request *ask)
{
    struct wire w = near_ask(CODEC_START);
    wire_put(&w, ask->flags);
    wire_put_text(&w, ask->url);
    wire_put(&w, ask->auth);
    wire_put_text(&w, ask->secret);
    wire_put_text(&w, ask->user);
    put_pairs(&w, ask->headers, ask->header_count);
    put_pairs(&w, ask->query, ask->query_count);
    wire_put(&w, (int64_t)ask->most);
    wire_put_text(&w, ask->find);
    wire_put(&w, ask->find_after);
    return near_exchange(c, &w);
}

static int32_t
near_http_status(struct cmk_call *c, struct cmk_exchange *x)
{
    struct wire w = near_ask(CODEC_STATUS);
    near_put_exchange(&w, x);
    return (int32_t)near_number(c, &w);
}

static const char *
near_header(struct cmk_call *c, struct cmk_exchange *x, const char *name)
{
    struct wire w = near_ask(CODEC_HEADER);
    near_put_exchange(&w, x);
    wire_put_text(&w, name);
    return near_text(c, &w);
}

static const struct cmk_value *
near_json(struct cmk_call *c, struct cmk_exchange *x)
{
    struct wire w = near_ask(CODEC_JSON);
    near_put_exchange(&w, x);
    return near_value(c, &w);
}

static struct cmk_exchange *
near_commit(struct cmk_call *c, const char *url, const char *ref, const char *id)
{
    struct wire w = near_ask(CODEC_COMMIT);
    wire_put_text(&w, url);
    wire_put_text(&w, ref);
    wire_put_text(&w, id);
    return near_exchange(c, &w);
}

static struct cmk_exchange *
near_file(struct cmk_call *c, struct cmk_exchange *commit, const char *path, uint64_t most)
{
    struct wire w = near_ask(CODEC_FILE_AT);
    near_put_exchange(&w, commit);
    wire_put_text(&w, path);
    wire_put(&w, (int64_t)most);
    return near_exchange(c, &w);
}

static const struct cmk_value *
near_record(struct cmk_call *c, const char *name, struct cmk_exchange *x, const char *const *keep)
{
    struct wire w = near_ask(CODEC_EXCHANGE);
    uint32_t count = 0;
    while (keep != NULL && keep[count] != NULL)
        count++;
    wire_put_text(&w, name);
    near_put_exchange(&w, x);
    wire_put(&w, keep != NULL);
    if (keep != NULL)
        put_texts(&w, keep, count);
    return near_value(c, &w);
}

static void
near_absent(struct cmk_call *c, const char *name, int32_t status, const char *why)
{
    struct wire w = near_ask(CODEC_ABSENT);
    wire_put_text(&w, name);
    wire_put(&w, status);
    wire_put_text(&w, why);
    near_done(c, &w);
}

static const struct cmk_value *
near_kept(struct cmk_call *c, const char *name)
{
    struct wire w = near_ask(CODEC_KEPT);
    wire_put_text(&w, name);
    return near_value(c, &w);
}

static int32_t
near_sleep(struct cmk_call *c, int64_t ns)
{
    struct wire w = near_ask(CODEC_SLEEP);
    wire_put(&w, ns);
    return (int32_t)near_number(c, &w);
}

static int32_t
near_secret_begins(struct cmk_call *c, const char *option, const char *head)
{
    struct wire w = near_ask(CODEC_SECRET_BEGINS);
    wire_put_text(&w, option);
    wire_put_text(&w, head);
    return (int32_t)near_number(c, &w);
}

static const struct cmk_http near_http = {
    .size = sizeof near_http,
    .start = near_start,
    .status = near_http_status,
    .header = near_header,
    .json = near_json,
};

static const struct cmk_git near_git = {
    .size = sizeof near_git,
    .commit = near_commit,
    .file = near_file,
};

static const struct cmk_record near_recorder = {
    .size = sizeof near_recorder,
    .exchange = near_record,
    .absent = near_absent,
};

static const struct cmk_collect near_collect = {
    .size = sizeof near_collect,
    .http = &near_http,
    .git = &near_git,
    .record = &near_recorder,
    .kept = near_kept,
    .sleep = near_sleep,
    .secret_begins = near_secret_begins,
};

/* ---- pure contexts ---- */

static const struct cmk_value *
ask_document(struct cmk_call *c, enum codec_service what, const char *name)
{
    struct wire w = near_ask(what);
    wire_put_text(&w, name);
    return near_value(c, &w);
}

static const struct cmk_value *
near_document(struct cmk_call *c, const char *name)
{
    return ask_document(c, CODEC_DOCUMENT, name);
}

static const struct cmk_value *
near_document_if_any(struct cmk_call *c, const char *name)
{
    return ask_document(c, CODEC_DOCUMENT_IF_ANY, name);
}

static const struct cmk_value *
near_facts(struct cmk_call *c, const char *name)
{
    return ask_document(c, CODEC_FACTS, name);
}

static int32_t
near_refused(struct cmk_call *c, const char *name)
{
    struct wire w = near_ask(CODEC_REFUSED);
    wire_put_text(&w, name);
    return (int32_t)near_number(c, &w);
}

static const struct cmk_evidence near_evidence = {
    .size = sizeof near_evidence,
    .document = near_document,
    .document_if_any = near_document_if_any,
    .facts = near_facts,
    .refused = near_refused,
};

static void
near_state(enum codec_service what, struct cmk_call *c, const char *field, const char *said,
           const char *document, const char *path)
{
    struct wire w = near_ask(what);
    wire_put_text(&w, field);
    wire_put_text(&w, said);
    wire_put_text(&w, document);
    wire_put_text(&w, path);
    near_done(c, &w);
}

static void
near_origin(struct cmk_call *c, const char *field, const char *said, const char *document,
            const char *path)
{
    near_state(CODEC_ORIGIN, c, field, said, document, path);
}

static void
near_parameter(struct cmk_call *c, const char *name, const char *said, const char *document,
               const char *path)
{
    near_state(CODEC_PARAMETER, c, name, said, document, path);
}

static void
near_attach(struct cmk_call *c, const char *file_name, const char *document)
{
    struct wire w = near_ask(CODEC_ATTACH);
    wire_put_text(&w, file_name);
    wire_put_text(&w, document);
    near_done(c, &w);
}

static const struct cmk_statement near_statement = {
    .size = sizeof near_statement,
    .evidence = &near_evidence,
    .origin = near_origin,
    .attach = near_attach,
    .parameter = near_parameter,
};

static void
near_observe(struct cmk_call *c, const char *said)
{
    struct wire w = near_ask(CODEC_OBSERVE);
    wire_put_text(&w, said);
    near_done(c, &w);
}

static void
near_expect(struct cmk_call *c, const char *said)
{
    struct wire w = near_ask(CODEC_EXPECT);
    wire_put_text(&w, said);
    near_done(c, &w);
}

static int32_t
near_assumed(struct cmk_call *c, const char *name)
{
    struct wire w = near_ask(CODEC_ASSUMED);
    wire_put_text(&w, name);
    return (int32_t)near_number(c, &w);
}

static void
say_pair(struct cmk_call *c, enum codec_service what, const char *name, const char *said)
{
    struct wire w = near_ask(what);
    wire_put_text(&w, name);
    wire_put_text(&w, said);
    near_done(c, &w);
}

static void
near_name(struct cmk_call *c, const char *option, const char *said)
{
    say_pair(c, CODEC_NAME, option, said);
}

static void
near_setting(struct cmk_call *c, const char *option, const char *said)
{
    say_pair(c, CODEC_SETTING, option, said);
}

static void
near_about(struct cmk_call *c, const char *field, const char *said)
{
    say_pair(c, CODEC_ABOUT, field, said);
}

static const struct cmk_naming near_naming = {.size = sizeof near_naming, .name = near_name};

/* ---- one hook ---- */

static struct cmk_base
base_of(void)
{
    return (struct cmk_base){
        .size = sizeof(struct cmk_base),
        .log = near_log,
        .fail = near_fail,
        .status = near_status,
        .remaining = near_remaining,
        .alloc = cm_host_base.alloc,
        .match = near_match,
        .time = near_time,
        .url = near_url,
        .query = near_query,
    };
}

/* The address came as a body. */
static int32_t
run_start(const struct cmk_connector *connector, bool was_asked, struct cmk_call *c,
          struct cmk_bytes address)
{
    const struct cmk_starter starter = {
        .size = sizeof starter,
        .address = address.at,
        .evidence = was_asked ? &near_evidence : NULL,
        .setting = near_setting,
        .about = near_about,
    };
    return connector->start(c, &starter);
}

static int32_t
run_check(const struct cmk_connector *connector, int64_t index, struct cmk_call *c,
          int64_t decided_at)
{
    int64_t count = 0;
    const struct cmk_exam exam = {.size = sizeof exam,
                                  .evidence = &near_evidence,
                                  .decided_at = decided_at,
                                  .observe = near_observe,
                                  .expect = near_expect,
                                  .assumed = near_assumed};
    while (connector->verify[count].id != NULL)
        count++;
    return index < count ? connector->verify[index].ask(c, &exam)
                         : connector->examination[index - count].ask(c, &exam);
}

static int32_t
run_hook(const struct cmk_plugin *real, enum codec_hook hook, int64_t index, struct cmk_call *c,
         int64_t decided_at, struct cmk_bytes body)
{
    const struct cmk_connector *connector = real->connector;
    switch (hook) {
    case CODEC_CONFIGURE:
        return connector->configure(c);
    case CODEC_READ_NAMES:
        return connector->read_names(c, &near_naming, body);
    case CODEC_AUTHENTICATE:
        return connector->authenticate(c, &near_collect);
    case CODEC_COLLECT_ORIGIN:
        return connector->collect_origin(c, &near_collect);
    case CODEC_STATE_ORIGIN:
        return connector->state_origin(c, &near_statement);
    case CODEC_EXAMINE:
        return connector->examine(c, &near_collect);
    case CODEC_START_HOOK:
        return run_start(connector, index != 0, c, body);
    case CODEC_CONFIGURE_REWRITER:
        return real->rewriter->configure(c);
    default:
        return run_check(connector, index, c, decided_at);
    }
}

int32_t
codec_near_run(const struct cmk_plugin *real, struct wire *call)
{
    struct wire here = wire_carry(call);
    const struct cm_plugin plugin = {.table = real, .id = real->id};
    const struct cmk_base base = base_of();
    struct near near = {.host = {.is = {.plugin = &plugin}}};
    struct cm_err err = CM_ERR_INIT;
    enum codec_hook hook = (enum codec_hook)wire_get(&here);
    int64_t index = wire_get(&here);
    json_t *options = wire_get_json(&here);
    int64_t decided_at = wire_get(&here);
    struct cmk_bytes body = {NULL, 0};
    size_t size;
    body.at = wire_get_bytes(&here, &near.heap, &size);
    body.size = size;
    assert_true(cm_call_begin(&near.call, &near.host, &err));
    struct near_work work;
    near_get_work(&near, &here, &work);
    wire_end(&here);
    near.call.face.base = &base;
    near.call.face.crypto = &near_crypto;
    near.call.face.options = options != NULL ? cm_call_keep(&near.call, options) : NULL;
    int32_t status = hook == CODEC_REWRITE || hook == CODEC_INSPECT
                         ? near_run_work(real->rewriter, hook, &near, &work)
                         : run_hook(real, hook, index, &near.call.face, decided_at, body);
    settle(&near);
    cm_call_done(&near.call);
    heap_done(&near.heap);
    return status;
}
