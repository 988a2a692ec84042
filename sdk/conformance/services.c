/* SPDX-License-Identifier: Apache-2.0
 *
 * Every service, as the plug-in is handed it: into cf_enter(), to the engine's, out of
 * cf_leave().
 */
#include "services_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEPS_AFTER_MOST 20000u /* services that are asked for when no time is left any more */

/* ---- in and out ---- */

/* What the plug-in did cannot be survived, or makes no sense to go on with. */
_Noreturn static void
end_here(const char *what, const char *service)
{
    (void)snprintf(cf_now.shared->why, sizeof cf_now.shared->why, "%s: %s() in %s, during: %s",
                   what, service, cf_hook_name(cf_now.hook), cf_now.shared->doing);
    cf_now.shared->ok = false;
    cf_now.shared->done = true;
    _exit(0);
}

/* The first call of each service in each hook has its number kept. */
static void
note_first(const char *service)
{
    struct cf_probe *p = &cf_now;
    for (size_t i = 0; i < p->first_count; i++)
        if (p->firsts[i].service == service && p->firsts[i].hook == p->hook)
            return;
    if (p->first_count < CF_FIRSTS_MOST)
        p->firsts[p->first_count++] = (struct cf_first){service, p->hook, p->steps};
}

/* Unless it has failed already, it must come out as this. */
static void
fail_now(int32_t status, const char *why)
{
    struct cf_probe *p = &cf_now;
    if (p->base->status(p->engine) == CMK_OK) {
        p->failed_as = status;
        p->failed_hook = p->hook;
    }
    p->base->fail(p->engine, status, why);
}

struct cmk_call *
cf_enter(const struct cmk_call *c, const char *service)
{
    struct cf_probe *p = &cf_now;
    p->inside = false;
    if (p->engine == NULL || c != p->face)
        end_here("a service is called with a call that is over, or none", service);
    p->steps++;
    if (p->is.cancel_step != 0 && p->steps >= p->is.cancel_step)
        p->cancelled = true;
    if (p->cancelled && p->steps_after++ > STEPS_AFTER_MOST)
        end_here("it does not end, and still asks long after no time is left", service);
    if (p->is.fail_step == 0)
        note_first(service);
    if (p->steps == p->is.fail_step)
        fail_now(p->is.status, "no, says the host");
    return p->engine;
}

void
cf_leave(void)
{
    cf_now.inside = true;
}

/* clang-format off */
/* One line is one service. */
DOES(base, log, (CALL, int32_t level, TEXT text), (e, level, text))
GIVES(int32_t, base, fail, (CALL, int32_t why, TEXT text), (e, why, text))
GIVES(int32_t, base, status, (const CALL), (e))
GIVES(int32_t, base, match, (CALL, TEXT pattern, TEXT text), (e, pattern, text))
GIVES(int64_t, base, time, (CALL, TEXT text), (e, text))
GIVES(TEXT, base, url, (CALL, TEXT head, TEXT const *parts, uint32_t count), (e, head, parts, count))

GIVES(VALUE, json, parse, (CALL, BYTES text), (e, text))
GIVES(VALUE, json, get, (CALL, VALUE v, TEXT path), (e, v, path))
GIVES(VALUE, json, member, (CALL, VALUE v, TEXT key), (e, v, key))
GIVES(uint64_t, json, count, (CALL, VALUE v), (e, v))
GIVES(VALUE, json, at, (CALL, VALUE v, uint64_t index), (e, v, index))
GIVES(TEXT, json, key, (CALL, VALUE v, uint64_t index), (e, v, index))
GIVES(TEXT, json, text, (CALL, VALUE v), (e, v))
GIVES(int64_t, json, integer, (CALL, VALUE v, int64_t absent), (e, v, absent))
GIVES(int32_t, json, truth, (CALL, VALUE v, int32_t absent), (e, v, absent))
GIVES(TEXT, json, show, (CALL, VALUE v), (e, v))
GIVES(BYTES, json, canonical, (CALL, VALUE v), (e, v))

GIVES(BYTES, crypto, digest, (CALL, TEXT name, BYTES of), (e, name, of))
GIVES(TEXT, crypto, encode, (CALL, TEXT name, BYTES of), (e, name, of))
GIVES(BYTES, crypto, decode, (CALL, TEXT name, TEXT text), (e, name, text))

