/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's end: hooks that send, and services that are done for whoever asks by bytes.
 */
#include "codec_far.h"

#include <countermark/signer.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST_EXCHANGES 256
#define MOST_CHECKS    64

/* A member that is added to a table is not carried until somebody writes it down here. */
_Static_assert(sizeof(struct cmk_base) == 80, "cmk_base grew: carry its new members");
_Static_assert(sizeof(struct cmk_json) == 96, "cmk_json grew: read its new members locally");
_Static_assert(sizeof(struct cmk_crypto) == 32, "cmk_crypto grew: carry its new members");
_Static_assert(sizeof(struct cmk_call) == 40, "cmk_call grew: carry its new members");
_Static_assert(sizeof(struct cmk_http) == 40, "cmk_http grew: carry its new members");
_Static_assert(sizeof(struct cmk_http_request) == 88, "cmk_http_request grew: carry it");
_Static_assert(sizeof(struct cmk_git) == 24, "cmk_git grew: carry its new members");
_Static_assert(sizeof(struct cmk_record) == 24, "cmk_record grew: carry its new members");
_Static_assert(sizeof(struct cmk_collect) == 56, "cmk_collect grew: carry its new members");
_Static_assert(sizeof(struct cmk_evidence) == 40, "cmk_evidence grew: carry its new members");
_Static_assert(sizeof(struct cmk_statement) == 40, "cmk_statement grew: carry its new members");
_Static_assert(sizeof(struct cmk_exam) == 48, "cmk_exam grew: carry its new members");
_Static_assert(sizeof(struct cmk_naming) == 16, "cmk_naming grew: carry its new members");
_Static_assert(sizeof(struct cmk_starter) == 40, "cmk_starter grew: carry its new members");
_Static_assert(sizeof(struct cmk_connector) == 88, "cmk_connector grew: wrap its new hooks");
_Static_assert(sizeof(struct cmk_archive_ops) == 80, "cmk_archive_ops grew: carry it");
_Static_assert(sizeof(struct cmk_work) == 64, "cmk_work grew: carry its new members");
_Static_assert(sizeof(struct cmk_rewriter) == 40, "cmk_rewriter grew: wrap its new hooks");
/* Not carried yet: */
_Static_assert(sizeof(struct cmk_keys) == 40, "the tables of signers grew");

/* What the hook that runs was handed. */
static struct {
    struct cmk_call *c;
    const struct cmk_collect *collect;
    const struct cmk_statement *statement;
    const struct cmk_exam *exam;
    const struct cmk_naming *naming;
    const struct cmk_starter *starter;
    const struct cmk_work *work;
    struct cmk_exchange *exchanges[MOST_EXCHANGES];
    size_t exchange_count;
} far;

static const struct cmk_plugin *real;
static struct cmk_plugin wrapped;
static struct cmk_connector connector;
static struct cmk_rewriter rewriter;
static struct cmk_check checks[MOST_CHECKS + 2];
static unsigned crossed[CODEC_SERVICE_COUNT];

/* ---- handles ---- */

int64_t
far_handle_of(struct cmk_exchange *x)
{
    if (x == NULL)
        return 0;
    assert_true(far.exchange_count < MOST_EXCHANGES);
    far.exchanges[far.exchange_count++] = x;
    return (int64_t)far.exchange_count;
}

struct cmk_exchange *
far_exchange_of(int64_t handle)
{
    assert_true(handle >= 0 && (size_t)handle <= far.exchange_count);
    return handle > 0 ? far.exchanges[handle - 1] : NULL;
}

void
far_put_value(struct wire *w, const struct cmk_value *value)
{
    wire_put_json(w, (const json_t *)(const void *)value);
}

struct cmk_bytes
far_get_bytes(struct wire *w, struct heap *heap)
{
    size_t size;
    const void *at = wire_get_bytes(w, heap, &size);
    return (struct cmk_bytes){at, size};
}

/* A list of texts that may hold NULLs. */
static const char **
get_texts(struct wire *w, struct heap *heap, uint32_t *ret_count)
{
    *ret_count = (uint32_t)wire_get(w);
    const char **list = heap_new(heap, (*ret_count + 1) * sizeof *list);
    for (uint32_t i = 0; i < *ret_count; i++)
        list[i] = wire_get_text(w, heap);
    list[*ret_count] = NULL;
    return list;
}

