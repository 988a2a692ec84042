/* SPDX-License-Identifier: Apache-2.0
 *
 * Is it evidence by form? Tables of members, each with the function that judges its value.
 */
#include "evidence/evidence.h"

#include "base/digest.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define CHANGED "not the digest that was recorded: it was changed"

/* Where we are, for messages; the outermost has no name. */
struct place {
    const struct place *up;
    const char *name;
};

typedef bool check_fn(const json_t *value, const struct place *place, struct cm_err *err);

struct member {
    const char *name;
    check_fn *check;
    bool may_be_missing;
};

static void
write_place(const struct place *place, struct cm_buf *to)
{
    if (!place || !place->name)
        return;
    write_place(place->up, to);
    if (to->size > 0)
        cm_buf_putc(to, '.');
    cm_escape_to(to, place->name, strlen(place->name));
}

static bool
wrong(const struct place *place, const char *what, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf path = CM_BUF_INIT(4096);
    write_place(place, &path);
    return cm_fail(err, CM_E_MALFORMED, "%s: %s", path.size > 0 ? path.at : "the evidence", what);
}

static bool
is_text(const json_t *value, const struct place *place, struct cm_err *err)
{
    return json_is_string(value) ? true : wrong(place, "not a text", err);
}

static bool
is_time(const json_t *value, const struct place *place, struct cm_err *err)
{
    int64_t time = 0;
    const char *text = json_string_value(value);
    return text && cm_parse_time(text, &time) ? true : wrong(place, "not a time", err);
}

static bool
is_count(const json_t *value, const struct place *place, struct cm_err *err)
{
    return json_is_integer(value) && json_integer_value(value) >= 0
               ? true
               : wrong(place, "not a number of things", err);
}

static bool
is_truth(const json_t *value, const struct place *place, struct cm_err *err)
{
    return json_is_boolean(value) ? true : wrong(place, "neither true nor false", err);
}

static bool
is_true(const json_t *value, const struct place *place, struct cm_err *err)
{
    return json_is_true(value) ? true : wrong(place, "can only be true", err);
}

static bool
is_digest(const json_t *value, const struct place *place, struct cm_err *err)
{
    const char *text = json_string_value(value);
    return text && strlen(text) == CM_SHA256_HEX - 1 &&
                   strspn(text, "0123456789abcdef") == CM_SHA256_HEX - 1
               ? true
               : wrong(place, "not 64 lower-case hexadecimal digits", err);
}

static bool
is_object(const json_t *value, const struct place *place, struct cm_err *err)
{
    return json_is_object(value) ? true : wrong(place, "not an object", err);
}

static bool
is_anything(const json_t *value, const struct place *place, struct cm_err *err)
{
    return value ? true : wrong(place, "missing", err);
}

static bool
is_whose(const json_t *value, const struct place *place, struct cm_err *err)
{
    static const char *const whose[] = {CM_OF_SYSTEM, CM_OF_REPOSITORY, CM_OF_SUBMITTER,
                                        CM_OF_OPERATOR};
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < CM_COUNT(whose); i++)
        if (strcmp(text, whose[i]) == 0)
            return true;
    return wrong(place, "none of system, repository, submitter, operator", err);
}

static bool
is_class(const json_t *value, const struct place *place, struct cm_err *err)
{
    const char *text = json_string_value(value);
    return text && strcmp(text, "ok") != 0 && strcmp(cm_class_name(cm_class_of(text)), text) == 0
               ? true
               : wrong(place, "not a class of errors", err);
}

static bool
is_name(const json_t *value, const struct place *place, struct cm_err *err)
{
    const char *text = json_string_value(value);
    return text && cm_evidence_is_name(text) ? true : wrong(place, "not a document's name", err);
}

static bool
is_format(const json_t *value, const struct place *place, struct cm_err *err)
{
    const char *text = json_string_value(value);
    return text && strcmp(text, CM_EVIDENCE_FORMAT) == 0
               ? true
               : wrong(place, "not " CM_EVIDENCE_FORMAT, err);
}

static bool
is_known(const char *name, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0)
            return true;
    return false;
}

static bool
check_members(const json_t *object, const struct member *members, size_t count,
              const struct place *place, struct cm_err *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    if (!is_object(object, place, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct place below = {.up = place, .name = members[i].name};
        value = json_object_get(object, members[i].name);
        if (!value && members[i].may_be_missing)
            continue;
        if (!value)
            return wrong(&below, "missing", err);
        if (!members[i].check(value, &below, err))
            return false;
    }
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        const struct place below = {.up = place, .name = key};
        if (!is_known(key, members, count))
            return wrong(&below, "not a member that evidence has", err);
    }
    return true;
}

static bool
check_each(const json_t *array, check_fn *check, const struct place *place, struct cm_err *err)
{
    if (!json_is_array(array))
        return wrong(place, "not an array", err);
    for (size_t i = 0; i < json_array_size(array); i++) {
        char index[24];
        (void)snprintf(index, sizeof index, "%zu", i);
        const struct place below = {.up = place, .name = index};
        if (!check(json_array_get(array, i), &below, err))
            return false;
    }
    return true;
}

static bool
is_engine(const json_t *value, const struct place *place, struct cm_err *err)
{
    static const struct member members[] = {{"version", is_text, false},
                                            {"sha256", is_digest, false}};
    return check_members(value, members, CM_COUNT(members), place, err);
}

