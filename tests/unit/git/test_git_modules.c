/* SPDX-License-Identifier: Apache-2.0
 *
 * .gitmodules as git reads it, and what is refused of it; what its URLs mean.
 */
#include "git/modules.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM ((size_t)4 << 20)

static int
begin(void **state)
{
    *state = cm_arena_new(ROOM);
    return *state == NULL;
}

static int
end(void **state)
{
    cm_arena_free(*state);
    return 0;
}

/* In memory of its own size, so that reading past its end is noticed. */
static bool
parse(struct cm_arena *arena, const char *text, size_t size, struct cm_git_modules *ret,
      struct cm_err *err)
{
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    bool good = cm_git_modules_parse(arena, copy, size, ret, err);
    free(copy);
    assert_true(good == (err->class == CM_OK));
    return good;
}

/* "path=url" of each, joined by a blank. */
static const char *
shown(struct cm_arena *arena, const struct cm_git_modules *modules)
{
    const char *text = "";
    for (size_t i = 0; i < modules->count; i++)
        text = cm_arena_printf(arena, "%s%s%s=%s", text, i > 0 ? " " : "", modules->at[i].path,
                               modules->at[i].url);
    assert_non_null(text);
    return text;
}

/* ---- what git reads ---- */

static const struct {
    const char *text, *shown;
} read_rows[] = {
    {"", ""},
    {"# nothing\n ; at all\n\n", ""},
    {"[submodule \"a\"]\n\tpath = lib/a\n\turl = ../a.git\n", "lib/a=../a.git"},
    {"[submodule \"a\"]\r\n\tpath = lib/a\r\n\turl = ../a.git\r\n", "lib/a=../a.git"},
    {"\xEF\xBB\xBF[submodule \"a\"]\npath=a\nurl=u", "a=u"}, /* marked, and no end of line */
    {"[SubModule \"a\"] # comment\nPATH = a ; comment\nUrl = u", "a=u"},
    {"[submodule \"a\"] path = a\nurl = u", "a=u"},
    {"[submodule\t \"a\"]\n path\t =\t a \t\nurl = u", "a=u"},
    /* in the order of paths; other variables, also those without a value */
    {"[submodule \"z\"]\npath = b\nbranch = main\nurl = 1\nshallow\n"
     "[submodule \"a\"]\nurl = 2\npath = a\n\n[submodule \"m\"]\nurl = 3\npath = a-b\nx-y = \\\"\n",
     "a=2 a-b=3 b=1"},
    {"[submodule \"a\"]\npa = 1\npaths = 2\nurls = 3\nu = 4\npath = a\nurl = u\n", "a=u"},
    /* quotes and escapes */
    {"[submodule \"a\\\"\\b\"]\npath = \"a # b\" ; c\nurl = \"u;\"v", "a # b=u;v"},
    {"[submodule \"a\"]\npath = a b  c\nurl = u\\\"w\"x\"y", "a b  c=u\"wxy"},
    {"[submodule \"a\"]\npath = a\\\nb\nurl = u\\\r\nv", "ab=uv"},
    {"[submodule \"a\"]\npath = \"a\\\nb\"\nurl = u", "ab=u"},
    {"[submodule \"\xC3\xA4\"]\npath = \xC3\xA4/\xF0\x9F\x98\x80\nurl = u",
     "\xC3\xA4/\xF0\x9F\x98\x80=u"},
    {"[submodule \"Name\"]\npath = a\nurl = u\n[submodule \"name\"]\npath = A\nurl = u", "A=u a=u"},
    {"[submodule \".a\"]\npath = ...\nurl = u", "...=u"},
};

static void
test_read(void **state)
{
    for (size_t i = 0; i < CM_COUNT(read_rows); i++) {
        struct cm_git_modules modules = {.count = 7};
        struct cm_err err = CM_ERR_INIT;
        if (!parse(*state, read_rows[i].text, strlen(read_rows[i].text), &modules, &err))
            fail_msg("%s: %s", read_rows[i].text, err.text);
        assert_string_equal(shown(*state, &modules), read_rows[i].shown);
    }
}

/* ---- what is refused, and where ---- */

#define HEAD "[submodule \"a\"]\n"
#define GOOD HEAD "path = a\nurl = u\n"

