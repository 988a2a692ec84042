/* SPDX-License-Identifier: Apache-2.0
 *
 * artifact.digest, artifact.name: what is about to be signed is what the build system made.
 */
#include "verdict/exam.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/evidence.h"

#include <inttypes.h>
#include <string.h>

#define MOST_NAME 255 /* bytes; what a file system takes */
#define SUBMITTED "submitted"
#define PEER      "peer"
#define STATED    "artifact_sha256" /* a field of the origin */

struct file {
    const char *sha256;
    int64_t size;
};

/* False: there is no file of that digest and size. */
static bool
read_file(const json_t *facts, struct file *ret)
{
    ret->sha256 = cm_json_text(facts, "sha256");
    ret->size = cm_json_int(facts, "size", -1);
    return ret->sha256 && strlen(ret->sha256) == CM_SHA256_HEX - 1 && ret->size >= 0;
}

/* What was learned of the artifacts that the build system handed out. */
struct downloads {
    size_t count;
    struct file last;
    const char *missing; /* one that could not be had, or NULL */
    const char *empty;   /* one without a byte, or NULL */
    bool has_submitted;  /* is one of them the submitted file? */
};

static void
look_at(struct downloads *downloads, const char *name, const json_t *document,
        const struct file *submitted)
{
    struct file file = {.sha256 = NULL};
    if (cm_json_get(document, "error") || !read_file(document, &file)) {
        downloads->missing = name;
        return;
    }
    downloads->count++;
    downloads->last = file;
    if (file.size == 0)
        downloads->empty = name;
    if (submitted && submitted->size == file.size && strcmp(submitted->sha256, file.sha256) == 0)
        downloads->has_submitted = true;
}

static struct downloads
look_at_all(struct cm_exam *x, const struct file *submitted)
{
    struct downloads downloads = {.count = 0};
    const char *name = NULL;
    json_t *document = NULL;
    json_object_foreach(cm_json_get(x->evidence, "documents"), name, document)
    {
        if (!cm_json_bool(document, "artifact", false) ||
            !cm_exam_same(document, "of", CM_OF_SYSTEM))
            continue;
        cm_exam_read(x, name);
        look_at(&downloads, name, document, submitted);
    }
    return downloads;
}

/* No artifact, and none that failed: what the artifact's name came from may tell why, or what the
 * origin was missing before it came to a digest. */
static enum cm_word
explain_none(struct cm_exam *x)
{
    if (!cm_exam_origin(x, "artifact"))
        return CM_UNKNOWN;
    if (x->origin->unstated_cause) {
        cm_answer_missing(x->evidence, x->origin->unstated_cause, x->arena, x->answer);
        return CM_UNKNOWN;
    }
    return cm_exam_unknown(x, CM_E_NOT_FOUND, "no artifact was had from the build system");
}

/* The digest in a challenge, as this verifier made it; NULL: the answer has become an unknown. */
static const char *
challenged_digest(struct cm_exam *x)
{
    struct cm_err ignored = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *challenge = NULL;
    const json_t *peer = cm_exam_content(x, PEER);
    const char *text = cm_json_text(peer, "challenge");
    if (!peer)
        return NULL;
    const char *sha256 = NULL;
    if (cm_exam_same(peer, "proof", "signed-challenge") && text &&
        cm_json_parse(text, strlen(text), "challenge", &challenge, &ignored))
        sha256 = cm_arena_text(x->arena, cm_json_text(challenge, "artifact_sha256"));
    if (!sha256)
        (void)cm_exam_unknown(x, CM_E_UNSUPPORTED, "the proof does not say for which file it is");
    return sha256;
}

/* Where a build system hands out nothing, only the file itself can be held against a digest. */
static enum cm_word
judge_against(struct cm_exam *x, const struct file *submitted, const char *sha256,
              const char *whose)
{
    if (strcmp(sha256, submitted->sha256) != 0)
        return cm_exam_fail(x, "submitted were %" PRId64 " bytes, sha256:%s; %s sha256:%s",
                            submitted->size, cm_exam_show(x, submitted->sha256), whose,
                            cm_exam_show(x, sha256));
    if (submitted->size == 0)
        return cm_exam_fail(x, "the submitted file is empty");
    return cm_exam_pass(x, "%" PRId64 " bytes, sha256:%s", submitted->size,
                        cm_exam_show(x, submitted->sha256));
}

static enum cm_word
ask_for_file(struct cm_exam *x)
{
    (void)cm_exam_unknown(x, CM_E_NOT_FOUND,
                          "no file was submitted, and the build system hands out none");
    cm_exam_remedy(x, "Submit the file itself: countermark verify ... ARTIFACT.");
    return CM_UNKNOWN;
}

