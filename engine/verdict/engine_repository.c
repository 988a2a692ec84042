/* SPDX-License-Identifier: Apache-2.0
 *
 * repository.expected, .public, .ref-allowed: the right repository, open to all, and a ref that may
 * be released.
 */
#include "verdict/exam.h"

#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "git/documents.h"
#include "git/words.h"
#include "trust/pattern.h"
#include "trust/url.h"

#include <inttypes.h>
#include <string.h>

#define HTTPS      "https://"
#define MEDIA_TYPE "application/x-git-upload-pack-advertisement"

static const json_t *
project_of(const struct cm_exam *x)
{
    return cm_json_get(cm_json_get(x->evidence, "effective"), "project");
}

/* Does the project fold paths on the host of this normal form? */
static bool
is_folded(struct cm_exam *x, const char *normal)
{
    const json_t *hosts = cm_json_get(project_of(x), "fold_hosts");
    if (!cm_starts_with(normal, HTTPS))
        return false;
    const char *host = normal + strlen(HTTPS);
    const char *copy = cm_arena_bytes(x->arena, host, strcspn(host, "/"));
    return copy && cm_exam_holds(hosts, copy);
}

bool
cm_exam_normal(struct cm_exam *x, const char *url, const char **ret, struct cm_err *err)
{
    const char *normal = NULL;
    if (!cm_url_repository(x->arena, url, false, &normal, err))
        return false;
    if (is_folded(x, normal) && !cm_url_repository(x->arena, url, true, &normal, err))
        return false;
    *ret = normal;
    return true;
}

/* Is it the repository of the origin? Yes where that is not stated: other checks are unknown then.
 */
static bool
is_of_origin(struct cm_exam *x, const char *url)
{
    struct cm_err err = CM_ERR_INIT;
    const char *asked = NULL;
    const char *built = NULL;
    const struct cm_origin_field *repository = cm_exam_find(x, "repository");
    if (!repository || !repository->text)
        return true;
    return cm_exam_normal(x, url, &asked, &err) &&
           cm_exam_normal(x, repository->text, &built, &err) && strcmp(asked, built) == 0;
}

static bool
is_of_project(struct cm_exam *x, const json_t *repositories, const char *url)
{
    struct cm_err err = CM_ERR_INIT;
    const char *asked = NULL;
    return url && cm_exam_normal(x, url, &asked, &err) && cm_exam_holds(repositories, asked);
}

static void
tell_elsewhere(struct cm_exam *x, const char *url)
{
    (void)cm_exam_unknown(x, CM_E_UNSUPPORTED,
                          "git was asked at %s, and that is not what was built",
                          cm_exam_show(x, url));
    cm_exam_remedy(x, "See repository.expected: only repositories of the project are asked.");
}

bool
cm_exam_same_repository(struct cm_exam *x)
{
    const json_t *probe = cm_json_get(cm_evidence_document(x->evidence, CM_DOC_PROBE), "content");
    const char *url = cm_json_text(probe, "url");
    if (!url)
        return true;
    cm_exam_read(x, CM_DOC_PROBE);
    if (is_of_origin(x, url))
        return true;
    tell_elsewhere(x, url);
    return false;
}

const json_t *
cm_exam_asked(struct cm_exam *x, const char *document)
{
    const json_t *content = cm_exam_content(x, document);
    const json_t *repositories = content ? cm_exam_words(x, "project", "repositories") : NULL;
    const char *url = cm_json_text(content, "url");
    if (!repositories)
        return NULL;
    if (is_of_project(x, repositories, url) && is_of_origin(x, url))
        return content;
    tell_elsewhere(x, url);
    return NULL;
}

