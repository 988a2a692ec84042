/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/url.h"

#include <string.h>

#include "../base/unit.h"

struct good {
    const char *text, *origin, *path, *query;
    bool address;
};

static const struct good good[] = {
    {"https://h.example", "https://h.example", "/", NULL, false},
    {"https://h.example/", "https://h.example", "/", NULL, false},
    {"https://h.example?a=b", "https://h.example", "/", "a=b", false},
    {"https://h.example/?", "https://h.example", "/", "", false},
    {"HTTPS://H.Example:443/A?B", "https://h.example", "/A", "B", false},
    {"https://h.example:8443/a", "https://h.example:8443", "/a", NULL, false},
    {"http://h.example:80/a", "http://h.example", "/a", NULL, false},
    {"http://h.example:443/a", "http://h.example:443", "/a", NULL, false},
    {"https://127.0.0.1:1/a", "https://127.0.0.1:1", "/a", NULL, true},
    {"https://[::1]/a", "https://[::1]", "/a", NULL, true},
    {"https://[2001:DB8:0:0::1]:8443/a", "https://[2001:db8::1]:8443", "/a", NULL, true},
    {"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example", "/", NULL, false},
    {"https://a-b.1c.example/", "https://a-b.1c.example", "/", NULL, false},
    {"https://h.example/a%20b/c%2Fd/...", "https://h.example", "/a%20b/c%2Fd/...", NULL, false},
    {"https://h.example//a//", "https://h.example", "//a//", NULL, false},
    {"https://h.example/a;b=1,2:@!$&'()*+~_.-", "https://h.example", "/a;b=1,2:@!$&'()*+~_.-", NULL,
     false},
    {"https://h.example/a?x=/../?%0a%00", "https://h.example", "/a", "x=/../?%0a%00", false},
    {"https://0xg.example/", "https://0xg.example", "/", NULL, false},
    {"https://face/", "https://face", "/", NULL, false},
};

static void
test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
        struct cm_err err = CM_ERR_INIT;
        struct cm_url url;
        if (!cm_url_parse(arena, good[i].text, &url, &err))
            fail_msg("%s: %s", good[i].text, err.text);
        assert_string_equal(cm_url_origin(arena, &url), good[i].origin);
        assert_string_equal(url.path, good[i].path);
        assert_int_equal(url.host_is_address, good[i].address);
        assert_int_equal(url.query == NULL, good[i].query == NULL);
        if (url.query != NULL)
            assert_string_equal(url.query, good[i].query);
    }
}

