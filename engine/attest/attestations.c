/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/attestations.h"

#include "base/fd.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
cm_attestation_done(struct cm_attestation *attestation)
{
    cm_bundle_done(&attestation->bundle);
}

void
cm_attestations_done(struct cm_attestations *attestations)
{
    for (size_t i = 0; i < attestations->count; i++)
        cm_attestation_done(&attestations->at[i]);
    free(attestations->at);
    *attestations = (struct cm_attestations){.at = NULL};
}

bool
cm_attestation_read(json_t *value, const struct cm_dsse_apart *apart, struct cm_attestation *ret,
                    struct cm_err *err)
{
    struct cm_bundle bundle = {.hint = NULL};
    bool is_bundle = cm_is_bundle(value);
    if (is_bundle ? !cm_bundle_read(value, apart, ret->where, &bundle, err)
                  : !cm_envelope_read(value, apart, ret->where, &bundle.envelope, err))
        return false;
    bundle.has_envelope = bundle.has_envelope || !is_bundle;
    ret->is_bundle = is_bundle;
    ret->bundle = bundle;
    return true;
}

/* Appends it; `line` 0: the whole file. */
static bool
add(json_t *value, const struct cm_dsse_apart *apart, const char *name, size_t line,
    struct cm_attestations *to, struct cm_err *err)
{
    struct cm_attestation one = {.where = ""};
    if (to->count == CM_MOST_ATTESTATIONS)
        return cm_fail(err, CM_E_MALFORMED, "%s: more than %d attestations", name,
                       CM_MOST_ATTESTATIONS);
    if (line > 0)
        (void)snprintf(one.where, sizeof one.where, "%.240s: line %zu", name, line);
    else
        (void)snprintf(one.where, sizeof one.where, "%.240s", name);
    struct cm_attestation *more = realloc(to->at, (to->count + 1) * sizeof *more);
    if (more == NULL)
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", name);
    to->at = more;
    if (!cm_attestation_read(value, apart, &one, err))
        return false;
    to->at[to->count++] = one;
    return true;
}

static bool
is_blank(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (strchr(" \t\r\n", at[i]) == NULL || at[i] == '\0')
            return false;
    return true;
}

/* The next line that is not blank; NULL: there is none. *line counts all of them. */
static const char *
next_line(const char **at, const char *end, size_t *line, size_t *ret_size)
{
    while (*at < end) {
        const char *begin = *at, *feed = memchr(begin, '\n', (size_t)(end - begin));
        *ret_size = (size_t)((feed != NULL ? feed : end) - begin);
        *at = feed != NULL ? feed + 1 : end;
        ++*line;
        if (!is_blank(begin, *ret_size))
            return begin;
    }
    return NULL;
}

static bool
read_lines(const char *at, const char *end, const char *name, struct cm_attestations *to,
           struct cm_err *err)
{
    const char *begin;
    for (size_t line = 0, size; (begin = next_line(&at, end, &line, &size)) != NULL;) {
        char where[280];
        struct cm_dsse_apart apart = {NULL, 0};
        CM_CLEANUP(cm_json_done) json_t *value = NULL;
        (void)snprintf(where, sizeof where, "%.240s: line %zu", name, line);
        if (!cm_dsse_parse(begin, size, where, &value, &apart, err) ||
            !add(value, &apart, name, line, to, err))
            return false;
    }
    return true;
}

/* Is the first line an object by itself, and is there another one? */
static bool
has_lines(const char *at, const char *end)
{
    size_t line = 0, size = 0, other = 0;
    struct cm_err none = CM_ERR_INIT;
    struct cm_dsse_apart apart = {NULL, 0};
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    const char *first = next_line(&at, end, &line, &size);
    return first != NULL && next_line(&at, end, &line, &other) != NULL &&
           cm_dsse_parse(first, size, "", &value, &apart, &none);
}

static bool
read_all(const char *at, size_t size, const char *name, struct cm_attestations *to,
         struct cm_err *err)
{
    struct cm_dsse_apart apart = {NULL, 0};
    CM_CLEANUP(cm_json_done) json_t *value = NULL;
    if (has_lines(at, at + size))
        return read_lines(at, at + size, name, to, err);
    if (is_blank(at, size))
        return cm_fail(err, CM_E_MALFORMED, "%s: there is no attestation in it", name);
    return cm_dsse_parse(at, size, name, &value, &apart, err) &&
           add(value, &apart, name, 0, to, err);
}

bool
cm_attestations_read(const void *at, size_t size, const char *name, struct cm_attestations *ret,
                     struct cm_err *err)
{
    CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.at = NULL};
    if (!read_all(size > 0 ? at : "", size, name, &attestations, err))
        return false;
    *ret = attestations;
    attestations = (struct cm_attestations){.at = NULL};
    return true;
}

bool
cm_attestations_read_file(const char *path, struct cm_attestations *ret, struct cm_err *err)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf bytes = CM_BUF_INIT(CM_ATTESTATION_FILE_MOST);
    return cm_file_read(path, &bytes, err) &&
           cm_attestations_read(bytes.at, bytes.size, path, ret, err);
}