static const struct {
    const char *text, *says;
} refused_rows[] = {
    {"path = a\n", "line 1: a variable stands in no section"},
    {GOOD "[core]\n", "line 4: a section is not"},
    {"[submodule]\n", "line 1: a section is not"},
    {"[submodule.a]\n", "a section is not"},
    {"[submodule\"a\"]\n", "a section is not"},
    {"[submodule a]\n", "a section is not"},
    {"[ submodule \"a\"]\n", "a section is not"},
    {"[submodules \"a\"]\n", "a section is not"},
    {"[submodule", "a section is not"},
    {"[submodule \"a\" ]\n", "has no ']'"},
    {"[submodule \"a\"x]\n", "has no ']'"},
    {"[submodule \"a\n\"]\n", "line 1: a submodule's name has no end"},
    {"[submodule \"a\\\n\"]\n", "a submodule's name has no end"},
    {"[submodule \"a", "a submodule's name has no end"},
    {"[submodule \"\"]\n", "a submodule's name is none"},
    {"[submodule \"../a\"]\n", "a submodule's name is none"},
    {"[submodule \"a/../b\"]\n", "a submodule's name is none"},
    {"[submodule \"a/..\"]\n", "a submodule's name is none"},
    {"[submodule \"a\\\\..\\\\b\"]\n", "a submodule's name is none"},
    {"[submodule \"a\tb\"]\n", "a submodule's name is none"},
    {GOOD GOOD, "line 4: a submodule stands there twice"},
    {HEAD "url = u\n", "line 2: the submodule above has no path"},
    {HEAD "path = a\n[submodule \"b\"]\n", "line 3: the submodule above has no path"},
    {HEAD, "the submodule above has no path"},
    {HEAD "path = a\npath = b\n", "line 3: a submodule has two"},
    {HEAD "url = a\nURL = a\n", "line 3: a submodule has two"},
    {GOOD "[submodule \"b\"]\npath = a\nurl = u\n", "two submodules have one path"},
    {HEAD "path\n", "line 2: a variable has no value"},
    {HEAD "url", "a variable has no value"},
    {HEAD "shallow # x\n", "a variable has no value"},
    {HEAD "branch : x\n", "a variable has no value"},
    {HEAD "= a\n", "neither a section nor a variable"},
    {HEAD "1a = a\n", "neither a section nor a variable"},
    {HEAD "-a = a\n", "neither a section nor a variable"},
    {HEAD "\rpath = a\n", "neither a section nor a variable"},
    {HEAD "url = \"u\nv\"\n", "line 2: a quote has no end"},
    {HEAD "url = \"u", "a quote has no end"},
    {HEAD "url = u\\n\n", "an escape"},
    {HEAD "branch = \\x\n", "an escape"},
    {HEAD "url =\n", "line 2: a path or url is empty"},
    {HEAD "url = \"\"\n", "a path or url is empty"},
    {HEAD "url = \" u\"\n", "a path or url is empty"},
    {HEAD "url = u \"\"\n", "a path or url is empty"}, /* git's versions differ */
    {HEAD "url = u \\\n\n", "a path or url is empty"}, /* the same */
    {HEAD "url = u\tv\n", "a path or url is empty"},   /* the same */
    {HEAD "url = u\x1b[31m\n", "a path or url is empty"},
    {HEAD "url = u\rv\n", "a path or url is empty"},
    {HEAD "url = u\xE2\x80\xAEv\n", "a path or url is empty"},
    {HEAD "path = a\\\\b\n", "a path or url is empty"},
    {HEAD "path = /a\n", "not one below the repository"},
    {HEAD "path = a/\n", "not one below the repository"},
    {HEAD "path = a//b\n", "not one below the repository"},
    {HEAD "path = ..\n", "not one below the repository"},
    {HEAD "path = ../a\n", "not one below the repository"},
    {HEAD "path = a/../../b\n", "not one below the repository"},
    {HEAD "path = ./a\n", "not one below the repository"},
    {HEAD "path = a/.\n", "not one below the repository"},
    {HEAD "path = -a\n", "not one below the repository"},
    {HEAD "path = \"\"\n", "not one below the repository"},
    {HEAD "url = \xFF\n", "not text in UTF-8"},
};