INNER(int32_t, collect, http, status, (CALL, EXCHANGE x), (e, x))
INNER(TEXT, collect, http, header, (CALL, EXCHANGE x, TEXT name), (e, x, name))
INNER(VALUE, collect, http, json, (CALL, EXCHANGE x), (e, x))
INNER(EXCHANGE, collect, git, commit, (CALL, TEXT url, TEXT ref, TEXT id), (e, url, ref, id))
GIVES(VALUE, collect, kept, (CALL, TEXT name), (e, name))

GIVES(BYTES, text, body, (CALL, EXCHANGE x), (e, x))

GIVES(VALUE, evidence, document, (CALL, TEXT name), (e, name))
GIVES(VALUE, evidence, document_if_any, (CALL, TEXT name), (e, name))
GIVES(VALUE, evidence, facts, (CALL, TEXT name), (e, name))
GIVES(int32_t, evidence, refused, (CALL, TEXT name), (e, name))
DOES(statement, origin, (CALL, TEXT field, TEXT text, TEXT document, TEXT path), (e, field, text, document, path))
DOES(statement, attach, (CALL, TEXT file, TEXT document), (e, file, document))
DOES(statement, parameter, (CALL, TEXT name, TEXT text, TEXT document, TEXT path), (e, name, text, document, path))
DOES(exam, observe, (CALL, TEXT text), (e, text))
DOES(exam, expect, (CALL, TEXT text), (e, text))
GIVES(int32_t, exam, assumed, (CALL, TEXT name), (e, name))
DOES(naming, name, (CALL, TEXT option, TEXT text), (e, option, text))
DOES(starter, setting, (CALL, TEXT option, TEXT text), (e, option, text))
DOES(starter, about, (CALL, TEXT field, TEXT text), (e, field, text))

INNER(uint64_t, work, archives, count, (CALL, ARCHIVE a), (e, a))
INNER(TEXT, work, archives, name, (CALL, ARCHIVE a, uint64_t entry), (e, a, entry))
INNER(int64_t, work, archives, find, (CALL, ARCHIVE a, TEXT name), (e, a, name))
INNER(int64_t, work, archives, find_alike, (CALL, ARCHIVE a, TEXT name), (e, a, name))
INNER(BYTES, work, archives, read, (CALL, ARCHIVE a, uint64_t entry, uint64_t most), (e, a, entry, most))
INNER(int32_t, work, archives, splice, (CALL, ARCHIVE a, uint64_t entry, uint64_t at, uint64_t size, BYTES with), (e, a, entry, at, size, with))
INNER(int32_t, work, archives, add, (CALL, ARCHIVE a, TEXT name, BYTES content, uint32_t flags), (e, a, name, content, flags))
INNER(int32_t, work, archives, remove, (CALL, ARCHIVE a, uint64_t entry), (e, a, entry))
INNER(BYTES, work, archives, digest, (CALL, ARCHIVE a, TEXT name), (e, a, name))
DOES(work, note, (CALL, TEXT fact, TEXT before, TEXT after), (e, fact, before, after))
DOES(work, doubt, (CALL, TEXT text), (e, text))
GIVES(VALUE, certificates, read, (CALL, TEXT kind, BYTES file), (e, kind, file))
GIVES(VALUE, certificates, certificate, (CALL, BYTES der), (e, der))
GIVES(VALUE, certificates, name, (CALL, TEXT rfc4514), (e, rfc4514))
GIVES(TEXT, certificates, show_name, (CALL, VALUE name), (e, name))
GIVES(int32_t, certificates, same, (CALL, VALUE a, VALUE b), (e, a, b))
GIVES(VALUE, certificates, chain, (CALL, const struct cmk_chain_request *r), (e, r))
GIVES(TEXT, certificates, ocsp_request, (CALL, BYTES leaf, BYTES issuer), (e, leaf, issuer))
GIVES(VALUE, certificates, ocsp_answer, (CALL, BYTES said, BYTES leaf, BYTES issuer, int64_t at), (e, said, leaf, issuer, at))
GIVES(VALUE, certificates, jws, (CALL, TEXT compact, BYTES leaf), (e, compact, leaf))
/* clang-format on */

/* ---- tables ---- */

/* As the run wants it: at the end of memory, longer than ours, or as it is. Each begins with its
 * size. */
const void *
cf_laid(const void *table, uint32_t size)
{
    static const unsigned char later[64] = {0};
    unsigned char longer[512];
    if (cf_now.is.later_tables && size + sizeof later <= sizeof longer) {
        uint32_t said = size + (uint32_t)sizeof later;
        memcpy(longer, table, size);
        memset(longer + size, 0xdd, sizeof longer - size);
        memcpy(longer, &said, sizeof said);
        return cf_memory_tight(longer, sizeof longer);
    }
    return cf_now.is.tight_tables ? cf_memory_tight(table, size) : table;
}