static const struct {
    const char *text;
    enum cm_class class;
    const char *what;
} bad[] = {
    {NULL, CM_E_MALFORMED, "is empty"},
    {"", CM_E_MALFORMED, "is empty"},
    {"h.example/a", CM_E_MALFORMED, "does not begin"},
    {"//h.example/a", CM_E_MALFORMED, "does not begin"},
    {"git@h.example:a/b", CM_E_MALFORMED, "does not begin"},
    {"https:/h.example/a", CM_E_MALFORMED, "does not begin"},
    {"https:h.example", CM_E_MALFORMED, "does not begin"},
    {"://h.example", CM_E_MALFORMED, "does not begin"},
    {"file:///etc/passwd", CM_E_UNSUPPORTED, "neither https nor http"},
    {"ssh://h.example/a", CM_E_UNSUPPORTED, "neither https nor http"},
    {"httpx://h.example/a", CM_E_UNSUPPORTED, "neither https nor http"},
    {"httpss://h.example/a", CM_E_UNSUPPORTED, "neither https nor http"},
    {"xttps://h.example/a", CM_E_UNSUPPORTED, "neither https nor http"},
    {"https:///a", CM_E_MALFORMED, "host name"},
    {"https://", CM_E_MALFORMED, "host name"},
    {"https://:443/", CM_E_MALFORMED, "host name"},
    {"https://a..b/", CM_E_MALFORMED, "host name"},
    {"https://h.example./", CM_E_MALFORMED, "host name"},
    {"https://.h/", CM_E_MALFORMED, "host name"},
    {"https://-a.example/", CM_E_MALFORMED, "host name"},
    {"https://a-.example/", CM_E_MALFORMED, "host name"},
    {"https://a_b.example/", CM_E_MALFORMED, "host name"},
    {"https://a%2eb/", CM_E_MALFORMED, "host name"},
    {"https://aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.example/",
     CM_E_MALFORMED, "host name"},
    {"https://127.1/", CM_E_MALFORMED, "neither a name nor an address"},
    {"https://2130706433/", CM_E_MALFORMED, "neither a name nor an address"},
    {"https://0x7f000001/", CM_E_MALFORMED, "neither a name nor an address"},
    {"https://0x7F.0.0.0x1/", CM_E_MALFORMED, "neither a name nor an address"},
    {"https://0177.0.0.1/", CM_E_MALFORMED, "neither a name nor an address"},
    {"https://256.0.0.1/", CM_E_MALFORMED, "neither a name nor an address"},
    {"https://1.2.3.4.5/", CM_E_MALFORMED, "neither a name nor an address"},
    {"https://a.0x/", CM_E_MALFORMED, "neither a name nor an address"},
    {"https://[::1/", CM_E_MALFORMED, "brackets"},
    {"https://[::1]x/", CM_E_MALFORMED, "brackets"},
    {"https://[fe80::1%25eth0]/", CM_E_MALFORMED, "brackets"},
    {"https://[127.0.0.1]/", CM_E_MALFORMED, "brackets"},
    {"https://[]/", CM_E_MALFORMED, "brackets"},
    {"https://::1/", CM_E_MALFORMED, "port"},
    {"https://h.example:/", CM_E_MALFORMED, "port"},
    {"https://h.example:0/", CM_E_MALFORMED, "port"},
    {"https://h.example:65536/", CM_E_MALFORMED, "port"},
    {"https://h.example:0443/", CM_E_MALFORMED, "port"},
    {"https://h.example:+443/", CM_E_MALFORMED, "port"},
    {"https://h.example:443:443/", CM_E_MALFORMED, "port"},
    {"https://u@h.example/", CM_E_MALFORMED, "user or a password"},
    {"https://u:p@h.example/", CM_E_MALFORMED, "user or a password"},
    {"https://good.example@evil.example/", CM_E_MALFORMED, "user or a password"},
    {"https://h.example/#", CM_E_MALFORMED, "fragment"},
    {"https://h.example#@evil.example/", CM_E_MALFORMED, "fragment"},
    {"https://h.example\\@evil.example/", CM_E_MALFORMED, "backslash"},
    {"https://h.example/a b", CM_E_MALFORMED, "white space"},
    {" https://h.example/", CM_E_MALFORMED, "white space"},
    {"https://h.example/\t", CM_E_MALFORMED, "white space"},
    {"https://h.example/\r\nHost: x", CM_E_MALFORMED, "white space"},
    {"https://h.example/\x7f", CM_E_MALFORMED, "white space"},
    {"https://h.ex\xd0\xb0mple/", CM_E_MALFORMED, "not ASCII"},
    {"https://h.example/a%", CM_E_MALFORMED, "escape"},
    {"https://h.example/a%2", CM_E_MALFORMED, "escape"},
    {"https://h.example/a%2g", CM_E_MALFORMED, "escape"},
    {"https://h.example/a?b=%zz", CM_E_MALFORMED, "escape"},
    {"https://h.example/a%00b", CM_E_MALFORMED, "control character"},
    {"https://h.example/a%0d%0ab", CM_E_MALFORMED, "control character"},
    {"https://h.example/a/../b", CM_E_MALFORMED, "\"..\""},
    {"https://h.example/a/..", CM_E_MALFORMED, "\"..\""},
    {"https://h.example/.", CM_E_MALFORMED, "\"..\""},
    {"https://h.example/./a", CM_E_MALFORMED, "\"..\""},
    {"https://h.example/a/%2e%2E/b", CM_E_MALFORMED, "\"..\""},
    {"https://h.example/a/.%2e", CM_E_MALFORMED, "\"..\""},
    {"https://h.example/a%2f..%2fb", CM_E_MALFORMED, "\"..\""},
    {"https://h.example/a%5c..%5cb", CM_E_MALFORMED, "\"..\""},
    {"https://h.example/a?../..", CM_OK, ""},
    {"https://h.example/a<b", CM_E_MALFORMED, "has to be escaped"},
    {"https://h.example/a[b]", CM_E_MALFORMED, "has to be escaped"},
    {"https://h.example/?a\"b", CM_E_MALFORMED, "has to be escaped"},
};