enum cm_word
cm_check_expected(struct cm_exam *x)
{
    struct cm_err err = CM_ERR_INIT;
    const char *normal = NULL;
    const char *repository = cm_exam_origin(x, "repository");
    const json_t *expected = repository ? cm_exam_words(x, "project", "repositories") : NULL;
    if (!expected)
        return CM_UNKNOWN;
    cm_exam_expect(x, "%s%s", json_array_size(expected) > 1 ? "one of: " : "",
                   cm_exam_list(x, expected));
    if (!cm_exam_normal(x, repository, &normal, &err))
        return err.class == CM_E_LIMIT
                   ? cm_exam_unknown(x, CM_E_LIMIT, "%s", err.text)
                   : cm_exam_fail(x, "%s, which is no repository to compare (%s)",
                                  cm_exam_show(x, repository), cm_exam_show(x, err.text));
    if (!cm_exam_holds(expected, normal))
        return cm_exam_fail(x, "%s", cm_exam_show(x, repository));
    return cm_exam_pass(x, "%s", cm_exam_show(x, repository));
}

/* ---- public ---- */

#define SAME_REPOSITORY                                                                            \
    "If that is the same repository, write its URL into `repositories` of the project, and have "  \
    "it built from there."

/* What is said of a redirect, behind its target, and the remedy, if it is another than usual. */
static const struct {
    const char *tail, *remedy;
} moves[] = {
    [CM_GIT_MOVE_NOWHERE] = {" that can be read", NULL},
    [CM_GIT_MOVE_PLAIN] = {", and without TLS nothing is asked",
                           "Write the URL that begins with https:// into `repositories` of the "
                           "project; the server must answer there."},
    [CM_GIT_MOVE_PAGE] = {", which is no repository; some hosts answer so for what is private",
                          NULL},
    [CM_GIT_MOVE_NAME] = {"", SAME_REPOSITORY},
    [CM_GIT_MOVE_HOST] = {", at another host", "See whose host that is. " SAME_REPOSITORY},
};

static enum cm_word
judge_move(struct cm_exam *x, const json_t *probe, int64_t status)
{
    size_t size = 0;
    const char *location = cm_json_text(probe, "location");
    enum cm_git_move move = cm_git_move_of(cm_json_text(probe, "url"), location, &size);
    const char *to = size > 0 ? cm_arena_bytes(x->arena, location, size) : NULL;
    if (moves[move].remedy)
        cm_exam_remedy(x, moves[move].remedy);
    return cm_exam_fail(x, "without a credential the server answered %" PRId64 " and names %s%s",
                        status, cm_exam_show(x, to), moves[move].tail);
}

static enum cm_word
judge_content(struct cm_exam *x, const char *media_type)
{
    if (cm_git_is_page(media_type))
        return cm_exam_fail(x,
                            "without a credential the server answered 200, but with a page (%s) in "
                            "the place of git; some hosts answer so for what is private",
                            cm_exam_show(x, media_type));
    return cm_exam_fail(x, "the server answered 200, but with something else than git (%s)",
                        cm_exam_show(x, media_type));
}

static enum cm_word
tell_limited(struct cm_exam *x, int64_t status)
{
    (void)cm_exam_unknown(x, CM_E_TRANSIENT,
                          "the server answered %" PRId64
                          " and said that it is asked too often, which says "
                          "nothing of the repository",
                          status);
    cm_exam_remedy(x, "Submit again in a few minutes. If it stays so, see what else asks this "
                      "server from the address of this machine: all that counts together.");
    return CM_UNKNOWN;
}

/* What the anonymous question brought, where it was no advertisement of git's. */
static enum cm_word
judge_refusal(struct cm_exam *x, const json_t *probe, int64_t status)
{
    int64_t tries = cm_json_int(probe, "tries", 1);
    if (status == 429 || status >= 500)
        return cm_exam_unknown(x, CM_E_TRANSIENT, "the server answered %" PRId64, status);
    if (status == 200)
        return judge_content(x, cm_json_text(probe, "media_type"));
    if (status >= 300 && status < 400)
        return judge_move(x, probe, status);
    if (cm_json_bool(probe, "rate_limited", false))
        return tell_limited(x, status);
    if (tries > 1)
        return cm_exam_fail(
            x, "without a credential the server answered %" PRId64 ", asked %" PRId64 " times",
            status, tries);
    return cm_exam_fail(x, "without a credential the server answered %" PRId64, status);
}

static bool
is_advertisement(const json_t *probe)
{
    const char *line = cm_json_text(probe, "first_line");
    return cm_exam_same(probe, "media_type", MEDIA_TYPE) && line &&
           (strcmp(line, "# service=git-upload-pack") == 0 || strcmp(line, "version 2") == 0);
}