/* The file is bound by what the build node signed. That the signature is good is for the connector
 * to say. */
static enum cm_word
judge_signed(struct cm_exam *x, const struct file *submitted)
{
    cm_exam_expect(x, "the file that the build node signed for");
    if (!submitted)
        return ask_for_file(x);
    const char *sha256 = challenged_digest(x);
    return sha256 ? judge_against(x, submitted, sha256, "signed for was") : CM_UNKNOWN;
}

/* The digest that the build system states; NULL: the answer has become an unknown. */
static const char *
stated_digest(struct cm_exam *x)
{
    const char *sha256 = cm_exam_origin(x, STATED);
    if (!sha256 || (strlen(sha256) == CM_SHA256_HEX - 1 &&
                    strspn(sha256, "0123456789abcdef") == CM_SHA256_HEX - 1))
        return sha256;
    (void)cm_exam_unknown(x, CM_E_MALFORMED, "what the build system states is no SHA-256: %s",
                          cm_exam_show(x, sha256));
    return NULL;
}

/* The file is bound by the digest that the build system has of it. */
static enum cm_word
judge_stated(struct cm_exam *x, const struct file *submitted)
{
    cm_exam_expect(x, "the file that the build system has the digest of");
    const char *sha256 = stated_digest(x);
    if (!sha256)
        return CM_UNKNOWN;
    return submitted ? judge_against(x, submitted, sha256, "the build system states")
                     : ask_for_file(x);
}

/* Does the build system state a digest, believed or not? */
static bool
is_stated(const struct cm_exam *x)
{
    for (size_t i = 0; i < x->origin->origin_count; i++)
        if (strcmp(x->origin->origin[i].field, STATED) == 0)
            return true;
    return false;
}

/* The file that was found; a digest that is stated beside it has to be its own. */
static enum cm_word
judge_found(struct cm_exam *x, const struct file *file)
{
    const char *sha256 = is_stated(x) ? stated_digest(x) : file->sha256;
    if (!sha256)
        return CM_UNKNOWN;
    if (strcmp(sha256, file->sha256) != 0)
        return cm_exam_fail(x, "the build system has sha256:%s, and states sha256:%s",
                            cm_exam_show(x, file->sha256), cm_exam_show(x, sha256));
    return cm_exam_pass(x, "%" PRId64 " bytes, sha256:%s", file->size,
                        cm_exam_show(x, file->sha256));
}

static enum cm_word
judge_none(struct cm_exam *x, const struct file *submitted)
{
    if (x->origin->system_only && cm_evidence_document(x->evidence, PEER))
        return judge_signed(x, submitted);
    return is_stated(x) ? judge_stated(x, submitted) : explain_none(x);
}

static enum cm_word
judge_downloads(struct cm_exam *x, const struct file *submitted)
{
    struct downloads downloads = look_at_all(x, submitted);
    if (downloads.missing) {
        cm_answer_missing(x->evidence, downloads.missing, x->arena, x->answer);
        return CM_UNKNOWN;
    }
    if (downloads.count == 0)
        return judge_none(x, submitted);
    if (downloads.empty)
        return cm_exam_fail(x, "the file of the build system is empty");
    if (submitted && !downloads.has_submitted)
        return cm_exam_fail(x,
                            "submitted were %" PRId64
                            " bytes, sha256:%s; the build system has %" PRId64 " bytes, sha256:%s",
                            submitted->size, cm_exam_show(x, submitted->sha256),
                            downloads.last.size, cm_exam_show(x, downloads.last.sha256));
    if (!submitted && downloads.count > 1 && !is_stated(x))
        return cm_exam_pass(x, "%zu files as the build system has them", downloads.count);
    return judge_found(x, submitted ? submitted : &downloads.last);
}

enum cm_word
cm_check_digest(struct cm_exam *x)
{
    struct file submitted = {.sha256 = NULL};
    if (cm_exam_error(x, SUBMITTED) == CM_E_NOT_FOUND)
        return judge_downloads(x, NULL);
    const json_t *content = cm_exam_content(x, SUBMITTED);
    if (!content)
        return CM_UNKNOWN;
    if (!read_file(content, &submitted))
        return cm_exam_unknown(x, CM_E_MALFORMED, "the evidence does not tell what was submitted");
    return judge_downloads(x, &submitted);
}

/* ---- which one it is ---- */

/* The digest that the build system, and nobody else, states once; or NULL. */
static const char *
told_by_system(const json_t *evidence, const struct cm_verdict *verdict)
{
    const char *told = NULL;
    for (size_t i = 0; i < verdict->origin_count; i++) {
        const struct cm_origin_field *field = &verdict->origin[i];
        const json_t *from =
            field->document ? cm_evidence_document(evidence, field->document) : NULL;
        if (strcmp(field->field, STATED) != 0)
            continue;
        if (told || !cm_exam_same(from, "of", CM_OF_SYSTEM))
            return NULL;
        told = field->text;
    }
    return told;
}

