/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses of repositories, names of branches, pages, files of digests.
 */
#include "jenkins.h"
#include "kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DIGEST "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define BASE64 "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCg"

static void
assert_text(const char *got, const char *expected)
{
    if (expected == NULL)
        assert_null(got);
    else
        assert_string_equal(got, expected);
}

static void
remotes_have_one_form(void **state)
{
    static const struct {
        const char *text, *same;
    } rows[] = {
        {"https://h.example/a/b", "https://h.example/a/b"},
        {"https://h.example/a/b.git", "https://h.example/a/b"},
        {"https://h.example/a/b/", "https://h.example/a/b"},
        {"https://H.Example/A/b", "https://h.example/A/b"},
        {"https://h.example:443/a/b", "https://h.example/a/b"},
        {"https://h.example:8443/a/b", "https://h.example:8443/a/b"},
        {"https://user:pass@h.example/a/b", "https://h.example/a/b"},
        {"https://[withheld]@h.example/a/b", "https://h.example/a/b"},
        {"https://u@evil@h.example/a/b", "https://h.example/a/b"},
        {"ssh://git@h.example/a/b.git", "https://h.example/a/b"},
        {"ssh://git@h.example:2222/a/b", "https://h.example/a/b"},
        {"git@h.example:a/b.git", "https://h.example/a/b"},
        {"git@h.example:/a/b", "https://h.example/a/b"},
        {"https://h.example/@a/b", "https://h.example/@a/b"},
        {"https://h.example/", NULL},
        {"https:///a/b", NULL},
        {"https://h.example/a?b", NULL},
        {"https://h.example/a#b", NULL},
        {"https://h.example/a b", NULL},
        {"https://h.example/a\\b", NULL},
        {"https://h.example/a\nb", NULL},
        {"http://h.example/a/b", NULL},
        {"file:///a/b", NULL},
        {"git://h.example/a/b", NULL},
        {"/srv/git/a", NULL},
        {"a/b@c:d", NULL},
        {"h.example:a/b", NULL},
        {"", NULL},
        {NULL, NULL},
    };
    (void)state;
    struct kit *kit = kit_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_text(jk_remote(kit_call(kit), rows[i].text), rows[i].same);
    assert_false(jk_same_remote(kit_call(kit), NULL, NULL));
    assert_false(jk_same_remote(kit_call(kit), "x", "x"));
    kit_free(kit);
}

static void
branches_are_coded_as_by_jenkins(void **state)
{
    static const char *const rows[][2] = {
        {"main", "main"},
        {"feature/ORD-214", "feature%2FORD-214"},
        {"a#b%c?d[e]f\\g", "a%23b%25c%3Fd%5Be%5Df%5Cg"},
        {".", "%2E"},
        {"..", "%2E."},
        {"...", "..."},
        {"\xc3\xa9", "\xc3\xa9"},
    };
    (void)state;
    struct kit *kit = kit_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = jk_name_of_branch(kit_call(kit), rows[i][0]);
        assert_text(name, rows[i][1]);
        assert_text(jk_decode(kit_call(kit), name), rows[i][0]);
    }
    assert_null(jk_name_of_branch(kit_call(kit), ""));
    assert_null(jk_decode(kit_call(kit), "a%2"));
    assert_null(jk_decode(kit_call(kit), "a%zz"));
    assert_null(jk_decode(kit_call(kit), "a%00b"));
    kit_free(kit);
}