static struct cmk_pair *
get_pairs(struct wire *w, struct heap *heap, uint32_t *ret_count)
{
    *ret_count = (uint32_t)wire_get(w);
    struct cmk_pair *list = heap_new(heap, (*ret_count + 1) * sizeof *list);
    for (uint32_t i = 0; i < *ret_count; i++) {
        list[i].name = wire_get_text(w, heap);
        list[i].value = wire_get_text(w, heap);
    }
    return list;
}

/* ---- services ---- */

static void
serve_base(enum codec_service what, struct wire *w, struct heap *h, struct wire *to)
{
    const struct cmk_base *base = far.c->base;
    if (what == CODEC_LOG) {
        int32_t level = (int32_t)wire_get(w);
        base->log(far.c, level, wire_get_text(w, h));
    } else if (what == CODEC_FAIL) {
        int32_t status = (int32_t)wire_get(w);
        (void)(base->fail)(far.c, status, wire_get_text(w, h));
    } else if (what == CODEC_REMAINING) {
        wire_put(to, base->remaining(far.c));
    } else if (what == CODEC_MATCH) {
        const char *pattern = wire_get_text(w, h);
        wire_put(to, base->match(far.c, pattern, wire_get_text(w, h)));
    } else if (what == CODEC_TIME) {
        wire_put(to, base->time(far.c, wire_get_text(w, h)));
    } else if (what == CODEC_URL) {
        const char *head = wire_get_text(w, h);
        uint32_t count;
        const char **segments = get_texts(w, h, &count);
        wire_put_text(to, base->url(far.c, head, segments, count));
    } else {
        const char *name = wire_get_text(w, h);
        /* whether it is there can be carried; its table is at the other end: codec_near_more.c */
        wire_put(to, base->query(far.c, name, (uint32_t)wire_get(w)) != NULL);
    }
}

static void
serve_crypto(enum codec_service what, struct wire *w, struct heap *h, struct wire *to)
{
    const struct cmk_crypto *crypto = far.c->crypto;
    const char *name = wire_get_text(w, h);
    if (what == CODEC_ENCODE) {
        wire_put_text(to, crypto->encode(far.c, name, far_get_bytes(w, h)));
        return;
    }
    struct cmk_bytes bytes = what == CODEC_DIGEST
                                 ? crypto->digest(far.c, name, far_get_bytes(w, h))
                                 : crypto->decode(far.c, name, wire_get_text(w, h));
    wire_put_bytes(to, bytes.at, (size_t)bytes.size);
}

static void
serve_start(struct wire *w, struct heap *h, struct wire *to)
{
    struct cmk_http_request ask = {.size = sizeof ask};
    ask.flags = (uint32_t)wire_get(w);
    ask.url = wire_get_text(w, h);
    ask.auth = (int32_t)wire_get(w);
    ask.secret = wire_get_text(w, h);
    ask.user = wire_get_text(w, h);
    ask.headers = get_pairs(w, h, &ask.header_count);
    ask.query = get_pairs(w, h, &ask.query_count);
    ask.most = (uint64_t)wire_get(w);
    ask.find = wire_get_text(w, h);
    ask.find_after = (uint32_t)wire_get(w);
    wire_put(to, far_handle_of(far.collect->http->start(far.c, &ask)));
}

static void
serve_asking(enum codec_service what, struct wire *w, struct heap *h, struct wire *to)
{
    const struct cmk_http *http = far.collect->http;
    const struct cmk_git *git = far.collect->git;
    if (what == CODEC_START) {
        serve_start(w, h, to);
    } else if (what == CODEC_STATUS) {
        wire_put(to, http->status(far.c, far_exchange_of(wire_get(w))));
    } else if (what == CODEC_HEADER) {
        struct cmk_exchange *x = far_exchange_of(wire_get(w));
        wire_put_text(to, http->header(far.c, x, wire_get_text(w, h)));
    } else if (what == CODEC_JSON) {
        far_put_value(to, http->json(far.c, far_exchange_of(wire_get(w))));
    } else if (what == CODEC_COMMIT) {
        const char *url = wire_get_text(w, h), *ref = wire_get_text(w, h);
        wire_put(to, far_handle_of(git->commit(far.c, url, ref, wire_get_text(w, h))));
    } else {
        struct cmk_exchange *x = far_exchange_of(wire_get(w));
        const char *path = wire_get_text(w, h);
        wire_put(to, far_handle_of(git->file(far.c, x, path, (uint64_t)wire_get(w))));
    }
}

