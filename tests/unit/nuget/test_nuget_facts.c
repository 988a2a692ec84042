/* SPDX-License-Identifier: Apache-2.0
 *
 * When two texts are the same fact, and which origins can be documented at all.
 */
#include "host.h"
#include "nuget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *url, *normal; /* NULL: none */
} urls[] = {
    {"https://git.example/acme/widget", "https://git.example/acme/widget"},
    {"HTTPS://Git.EXAMPLE/acme/Widget", "https://git.example/acme/Widget"},
    {"https://git.example/acme/widget/", "https://git.example/acme/widget"},
    {"https://git.example/acme/widget.git", "https://git.example/acme/widget"},
    {"https://git.example/acme/widget.git/", "https://git.example/acme/widget"},
    {"https://git.example:443/acme/widget", "https://git.example/acme/widget"},
    {"https://git.example:8443/acme/widget", "https://git.example:8443/acme/widget"},
    {"https://git.example:4430/acme/widget", "https://git.example:4430/acme/widget"},
    {"https://[::1]/w", "https://[::1]/w"},
    {"https://git.example/acme/widget.GIT", "https://git.example/acme/widget.GIT"},
    {"https://git.example/acme/widget.git.git", "https://git.example/acme/widget.git"},
    {"https://git.example/w%2Fx", "https://git.example/w%2Fx"},
    {"https://git.example/..a/b..", "https://git.example/..a/b.."},
    {"https://git.example/a/b/cd/ef", "https://git.example/a/b/cd/ef"},
    {"https://git.example/.x/x./.git/a", "https://git.example/.x/x./.git/a"},
    {NULL, NULL},
    {"", NULL},
    {"https:/", NULL},
    {"https://", NULL},
    {"https:///acme", NULL},
    {"https://git.example", NULL},
    {"https://git.example/", NULL},
    {"https://git.example/.git", NULL},
    {"https://git.example/acme//", NULL},
    {"http://git.example/acme/widget", NULL},
    {"git://git.example/acme/widget", NULL},
    {"git@git.example:acme/widget", NULL},
    {"ssh://git@git.example/acme/widget", NULL},
    {"https://user@git.example/acme/widget", NULL},
    {"https://user:x@git.example/acme/widget", NULL},
    {"https://git.example\\@evil.example/acme", NULL},
    {"https://git.example/acme/widget?x", NULL},
    {"https://git.example/acme/widget#x", NULL},
    {"https://git.example/acme\\widget", NULL},
    {"https://git.example/acme widget", NULL},
    {"https://git.example/acme\nwidget", NULL},
    {"https://git.example/acme\x7f", NULL},
    {"https://git example/acme", NULL},
    {"https://git.example/./widget", NULL},
    {"https://git.example/acme/..", NULL},
    {"https://git.example/acme/../widget", NULL},
    {"../widget", NULL},
    {"/acme/widget", NULL},
    {"git.example/acme/widget", NULL},
};

static void
addresses_have_a_normal_form(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    for (size_t i = 0; i < CM_COUNT(urls); i++) {
        const char *normal = nu_url_normal(host_call(&h), urls[i].url);
        if ((normal == NULL) != (urls[i].normal == NULL) ||
            (normal != NULL && strcmp(normal, urls[i].normal) != 0))
            fail_msg("%s: %s", urls[i].url, normal != NULL ? normal : "none");
    }
}

static void
nothing_is_the_same_as_nothing(void **state)
{
    (void)state;
    assert_true(nu_same("a", "a"));
    assert_false(nu_same("a", "A"));
    assert_false(nu_same(NULL, "a"));
    assert_false(nu_same("a", NULL));
    assert_false(nu_same(NULL, NULL));
    assert_true(nu_same_but_case("aB", "Ab"));
    assert_false(nu_same_but_case("a", "ab"));
    assert_false(nu_same_but_case("ab", "a"));
    assert_false(nu_same_but_case(NULL, "a"));
    assert_false(nu_same_but_case("a", NULL));
    assert_false(nu_same_but_case("@", "`")); /* no letters */
    assert_false(nu_same_but_case("[", "{"));
}

