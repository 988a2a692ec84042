/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/statement.h"

#include "attest/digests.h"
#include "attest/members.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

#define LOWER_HEX "0123456789abcdef"

/* Lengths in hexadecimal digits; a git object's is one of two. */
static const struct {
    const char *algorithm;
    size_t size, other;
    bool weak;
} algorithms[] = {
    {"sha256", 64, 0, false},     {"sha384", 96, 0, false},    {"sha512", 128, 0, false},
    {"sha224", 56, 0, true},      {"sha512_224", 56, 0, true}, {"sha512_256", 64, 0, false},
    {"sha3_256", 64, 0, false},   {"sha3_384", 96, 0, false},  {"sha3_512", 128, 0, false},
    {"sha3_224", 56, 0, true},    {"md5", 32, 0, true},        {"sha1", 40, 0, true},
    {"gitCommit", 40, 64, false}, {"gitTree", 40, 64, false},  {"gitBlob", 40, 64, false},
    {"gitTag", 40, 64, false},
};

static size_t
find_algorithm(const char *name)
{
    size_t i = 0;
    while (i < CM_COUNT(algorithms) && strcmp(algorithms[i].algorithm, name) != 0)
        i++;
    return i;
}

bool
cm_digest_is_of(const char *algorithm, const char *text)
{
    size_t size = strlen(text), i = find_algorithm(algorithm);
    if (i == CM_COUNT(algorithms))
        return size > 0;
    return (size == algorithms[i].size || (size == algorithms[i].other && size > 0)) &&
           strspn(text, LOWER_HEX) == size;
}

bool
cm_digest_is_weak(const char *algorithm)
{
    size_t i = find_algorithm(algorithm);
    return i < CM_COUNT(algorithms) && algorithms[i].weak;
}

bool
cm_known_digest_read(const char *text, char room[CM_DIGEST_ROOM], struct cm_known_digest *ret,
                     struct cm_err *err)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0' || strlen(text) >= CM_DIGEST_ROOM)
        return cm_fail(err, CM_E_MALFORMED, "'%s' is no digest: sha256:0123... is one", text);
    memcpy(room, text, strlen(text) + 1);
    room[colon - text] = '\0';
    const struct cm_known_digest digest = {room, room + (colon - text) + 1};
    if (cm_digest_is_weak(digest.algorithm))
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "%s is weaker than SHA-256, and may be made to fit another file",
                       digest.algorithm);
    if (!cm_digest_is_of(digest.algorithm, digest.text))
        return cm_fail(err, CM_E_MALFORMED,
                       "'%s' is no digest by %s: hexadecimal digits, in lower case, all of them",
                       digest.text, digest.algorithm);
    *ret = digest;
    return true;
}

/* ---- reading ---- */

void
cm_statement_done(struct cm_statement *statement)
{
    cm_json_done(&statement->json);
}

static bool
read_digests(const json_t *subject, const char *where, struct cm_err *err)
{
    const char *algorithm;
    json_t *value;
    const json_t *digests = NULL;
    if (!cm_member_object_needed(subject, "digest", where, &digests, err))
        return false;
    size_t size = json_object_size(digests);
    if (size == 0 || size > CM_MOST_DIGESTS)
        return cm_fail(err, CM_E_MALFORMED, "%s: %s", where,
                       size == 0 ? "there is no digest in its digest" : "too many digests");
    json_object_foreach((json_t *)(uintptr_t)digests, algorithm, value)
    {
        if (!json_is_string(value) || !cm_digest_is_of(algorithm, json_string_value(value)))
            return cm_fail(err, CM_E_MALFORMED, "%s: what stands for %s is no digest by it", where,
                           algorithm);
    }
    return true;
}

static bool
read_subject(const json_t *subject, const char *where, struct cm_err *err)
{
    static const char *const known[] = {"name", "uri", "digest", NULL};
    const char *text = NULL;
    return cm_members_check(subject, known, where, err) &&
           cm_member_text(subject, "name", where, &text, err) &&
           cm_member_text(subject, "uri", where, &text, err) && read_digests(subject, where, err);
}

static bool
read_subjects(const json_t *list, const char *where, struct cm_err *err)
{
    char place[256];
    size_t size = json_array_size(list);
    if (size == 0 || size > CM_MOST_SUBJECTS)
        return cm_fail(err, CM_E_MALFORMED,
                       size == 0 ? "%s: there is no subject" : "%s: more than 1024 subjects",
                       where);
    for (size_t i = 0; i < size; i++) {
        (void)snprintf(place, sizeof place, "%.200s: subject %zu", where, i + 1);
        if (!read_subject(json_array_get(list, i), place, err))
            return false;
    }
    return true;
}

static bool
read_members(struct cm_statement *to, const char *where, struct cm_err *err)
{
    static const char *const known[] = {"_type", "subject", "predicateType", "predicate", NULL};
    const char *type = NULL;
    if (!cm_members_check(to->json, known, where, err) ||
        !cm_member_text_needed(to->json, "_type", where, &type, err))
        return false;
    if (strcmp(type, CM_STATEMENT_V1) != 0 && strcmp(type, CM_STATEMENT_V01) != 0)
        return cm_fail(err, CM_E_MALFORMED, "%s: _type is '%s', not " CM_STATEMENT_V1, where, type);
    return cm_member_array_needed(to->json, "subject", where, &to->subjects, err) &&
           read_subjects(to->subjects, where, err) &&
           cm_member_text_needed(to->json, "predicateType", where, &to->predicate_type, err) &&
           cm_member_object(to->json, "predicate", where, &to->predicate, err);
}

bool
cm_statement_read(const void *at, size_t size, const char *where, struct cm_statement *ret,
                  struct cm_err *err)
{
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    if (!cm_json_parse(at, size, where, &statement.json, err) ||
        !read_members(&statement, where, err))
        return false;
    *ret = statement;
    statement.json = NULL;
    return true;
}

/* ---- looking for a file ---- */

static bool
fits(const json_t *subject, const struct cm_known_digest *known, size_t count)
{
    bool any = false;
    const json_t *digests = json_object_get(subject, "digest");
    for (size_t i = 0; i < count; i++) {
        const char *text = cm_json_text(digests, known[i].algorithm);
        if (text != NULL && strcmp(text, known[i].text) != 0)
            return false;
        any = any || text != NULL;
    }
    return any;
}

const json_t *
cm_statement_find(const struct cm_statement *statement, const struct cm_known_digest *known,
                  size_t count)
{
    size_t i;
    json_t *subject;
    json_array_foreach(statement->subjects, i, subject)
    {
        if (fits(subject, known, count))
            return subject;
    }
    return NULL;
}

bool
cm_statement_has(const struct cm_statement *statement, const char *algorithm)
{
    size_t i;
    json_t *subject;
    json_array_foreach(statement->subjects, i, subject)
    {
        if (cm_json_text(json_object_get(subject, "digest"), algorithm) != NULL)
            return true;
    }
    return false;
}
