/* SPDX-License-Identifier: Apache-2.0
 *
 * The n-th allocation of ours and of jansson's fails, for every n: what was asked for fails, says
 * so, and leaves nothing behind; or the result is whole.
 */
#include "attest/check.h"
#include "attest/write.h"
#include "base/clock.h"
#include "sample.h"

static size_t left = SIZE_MAX; /* allocations that still succeed */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool
fails(void)
{
    if (left == 0)
        return true;
    left--;
    return false;
}

void *
__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

static struct cm_attest_key *key;
static const struct cm_known_digest digest = {"sha256", SHA};
static const struct cm_resource subject = {.name = "a", .digests = &digest, .digest_count = 1};
static struct cm_buf summary_text = CM_BUF_INIT(1 << 16), provenance_text = CM_BUF_INIT(1 << 16);

static bool
write_summary(struct cm_buf *to, struct cm_err *err)
{
    static const char *const properties[] = {"ORIGIN"};
    const struct cm_summary from = {.subjects = {&subject, 1},
                                    .verifier_id = "v",
                                    .time_verified = CM_SECOND,
                                    .resource_uri = "r",
                                    .policy = {.uri = "p", .digests = &digest, .digest_count = 1},
                                    .inputs = {&subject, 1},
                                    .passed = true,
                                    .builder_key_id = "k",
                                    .builder_id = "b",
                                    .claimed_level = 1,
                                    .properties = properties,
                                    .property_count = 1};
    return cm_summary_write(&from, to, err);
}

static json_t *external;

static bool
write_provenance(struct cm_buf *to, struct cm_err *err)
{
    static const struct cm_known_digest commit = {"gitCommit",
                                                  "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"};
    const struct cm_resource source = {
        .uri = "git+https://git.example.org/acme/foo", .digests = &commit, .digest_count = 1};
    const struct cm_provenance from = {.subjects = {&subject, 1},
                                       .build_type = "t",
                                       .external = external,
                                       .dependencies = {&source, 1},
                                       .builder_id = "b",
                                       .invocation_id = "i",
                                       .started = CM_SECOND,
                                       .finished = CM_SECOND,
                                       .byproducts = {&subject, 1}};
    return cm_provenance_write(&from, to, err);
}

/* For every n, until it needs no more than that. */
static void
starve(bool (*write)(struct cm_buf *, struct cm_err *), const struct cm_buf *expected)
{
    for (size_t n = 0;; n++) {
        struct cm_err err = CM_ERR_INIT;
        CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(1 << 16);
        left = n;
        bool done = write(&to, &err);
        bool enough = left > 0;
        left = SIZE_MAX;
        if (done)
            assert_string_equal(cm_buf_text(&to), cm_buf_text(expected));
        else
            assert_true(err.class != CM_OK && to.size == 0);
        if (enough) {
            assert_true(done && n > 10);
            return;
        }
    }
}

static void
test_writing(void **state)
{
    (void)state;
    starve(write_summary, &summary_text);
    starve(write_provenance, &provenance_text);
}

static bool
verify(const struct cm_buf *file, const struct cm_asked *asked, struct cm_err *err)
{
    CM_CLEANUP(cm_attestations_done) struct cm_attestations attestations = {.at = NULL};
    CM_CLEANUP(cm_statement_done) struct cm_statement statement = {.json = NULL};
    const struct cm_asked_signers signers = {&key, 1, 1, NULL};
    return cm_attestations_read(file->at, file->size, "it", &attestations, err) &&
           cm_attestation_statement(&attestations.at[0], &signers, &statement, err) &&
           cm_statement_satisfies(&statement, asked, "it", err);
}

static void
starve_reading(const struct cm_buf *statement, const struct cm_asked *asked)
{
    char hint[CM_KEY_HINT_SIZE];
    struct cm_err none = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf envelope = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf bundle = CM_BUF_INIT(1 << 16);
    assert_true(cm_envelope_write(statement->at, statement->size, key, &envelope, &none));
    cm_attest_key_hint(key, hint);
    assert_true(cm_bundle_write(&envelope, hint, &bundle, &none));
    for (size_t n = 0;; n++) {
        struct cm_err err = CM_ERR_INIT;
        left = n;
        bool done = verify(&bundle, asked, &err);
        bool enough = left > 0;
        left = SIZE_MAX;
        assert_true(done || err.class != CM_OK);
        if (enough) {
            assert_true(done && n > 10);
            return;
        }
    }
}

static void
test_reading(void **state)
{
    (void)state;
    const struct cm_vsa_wanted vsa = {.verifier_id = "v", .resource_uri = "r"};
    const struct cm_provenance_wanted provenance = {.source = "git.example.org/acme/foo",
                                                    .builder_id = "b"};
    const struct cm_asked_subjects subjects = {.each = &digest, .each_count = 1};
    const struct cm_asked of_vsa = {.subjects = subjects, .vsa = &vsa};
    const struct cm_asked of_provenance = {
        .subjects = subjects, .type = CM_PROVENANCE_TYPE, .provenance = &provenance};
    starve_reading(&summary_text, &of_vsa);
    starve_reading(&provenance_text, &of_provenance);
}

static int
set_up(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    json_set_alloc_funcs(__wrap_malloc, free);
    key = new_key(CM_KEY_ED25519);
    external = json_pack("{s:s}", "repository", "https://git.example.org/acme/foo");
    return write_summary(&summary_text, &err) && write_provenance(&provenance_text, &err) ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    key = cm_attest_key_free(key);
    cm_json_done(&external);
    cm_buf_done(&summary_text);
    cm_buf_done(&provenance_text);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writing),
        cmocka_unit_test(test_reading),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