static void
serve_collecting(enum codec_service what, struct wire *w, struct heap *h, struct wire *to)
{
    const struct cmk_collect *k = far.collect;
    if (what == CODEC_EXCHANGE) {
        const char *name = wire_get_text(w, h);
        struct cmk_exchange *x = far_exchange_of(wire_get(w));
        uint32_t count;
        bool has_list = wire_get(w) != 0;
        const char **keep = has_list ? get_texts(w, h, &count) : NULL;
        far_put_value(to, k->record->exchange(far.c, name, x, keep));
    } else if (what == CODEC_ABSENT) {
        const char *name = wire_get_text(w, h);
        int32_t status = (int32_t)wire_get(w);
        k->record->absent(far.c, name, status, wire_get_text(w, h));
    } else if (what == CODEC_KEPT) {
        far_put_value(to, k->kept(far.c, wire_get_text(w, h)));
    } else if (what == CODEC_SLEEP) {
        wire_put(to, k->sleep(far.c, wire_get(w)));
    } else {
        const char *option = wire_get_text(w, h);
        wire_put(to, k->secret_begins(far.c, option, wire_get_text(w, h)));
    }
}

static void
serve_evidence(enum codec_service what, struct wire *w, struct heap *h, struct wire *to)
{
    const struct cmk_evidence *evidence = far.exam != NULL      ? far.exam->evidence
                                          : far.starter != NULL ? far.starter->evidence
                                                                : far.statement->evidence;
    const char *name = wire_get_text(w, h);
    if (what == CODEC_REFUSED) {
        wire_put(to, evidence->refused(far.c, name));
        return;
    }
    far_put_value(to, what == CODEC_DOCUMENT          ? evidence->document(far.c, name)
                      : what == CODEC_DOCUMENT_IF_ANY ? evidence->document_if_any(far.c, name)
                                                      : evidence->facts(far.c, name));
}

static void
serve_judging(enum codec_service what, struct wire *w, struct heap *h, struct wire *to)
{
    const char *first = wire_get_text(w, h);
    if (what == CODEC_ORIGIN || what == CODEC_PARAMETER) {
        const char *text = wire_get_text(w, h), *document = wire_get_text(w, h);
        (what == CODEC_ORIGIN ? far.statement->origin : far.statement->parameter)(
            far.c, first, text, document, wire_get_text(w, h));
    } else if (what == CODEC_ATTACH) {
        far.statement->attach(far.c, first, wire_get_text(w, h));
    } else if (what == CODEC_OBSERVE) {
        far.exam->observe(far.c, first);
    } else if (what == CODEC_EXPECT) {
        far.exam->expect(far.c, first);
    } else if (what == CODEC_ASSUMED) {
        wire_put(to, far.exam->assumed(far.c, first));
    } else if (what == CODEC_SETTING) {
        far.starter->setting(far.c, first, wire_get_text(w, h));
    } else if (what == CODEC_ABOUT) {
        far.starter->about(far.c, first, wire_get_text(w, h));
    } else {
        far.naming->name(far.c, first, wire_get_text(w, h));
    }
}

static void
serve_archive(enum codec_service what, struct wire *w, struct heap *h, struct wire *to)
{
    const struct cmk_archive_ops *ops = far.work->archives;
    struct cmk_archive *archive = wire_get(w) != 0 ? far.work->archive : NULL;
    if (what == CODEC_COUNT) {
        wire_put(to, (int64_t)ops->count(far.c, archive));
    } else if (what == CODEC_ENTRY) {
        wire_put_text(to, ops->name(far.c, archive, (uint64_t)wire_get(w)));
    } else if (what == CODEC_FIND) {
        wire_put(to, ops->find(far.c, archive, wire_get_text(w, h)));
    } else if (what == CODEC_FIND_ALIKE) {
        wire_put(to, ops->find_alike(far.c, archive, wire_get_text(w, h)));
    } else if (what == CODEC_READ) {
        uint64_t entry = (uint64_t)wire_get(w);
        struct cmk_bytes bytes = ops->read(far.c, archive, entry, (uint64_t)wire_get(w));
        wire_put_bytes(to, bytes.at, (size_t)bytes.size);
    } else {
        struct cmk_bytes bytes = ops->digest(far.c, archive, wire_get_text(w, h));
        wire_put_bytes(to, bytes.at, (size_t)bytes.size);
    }
}