static void
test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
        struct cm_err err = CM_ERR_INIT;
        struct cm_url url = {.scheme = "untouched"};
        const char *text = bad[i].text != NULL ? bad[i].text : "(null)";
        bool parsed = cm_url_parse(arena, bad[i].text, &url, &err);
        if (parsed != (bad[i].class == CM_OK) || err.class != bad[i].class ||
            strstr(err.text, bad[i].what) == NULL)
            fail_msg("%s: %d, %s", text, err.class, err.text);
        if (!parsed)
            assert_string_equal(url.scheme, "untouched");
    }
}

static void
test_limits(void **state)
{
    (void)state;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 20);
    struct cm_err err = CM_ERR_INIT;
    struct cm_url url;
    char text[CM_URL_MOST + 2] = "https://h.example/";
    memset(text + strlen(text), 'a', CM_URL_MOST - strlen(text));
    assert_int_equal(strlen(text), CM_URL_MOST);
    assert_true(cm_url_parse(arena, text, &url, &err));
    text[CM_URL_MOST] = 'a';
    assert_false(cm_url_parse(arena, text, &url, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    CM_CLEANUP(cm_arena_done) struct cm_arena *small = cm_arena_new(8);
    assert_false(cm_url_parse(small, "https://h.example/", &url, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
}

static void
test_origins(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"https://h.example/a", "https://H.EXAMPLE:443/b?c", true},
        {"https://h.example/", "http://h.example/", false},
        {"https://h.example/", "https://h.example:8443/", false},
        {"https://h.example/", "https://g.example/", false},
        {"https://h.example:80/", "http://h.example/", false},
        {"https://[::1]/", "https://[0:0::1]/", true},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
        struct cm_err err = CM_ERR_INIT;
        struct cm_url a, b;
        assert_true(cm_url_parse(arena, rows[i].a, &a, &err));
        assert_true(cm_url_parse(arena, rows[i].b, &b, &err));
        assert_int_equal(cm_url_same_origin(&a, &b), rows[i].same);
        assert_int_equal(strcmp(cm_url_origin(arena, &a), cm_url_origin(arena, &b)) == 0,
                         rows[i].same);
    }
}

static void
test_hosts(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"https://H.example/", "h.example"},
        {"http://h.example/", "h.example:80"},
        {"https://h.example:444/", "h.example:444"},
        {"http://h.example:443/", "h.example"},
        {"https://[::1]:8/", "[::1]:8"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
        struct cm_err err = CM_ERR_INIT;
        struct cm_url url;
        assert_true(cm_url_parse(arena, rows[i][0], &url, &err));
        char name[CM_URL_HOST_SIZE], room[CM_URL_HOST_SIZE];
        cm_url_host(&url, name);
        assert_string_equal(name, rows[i][1]);
        assert_true(cm_url_parse_origin(rows[i][0], room, &url, &err));
        cm_url_host(&url, name);
        assert_string_equal(name, rows[i][1]);
    }
}