/* ---- services that are looked at ---- */

static int64_t
to_base_remaining(const struct cmk_call *c)
{
    struct cmk_call *e = cf_enter(c, "remaining");
    int64_t left = cf_now.cancelled ? 0 : cf_now.base->remaining(e);
    cf_leave();
    return left;
}

static void *
to_base_alloc(struct cmk_call *c, uint64_t size)
{
    struct cmk_call *e = cf_enter(c, "alloc");
    if (++cf_now.allocs == cf_now.is.fail_alloc)
        fail_now(CMK_E_LIMIT, "no memory, says the host");
    void *at = cf_now.base->alloc(e, size);
    cf_leave();
    return at;
}

static void
link_exchange(const struct cmk_exchange *x, enum cf_source source, size_t asked)
{
    struct cf_probe *p = &cf_now;
    if (x != NULL && p->link_count < CF_LINKS_MOST)
        p->links[p->link_count++] =
            (struct cf_link){.exchange = x, .source = source, .asked = asked};
}

/* Was a question put, and which? */
static struct cmk_exchange *
to_http_start(struct cmk_call *c, const struct cmk_http_request *ask)
{
    struct cf_probe *p = &cf_now;
    struct cmk_call *e = cf_enter(c, "start");
    size_t before = p->out->asked_count;
    struct cmk_exchange *x = p->collect->http->start(e, ask);
    if (p->out->asked_count > before)
        link_exchange(x, CF_SYSTEM, before);
    cf_leave();
    return x;
}

static struct cmk_exchange *
to_git_file(struct cmk_call *c, struct cmk_exchange *commit, const char *path, uint64_t most)
{
    struct cf_probe *p = &cf_now;
    struct cmk_call *e = cf_enter(c, "file");
    size_t before = p->out->file_count;
    struct cmk_exchange *x = p->collect->git->file(e, commit, path, most);
    if (p->out->file_count > before)
        link_exchange(x, CF_REPOSITORY, before);
    cf_leave();
    return x;
}

static struct cmk_exchange *
to_files_open(struct cmk_call *c, const char *option, uint64_t index, uint64_t most)
{
    struct cf_probe *p = &cf_now;
    const struct cf_outside *out = (const struct cf_outside *)(const void *)p->out;
    struct cmk_call *e = cf_enter(c, "open");
    size_t before = out->own_count;
    struct cmk_exchange *x = p->files->open(e, option, index, most);
    if (out->own_count > before)
        link_exchange(x, CF_OPERATOR, before);
    cf_leave();
    return x;
}

/* The last one counts: memory of an earlier hook comes again. */
static struct cf_link *
link_of(const struct cmk_exchange *x)
{
    struct cf_link *found = NULL;
    for (size_t i = 0; i < cf_now.link_count; i++)
        if (cf_now.links[i].exchange == x)
            found = &cf_now.links[i];
    return found;
}

static void
to_text_read_as(struct cmk_call *c, struct cmk_exchange *x, struct cmk_bytes said, const char *why)
{
    struct cmk_call *e = cf_enter(c, "read_as");
    struct cf_link *link = link_of(x);
    if (link != NULL)
        link->is_text = true;
    cf_now.text->read_as(e, x, said, why);
    cf_leave();
}

static const struct cmk_text_answers text_table = {
    .size = sizeof text_table, .body = to_text_body, .read_as = to_text_read_as};

static const struct cmk_files files_table = {.size = sizeof files_table, .open = to_files_open};

static const struct cmk_certificates certificates_table = {
    .size = sizeof certificates_table,
    .read = to_certificates_read,
    .certificate = to_certificates_certificate,
    .name = to_certificates_name,
    .show_name = to_certificates_show_name,
    .same = to_certificates_same,
    .chain = to_certificates_chain,
    .ocsp_request = to_certificates_ocsp_request,
    .ocsp_answer = to_certificates_ocsp_answer,
    .jws = to_certificates_jws,
};

/* An engine older than ours may have the first members of an interface only: as many as the plug-in
 * says that it needs. All other members it has to ask for (CMK_HAS). What a plug-in is handed
 * without asking is never shorter than the header of its level. */