static bool
lists(const json_t *refs, const char *ref)
{
    const json_t *all = cm_json_get(refs, "refs");
    for (size_t i = 0; i < json_array_size(all); i++)
        if (cm_exam_same(json_array_get(all, i), "name", ref))
            return true;
    return false;
}

static enum cm_word
judge_listing(struct cm_exam *x, const json_t *refs, const char *ref)
{
    if (!cm_json_bool(refs, "anonymous", false))
        return cm_exam_fail(x, "its branches and tags were listed with a credential only");
    if (!lists(refs, ref) && !cm_exam_was_listed(x, refs, ref))
        return CM_UNKNOWN;
    if (!lists(refs, ref))
        return cm_exam_fail(x, "without a credential, %s is not listed", cm_exam_show(x, ref));
    return cm_exam_pass(x, "git answers without a credential and lists %s", cm_exam_show(x, ref));
}

static enum cm_word
judge_probe(struct cm_exam *x, const json_t *probe)
{
    const char *url = cm_json_text(probe, "url");
    const json_t *repositories = cm_exam_words(x, "project", "repositories");
    if (!repositories)
        return CM_UNKNOWN;
    if (!is_of_project(x, repositories, url))
        return cm_exam_fail(x, "another place was asked: %s", cm_exam_show(x, url));
    return cm_exam_same_repository(x) ? CM_PASS : CM_UNKNOWN;
}

static enum cm_word
judge_public(struct cm_exam *x, const json_t *probe)
{
    int64_t status = cm_json_int(probe, "status", 0);
    if (status != 200 || !is_advertisement(probe))
        return judge_refusal(x, probe, status);
    const char *ref = cm_exam_origin(x, "ref");
    const json_t *refs = ref ? cm_exam_asked(x, CM_DOC_REFS) : NULL;
    return refs ? judge_listing(x, refs, ref) : CM_UNKNOWN;
}

/* The policy does not ask for it; what was seen is told all the same. */
static enum cm_word
tell_any(struct cm_exam *x)
{
    cm_exam_expect(x, "any repository of the project");
    const json_t *refs = cm_exam_asked(x, CM_DOC_REFS);
    if (!refs)
        return CM_UNKNOWN;
    if (cm_json_bool(refs, "anonymous", false))
        return cm_exam_pass(x, "read without a credential");
    return cm_exam_pass(x, "read with a credential");
}

enum cm_word
cm_check_public(struct cm_exam *x)
{
    const json_t *policy = cm_json_get(cm_json_get(x->evidence, "effective"), "policy");
    if (!cm_exam_origin(x, "repository"))
        return CM_UNKNOWN;
    const json_t *probe = cm_exam_content(x, CM_DOC_PROBE);
    enum cm_word asked = probe ? judge_probe(x, probe) : CM_UNKNOWN;
    if (asked != CM_PASS)
        return asked;
    return cm_exam_same(policy, "repository", "any") ? tell_any(x) : judge_public(x, probe);
}

/* ---- refs ---- */

static bool
matches_any(const json_t *patterns, const char *text)
{
    for (size_t i = 0; i < json_array_size(patterns); i++)
        if (cm_pattern_matches(json_string_value(json_array_get(patterns, i)), text))
            return true;
    return false;
}

enum cm_word
cm_check_ref_allowed(struct cm_exam *x)
{
    const char *ref = cm_exam_origin(x, "ref");
    const json_t *patterns = ref ? cm_exam_words(x, "policy", "refs") : NULL;
    if (!patterns)
        return CM_UNKNOWN;
    cm_exam_expect(x, "%s", cm_exam_list(x, patterns));
    if (!cm_ref_is_valid(ref))
        return cm_exam_fail(x, "%s, which is no branch or tag", cm_exam_show(x, ref));
    if (!matches_any(patterns, ref))
        return cm_exam_fail(x, "%s", cm_exam_show(x, ref));
    return cm_exam_pass(x, "%s", cm_exam_show(x, ref));
}
