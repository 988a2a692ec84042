/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration read and made effective, once for every n with the n-th allocation failing:
 * nothing crashes or leaks, and what is given is the whole of it. A list that lost an element would
 * be another policy.
 */
#include "base/json.h"
#include "trust/effective.h"
#include "trust/spoken.h"

#include "reading.h"

/* NOLINTBEGIN(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the names that --wrap wants */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
/* NOLINTEND(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static size_t made, fails_at = SIZE_MAX;

static bool
is_next_to_fail(void)
{
    return made++ == fails_at;
}

void *
__wrap_malloc(size_t size)
{
    return is_next_to_fail() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return is_next_to_fail() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *at, size_t size)
{
    return is_next_to_fail() ? NULL : __real_realloc(at, size);
}

/* jansson is a library of its own, which --wrap does not reach. */
static void *
jansson_malloc(size_t size)
{
    return __wrap_malloc(size);
}

static char *
digest_of(const struct cm_trust *trust)
{
    const struct cm_project *project = &trust->projects[0];
    CM_CLEANUP(cm_json_done)
    json_t *json =
        cm_effective(trust, project, &project->policies[0], &project->links[0], &trust->systems[0]);
    static char hex[65];
    return json != NULL && cm_json_sha256(json, hex) ? hex : NULL;
}

#define WHOLE                                                                                      \
    HONEST "proxy = { url = \"http://proxy.example:3128\"; user = \"jo\"; password = \"env:P\";\n" \
           "          no_proxy = [ \"ci1.acme.example\", \".acme.example\" ];\n"                   \
           "          allow_addresses = [ \"10.0.0.7\" ]; };\n"

static size_t
count_settings(const struct cm_trust *trust)
{
    return trust->systems[0].settings.count + trust->projects[0].links[0].settings.count +
           trust->hosts[1].peer.allow_addresses.count + (trust->proxy->user != NULL) +
           (trust->proxy->password != NULL) + trust->proxy->no_proxy.count +
           trust->proxy->peer.allow_addresses.count;
}

/* The digest, NULL if there was not enough memory and somebody said so. */
static const char *
read_all(const char *text)
{
    struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = NULL;
    bool done = cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints);
    bool silent = complaints.count == 0 && !complaints.cut;
    cm_complaints_done(&complaints);
    assert_int_equal(done, silent);
    if (!done) {
        assert_null(trust);
        return NULL;
    }
    assert_int_equal(count_settings(trust), 11);
    return digest_of(trust);
}

static void
test_each_allocation(void **state)
{
    (void)state;
    char expected[65];
    assert_non_null(read_all(WHOLE));
    memcpy(expected, read_all(WHOLE), sizeof expected);
    size_t n = 0;
    for (bool spared = false; !spared; n++) {
        assert_true(n < 10000);
        made = 0;
        fails_at = n;
        const char *digest = read_all(WHOLE);
        spared = made <= n;
        fails_at = SIZE_MAX;
        if (digest != NULL)
            assert_string_equal(digest, expected);
        else
            assert_false(spared);
    }
    print_message("%zu allocations\n", n - 1);
    assert_true(n > 30);
}

/* A wrong configuration is never taken for a right one. */
static void
test_complaints_are_never_lost(void **state)
{
    (void)state;
    char *text = changed(WHOLE, "\"refs/heads/main\",\n", "\"main\",\n");
    for (size_t n = 0; n < 200; n++) {
        made = 0;
        fails_at = n;
        const char *digest = read_all(text);
        fails_at = SIZE_MAX;
        assert_null(digest);
    }
    free(text);
}

/* ---- the same, said in words ---- */

static const char *
say_all(void)
{
    static const char *const urls[] = {"https://a.example/x", "https://b.example/x", NULL};
    static const char *const refs[] = {"refs/heads/main", "refs/tags/v*", NULL};
    struct cm_complaints complaints = {0};
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = NULL;
    const struct cm_spoken spoken = {
        .connector = "forge",
        .submitter = "local:jo",
        .repositories = {urls, 2, {0}},
        .refs = {refs, 2, {0}},
        .optional = {(const char *const[]){"build.age", NULL}, 1, {0}},
        .repository_peer.allow_addresses = {(const char *const[]){"::1", NULL}, 1, {0}},
    };
    bool done = cm_trust_spoken(&spoken, &trust, &complaints);
    bool silent = complaints.count == 0 && !complaints.cut;
    cm_complaints_done(&complaints);
    assert_int_equal(done, silent);
    if (!done) {
        assert_null(trust);
        return NULL;
    }
    assert_int_equal(trust->host_count, 2);
    assert_int_equal(trust->hosts[1].peer.allow_addresses.count, 1);
    return digest_of(trust);
}

static void
test_each_allocation_of_words(void **state)
{
    (void)state;
    char expected[65];
    memcpy(expected, say_all(), sizeof expected);
    for (size_t n = 0; n < 1000; n++) {
        made = 0;
        fails_at = n;
        const char *digest = say_all();
        bool spared = made <= n;
        fails_at = SIZE_MAX;
        if (digest != NULL)
            assert_string_equal(digest, expected);
        if (spared && digest != NULL)
            return;
    }
    fail_msg("it never came to an end");
}

int
main(void)
{
    json_set_alloc_funcs(jansson_malloc, free);
    json_object_seed(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation),
        cmocka_unit_test(test_complaints_are_never_lost),
        cmocka_unit_test(test_each_allocation_of_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
