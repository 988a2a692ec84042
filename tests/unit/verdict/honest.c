/* SPDX-License-Identifier: Apache-2.0 */
#include "honest.h"

#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "git/object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TREE "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

#define URL "'url': 'https://git.example/acme/widget.git'"

static const char *const names[HONEST_COMMITS] = {"root", "commit", "middle", "tip", "stray"};

static const char evidence_text[] =
    "{ 'format': 'countermark-evidence/1',"
    "  'engine': { 'version': '0.1.0', 'sha256': '@digest@' },"
    "  'modules': [ { 'name': 'countermark-outside', 'sha256': '@digest@' } ],"
    "  'plugins': [ { 'id': 'demo', 'version': '1.0', 'sdk': '1.0', 'sha256': '@digest@' } ],"
    "  'request': { 'organization': 'acme', 'project': 'widget', 'policy': 'release',"
    "    'system': 'ci1', 'submitter': 'local:anna', 'names': { 'build': '42' } },"
    "  'effective': { 'organization': 'acme',"
    "    'project': { 'slug': 'widget', 'fold_hosts': [ 'fold.example' ],"
    "      'repositories': [ 'https://git.example/acme/widget',"
    "                        'https://fold.example/acme/widget' ] },"
    "    'policy': { 'slug': 'release', 'systems': [ 'ci1', 'ci2' ],"
    "      'refs': [ 'refs/heads/main', 'refs/heads/release/*', 'refs/tags/v*' ],"
    "      'tag_branches': [], 'submitters': [ 'local:anna', 'widget-ci' ], 'optional': [],"
    "      'waivers': [], 'repository': 'public', 'max_age': 2592000 },"
    "    'link': { 'system': 'ci1', 'assume': [] },"
    "    'system': { 'slug': 'ci1', 'connector': 'demo' }, 'options': {} },"
    "  'effective_sha256': '@digest@',"
    "  'collected': { 'from': '2026-11-22T18:10:00Z', 'to': '2026-11-22T18:10:04Z' },"
    "  'decided_at': '2026-11-22T18:10:04.5Z', 'documents': {} }";

static const struct {
    const char *name, *facts, *content;
} documents[] = {
    {"build", "'of': 'system', 'status': 200",
     "{ 'commit': '@commit@', 'started': '2026-11-22T18:00:00Z' }"},
    {"submitted", "'of': 'submitter'",
     "{ 'name': 'Widget.1.0.nupkg', 'size': 5, 'sha256': '@digest@' }"},
    {"artifact", "'of': 'system', 'artifact': true, 'size': 5, 'sha256': '@digest@'", NULL},
    {"repository-probe", "'of': 'repository', 'status': 200",
     "{ 'url': 'https://git.example/acme/widget.git', 'status': 200,"
     "  'media_type': 'application/x-git-upload-pack-advertisement',"
     "  'first_line': '# service=git-upload-pack', 'version': 2, 'capabilities': [] }"},
    {"repository-refs", "'of': 'repository'",
     "{ " URL ", 'anonymous': true, 'prefixes': [ 'refs/heads/main', 'refs/tags/v' ], 'refs': ["
     "  { 'name': 'refs/heads/main', 'id': '@tip@' },"
     "  { 'name': 'refs/heads/main-2', 'id': '@stray@' },"
     "  { 'name': 'refs/tags/v1.0', 'id': '@digest40@', 'peeled': '@commit@' } ] }"},
    {"repository-commit", "'of': 'repository'",
     "{ " URL ", 'commit': '@commit@', 'object': '@commit:object@' }"},
};

static const char branch_path[] =
    "{ " URL
    ", 'ref': 'refs/heads/main', 'tip': '@tip@', 'commit': '@commit@', 'finding': 'reachable',"
    "  'walked': 3, 'length': 3,"
    "  'path': [ '@tip:object@', '@middle:object@', '@commit:object@' ] }";

static const char tag_path[] =
    "{ " URL
    ", 'ref': 'refs/tags/v1.0', 'tip': '@commit@', 'commit': '@commit@', 'finding': 'reachable',"
    "  'walked': 1, 'length': 1, 'path': [ '@commit:object@' ] }";