static void
refuses(struct cm_arena *arena, const char *text, size_t size, enum cm_class class,
        const char *says)
{
    struct cm_git_modules modules = {.count = 7};
    struct cm_err err = CM_ERR_INIT;
    if (parse(arena, text, size, &modules, &err))
        fail_msg("taken: %s", text);
    assert_int_equal(err.class, class);
    if (strstr(err.text, says) == NULL)
        fail_msg("%s: says %s", text, err.text);
    assert_int_equal(modules.count, 7);
}

static void
test_refused(void **state)
{
    for (size_t i = 0; i < CM_COUNT(refused_rows); i++)
        refuses(*state, refused_rows[i].text, strlen(refused_rows[i].text), CM_E_MALFORMED,
                refused_rows[i].says);
    refuses(*state, "#\0", 2, CM_E_MALFORMED, "not text in UTF-8");
}

static void
test_bounds(void **state)
{
    struct cm_git_modules modules = {.count = 7};
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    for (int i = 0; i < 100; i++)
        cm_buf_printf(&text, "[submodule \"%d\"]\npath = %d\nurl = u\n", i, i);
    assert_true(parse(*state, text.at, text.size, &modules, &err));
    assert_int_equal(modules.count, 100);
    cm_buf_puts(&text, "[submodule \"x\"]\npath = x\nurl = u\n");
    refuses(*state, text.at, text.size, CM_E_LIMIT, "more than 100 submodules");

    cm_buf_clear(&text);
    while (text.size < CM_GIT_MODULES_SIZE)
        cm_buf_putc(&text, '#');
    assert_true(parse(*state, text.at, text.size, &modules, &err));
    assert_int_equal(modules.count, 0);
    cm_buf_putc(&text, '#');
    refuses(*state, text.at, text.size, CM_E_LIMIT, "larger than 65536 bytes");
}

/* ---- URLs ---- */

#define REPOSITORY "https://git.example/acme/widget"

static const struct {
    const char *url, *means;
} url_rows[] = {
    /* as `git submodule` resolves them */
    {"../lib.git", "https://git.example/acme/lib.git"},
    {"./lib", "https://git.example/acme/widget/lib"},
    {"../../other/lib.git", "https://git.example/other/lib.git"},
    {"../../lib/", "https://git.example/lib"},
    {".././../lib", "https://git.example/lib"},
    {"./../lib", "https://git.example/acme/lib"},
    {"../", "https://git.example/acme/"},
    {"../a://b", "https://git.example/acme/a://b"},
    /* absolute ones as they are, less the user */
    {"https://host.example/a/b.git", "https://host.example/a/b.git"},
    {"https://host.example:8443/a/b/", "https://host.example:8443/a/b/"},
    {"http://host.example/a", "http://host.example/a"},
    {"git://host.example/a", "git://host.example/a"},
    {"ssh://host.example:2222/a", "ssh://host.example:2222/a"},
    {"ssh://git@host.example/a", "ssh://host.example/a"},
    {"https://user:secret@host.example/a", "https://host.example/a"},
    {"https://token@[2001:db8::1]:1/a", "https://[2001:db8::1]:1/a"},
    {"git@host.example:a/b.git", "ssh://host.example/a/b.git"},
    {"host.example:/a/b.git", "ssh://host.example/a/b.git"},
    {"git@host.example:~a/b.git", "ssh://host.example/~a/b.git"},
    {"host.example:22/a", "ssh://host.example/22/a"},
};