static void
commits_are_hexadecimal(void **state)
{
    (void)state;
    assert_true(nu_is_commit(HOST_COMMIT));
    assert_true(nu_is_commit("ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD"));
    assert_true(nu_is_commit("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    assert_false(nu_is_commit(""));
    assert_false(nu_is_commit("0123456"));
    assert_false(nu_is_commit("g123456789abcdef0123456789abcdef01234567"));
    assert_false(nu_is_commit("0123456789abcdef0123456789abcdef012345678"));
    assert_false(nu_is_commit("0123456789abcdef0123456789abcdef0123456 "));
}

/* ---- origins ---- */

static bool
reads(struct host *h, struct nu_origin *o, struct nu_why *why)
{
    return nu_origin_read(host_call(h), cm_value_of(h->origin), o, why);
}

static void
an_origin_is_read(void **state)
{
    CM_CLEANUP(host_close) struct host h;
    struct nu_origin o;
    struct nu_why why;
    (void)state;
    host_open(&h);
    assert_true(reads(&h, &o, &why));
    assert_string_equal(o.is[NU_TYPE], "git");
    assert_string_equal(o.is[NU_URL], HOST_URL);
    assert_string_equal(o.is[NU_BRANCH], "main");
    assert_string_equal(o.is[NU_COMMIT], HOST_COMMIT);
    host_set(h.origin, "ref", "refs/heads/release/1.x");
    assert_true(reads(&h, &o, &why));
    assert_string_equal(o.is[NU_BRANCH], "release/1.x");
    host_set(h.origin, "ref", "refs/tags/heads/x");
    assert_true(reads(&h, &o, &why));
    assert_null(o.is[NU_BRANCH]);
    host_set(h.origin, "ref", NULL);
    assert_true(reads(&h, &o, &why));
    assert_null(o.is[NU_BRANCH]);
}

static void
a_vague_origin_is_refused(void **state)
{
    static const struct {
        const char *field, *text, *says;
    } rows[] = {
        {"repository", NULL, "names no repository"},
        {"repository", "git@git.example:acme/widget", "names no repository"},
        {"repository", "http://git.example/acme/widget", "names no repository"},
        {"commit", NULL, "names no commit"},
        {"commit", "0123456", "names no commit"},
        {"commit", "main", "names no commit"},
        {"ref", "refs/heads/a\x01", "the branch of the origin holds a character"},
        {"ref", "refs/heads/\xef\xbf\xbf", "the branch of the origin holds a character"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(host_close) struct host h;
        struct nu_origin o;
        struct nu_why why;
        host_open(&h);
        host_set(h.origin, rows[i].field, rows[i].text);
        assert_false(reads(&h, &o, &why));
        assert_int_equal(why.status, CMK_E_UNSUPPORTED);
        if (strstr(why.text, rows[i].says) == NULL)
            fail_msg("%s", why.text);
        assert_int_equal(h.call.face.base->status(&h.call.face), CMK_OK);
        host_text(&h, "Widget.nuspec", "<package><metadata></metadata></package>");
        assert_int_equal(host_rewrite(&h), CMK_E_UNSUPPORTED);
        assert_int_equal(host_edits(&h), 0);
    }
}

/* ---- deeds ---- */

static void
each_fact_has_its_rule(void **state)
{
    static const struct {
        const char *ref;
        enum nu_fact fact;
        const char *said;
        enum nu_deed deed;
    } rows[] = {
        {"refs/heads/main", NU_TYPE, NULL, NU_ADD},
        {"refs/heads/main", NU_TYPE, "git", NU_KEEP},
        {"refs/heads/main", NU_TYPE, "Git", NU_KEEP},
        {"refs/heads/main", NU_TYPE, "", NU_CHANGE},
        {"refs/heads/main", NU_TYPE, "gi", NU_CHANGE},
        {"refs/heads/main", NU_TYPE, "gith", NU_CHANGE},
        {"refs/heads/main", NU_URL, NULL, NU_ADD},
        {"refs/heads/main", NU_URL, "https://GIT.example/acme/widget.git", NU_KEEP},
        {"refs/heads/main", NU_URL, "https://git.example/Acme/widget", NU_CHANGE},
        {"refs/heads/main", NU_URL, "none", NU_CHANGE},
        {"refs/heads/main", NU_COMMIT, NULL, NU_ADD},
        {"refs/heads/main", NU_COMMIT, "0123456789ABCDEF0123456789abcdef01234567", NU_KEEP},
        {"refs/heads/main", NU_COMMIT, "0123456789abcdef", NU_CHANGE},
        {"refs/heads/main", NU_BRANCH, NULL, NU_ADD},
        {"refs/heads/main", NU_BRANCH, "main", NU_KEEP},
        {"refs/heads/main", NU_BRANCH, "refs/heads/main", NU_KEEP},
        {"refs/heads/main", NU_BRANCH, "MAIN", NU_CHANGE},
        {"refs/heads/main", NU_BRANCH, "refs/tags/main", NU_CHANGE},
        {"refs/tags/v1", NU_BRANCH, NULL, NU_KEEP},
        {"refs/tags/v1", NU_BRANCH, "", NU_KEEP},
        {"refs/tags/v1", NU_BRANCH, "refs/tags/v1", NU_KEEP},
        {"refs/tags/v1", NU_BRANCH, "v1", NU_DROP},
        {NULL, NU_BRANCH, NULL, NU_KEEP},
        {NULL, NU_BRANCH, "main", NU_DROP},
    };
    CM_CLEANUP(host_close) struct host h;
    (void)state;
    host_open(&h);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct nu_origin o;
        struct nu_why why;
        host_set(h.origin, "ref", rows[i].ref);
        assert_true(reads(&h, &o, &why));
        enum nu_deed deed = nu_fact_deed(&h.call.face, &o, rows[i].fact, rows[i].said);
        if (deed != rows[i].deed)
            fail_msg("%zu, %s: %d", i, rows[i].said, (int)deed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_have_a_normal_form),
        cmocka_unit_test(nothing_is_the_same_as_nothing),
        cmocka_unit_test(commits_are_hexadecimal),
        cmocka_unit_test(an_origin_is_read),
        cmocka_unit_test(a_vague_origin_is_refused),
        cmocka_unit_test(each_fact_has_its_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