static const char origin_text[] =
    "{ 'repository': { 'text': 'https://git.example/acme/widget', 'document': 'build' },"
    "  'commit': { 'text': '@commit@', 'document': 'build' },"
    "  'ref': { 'text': 'refs/heads/main', 'document': 'build' },"
    "  'build': { 'text': '1.0.42', 'document': 'build' },"
    "  'built_at': { 'text': '2026-11-22T18:00:00Z', 'document': 'build' },"
    "  'artifact': { 'text': 'out/Widget.1.0.nupkg', 'document': 'build' } }";

static void
make_commit(struct honest *honest, enum honest_commit which, const char *parent)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf raw = CM_BUF_INIT(4096);
    CM_CLEANUP(cm_buf_done) struct cm_buf base64 = CM_BUF_INIT(4096);
    cm_buf_printf(&raw, "tree " TREE "\n");
    if (parent)
        cm_buf_printf(&raw, "parent %s\n", parent);
    cm_buf_printf(&raw,
                  "author A <a@example> 1795370000 +0000\n"
                  "committer A <a@example> 1795370000 +0000\n\n%s\n",
                  names[which]);
    assert_true(cm_git_hash("commit", raw.at, raw.size, honest->ids[which]));
    cm_base64(&base64, raw.at, raw.size);
    honest->objects[which] = cm_buf_take(&base64);
    assert_non_null(honest->objects[which]);
}