static const void *
laid_out(const void *table, uint32_t size, uint32_t least)
{
    unsigned char shorter[512];
    uint32_t said = least - least % (uint32_t)sizeof(void *);
    if (said < 2 * sizeof(uint32_t))
        said = 2 * sizeof(uint32_t);
    if (!cf_now.is.least_tables || said >= size || said > sizeof shorter)
        return cf_laid(table, size);
    memcpy(shorter, table, said);
    memcpy(shorter, &said, sizeof said);
    return cf_memory_tight(shorter, said);
}

/* An interface that we have no table for is one that this host lacks: its functions would be handed
 * a call that is not the engine's. */
static const void *
to_base_query(struct cmk_call *c, const char *name, uint32_t least)
{
    struct cmk_call *e = cf_enter(c, "query");
    const void *theirs = cf_now.base->query(e, name, least);
    cf_leave();
    if (cf_now.is.lacks_interfaces || theirs == NULL)
        return NULL;
    if (strcmp(name, CMK_TEXT_ANSWERS) == 0) {
        cf_now.text = theirs;
        return laid_out(&text_table, sizeof text_table, least);
    }
    if (strcmp(name, CMK_FILES) == 0) {
        cf_now.files = theirs;
        return laid_out(&files_table, sizeof files_table, least);
    }
    if (strcmp(name, CMK_CERTIFICATES) == 0) {
        cf_now.certificates = theirs;
        return laid_out(&certificates_table, sizeof certificates_table, least);
    }
    return NULL;
}

static const struct cmk_value *
to_record_exchange(struct cmk_call *c, const char *name, struct cmk_exchange *x,
                   const char *const *keep)
{
    struct cf_probe *p = &cf_now;
    struct cmk_call *e = cf_enter(c, "exchange");
    const struct cmk_value *kept = p->collect->record->exchange(e, name, x, keep);
    struct cf_link *link = x != NULL && name != NULL ? link_of(x) : NULL;
    if (link != NULL)
        (void)snprintf(link->document, sizeof link->document, "%s", name);
    cf_leave();
    return kept;
}

static void
to_record_absent(struct cmk_call *c, const char *name, int32_t status, const char *why)
{
    struct cmk_call *e = cf_enter(c, "absent");
    cf_now.collect->record->absent(e, name, status, why);
    cf_leave();
}

static int32_t
to_collect_sleep(struct cmk_call *c, int64_t ns)
{
    struct cmk_call *e = cf_enter(c, "sleep");
    int32_t status = cf_now.cancelled ? CMK_E_CANCELLED : cf_now.collect->sleep(e, ns);
    cf_leave();
    return status;
}

static int32_t
to_collect_secret_begins(struct cmk_call *c, const char *option, const char *head)
{
    struct cmk_call *e = cf_enter(c, "secret_begins");
    int32_t begins = cf_now.collect->secret_begins(e, option, head);
    if (head != NULL && *head != '\0')
        cf_now.secret_heads++;
    cf_leave();
    return begins;
}

/* ---- the tables of every call ---- */

static const struct cmk_base base_table = {
    .size = sizeof base_table,
    .log = to_base_log,
    .fail = to_base_fail,
    .status = to_base_status,
    .remaining = to_base_remaining,
    .alloc = to_base_alloc,
    .match = to_base_match,
    .time = to_base_time,
    .url = to_base_url,
    .query = to_base_query,
};

static const struct cmk_json json_table = {
    .size = sizeof json_table,
    .parse = to_json_parse,
    .get = to_json_get,
    .member = to_json_member,
    .count = to_json_count,
    .at = to_json_at,
    .key = to_json_key,
    .text = to_json_text,
    .integer = to_json_integer,
    .truth = to_json_truth,
    .show = to_json_show,
    .canonical = to_json_canonical,
};

static const struct cmk_crypto crypto_table = {
    .size = sizeof crypto_table,
    .digest = to_crypto_digest,
    .encode = to_crypto_encode,
    .decode = to_crypto_decode,
};

static const struct cmk_http http_table = {
    .size = sizeof http_table,
    .start = to_http_start,
    .status = to_http_status,
    .header = to_http_header,
    .json = to_http_json,
};

static const struct cmk_git git_table = {
    .size = sizeof git_table, .commit = to_git_commit, .file = to_git_file};

static const struct cmk_record record_table = {
    .size = sizeof record_table, .exchange = to_record_exchange, .absent = to_record_absent};

