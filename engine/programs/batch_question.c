/* SPDX-License-Identifier: Apache-2.0
 *
 * One question of a batch, read and judged. Run by several threads at once. */
#include "base/json.h"
#include "base/text.h"
#include "programs/batch.h"

#include <string.h>

#define MOST_DIGESTS 64
#define WHERE        "the question"

struct question {
    struct cm_vsa_wanted wanted;
    char rooms[MOST_DIGESTS][CM_DIGEST_ROOM];
    struct cm_known_digest digests[MOST_DIGESTS];
    size_t digest_count;
};

static bool
check_names(const json_t *value, struct cm_err *err)
{
    static const char *const known[] = {
        "attestation",    "subject_digest", "verifier_id", "resource_uri",
        "verified_level", "max_age",        "id",          NULL};
    const char *name;
    json_t *member;
    if (!json_is_object(value))
        return cm_fail(err, CM_E_MALFORMED, WHERE " is no object");
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], name) != 0)
            i++;
        if (known[i] == NULL)
            return cm_fail(err, CM_E_MALFORMED, WHERE " has a member '%s', which is none", name);
    }
    const json_t *id = json_object_get(value, "id");
    if (id != NULL && !json_is_string(id) && !json_is_integer(id))
        return cm_fail(err, CM_E_MALFORMED, WHERE ": id is neither text nor a whole number");
    return json_string_length(id) <= CM_BATCH_ID_MOST ||
           cm_fail(err, CM_E_MALFORMED, WHERE ": id is longer than %d bytes", CM_BATCH_ID_MOST);
}

/* A demand is said or left out: an empty one would be a slip, and taken for none. Borrowed; NULL if
 * it is left out. */
static bool
get_text(const json_t *value, const char *key, const char **ret, struct cm_err *err)
{
    const json_t *member = json_object_get(value, key);
    const char *text = json_string_value(member);
    if (member != NULL && (text == NULL || *text == '\0'))
        return cm_fail(err, CM_E_MALFORMED, WHERE ": %s is no text, or an empty one", key);
    *ret = text;
    return true;
}

/* A text, or each of a list of texts. */
static bool
for_each(const json_t *value, const char *key, struct question *to,
         bool (*add)(struct question *, const char *, struct cm_err *), struct cm_err *err)
{
    const json_t *member = json_object_get(value, key);
    size_t size = json_is_array(member) ? json_array_size(member) : member != NULL ? 1 : 0;
    if (member != NULL && size == 0)
        return cm_fail(err, CM_E_MALFORMED, WHERE ": %s is an empty list", key);
    for (size_t i = 0; i < size; i++) {
        const char *text =
            json_string_value(json_is_array(member) ? json_array_get(member, i) : member);
        if (text == NULL)
            return cm_fail(err, CM_E_MALFORMED, WHERE ": %s is no text and no list of texts", key);
        if (!add(to, text, err))
            return false;
    }
    return true;
}

static bool
add_digest(struct question *to, const char *text, struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    if (to->digest_count == MOST_DIGESTS)
        return cm_fail(err, CM_E_MALFORMED, WHERE ": more than %d digests", MOST_DIGESTS);
    if (!cm_known_digest_read(text, to->rooms[to->digest_count], &to->digests[to->digest_count],
                              &why))
        return cm_fail(err, CM_E_MALFORMED, WHERE ": %s", why.text);
    to->digest_count++;
    return true;
}

static bool
add_level(struct question *to, const char *text, struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    if (to->wanted.level_count == CM_MOST_LEVELS)
        return cm_fail(err, CM_E_MALFORMED, WHERE ": more than %d levels", CM_MOST_LEVELS);
    if (!cm_vsa_level_check(text, &why))
        return cm_fail(err, CM_E_MALFORMED, WHERE ": %s", why.text);
    to->wanted.levels[to->wanted.level_count++] = text;
    return true;
}

/* One that was said on the command line stands; said again it is a contradiction, or may be. */
static bool
set(const json_t *value, const char *key, const char **to, struct cm_err *err)
{
    const char *text = NULL;
    if (!get_text(value, key, &text, err))
        return false;
    if (text != NULL && *to != NULL)
        return cm_fail(err, CM_E_MALFORMED, WHERE ": %s is said on the command line already", key);
    *to = text != NULL ? text : *to;
    return *to != NULL || cm_fail(err, CM_E_MALFORMED, WHERE ": there is no %s", key);
}

static bool
read_age(const json_t *value, struct question *to, struct cm_err *err)
{
    const char *text = NULL;
    if (!get_text(value, "max_age", &text, err) || text == NULL)
        return err->class == CM_OK;
    if (to->wanted.max_age != 0)
        return cm_fail(err, CM_E_MALFORMED, WHERE ": max_age is said on the command line already");
    return (cm_parse_duration(text, &to->wanted.max_age) && to->wanted.max_age != 0) ||
           cm_fail(err, CM_E_MALFORMED, WHERE ": max_age is no duration like 30d");
}

static bool
read_levels(const json_t *value, struct question *to, struct cm_err *err)
{
    if (to->wanted.level_count > 0 && json_object_get(value, "verified_level") != NULL)
        return cm_fail(err, CM_E_MALFORMED,
                       WHERE ": verified_level is said on the command line already");
    return for_each(value, "verified_level", to, add_level, err);
}

static bool
read_question(const json_t *value, struct question *to, struct cm_err *err)
{
    if (!check_names(value, err) || !set(value, "verifier_id", &to->wanted.verifier_id, err) ||
        !set(value, "resource_uri", &to->wanted.resource_uri, err) || !read_age(value, to, err) ||
        !read_levels(value, to, err) || !for_each(value, "subject_digest", to, add_digest, err))
        return false;
    return to->digest_count > 0 ||
           cm_fail(err, CM_E_MALFORMED, WHERE ": there is no subject_digest");
}

static bool
judge(const struct cm_batch *batch, const json_t *value, const struct cm_dsse_apart *apart,
      struct cm_err *err)
{
    struct question question = {.wanted = *batch->wanted};
    CM_CLEANUP(cm_attestation_done) struct cm_attestation attestation = {.where = "attestation"};
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    if (!read_question(value, &question, err) ||
        !cm_attestation_read(json_object_get(value, "attestation"), apart, &attestation, err) ||
        !cm_attestation_statement(&attestation, batch->signers, &statement, err))
        return false;
    const struct cm_asked asked = {
        .subjects = {.each = question.digests, .each_count = question.digest_count},
        .vsa = &question.wanted,
    };
    return cm_statement_satisfies(&statement, &asked, attestation.where, err);
}

const char *
cm_batch_judge(const struct cm_batch *batch, const json_t *question,
               const struct cm_dsse_apart *apart, struct cm_err *err)
{
    if (judge(batch, question, apart, err))
        return "accepted";
    return err->class == CM_E_DENIED ? "rejected" : "malformed";
}