static void
pages_name_a_build(void **state)
{
    static const struct {
        const char *address, *base, *job, *build;
    } rows[] = {
        {"https://ci.example/job/a/42/", "https://ci.example", "a", "42"},
        {"https://ci.example/jenkins/job/a/job/b/7", "https://ci.example/jenkins", "a/b", "7"},
        {"https://ci.example/job/a/job/f%252Fx/7/console?y#z", "https://ci.example", "a/f%2Fx",
         "7"},
        {"https://ci.example/job/a%20b/1/", "https://ci.example", "a b", "1"},
        {"https://ci.example/job/a/", NULL, NULL, NULL},
        {"https://ci.example/job/a/lastBuild/", NULL, NULL, NULL},
        {"https://ci.example/job/a/042/", NULL, NULL, NULL},
        {"https://ci.example/job/a/1234567890/", NULL, NULL, NULL},
        {"https://ci.example/job/a%2Fb/1/", NULL, NULL, NULL},
        {"https://ci.example/job/a%0Ab/1/", NULL, NULL, NULL},
        {"https://ci.example/job//1/", NULL, NULL, NULL},
        {"https://ci.example/view/x/42/", NULL, NULL, NULL},
        {"http://ci.example/job/a/42/", NULL, NULL, NULL},
        {"https:///job/a/42/", NULL, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    (void)state;
    struct kit *kit = kit_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct jk_page page = jk_read_page(kit_call(kit), rows[i].address);
        assert_text(page.base, rows[i].base);
        if (rows[i].base == NULL)
            continue;
        assert_text(page.job, rows[i].job);
        assert_text(page.build, rows[i].build);
    }
    kit_free(kit);
}

static void
digests_are_hexadecimal_or_base64(void **state)
{
    static const struct {
        const char *text, *json;
    } rows[] = {
        {DIGEST, "{\"sha256\":\"" DIGEST "\",\"name\":\"\"}"},
        {DIGEST "\n", "{\"sha256\":\"" DIGEST "\",\"name\":\"\"}"},
        {DIGEST "  a.nupkg\n", "{\"sha256\":\"" DIGEST "\",\"name\":\"a.nupkg\"}"},
        {DIGEST " *out/a.nupkg\r\n", "{\"sha256\":\"" DIGEST "\",\"name\":\"a.nupkg\"}"},
        {DIGEST "  a\"\\.nupkg", "{\"sha256\":\"" DIGEST "\",\"name\":\"a\\\"\\\\.nupkg\"}"},
        {"", NULL},
        {DIGEST "0", NULL},
        {DIGEST " a.nupkg\n", NULL},
        {DIGEST "  ", NULL},
        {DIGEST "-  a\n", NULL},
        {DIGEST "  a\x1b\n", NULL},
        {DIGEST "  a\xe7\xe6\n", NULL},
        {DIGEST "  \xc3\xa9\n", "{\"sha256\":\"" DIGEST "\",\"name\":\"\xc3\xa9\"}"},
        {DIGEST "  a\n" DIGEST "  b\n", NULL},
        {DIGEST "\n\n", NULL},
        {"9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08\n", NULL},
        {" " DIGEST, NULL},
        {BASE64 "g=", "{\"sha256\":\"" DIGEST "\",\"name\":\"\"}"},
        {BASE64 "g=\n", "{\"sha256\":\"" DIGEST "\",\"name\":\"\"}"},
        {BASE64 "g=  out/a.nupkg\n", "{\"sha256\":\"" DIGEST "\",\"name\":\"a.nupkg\"}"},
        {BASE64 "h=", NULL}, /* bits that nobody reads */
        {BASE64 "g", NULL},
        {BASE64 "g==", NULL},
        {BASE64 "g=g=", NULL},
        {BASE64 "gg=", NULL},
        {BASE64 "=", NULL},
        {BASE64 "g= a.nupkg", NULL},
        {" " BASE64 "g=", NULL},
        {"\n" BASE64 "g=", NULL},
        {"n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg=", NULL},
        {"n4bQgYhMfWWaL+qgxVrQFaO/Txsr\nC4Is0V1sFbDwCgg=", NULL},
    };
    (void)state;
    struct kit *kit = kit_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct jk_json read = jk_sidecar_read(kit_call(kit), rows[i].text, strlen(rows[i].text));
        assert_text(read.text, rows[i].json);
        assert_true((read.text == NULL) == (read.wrong != NULL));
    }
    assert_null(jk_sidecar_read(kit_call(kit), DIGEST "\0x", sizeof DIGEST + 1).text);
    kit_free(kit);
}

static void
commits_are_whole(void **state)
{
    (void)state;
    assert_true(jk_is_commit("0123456789abcdef0123456789abcdef01234567"));
    assert_true(jk_is_commit(DIGEST));
    assert_false(jk_is_commit("0123456789abcdef0123456789abcdef0123456"));
    assert_false(jk_is_commit("0123456789ABCDEF0123456789abcdef01234567"));
    assert_false(jk_is_commit(""));
    assert_false(jk_is_commit(NULL));
    assert_true(jk_is_plain("a\xc3\xa9 b"));
    assert_false(jk_is_plain("a\x7f"));
    assert_false(jk_is_plain("a\xc2\x85"));
    assert_false(jk_is_plain(NULL));
}

static void
text_is_utf8(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2"
                                      "a",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xe1\x80",
                                      "\xe1\x80"
                                      "a",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf1\x80\x80\xc0"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(jk_is_utf8(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(jk_is_utf8(bad[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remotes_have_one_form),
        cmocka_unit_test(branches_are_coded_as_by_jenkins),
        cmocka_unit_test(pages_name_a_build),
        cmocka_unit_test(digests_are_hexadecimal_or_base64),
        cmocka_unit_test(commits_are_whole),
        cmocka_unit_test(text_is_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