static const struct cmk_evidence evidence_table = {
    .size = sizeof evidence_table,
    .document = to_evidence_document,
    .document_if_any = to_evidence_document_if_any,
    .facts = to_evidence_facts,
    .refused = to_evidence_refused,
};

static const struct cmk_archive_ops archive_table = {
    .size = sizeof archive_table,
    .count = to_archives_count,
    .name = to_archives_name,
    .find = to_archives_find,
    .find_alike = to_archives_find_alike,
    .read = to_archives_read,
    .splice = to_archives_splice,
    .add = to_archives_add,
    .remove = to_archives_remove,
    .digest = to_archives_digest,
};

/* ---- contexts: one hook runs at a time, and each is good for one hook ---- */

struct cmk_call *
cf_face(struct cmk_call *engine)
{
    static struct cmk_call face;
    struct cf_probe *p = &cf_now;
    p->engine = engine;
    p->base = engine->base;
    p->json = engine->json;
    p->crypto = engine->crypto;
    face = (struct cmk_call){
        .size = sizeof face,
        .base = cf_laid(&base_table, sizeof base_table),
        .json = cf_laid(&json_table, sizeof json_table),
        .crypto = cf_laid(&crypto_table, sizeof crypto_table),
        .options = engine->options,
    };
    /* the plug-in may not write into it; the cast is of what cf_laid() made or of the one above */
    p->face = (struct cmk_call *)(uintptr_t)cf_laid(&face, sizeof face);
    return p->face;
}

const struct cmk_collect *
cf_face_collect(const struct cmk_collect *like)
{
    static struct cmk_collect face;
    cf_now.collect = like;
    face = (struct cmk_collect){
        .size = sizeof face,
        .http = cf_laid(&http_table, sizeof http_table),
        .git = cf_laid(&git_table, sizeof git_table),
        .record = cf_laid(&record_table, sizeof record_table),
        .kept = to_collect_kept,
        .sleep = to_collect_sleep,
        .secret_begins = to_collect_secret_begins,
    };
    return cf_laid(&face, sizeof face);
}

static const struct cmk_evidence *
face_evidence(const struct cmk_evidence *like)
{
    cf_now.evidence = like;
    return like != NULL ? cf_laid(&evidence_table, sizeof evidence_table) : NULL;
}

/* A member that is added is called through nothing until it stands here. */
_Static_assert(sizeof(struct cmk_statement) == 40, "cmk_statement grew: wrap its new members");

const struct cmk_statement *
cf_face_statement(const struct cmk_statement *like)
{
    static struct cmk_statement face;
    cf_now.statement = like;
    face = (struct cmk_statement){
        .size = sizeof face,
        .evidence = face_evidence(like->evidence),
        .origin = to_statement_origin,
        .attach = to_statement_attach,
        .parameter = to_statement_parameter,
    };
    return cf_laid(&face, sizeof face);
}

const struct cmk_exam *
cf_face_exam(const struct cmk_exam *like)
{
    static struct cmk_exam face;
    cf_now.exam = like;
    face = (struct cmk_exam){
        .size = sizeof face,
        .evidence = face_evidence(like->evidence),
        .decided_at = like->decided_at,
        .observe = to_exam_observe,
        .expect = to_exam_expect,
        .assumed = to_exam_assumed,
    };
    return cf_laid(&face, sizeof face);
}

const struct cmk_naming *
cf_face_naming(const struct cmk_naming *like)
{
    static struct cmk_naming face;
    cf_now.naming = like;
    face = (struct cmk_naming){.size = sizeof face, .name = to_naming_name};
    return cf_laid(&face, sizeof face);
}

const struct cmk_starter *
cf_face_starter(const struct cmk_starter *like)
{
    static struct cmk_starter face;
    cf_now.starter = like;
    face = (struct cmk_starter){
        .size = sizeof face,
        .address = like->address,
        .evidence = face_evidence(like->evidence),
        .setting = to_starter_setting,
        .about = to_starter_about,
    };
    return cf_laid(&face, sizeof face);
}

const struct cmk_work *
cf_face_work(const struct cmk_work *like)
{
    static struct cmk_work face;
    cf_now.work = like;
    face = (struct cmk_work){
        .size = sizeof face,
        .name = like->name,
        .archives = cf_laid(&archive_table, sizeof archive_table),
        .archive = like->archive,
        .origin = like->origin,
        .attachments = like->attachments,
        .note = to_work_note,
        .doubt = to_work_doubt,
    };
    return cf_laid(&face, sizeof face);
}