static void
serve_edits(enum codec_service what, struct wire *w, struct heap *h, struct wire *to)
{
    const struct cmk_archive_ops *ops = far.work->archives;
    struct cmk_archive *archive = wire_get(w) != 0 ? far.work->archive : NULL;
    if (what == CODEC_SPLICE) {
        uint64_t entry = (uint64_t)wire_get(w), offset = (uint64_t)wire_get(w);
        uint64_t size = (uint64_t)wire_get(w);
        wire_put(to, ops->splice(far.c, archive, entry, offset, size, far_get_bytes(w, h)));
    } else if (what == CODEC_ADD) {
        const char *name = wire_get_text(w, h);
        struct cmk_bytes bytes = far_get_bytes(w, h);
        wire_put(to, ops->add(far.c, archive, name, bytes, (uint32_t)wire_get(w)));
    } else {
        wire_put(to, (ops->remove)(far.c, archive, (uint64_t)wire_get(w)));
    }
}

static void
serve_telling(enum codec_service what, struct wire *w, struct heap *h)
{
    const char *first = wire_get_text(w, h);
    if (what == CODEC_NOTE) {
        const char *before = wire_get_text(w, h);
        far.work->note(far.c, first, before, wire_get_text(w, h));
    } else {
        far.work->doubt(far.c, first);
    }
}

struct wire
codec_far_serve(struct wire *asked)
{
    struct wire there = wire_carry(asked), to = {NULL, 0, 0};
    struct heap heap = {NULL};
    int64_t what = wire_get(&there);
    assert_true(what >= 0 && what < CODEC_SERVICE_COUNT);
    crossed[what]++;
    if (what <= CODEC_QUERY)
        serve_base((enum codec_service)what, &there, &heap, &to);
    else if (what <= CODEC_DECODE)
        serve_crypto((enum codec_service)what, &there, &heap, &to);
    else if (what <= CODEC_FILE_AT)
        serve_asking((enum codec_service)what, &there, &heap, &to);
    else if (what <= CODEC_SECRET_BEGINS)
        serve_collecting((enum codec_service)what, &there, &heap, &to);
    else if (what <= CODEC_REFUSED)
        serve_evidence((enum codec_service)what, &there, &heap, &to);
    else if (what <= CODEC_ABOUT)
        serve_judging((enum codec_service)what, &there, &heap, &to);
    else if (what <= CODEC_READ || what == CODEC_OUTCOME)
        serve_archive((enum codec_service)what, &there, &heap, &to);
    else if (what <= CODEC_REMOVE)
        serve_edits((enum codec_service)what, &there, &heap, &to);
    else if (what <= CODEC_DOUBT)
        serve_telling((enum codec_service)what, &there, &heap);
    else
        far_serve_more(far.c, (enum codec_service)what, &there, &heap, &to);
    wire_end(&there);
    heap_done(&heap); /* what was handed to the host is gone now */
    wire_put(&to, far.c->base->status(far.c));
    return wire_carry(&to);
}

/* ---- hooks ---- */

/* The call as bytes: which hook, the options, and what else goes with it. */
static int32_t
run(enum codec_hook hook, int64_t index, struct cmk_bytes body)
{
    struct wire call = {NULL, 0, 0};
    wire_put(&call, hook);
    wire_put(&call, index);
    wire_put_json(&call, (const json_t *)(const void *)far.c->options);
    wire_put(&call, far.exam != NULL ? far.exam->decided_at : 0);
    wire_put_bytes(&call, body.at, (size_t)body.size);
    wire_put_text(&call, far.work != NULL ? far.work->name : NULL);
    wire_put(&call, far.work != NULL && far.work->archive != NULL);
    wire_put_json(&call, far.work != NULL ? (const json_t *)(const void *)far.work->origin : NULL);
    wire_put_json(&call,
                  far.work != NULL ? (const json_t *)(const void *)far.work->attachments : NULL);
    int32_t status = codec_near_run(real, &call);
    memset(&far, 0, sizeof far);
    return status;
}

static const struct cmk_bytes nothing = {NULL, 0};

static int32_t
configure(struct cmk_call *c)
{
    far.c = c;
    return run(CODEC_CONFIGURE, 0, nothing);
}

static int32_t
read_names(struct cmk_call *c, const struct cmk_naming *naming, struct cmk_bytes body)
{
    far.c = c;
    far.naming = naming;
    return run(CODEC_READ_NAMES, 0, body);
}

static int32_t
authenticate(struct cmk_call *c, const struct cmk_collect *k)
{
    far.c = c;
    far.collect = k;
    return run(CODEC_AUTHENTICATE, 0, nothing);
}

static int32_t
collect_origin(struct cmk_call *c, const struct cmk_collect *k)
{
    far.c = c;
    far.collect = k;
    return run(CODEC_COLLECT_ORIGIN, 0, nothing);
}