static void
test_repositories(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain, *folded;
    } rows[] = {
        {"https://H.Example/Acme/W", "https://h.example/Acme/W", "https://h.example/acme/w"},
        {"https://h.example:443/a/w.git", "https://h.example/a/w", "https://h.example/a/w"},
        {"https://h.example/a/w/", "https://h.example/a/w", "https://h.example/a/w"},
        {"https://h.example/a/w.git/", "https://h.example/a/w", "https://h.example/a/w"},
        {"https://h.example/a/w.git.git", "https://h.example/a/w.git", "https://h.example/a/w.git"},
        {"https://h.example/a/w/.git2", "https://h.example/a/w/.git2",
         "https://h.example/a/w/.git2"},
        {"https://h.example/a/w.GIT", "https://h.example/a/w.GIT", "https://h.example/a/w.git"},
        {"https://h.example:8443/a%41", "https://h.example:8443/a%41",
         "https://h.example:8443/a%41"},
        {"https://[::1]:8443/a", "https://[::1]:8443/a", "https://[::1]:8443/a"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
        struct cm_err err = CM_ERR_INIT;
        const char *plain, *folded;
        assert_true(cm_url_repository(arena, rows[i].text, false, &plain, &err));
        assert_string_equal(plain, rows[i].plain);
        assert_true(cm_url_repository(arena, rows[i].text, true, &folded, &err));
        assert_string_equal(folded, rows[i].folded);
    }
}

static void
test_no_repositories(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum cm_class class;
    } rows[] = {
        {"http://h.example/a", CM_E_UNSUPPORTED},     {"file:///a", CM_E_UNSUPPORTED},
        {"https://h.example", CM_E_MALFORMED},        {"https://h.example/", CM_E_MALFORMED},
        {"https://h.example/.git", CM_E_MALFORMED},   {"https://h.example//", CM_E_MALFORMED},
        {"https://h.example/a//", CM_E_MALFORMED},    {"https://h.example/a?b", CM_E_MALFORMED},
        {"https://h.example/a?", CM_E_MALFORMED},     {"https://h.example/a#b", CM_E_MALFORMED},
        {"https://u@h.example/a", CM_E_MALFORMED},    {"git@h.example:a", CM_E_MALFORMED},
        {"https://h.example/a/.git", CM_E_MALFORMED},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
        struct cm_err err = CM_ERR_INIT;
        const char *normal = "untouched";
        if (cm_url_repository(arena, rows[i].text, false, &normal, &err) ||
            err.class != rows[i].class)
            fail_msg("%s: %d, %s", rows[i].text, err.class, err.text);
        assert_string_equal(normal, "untouched");
    }
}

static void
test_encode(void **state)
{
    (void)state;
    CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
    assert_string_equal(cm_url_encode(arena, "aZ09-._~"), "aZ09-._~");
    assert_string_equal(cm_url_encode(arena, "a b/c%\xc3\xa4?&=+"),
                        "a%20b%2Fc%25%C3%A4%3F%26%3D%2B");
    assert_string_equal(cm_url_encode(arena, ""), "");
}

static void
test_resolve(void **state)
{
    (void)state;
    static const struct {
        const char *location, *expected; /* NULL: refused */
    } rows[] = {
        {"https://o.example/x?y", "https://o.example/x?y"},
        {"http://o.example/", "http://o.example/"}, /* whether it is followed is judged elsewhere */
        {"//o.example/x", "https://o.example/x"},
        {"/x/y?z#frag", "https://h.example:8443/x/y?z"},
        {"x/y", "https://h.example:8443/a/x/y"},
        {"?z", "https://h.example:8443/a/b?z"},
        {"#frag", "https://h.example:8443/a/b?q"},
        {"../x", NULL},
        {"/x/../y", NULL},
        {"javascript:alert(1)", NULL},
        {"file:///etc/passwd", NULL},
        {"https://u:p@o.example/", NULL},
        {"//127.1/", NULL},
        {"/a b", NULL},
        {"\\\\o.example\\x", NULL},
        {"", NULL},
        {NULL, NULL},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        CM_CLEANUP(cm_arena_done) struct cm_arena *arena = cm_arena_new(1 << 16);
        struct cm_err err = CM_ERR_INIT;
        struct cm_url base;
        const char *got = "untouched";
        assert_true(cm_url_parse(arena, "https://h.example:8443/a/b?q", &base, &err));
        bool done = cm_url_resolve(arena, &base, rows[i].location, &got, &err);
        if (done != (rows[i].expected != NULL))
            fail_msg("row %zu: %s %s", i, got, err.text);
        assert_string_equal(got, done ? rows[i].expected : "untouched");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_repositories),
        cmocka_unit_test(test_no_repositories),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_resolve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