const char *
cm_verdict_artifact(const json_t *evidence, const struct cm_verdict *verdict)
{
    const char *artifact = cm_evidence_artifact(evidence);
    const json_t *submitted = cm_json_get(cm_evidence_document(evidence, SUBMITTED), "content");
    const char *sha256 = cm_json_text(submitted, "sha256");
    const char *told = told_by_system(evidence, verdict);
    bool meant = !cm_evidence_has_artifact(evidence) && sha256 && told && strcmp(sha256, told) == 0;
    return artifact || !meant ? artifact : sha256;
}

/* ---- the name ---- */

static bool
has_controls(const char *name)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf escaped = CM_BUF_INIT(65536);
    cm_escape_controls_to(&escaped, name, strlen(name));
    return escaped.failed || strcmp(cm_buf_text(&escaped), name) != 0;
}

/* Characters that nobody sees: two names that look alike are not. */
static bool
has_invisible(const char *name)
{
    static const char *const invisible[] = {"\xc2\xad",     "\xe1\xa0\x8e", "\xe2\x80\x8b",
                                            "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x81\xa0",
                                            "\xef\xbb\xbf"};
    for (size_t i = 0; i < CM_COUNT(invisible); i++)
        if (strstr(name, invisible[i]))
            return true;
    return false;
}

/* Some file systems drop spaces and dots at the end, which also ends "." and "..". */
static bool
is_plain_part(const char *part, size_t size)
{
    return size > 0 && size <= MOST_NAME && part[0] != ' ' && part[size - 1] != ' ' &&
           part[size - 1] != '.';
}

/* The system's name may have folders in front; none of its parts may lead elsewhere. */
static bool
is_plain(const char *name)
{
    if (strchr(name, '\\') || has_controls(name) || has_invisible(name))
        return false;
    for (const char *part = name;; part++) {
        size_t size = strcspn(part, "/");
        if (!is_plain_part(part, size))
            return false;
        part += size;
        if (*part == '\0')
            return true;
    }
}

static const char *
last_part(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

/* Without an origin nobody but the submission tells the name. */
static enum cm_word
judge_submitted_name(struct cm_exam *x, const char *submitted)
{
    if (submitted)
        return cm_exam_pass(x, "%s", cm_exam_show(x, submitted));
    (void)cm_exam_unknown(x, CM_E_NOT_FOUND, "no file with a name was submitted");
    cm_exam_remedy(x, "Submit the file by its name: countermark verify ... ARTIFACT.");
    return CM_UNKNOWN;
}

/* Several artifacts have several names: all of them are plain, and one is the submitted file's. */
static enum cm_word
judge_names(struct cm_exam *x, const char *submitted)
{
    const char *shown = NULL;
    bool is_same = false;
    if (x->origin->system_only)
        return judge_submitted_name(x, submitted);
    for (size_t i = 0; i < x->origin->origin_count; i++) {
        const struct cm_origin_field *field = &x->origin->origin[i];
        if (strcmp(field->field, "artifact") != 0 || !field->text)
            continue;
        if (!cm_exam_is_believed(x, field))
            return cm_exam_unknown(x, CM_E_UNSUPPORTED, "only the submission tells its name");
        shown = field->text;
        if (!is_plain(shown))
            return cm_exam_fail(x, "%s", cm_exam_show(x, shown));
        is_same = is_same || (submitted && strcmp(last_part(shown), submitted) == 0);
    }
    if (!shown) {
        (void)cm_exam_origin(x, "artifact"); /* says why */
        return CM_UNKNOWN;
    }
    if (submitted && !is_same)
        return cm_exam_fail(x, "%s was submitted, the build system has %s",
                            cm_exam_show(x, submitted), cm_exam_show(x, last_part(shown)));
    return cm_exam_pass(x, "%s", cm_exam_show(x, submitted ? submitted : last_part(shown)));
}

enum cm_word
cm_check_name(struct cm_exam *x)
{
    if (cm_exam_error(x, SUBMITTED) == CM_E_NOT_FOUND)
        return judge_names(x, NULL);
    const json_t *content = cm_exam_content(x, SUBMITTED);
    if (!content)
        return CM_UNKNOWN;
    const char *name = cm_json_text(content, "name");
    if (name && !is_plain(name)) /* none: it came on standard input */
        return cm_exam_fail(x, "%s", cm_exam_show(x, name));
    return judge_names(x, name);
}