static bool
is_module(const json_t *value, const struct place *place, struct cm_err *err)
{
    static const struct member members[] = {{"name", is_text, false}, {"sha256", is_digest, false}};
    return check_members(value, members, CM_COUNT(members), place, err);
}

static bool
are_modules(const json_t *value, const struct place *place, struct cm_err *err)
{
    return check_each(value, is_module, place, err);
}

static bool
is_plugin(const json_t *value, const struct place *place, struct cm_err *err)
{
    static const struct member members[] = {{"id", is_text, false},
                                            {"version", is_text, false},
                                            {"sdk", is_text, false},
                                            {"sha256", is_digest, false}};
    return check_members(value, members, CM_COUNT(members), place, err);
}

static bool
are_plugins(const json_t *value, const struct place *place, struct cm_err *err)
{
    return check_each(value, is_plugin, place, err);
}

static bool
are_names(const json_t *value, const struct place *place, struct cm_err *err)
{
    const char *key = NULL;
    json_t *text = NULL;
    if (!is_object(value, place, err))
        return false;
    json_object_foreach((json_t *)(uintptr_t)value, key, text)
    {
        const struct place below = {.up = place, .name = key};
        if (!json_is_string(text) && !json_is_integer(text) && !json_is_boolean(text))
            return wrong(&below, "neither a text nor a number nor a truth", err);
    }
    return true;
}

static bool
is_request(const json_t *value, const struct place *place, struct cm_err *err)
{
    static const struct member members[] = {
        {"organization", is_text, false}, {"project", is_text, false},
        {"policy", is_text, false},       {"system", is_text, false},
        {"submitter", is_text, false},    {"names", are_names, false}};
    return check_members(value, members, CM_COUNT(members), place, err);
}

static bool
is_collected(const json_t *value, const struct place *place, struct cm_err *err)
{
    static const struct member members[] = {
        {"from", is_time, false}, {"to", is_time, false}, {"stopped", is_text, true}};
    return check_members(value, members, CM_COUNT(members), place, err);
}

static bool
is_error(const json_t *value, const struct place *place, struct cm_err *err)
{
    static const struct member members[] = {
        {"class", is_class, false}, {"message", is_text, false}, {"cause", is_name, true}};
    return check_members(value, members, CM_COUNT(members), place, err);
}

/* Is `digest` that of the value's canonical form? */
static bool
is_digest_of(const json_t *digest, const json_t *value, const struct place *place,
             struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    if (!cm_json_sha256(value, sha256))
        return wrong(place, "cannot be digested", err);
    return strcmp(json_string_value(digest), sha256) == 0 ? true : wrong(place, CHANGED, err);
}

static bool
is_whole(const json_t *document, const struct place *place, struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    const char *recorded = json_string_value(json_object_get(document, "document_sha256"));
    if (json_object_get(document, "content") && json_object_get(document, "error"))
        return wrong(place, "there is content and an error", err);
    if (!cm_evidence_digest(document, sha256))
        return wrong(place, "cannot be digested", err);
    return recorded && strcmp(recorded, sha256) == 0 ? true : wrong(place, CHANGED, err);
}

static bool
is_document(const json_t *value, const struct place *place, struct cm_err *err)
{
    static const struct member members[] = {
        {"of", is_whose, false},         {"asked", is_text, true},
        {"at", is_time, true},           {"date", is_time, true},
        {"credential", is_truth, false}, {"proxy", is_true, true},
        {"artifact", is_true, true},     {"status", is_count, true},
        {"size", is_count, true},        {"sha256", is_digest, true},
        {"hmac", is_digest, true},       {"content", is_anything, true},
        {"error", is_error, true},       {"document_sha256", is_digest, false}};
    if (!check_members(value, members, CM_COUNT(members), place, err))
        return false;
    if (json_object_get(value, "sha256") && json_object_get(value, "hmac"))
        return wrong(place, "sha256 and hmac stand together", err);
    return is_whole(value, place, err);
}

static bool
are_documents(const json_t *value, const struct place *place, struct cm_err *err)
{
    const char *key = NULL;
    json_t *document = NULL;
    if (!is_object(value, place, err))
        return false;
    json_object_foreach((json_t *)(uintptr_t)value, key, document)
    {
        const struct place below = {.up = place, .name = key};
        if (!cm_evidence_is_name(key))
            return wrong(&below, "not a document's name", err);
        if (!is_document(document, &below, err))
            return false;
    }
    return true;
}

bool
cm_evidence_check(const json_t *evidence, struct cm_err *err)
{
    static const struct member members[] = {{"format", is_format, false},
                                            {"engine", is_engine, false},
                                            {"modules", are_modules, false},
                                            {"plugins", are_plugins, false},
                                            {"request", is_request, false},
                                            {"effective", is_object, false},
                                            {"effective_sha256", is_digest, false},
                                            {"collected", is_collected, false},
                                            {"decided_at", is_time, false},
                                            {"documents", are_documents, false},
                                            {"answers", is_object, true}};
    const struct place top = {.up = NULL, .name = NULL};
    const struct place effective = {.up = &top, .name = "effective"};
    return check_members(evidence, members, CM_COUNT(members), &top, err) &&
           is_digest_of(json_object_get(evidence, "effective_sha256"),
                        json_object_get(evidence, "effective"), &effective, err);
}
