/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks on the artifact: is it what the build archived?
 */
#include "jenkins.h"

/* The file of the digest was written by the build, on the machine that made the artifact. It shows
 * that the archive still holds what was made there, as long as both were not exchanged. */
static int32_t
judge_sidecar(struct cmk_call *c, const struct cmk_exam *x, const struct jk_artifact *artifact,
              const char *digest)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    if (jk_sidecar_of(c, build, artifact) == NULL) {
        if (jk_same(cmk_text(c, c->options, "sidecar"), "if-archived"))
            return CMK_PASS;
        return jk_fail(c, x, "no %s.sha256 is archived beside it", artifact->name);
    }
    const struct cmk_value *beside = x->evidence->document(c, "sidecar");
    const char *name = cmk_text(c, beside, "name");
    if (name != NULL && *name != '\0' && !jk_same(name, artifact->name))
        return jk_fail(c, x, "%s.sha256 is of %s", artifact->name, name);
    if (!jk_same(cmk_text(c, beside, "sha256"), digest))
        return jk_fail(c, x, "%s.sha256 says another digest than the file has", artifact->name);
    return CMK_PASS;
}

/* The node kept the artifact to itself, and had its digest archived: the file that was submitted is
 * the one if it has that digest. */
static int32_t
judge_digest_alone(struct cmk_call *c, const struct cmk_exam *x, const struct jk_artifact *artifact,
                   const char *submitted)
{
    if (submitted == NULL)
        return jk_unknown(c, x, "only the digest of %s is archived: submit the file itself",
                          artifact->name);
    cmk_expect(c, x, "the submitted file, SHA-256 %s", submitted);
    int32_t answer = judge_sidecar(c, x, artifact, submitted);
    return answer == CMK_PASS ? jk_pass(c, x, "the digest of %s", artifact->path) : answer;
}

int32_t
jk_artifact_archived(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    const struct cmk_value *given = x->evidence->document_if_any(c, "submitted");
    struct jk_artifact artifact = jk_artifact_of(c, build);
    const char *submitted = cmk_text(c, given, "sha256");
    if (artifact.path == NULL)
        return jk_unknown(c, x, "%s", artifact.why);
    if (artifact.digest_alone)
        return judge_digest_alone(c, x, &artifact, submitted);
    const char *digest = cmk_text(c, x->evidence->facts(c, "download"), "sha256");
    if (digest == NULL || (given != NULL && submitted == NULL))
        return jk_unknown(c, x, "a digest is not known");
    int32_t answer = judge_sidecar(c, x, &artifact, digest);
    if (answer != CMK_PASS)
        return answer;
    if (given == NULL)
        return jk_pass(c, x, "%s", artifact.path);
    cmk_expect(c, x, "the submitted file, SHA-256 %s", submitted);
    cmk_observe(c, x, "%s, SHA-256 %s", artifact.path, digest);
    return cmk_passes(jk_same(digest, submitted));
}

/* ---- fingerprints ---- */

/* Jenkins keeps the MD5 of a file, and which build it saw it in first. An MD5 can be forged; so
 * this corroborates, and proves nothing by itself. */
static int32_t
judge_print(struct cmk_call *c, const struct cmk_exam *x, const struct cmk_value *print)
{
    struct jk_names names = jk_names_of(c);
    const char *job = cmk_text(c, print, "original.name");
    const char *number = jk_shown(c, print, "original.number");
    if (job == NULL || number == NULL)
        return jk_unknown(c, x, "Jenkins does not tell which build made it first");
    cmk_observe(c, x, "build %s of %s", number, job);
    return cmk_passes(jk_same(job, names.job) && jk_same(number, names.build));
}

int32_t
jk_artifact_fingerprint(struct cmk_call *c, const struct cmk_exam *x)
{
    const struct cmk_value *build = x->evidence->document(c, "build");
    struct jk_artifact artifact = jk_artifact_of(c, build);
    const struct cmk_value *prints = cmk_get(c, build, "fingerprint");
    uint64_t count = c->json->count(c, prints), seen = 0;
    if (artifact.path == NULL)
        return jk_unknown(c, x, "%s", artifact.why);
    const char *archived =
        artifact.digest_alone ? cmk_printf(c, "%s.sha256", artifact.name) : artifact.name;
    for (uint64_t i = 0; i < count; i++) {
        const struct cmk_value *print = c->json->at(c, prints, i);
        if (!jk_same(cmk_text(c, print, "fileName"), archived))
            continue;
        seen++;
        int32_t answer = judge_print(c, x, print);
        if (answer != CMK_PASS)
            return answer;
    }
    return seen > 0 ? CMK_PASS : jk_unknown(c, x, "Jenkins has no fingerprint of it");
}