static int32_t
state_origin(struct cmk_call *c, const struct cmk_statement *s)
{
    far.c = c;
    far.statement = s;
    return run(CODEC_STATE_ORIGIN, 0, nothing);
}

static int32_t
examine(struct cmk_call *c, const struct cmk_collect *k)
{
    far.c = c;
    far.collect = k;
    return run(CODEC_EXAMINE, 0, nothing);
}

static int32_t
start(struct cmk_call *c, const struct cmk_starter *starter)
{
    far.c = c;
    far.starter = starter;
    return run(CODEC_START_HOOK, starter->evidence != NULL,
               (struct cmk_bytes){starter->address, strlen(starter->address)});
}

static int32_t
configure_rewriter(struct cmk_call *c)
{
    far.c = c;
    return run(CODEC_CONFIGURE_REWRITER, 0, nothing);
}

static int32_t
rewrite(struct cmk_call *c, const struct cmk_work *work)
{
    far.c = c;
    far.work = work;
    return run(CODEC_REWRITE, 0, nothing);
}

static int32_t
inspect(struct cmk_call *c, const struct cmk_work *work)
{
    far.c = c;
    far.work = work;
    return run(CODEC_INSPECT, 0, nothing);
}

static int32_t
ask(int64_t index, struct cmk_call *c, const struct cmk_exam *x)
{
    far.c = c;
    far.exam = x;
    return run(CODEC_ASK, index, nothing);
}

/* A check's hook is not told which check it is, so there is one for each. */
#define ASK(n)                                                                                     \
    static int32_t ask_##n(struct cmk_call *c, const struct cmk_exam *x)                           \
    {                                                                                              \
        return ask(0##n, c, x);                                                                    \
    }
#define EIGHT(X, d) X(d##0) X(d##1) X(d##2) X(d##3) X(d##4) X(d##5) X(d##6) X(d##7)
#define ALL(X)                                                                                     \
    EIGHT(X, 0) EIGHT(X, 1) EIGHT(X, 2) EIGHT(X, 3) EIGHT(X, 4) EIGHT(X, 5) EIGHT(X, 6) EIGHT(X, 7)
ALL(ASK) /* octal: 00 to 77 */

#define LISTED(n) ask_##n,
static int32_t (*const ask_hooks[MOST_CHECKS])(struct cmk_call *,
                                               const struct cmk_exam *) = {ALL(LISTED)};

/* Those of the examination go on where those of a build end. */
static size_t
wrap_checks(const struct cmk_check *of, size_t first)
{
    size_t count = first;
    for (; of != NULL && of->id != NULL; of++, count++) {
        assert_true(count < MOST_CHECKS);
        checks[count] = *of;
        checks[count].ask = ask_hooks[count - (first > 0)];
    }
    checks[count] = (struct cmk_check){.id = NULL};
    return count + 1;
}

static void
wrap_rewriter(const struct cmk_rewriter *of)
{
    rewriter = *of;
    rewriter.configure = of->configure != NULL ? configure_rewriter : NULL;
    rewriter.rewrite = rewrite;
    rewriter.inspect = of->inspect != NULL ? inspect : NULL;
    wrapped.rewriter = &rewriter;
}

static void
wrap_connector(const struct cmk_connector *of)
{
    connector = *of;
    size_t first = wrap_checks(connector.verify, 0);
    (void)wrap_checks(connector.examination, first);
    connector.configure = connector.configure != NULL ? configure : NULL;
    connector.read_names = connector.read_names != NULL ? read_names : NULL;
    connector.authenticate = connector.authenticate != NULL ? authenticate : NULL;
    connector.collect_origin = collect_origin;
    connector.state_origin = state_origin;
    connector.verify = checks;
    connector.examine = connector.examine != NULL ? examine : NULL;
    connector.examination = connector.examination != NULL ? checks + first : NULL;
    connector.start = connector.start != NULL ? start : NULL;
    wrapped.connector = &connector;
}

const struct cmk_plugin *
codec_wrap(const struct cmk_plugin *plugin)
{
    memset(crossed, 0, sizeof crossed);
    real = plugin;
    wrapped = *plugin;
    if (plugin->connector != NULL)
        wrap_connector(plugin->connector);
    if (plugin->rewriter != NULL)
        wrap_rewriter(plugin->rewriter);
    return &wrapped;
}

unsigned
codec_crossed(enum codec_service service)
{
    return crossed[service];
}

const char *
codec_name(enum codec_service service)
{
#define CODEC_NAME(name) #name,
    static const char *const names[] = {CODEC_SERVICES(CODEC_NAME)};
    return names[service];
}