static void
put_token(const struct honest *honest, struct cm_buf *to, const char *token, size_t size)
{
    static const char digest[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    if (size == 6 && memcmp(token, "digest", 6) == 0)
        cm_buf_add(to, digest, 64);
    else if (size == 8 && memcmp(token, "digest40", 8) == 0)
        cm_buf_add(to, digest, 40);
    for (size_t i = 0; i < HONEST_COMMITS; i++) {
        size_t name = strlen(names[i]);
        if (size < name || memcmp(token, names[i], name) != 0)
            continue;
        if (size == name)
            cm_buf_puts(to, honest->ids[i]);
        else if (token[name] == ':')
            cm_buf_puts(to, honest->objects[i]);
    }
}

/* JSON with ' for " and tokens filled in. */
static json_t *
json_of(const struct honest *honest, const char *text)
{
    struct cm_err err = CM_ERR_INIT;
    json_t *json = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf filled = CM_BUF_INIT(1 << 20);
    while (*text) {
        size_t size = strcspn(text, "'@");
        cm_buf_add(&filled, text, size);
        text += size;
        if (*text == '\'') {
            cm_buf_putc(&filled, '"');
            text++;
        } else if (*text == '@') {
            size_t token = strcspn(text + 1, "@");
            put_token(honest, &filled, text + 1, token);
            text += token + 2;
        }
    }
    if (!cm_json_parse(filled.at, filled.size, "a fixture", &json, &err))
        fail_msg("%s: %s", err.text, filled.at);
    return json;
}

static void
add_document(struct honest *honest, const char *name, const char *facts, const char *content)
{
    bool ok = true;
    char sha256[65];
    char text[1024];
    (void)snprintf(text, sizeof text, "{ %s, 'credential': false, 'asked': 'GET %s' }", facts,
                   name);
    json_t *document = json_of(honest, text);
    if (content)
        cm_json_set(document, "content", json_of(honest, content), &ok);
    assert_true(cm_evidence_digest(document, sha256));
    cm_json_set_text(document, "document_sha256", sha256, &ok);
    cm_json_set(json_object_get(honest->evidence, "documents"), name, document, &ok);
    assert_true(ok);
}

static void
add_paths(struct honest *honest, bool of_a_tag)
{
    json_t *path = json_of(honest, branch_path);
    add_document(honest, "repository-path", "'of': 'repository'",
                 of_a_tag ? tag_path : branch_path);
    if (of_a_tag)
        add_document(honest, "repository-tag-path", "'of': 'repository'", branch_path);
    else
        add_document(honest, "repository-tag-path",
                     "'of': 'repository',"
                     "'error': { 'class': 'not-found', 'message': 'not asked: no tag' }",
                     NULL);
    json_decref(path);
}

void
honest_make(struct honest *honest, bool of_a_tag)
{
    bool ok = true;
    char sha256[65];
    *honest = (struct honest){.arena = cm_arena_new((size_t)16 << 20)};
    assert_non_null(honest->arena);
    make_commit(honest, ROOT, NULL);
    make_commit(honest, COMMIT, honest->ids[ROOT]);
    make_commit(honest, MIDDLE, honest->ids[COMMIT]);
    make_commit(honest, TIP, honest->ids[MIDDLE]);
    make_commit(honest, STRAY, honest->ids[ROOT]);

    honest->all = json_object();
    honest->evidence = json_of(honest, evidence_text);
    cm_json_set(honest->all, "evidence", honest->evidence, &ok);
    cm_json_set(honest->all, "origin", json_of(honest, origin_text), &ok);
    assert_true(cm_json_sha256(json_object_get(honest->evidence, "effective"), sha256));
    cm_json_set_text(honest->evidence, "effective_sha256", sha256, &ok);
    assert_true(ok);
    for (size_t i = 0; i < CM_COUNT(documents); i++)
        add_document(honest, documents[i].name, documents[i].facts, documents[i].content);
    add_paths(honest, of_a_tag);
    if (of_a_tag)
        honest_change(honest, &(struct change){"origin.ref.text", "'refs/tags/v1.0'"});
}

void
honest_done(struct honest *honest)
{
    json_decref(honest->all);
    for (size_t i = 0; i < HONEST_COMMITS; i++)
        free(honest->objects[i]);
    honest->arena = cm_arena_free(honest->arena);
}

void
honest_change(struct honest *honest, const struct change *change)
{
    char parent[256];
    const char *last = strrchr(change->path, '.');
    assert_non_null(last);
    (void)snprintf(parent, sizeof parent, "%.*s", (int)(last - change->path), change->path);
    json_t *container = cm_json_path(honest->all, parent);
    if (!json_is_object(container))
        fail_msg("nothing to change at %s", change->path);
    if (change->json)
        assert_int_equal(json_object_set_new(container, last + 1, json_of(honest, change->json)),
                         0);
    else
        assert_int_equal(json_object_del(container, last + 1), 0);
}

static void
add_field(struct cm_verdict *verdict, const char *field, const json_t *value)
{
    verdict->origin[verdict->origin_count++] =
        (struct cm_origin_field){.field = field,
                                 .text = cm_json_text(value, "text"),
                                 .of = "system",
                                 .document = cm_json_text(value, "document")};
}

static void
state_origin(struct honest *honest)
{
    const char *field = NULL;
    json_t *value = NULL;
    struct cm_verdict *verdict = &honest->verdict;
    verdict->origin = cm_arena_alloc(honest->arena, 32 * sizeof *verdict->origin);
    verdict->origin_count = 0;
    json_object_foreach(json_object_get(honest->all, "origin"), field, value)
    {
        for (size_t i = 0; i < json_array_size(value); i++)
            add_field(verdict, field, json_array_get(value, i));
        if (json_is_object(value))
            add_field(verdict, field, value);
    }
}

void
honest_judge(struct honest *honest)
{
    size_t count = 0;
    int64_t decided_at = 0;
    struct cm_verdict *verdict = &honest->verdict;
    const char *text = cm_json_text(honest->evidence, "decided_at");
    (void)cm_engine_checks(&count);
    state_origin(honest);
    if (!text || !cm_parse_time(text, &decided_at))
        decided_at = 0;
    verdict->arena = honest->arena;
    verdict->system_only = cm_is_system_only(honest->evidence);
    verdict->answers = cm_arena_alloc(honest->arena, count * sizeof *verdict->answers);
    verdict->answer_count = count;
    for (size_t i = 0; i < count; i++) {
        cm_engine_ask(i, honest->evidence, verdict, honest->arena, &verdict->answers[i]);
        cm_weigh(json_object_get(honest->evidence, "effective"), decided_at, honest->arena,
                 &verdict->answers[i]);
        verdict->answers[i].of_system = true; /* the connector's own are not here */
    }
    cm_decide(verdict);
}

const struct cm_answer *
honest_answer(const struct honest *honest, const char *check)
{
    for (size_t i = 0; i < honest->verdict.answer_count; i++)
        if (strcmp(honest->verdict.answers[i].check, check) == 0)
            return &honest->verdict.answers[i];
    fail_msg("no check %s", check);
    return NULL;
}