static const struct {
    const char *url;
    enum cm_class class;
    const char *says;
} bad_url_rows[] = {
    {"../../..", CM_E_MALFORMED, ".."},
    {"../../../x", CM_E_MALFORMED, "leads out"},
    {"../../../../x", CM_E_MALFORMED, "leads out"},
    {"../../", CM_E_MALFORMED, "names a host"},
    {"../x/../y", CM_E_MALFORMED, ".."},
    {"../x?token=secret", CM_E_MALFORMED, "a query"},
    {"https://host.example/a?token=secret", CM_E_MALFORMED, "a query"},
    {"https://host.example?secret@other.example/a", CM_E_MALFORMED, "a query"},
    {"https://host.example/a#secret", CM_E_MALFORMED, "a fragment"},
    {"https://host.example\\@other.example/a", CM_E_MALFORMED, "a backslash"},
    {"https://a:b@secret@host.example/a", CM_E_MALFORMED, "'@'"},
    {"https://a:b/secret@host.example/a", CM_E_MALFORMED, "'@'"},
    {"https:/a:secret@host.example/a", CM_E_MALFORMED, "'@'"},
    {"a:secret@host.example:b", CM_E_MALFORMED, "'@'"},
    {"https://git.example/acme/widget@refs/heads/main", CM_E_MALFORMED, "'@'"},
    {"../widget@refs/heads/main", CM_E_MALFORMED, "'@'"},
    {"https://host.example", CM_E_MALFORMED, "names a host"},
    {"https://host.example/", CM_E_MALFORMED, "names a host"},
    {"host.example:", CM_E_MALFORMED, "names a host"},
    {"https:///a", CM_E_MALFORMED, "host name"},
    {"https://user:secret@/a", CM_E_MALFORMED, "host name"},
    {"ssh://host.example:secret/a", CM_E_MALFORMED, "port"},
    {"ssh://-oProxyCommand=x/a", CM_E_MALFORMED, "host name"},
    {"-oProxyCommand=x:a", CM_E_MALFORMED, "host name"},
    {"https://host.example/a b", CM_E_MALFORMED, "white space"},
    {"https://host.example/a/../b", CM_E_MALFORMED, ".."},
    {"https://host.example/a%0ab", CM_E_MALFORMED, "control"},
    {"file:///etc/passwd", CM_E_UNSUPPORTED, "none of https"},
    {"HTTPS://host.example/a", CM_E_UNSUPPORTED, "none of https"},
    {"ext::sh -c x://y", CM_E_UNSUPPORTED, "none of https"},
    {"ext::sh -c secret", CM_E_MALFORMED, "white space"},
    {"://host.example/a", CM_E_UNSUPPORTED, "none of https"},
    {"/srv/git/a", CM_E_UNSUPPORTED, "a path of the machine"},
    {"srv/git:a", CM_E_UNSUPPORTED, "a path of the machine"},
    {"a", CM_E_UNSUPPORTED, "a path of the machine"},
    {"", CM_E_UNSUPPORTED, "a path of the machine"},
};

static void
test_urls(void **state)
{
    static const char *const repositories[] = {REPOSITORY, REPOSITORY "/"};
    for (size_t i = 0; i < 2 * CM_COUNT(url_rows); i++) {
        const char *url = url_rows[i / 2].url, *means = NULL;
        struct cm_err err = CM_ERR_INIT;
        if (!cm_git_module_url(*state, repositories[i % 2], url, &means, &err))
            fail_msg("%s: %s", url, err.text);
        assert_string_equal(means, url_rows[i / 2].means);
    }
}

static void
test_refused_urls(void **state)
{
    for (size_t i = 0; i < CM_COUNT(bad_url_rows); i++) {
        const char *means = "untouched";
        struct cm_err err = CM_ERR_INIT;
        if (cm_git_module_url(*state, REPOSITORY, bad_url_rows[i].url, &means, &err))
            fail_msg("%s: taken for %s", bad_url_rows[i].url, means);
        assert_string_equal(means, "untouched");
        if (err.class != bad_url_rows[i].class || !strstr(err.text, bad_url_rows[i].says))
            fail_msg("%s: says %s", bad_url_rows[i].url, err.text);
        assert_null(strstr(err.text, "secret"));
    }
}

/* ---- without memory ---- */

static void
test_no_memory(void **state)
{
    static const char text[] = GOOD;
    size_t failed = 0;
    (void)state;
    for (size_t room = 0; room < 16384; room += 16) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(room);
        struct cm_git_modules modules = {.count = 7};
        struct cm_err err = CM_ERR_INIT, url_err = CM_ERR_INIT;
        const char *means = "untouched";
        assert_non_null(arena);
        if (!cm_git_modules_parse(arena, text, strlen(text), &modules, &err))
            assert_int_equal(err.class, CM_E_LIMIT);
        if (!cm_git_module_url(arena, REPOSITORY, "../x", &means, &url_err))
            assert_int_equal(url_err.class, CM_E_LIMIT);
        assert_true((url_err.class == CM_OK) == (strcmp(means, "untouched") != 0));
        failed += err.class != CM_OK || url_err.class != CM_OK;
    }
    assert_in_range(failed, 1, 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read, begin, end),
        cmocka_unit_test_setup_teardown(test_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_bounds, begin, end),
        cmocka_unit_test_setup_teardown(test_urls, begin, end),
        cmocka_unit_test_setup_teardown(test_refused_urls, begin, end),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("git/modules", tests, NULL, NULL);
}
