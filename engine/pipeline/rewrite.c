/* SPDX-License-Identifier: Apache-2.0
 *
 * Stage rewrite, as a whole: from an accepted verdict and its artifact to a file that only has to
 * take its name.
 */
#include "base/digest.h"
#include "base/json.h"
#include "evidence/evidence.h"
#include "pipeline/rewrite_inside.h"

#include <string.h>
#include <sys/stat.h>

void
cm_rewritten_done(struct cm_rewritten *rewritten)
{
    cm_draft_done(&rewritten->draft);
    cm_json_done(&rewritten->documentation);
}

/* ---- what a rewriter is told ---- */

/* What only the submission says documents nothing. */
static json_t *
origin_json(const struct cm_verdict *verdict)
{
    json_t *origin = json_object();
    bool ok = origin != NULL;
    for (size_t i = 0; i < verdict->origin_count; i++) {
        const struct cm_origin_field *field = &verdict->origin[i];
        if (strcmp(field->of, CM_OF_SYSTEM) == 0 || strcmp(field->of, CM_OF_REPOSITORY) == 0)
            cm_json_set_text(origin, field->field, field->text, &ok);
    }
    if (!ok)
        cm_json_done(&origin);
    return origin;
}

static bool
add_attachment(json_t *to, const json_t *evidence, const struct cm_attachment *attachment,
               struct cm_err *err)
{
    bool ok = true;
    const json_t *document = cm_evidence_document(evidence, attachment->document);
    json_t *content = cm_json_get(document, "content");
    if (content == NULL)
        return cm_fail(err, CM_E_UNSUPPORTED,
                       "of the document '%s' nothing was kept to be attached",
                       attachment->document);
    cm_json_set(to, attachment->file_name, json_incref(content), &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

bool
cm_rewrite_facts(const json_t *evidence, const struct cm_verdict *verdict, json_t **ret_origin,
                 json_t **ret_attachments, struct cm_err *err)
{
    CM_CLEANUP(cm_json_done) json_t *origin = origin_json(verdict);
    CM_CLEANUP(cm_json_done) json_t *attachments = json_object();
    if (origin == NULL || attachments == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    for (size_t i = 0; i < verdict->attachment_count; i++)
        if (!add_attachment(attachments, evidence, &verdict->attachments[i], err))
            return false;
    *ret_origin = CM_TAKE(origin);
    *ret_attachments = CM_TAKE(attachments);
    return true;
}

/* ---- what became of it ---- */

static json_t *
file_json(uint64_t size, const char *sha256)
{
    return json_pack("{s:I, s:s}", "size", (json_int_t)size, "sha256", sha256);
}

static bool
document(struct cm_rewritten *to, const struct cm_rewriting *r, const json_t *packages,
         struct cm_err *err)
{
    static const char *const words[] = {[CM_REWRITE_DOCUMENTED] = "documented",
                                        [CM_REWRITE_UNCHANGED] = "unchanged",
                                        [CM_REWRITE_NONE] = "none",
                                        [CM_REWRITE_REFUSED] = "refused",
                                        [CM_REWRITE_OTHER] = "other-input",
                                        [CM_REWRITE_UNWRITTEN] = "unwritten"};
    bool told = to->why.class != CM_OK;
    json_t *object =
        json_pack("{s:s, s:s?, s:s?, s:s?, s:n, s:n, s:n, s:O}", "outcome", words[to->outcome],
                  "reason", told ? to->why.text : NULL, "reason_class",
                  told ? cm_class_name(to->why.class) : NULL, "configuration",
                  r->rewriters->configuration, "file", "input", "output", "packages", packages);
    to->documentation = object;
    return object != NULL || cm_fail(err, CM_E_LIMIT, "out of memory");
}

static bool
add_files(struct cm_rewritten *to, const struct cm_package *package, const char *input,
          struct cm_err *err)
{
    struct stat status;
    bool ok = true;
    if (fstat(package->from, &status) < 0)
        return cm_fail(err, CM_E_INTERNAL, "the size of the artifact cannot be had");
    json_t *read = file_json((uint64_t)status.st_size, input);
    bool wrote = to->outcome == CM_REWRITE_DOCUMENTED;
    cm_json_set(
        to->documentation, "output",
        wrote ? file_json(package->written.size, package->written.sha256) : json_incref(read), &ok);
    cm_json_set(to->documentation, "input", read, &ok);
    return ok || cm_fail(err, CM_E_LIMIT, "out of memory");
}

/* ---- the way ---- */

const char *
cm_artifact_name(const struct cm_verdict *verdict, const char *otherwise)
{
    for (size_t i = 0; i < verdict->origin_count; i++)
        if (strcmp(verdict->origin[i].field, "artifact") == 0) {
            const char *slash = strrchr(verdict->origin[i].text, '/');
            return slash != NULL ? slash + 1 : verdict->origin[i].text;
        }
    return otherwise != NULL ? otherwise : "artifact";
}

/* By name, or, as an archive, by the names in it. *ret_any: there was something to do. */
static bool
run(struct cm_rewrite_job *job, struct cm_package *package, json_t *list, bool *ret_any,
    struct cm_err *err)
{
    size_t count = 0;
    if (cm_rewriters_match(job->rewriters, package->name)) {
        *ret_any = true;
        return cm_package_rewrite(job, package, err) &&
               (json_array_append_new(list, cm_package_json(package)) == 0 ||
                cm_fail(err, CM_E_LIMIT, "out of memory"));
    }
    if (job->rewriters->packages.count > 0 && !cm_packages_rewrite(job, package, list, &count, err))
        return false;
    *ret_any = count > 0;
    return true;
}

/* What is no archive, or nobody's to change, is delivered as it is; its digest is found on the way.
 */
static bool
copy(struct cm_rewrite_job *job, struct cm_package *package, struct cm_err *err)
{
    CM_CLEANUP(cm_digest_done) struct cm_digest *digest = cm_digest_new("sha256");
    if (digest == NULL)
        return cm_fail(err, CM_E_LIMIT, "out of memory");
    if (!cm_outlet_open(&package->to, err) ||
        !cm_fd_copy(package->from, package->to.fd, package->name, digest, err)) {
        job->unwritten = err->class != CM_E_INTERNAL;
        return false;
    }
    return cm_digest_end(CM_TAKE(digest), package->input) ||
           cm_fail(err, CM_E_INTERNAL, "SHA-256 is not available");
}

static bool
say_none(struct cm_rewritten *to, const struct cm_rewrite_job *job, const char *name)
{
    to->outcome = CM_REWRITE_NONE;
    return cm_fail(&to->why, CM_E_NOT_FOUND,
                   job->rewriters->packages.count > 0
                       ? "no rewriter is for %s, and no package that is to be rewritten is in it"
                       : "no rewriter is for %s",
                   name);
}

static void
say_other(struct cm_rewritten *to, const char *found, const char *expected)
{
    to->outcome = CM_REWRITE_OTHER;
    (void)cm_fail(&to->why, CM_E_NOT_FOUND,
                  "this is not the artifact that the evidence is about: its SHA-256 is %s, and the "
                  "artifact's %s",
                  found, expected);
}

static bool
do_all(struct cm_rewrite_job *job, struct cm_package *package, const char *expected, json_t *list,
       struct cm_rewritten *to, struct cm_err *err)
{
    bool any = false;
    if (!run(job, package, list, &any, err))
        return false;
    to->outcome = package->changed ? CM_REWRITE_DOCUMENTED : CM_REWRITE_UNCHANGED;
    if (!any)
        (void)say_none(to, job, package->name);
    if (package->to.fd < 0 && !copy(job, package, err))
        return false;
    if (strcmp(package->input, expected) == 0) {
        to->draft = CM_TAKE(package->to.draft);
        package->to.fd = -1;
        return true;
    }
    say_other(to, package->input, expected);
    return true;
}

/* Which machine asked is nothing that a package says of itself. */
static bool
has_origin(const struct cm_verdict *verdict, struct cm_err *err)
{
    return !verdict->system_only ||
           cm_fail(err, CM_E_DENIED,
                   "it was accepted for its build system alone: there is no origin to document");
}

/* What it was is told; what is no answer is an error. That another file would be refused says
 * nothing of the artifact. */
static bool
take_failure(const struct cm_rewrite_job *job, const struct cm_package *package,
             const char *expected, const struct cm_err *why, struct cm_rewritten *to,
             struct cm_err *err)
{
    char sha256[CM_SHA256_HEX];
    *err = *why;
    if (!job->refused && !job->unwritten)
        return false;
    to->outcome = job->refused ? CM_REWRITE_REFUSED : CM_REWRITE_UNWRITTEN;
    to->why = *why;
    if (!job->refused)
        return true;
    if (!cm_sha256_fd(package->from, package->name, sha256, err))
        return false;
    if (strcmp(sha256, expected) != 0)
        say_other(to, sha256, expected);
    return true;
}

bool
cm_rewrite(const struct cm_rewriting *r, struct cm_rewritten *ret, struct cm_err *err)
{
    struct cm_err why = CM_ERR_INIT;
    CM_CLEANUP(cm_json_done) json_t *origin = NULL;
    CM_CLEANUP(cm_json_done) json_t *attachments = NULL;
    CM_CLEANUP(cm_json_done) json_t *list = json_array();
    CM_CLEANUP(cm_rewritten_done) struct cm_rewritten to = {.draft = NULL};
    CM_CLEANUP(cm_package_done)
    struct cm_package package = {.name = cm_artifact_name(r->verdict, r->name),
                                 .from = r->from,
                                 .to = {.target = r->target, .fd = -1}};
    const char *expected = cm_verdict_artifact(r->evidence, r->verdict);
    if (r->verdict->outcome != CM_ACCEPTED || expected == NULL || list == NULL)
        return cm_fail(err, CM_E_INTERNAL, "rewriting without an accepted artifact");
    struct cm_rewrite_job job = {
        .rewriters = r->rewriters, .log = r->log, .skip_contents = r->skip_contents};
    bool told = has_origin(r->verdict, &why) &&
                cm_rewrite_facts(r->evidence, r->verdict, &origin, &attachments, &why);
    job.origin = origin;
    job.attachments = attachments;
    if (!(told ? do_all(&job, &package, expected, list, &to, &why)
               : cm_rewrite_blame(&job, &why)) &&
        !take_failure(&job, &package, expected, &why, &to, err))
        return false;
    if (to.draft == NULL) /* what was done to some of the packages came to nothing */
        (void)json_array_clear(list);
    if (!document(&to, r, list, err) ||
        (to.draft != NULL && !add_files(&to, &package, expected, err)))
        return false;
    *ret = to;
    to = (struct cm_rewritten){.draft = NULL};
    return true;
}
