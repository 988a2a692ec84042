/* SPDX-License-Identifier: Apache-2.0
 *
 * write_attestations KEY ARTIFACT FOLDER: what the engine writes of an accepted verdict, for the
 * tools of others: FOLDER/widget.{provenance,vsa}.json (the statements), .dsse.json and
 * .sigstore.json, and widget.intoto.jsonl with both.
 *
 * What it says is made up, and the same each time: the manual shows these documents. That they are
 * of the same form as those of a verdict, tests/integration/attest.py sees to.
 */
#include "attest/bundle.h"
#include "attest/write.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/text.h"
#include "evidence/seal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define AT (INT64_C(1795331160) * CM_SECOND) /* 2026-11-22T07:06:00Z */

#define PREFIX "https://origin.example.org/"
#define BUILD  "4628126"
#define JOB    "k7x2m9q4w1zt8abc"

static void
must(bool done, const struct cm_err *err)
{
    if (done)
        return;
    fprintf(stderr, "write_attestations: %s\n", err->text);
    exit(1);
}

static struct cm_known_digest
digest_of(const char *path, char hex[CM_SHA256_HEX])
{
    struct cm_err err = CM_ERR_INIT;
    int fd = -1;
    must(cm_file_open(path, &fd, &err) && cm_sha256_fd(fd, path, hex, &err), &err);
    cm_fd_done(&fd);
    return (struct cm_known_digest){"sha256", hex};
}

/* Who has judged, by what. */
static json_t *
versions(void)
{
    return json_pack("{s:s, s:s}", "appveyor", "1.0", "countermark", "0.1.0");
}

static json_t *
external_parameters(void)
{
    return json_pack("{s:s, s:s, s:{}}", "repository", "https://git.example.org/acme/widget", "ref",
                     "refs/heads/main", "parameters");
}

static json_t *
internal_parameters(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:[s, s], s:s}", "system", "ci1", "build", BUILD, "job",
                     JOB, "submodules", "listed", "assumed", "no-global-yaml", "no-start-variables",
                     "assume_reason", "seen in the account on November 2");
}

static void
write_provenance(const struct cm_resource *subject, struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    static const struct cm_known_digest commit = {"gitCommit",
                                                  "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"};
    const struct cm_resource source = {.uri = "git+https://git.example.org/acme/widget"
                                              "@refs/heads/main",
                                       .digests = &commit,
                                       .digest_count = 1};
    json_t *external = external_parameters(), *internal = internal_parameters();
    json_t *version = versions();
    const struct cm_provenance from = {
        .subjects = {subject, 1},
        .build_type = "urn:countermark:build-type:appveyor:1",
        .external = external,
        .internal = internal,
        .dependencies = {&source, 1},
        .builder_id = PREFIX "builders/ci1",
        .builder_version = version,
        .invocation_id = "https://ci1.example.org/project/acme/widget/builds/" BUILD "/job/" JOB,
        .started = AT - 360 * CM_SECOND,
        .finished = CM_NO_TIME,
    };
    must(cm_provenance_write(&from, to, &err), &err);
    json_decref(external);
    json_decref(internal);
    json_decref(version);
}

/* What was seen to hold, and what the operator has vouched for. */
static const char *const properties[] = {
    "COUNTERMARK_REPOSITORY_EXPECTED",      "COUNTERMARK_REPOSITORY_PUBLIC",
    "COUNTERMARK_REPOSITORY_COMMIT_EXISTS", "COUNTERMARK_REPOSITORY_COMMIT_ON_REF",
    "COUNTERMARK_REPOSITORY_REF_ALLOWED",   "COUNTERMARK_REPOSITORY_TAG_ON_BRANCH",
    "COUNTERMARK_ARTIFACT_DIGEST",          "COUNTERMARK_ARTIFACT_NAME",
    "COUNTERMARK_ASSUMED_NO_GLOBAL_YAML",   "COUNTERMARK_ASSUMED_NO_START_VARIABLES",
    "COUNTERMARK_ORIGIN_VERIFIED",
};

