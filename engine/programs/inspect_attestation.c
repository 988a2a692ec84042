/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/inspect_attestation.h"

#include "attest/attestations.h"
#include "attest/provenance.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "programs/statement_lines.h"
#include "verdict/report_lines.h"

#include <string.h>
#include <unistd.h>

#define FORMAT     "countermark-attestation-inspection/1"
#define LABEL_TEXT 14
#define SHOWN      8 /* subjects, for people */

bool
cm_is_attestation_file(const char *path)
{
    char bytes[256];
    struct cm_err none = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    ssize_t got = cm_file_open(path, &fd, &none) ? pread(fd, bytes, sizeof bytes, 0) : 0;
    for (ssize_t i = 0; i < got; i++)
        if (strchr(" \t\r\n", bytes[i]) == NULL || bytes[i] == '\0')
            return bytes[i] == '{';
    return false;
}

/* ---- as JSON ---- */

static json_t *
signature_json(const char *key_id, size_t size)
{
    return json_pack("{s:s?, s:I}", "keyid", key_id, "size", (json_int_t)size);
}

static json_t *
signatures_of(const struct cm_bundle *bundle)
{
    const struct cm_envelope *envelope = &bundle->envelope;
    json_t *list = json_array();
    bool ok = bundle->has_envelope ||
              json_array_append_new(list, signature_json(NULL, bundle->signature.size)) == 0;
    for (size_t i = 0; ok && i < envelope->count; i++)
        ok = json_array_append_new(list, signature_json(envelope->signatures[i].key_id,
                                                        envelope->signatures[i].size)) == 0;
    if (!ok)
        cm_json_done(&list);
    return list;
}

/* *ret stays NULL where a file's bytes are signed and nothing is stated. */
static bool
statement_of(const struct cm_attestation *attestation, json_t **ret, struct cm_err *err)
{
    size_t size = 0;
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    if (!attestation->bundle.has_envelope)
        return true;
    const char *payload = cm_envelope_payload(&attestation->bundle.envelope, &size);
    if (!cm_statement_read(payload, size, attestation->where, &statement, err))
        return false;
    *ret = CM_TAKE(statement.json);
    return true;
}

static bool
add(const struct cm_attestation *attestation, json_t *to, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *statement = NULL;
    if (!statement_of(attestation, &statement, err))
        return false;
    json_t *one =
        json_pack("{s:s, s:s?, s:o, s:O?}", "form", attestation->is_bundle ? "bundle" : "envelope",
                  "hint", attestation->bundle.hint, "signatures",
                  signatures_of(&attestation->bundle), "statement", statement);
    return json_array_append_new(to, one) == 0 ||
           cm_fail(err, CM_E_LIMIT, "%s: no memory", attestation->where);
}

static json_t *
all_of(const struct cm_attestations *attestations, const char *path, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < attestations->count; i++)
        if (!add(&attestations->at[i], list, err))
            return NULL;
    json_t *value = json_pack("{s:s, s:s?, s:b, s:O}", "format", FORMAT, "file",
                              cm_is_utf8(path, strlen(path)) ? path : NULL, "verified", 0,
                              "attestations", list);
    if (value == NULL)
        (void)cm_fail(err, CM_E_LIMIT, "%s: no memory", path);
    return value;
}

/* ---- for people ---- */

static void
put_subjects(struct cm_page *page, const json_t *subjects)
{
    size_t i;
    json_t *one, *digest;
    json_array_foreach(subjects, i, one)
    {
        const char *algorithm, *name = cm_json_text(one, "name");
        CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 16);
        cm_buf_puts(&text, name != NULL ? name : "(no name)");
        json_object_foreach(cm_json_get(one, "digest"), algorithm, digest)
        {
            cm_buf_printf(&text, " %s:%s", algorithm, json_string_value(digest));
        }
        if (i < SHOWN)
            cm_page_labelled(page, 2, LABEL_TEXT, i == 0 ? "about" : "", CM_FOREIGN,
                             cm_buf_text(&text));
    }
    if (json_array_size(subjects) > SHOWN)
        cm_page_labelled(page, 2, LABEL_TEXT, "", CM_FOREIGN, "and others (see --format json)");
}

static void
put_provenance(struct cm_page *page, const struct cm_statement *statement)
{
    size_t i;
    json_t *one;
    struct cm_provenance_read provenance;
    struct cm_err none = CM_ERR_INIT;
    if (!cm_provenance_of(statement, "", &provenance, &none))
        return;
    cm_page_labelled(page, 2, LABEL_TEXT, "builder", CM_FOREIGN, provenance.builder_id);
    cm_page_labelled(page, 2, LABEL_TEXT, "build type", CM_FOREIGN, provenance.build_type);
    json_array_foreach(provenance.dependencies, i, one)
    {
        if (i < SHOWN)
            cm_page_labelled(page, 2, LABEL_TEXT, i == 0 ? "made of" : "", CM_FOREIGN,
                             cm_json_text(one, "uri"));
    }
}

static void
put_one(struct cm_page *page, const struct cm_attestation *attestation)
{
    size_t size = 0;
    struct cm_err none = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(64);
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    const struct cm_bundle *bundle = &attestation->bundle;
    cm_page_labelled(page, 2, LABEL_TEXT, attestation->is_bundle ? "bundle" : "envelope",
                     CM_OPERATORS, attestation->where);
    cm_page_labelled(page, 2, LABEL_TEXT, "hint", CM_FOREIGN, bundle->hint);
    cm_buf_printf(&text, "%zu", bundle->has_envelope ? bundle->envelope.count : 1);
    cm_page_labelled(page, 2, LABEL_TEXT, "signatures", CM_FOREIGN, cm_buf_text(&text));
    const char *payload =
        bundle->has_envelope ? cm_envelope_payload(&bundle->envelope, &size) : NULL;
    if (payload != NULL && cm_statement_read(payload, size, "", &statement, &none)) {
        cm_page_labelled(page, 2, LABEL_TEXT, "type", CM_FOREIGN, statement.predicate_type);
        put_subjects(page, statement.subjects);
        cm_put_summary(page, LABEL_TEXT, &statement, true);
        put_provenance(page, &statement);
    }
    cm_buf_putc(page->to, '\n');
}

static int
print(const struct cm_session *session, const struct cm_attestations *attestations,
      const json_t *value)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(CM_REPORT_MOST);
    const struct cm_look look = cm_session_look(session);
    struct cm_page page = {&text, &look, cm_page_width(&look)};
    if (cm_session_form(session) == CM_JSON) {
        if (cm_json_pretty(value, &text))
            cm_buf_putc(&text, '\n');
        return cm_session_print(session, &text);
    }
    for (size_t i = 0; i < attestations->count; i++)
        put_one(&page, &attestations->at[i]);
    cm_buf_puts(&text, "not verified: this is only what it says (see verify-attestation and "
                       "verify-vsa)\n");
    return cm_session_print(session, &text);
}

int
cm_inspect_attestations(const struct cm_session *session, const char *path)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.at = NULL};
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    if (cm_attestations_read_file(path, &attestations, &err) &&
        (value = all_of(&attestations, path, &err)) != NULL)
        return print(session, &attestations, value);
    int status = cm_session_failed(session, &err);
    return err.class == CM_E_INTERNAL ? status : CM_EXIT_USAGE;
}