static void
write_summary(const struct cm_resource *subject, const struct cm_attest_key *key, struct cm_buf *to)
{
    struct cm_err err = CM_ERR_INIT;
    static const struct cm_known_digest policy = {
        "sha256", "4c5c5b3ee7c0e0e3b9c7b54eaae3ae2d6c7f6ef8d5dfb0d1c6e2b7a3f7f1c001"};
    static const struct cm_known_digest evidence = {
        "sha256", "9b923ec46bc69dd189ebeb87a9b7fd2871507bb4c717483c6b181cfce968e80c"};
    const struct cm_resource input = {
        .media_type = CM_SEAL_TYPE, .digests = &evidence, .digest_count = 1};
    const struct cm_root_of_trust roots[] = {{cm_attest_key_id(key), PREFIX "builders/ci1", 2}};
    json_t *version = versions();
    const struct cm_summary from = {
        .subjects = {subject, 1},
        .verifier_id = PREFIX "verifier/v1",
        .verifier_version = version,
        .time_verified = AT,
        .resource_uri = "pkg:generic/widget@1.0.0",
        .policy = {.uri = PREFIX "verifier/v1/policies/widget/release",
                   .digests = &policy,
                   .digest_count = 1},
        .inputs = {&input, 1},
        .passed = true,
        .builder_key_id = cm_attest_key_id(key),
        .builder_id = PREFIX "builders/ci1",
        .claimed_level = 3,
        .roots = roots,
        .root_count = 1,
        .properties = properties,
        .property_count = CM_COUNT(properties),
    };
    must(cm_summary_write(&from, to, &err), &err);
    json_decref(version);
}

static void
put_file(const char *folder, const char *name, const struct cm_buf *content)
{
    char path[4096];
    struct cm_err err = CM_ERR_INIT;
    (void)snprintf(path, sizeof path, "%s/widget.%s", folder, name);
    must(!content->failed && cm_file_replace(path, 0644, content->at, content->size, &err), &err);
}

/* The statement alone, in an envelope, and in a bundle; the envelope is a line of `lines`. */
static void
put_all(const char *folder, const char *name, const struct cm_buf *statement,
        const struct cm_attest_key *key, struct cm_buf *lines)
{
    char file[64], hint[CM_KEY_HINT_SIZE];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf envelope = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf bundle = CM_BUF_INIT(1 << 20);
    cm_attest_key_hint(key, hint);
    must(cm_envelope_write(statement->at, statement->size, key, &envelope, &err) &&
             cm_bundle_write(&envelope, hint, &bundle, &err),
         &err);
    (void)snprintf(file, sizeof file, "%s.json", name);
    put_file(folder, file, statement);
    (void)snprintf(file, sizeof file, "%s.dsse.json", name);
    put_file(folder, file, &envelope);
    (void)snprintf(file, sizeof file, "%s.sigstore.json", name);
    put_file(folder, file, &bundle);
    cm_buf_add(lines, envelope.at, envelope.size);
    cm_buf_putc(lines, '\n');
}

int
main(int argc, char **argv)
{
    char hex[CM_SHA256_HEX];
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_attest_key_done) struct cm_attest_key *key = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf provenance = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf summary = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(cm_buf_done) struct cm_buf lines = CM_BUF_INIT(1 << 20);
    if (argc != 4)
        return 2;
    must(cm_attest_key_read_secret(argv[1], NULL, &key, &err), &err);
    const struct cm_known_digest digest = digest_of(argv[2], hex);
    const struct cm_resource subject = {
        .name = "widget-1.0.0.tar.gz", .digests = &digest, .digest_count = 1};
    write_provenance(&subject, &provenance);
    write_summary(&subject, key, &summary);
    put_all(argv[3], "provenance", &provenance, key, &lines);
    put_all(argv[3], "vsa", &summary, key, &lines);
    put_file(argv[3], "intoto.jsonl", &lines);
    return 0;
}
