/* SPDX-License-Identifier: Apache-2.0
 *
 * Is there a key `cache` anywhere in the committed file?
 */
#include "appveyor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    size_t cache_line; /* 0: none */
    bool odd;
} rows[] = {
    /* honest files */
    {NULL, 0, false},
    {"", 0, false},
    {"# nothing\n", 0, false},
    {"version: 1.0.{build}\nbuild_script:\n- cmd: make\n", 0, false},
    {"environment:\n  matrix:\n  - A: cache\n    B: off\n", 0, false},
    {"install:\n- ps: echo cache\n- cache\n", 0, false},
    {"install:\n- |\n  cache: this is text\n", 0, false},
    {"# cache: off\nbuild: off\n", 0, false},
    {"caches: 1\nmy_cache: 2\ncach: 3\n", 0, false},
    {"\xef\xbb\xbf"
     "build: off\r\ntest: off\r\n",
     0, false},
    {"---\nbuild: off\n...\n", 0, false},
    {"for:\n- branches:\n    only:\n    - main\n  build: off\n", 0, false},
    {"- branches:\n    only: [main]\n  build: off\n- build: off\n", 0, false},
    {"a: !ruby x\n", 0, false},

    /* a cache, wherever */
    {"cache:\n- packages\n", 1, false},
    {"build: off\n\ncache: packages\n", 3, false},
    {"cache: off\n", 1, false},
    {"cache:\n", 1, false},
    {"cache: ~\n", 1, false},
    {"cache: []\n", 1, false},
    {"Cache: a\n", 1, false},
    {"CACHE: a\n", 1, false},
    {"\"cache\": a\n", 1, false},
    {"'cache': a\n", 1, false},
    {"\"c\\x61che\": a\n", 1, false},
    {"\" cache \": a\n", 1, false},
    {"? cache\n: a\n", 1, false},
    {"? cache\n", 1, false},
    {"{cache: [a]}\n", 1, false},
    {"[{build: off}, {cache: a}]\n", 1, false},
    {"\xef\xbb\xbf"
     "cache: a\n",
     1, false},
    {"build: off\rcache: a\r", 2, false},
    {"build: off # x\xc2\x85"
     "cache: a\n",
     2, false},
    {"build: off\nbuild: on\ncache: a\ncache:\n", 3, false},
    {"- build: off\n- branches:\n    only:\n    - x\n  cache:\n  - a\n", 5, false},
    {"for:\n-\n  matrix:\n    only:\n    - image: Ubuntu\n  cache:\n  - a\n", 6, false},
    {"for: [{cache: a}]\n", 1, false},
    {"x: {y: [{z: {cache: a}}]}\n", 1, false},
    {"<<: {cache: a}\n", 1, false},
    {"cache: &x a\n", 1, true},

    /* what cannot be searched to its end */
    {"a: &x cache\n*x : b\n", 0, true},
    {"a: &x\n  b: 1\nc:\n  <<: *x\n", 0, true},
    {"a: *x\n", 0, true},
    {"*x : a\n", 0, true},
    {"a: [&x b]\n", 0, true},
    {"!!binary Y2FjaGU=: a\n", 0, true},
    {"!!str a: b\n", 0, true},
    {"? [cache]\n: a\n", 0, true},
    {"? {a: b}\n: c\n", 0, true},
    {"build: off\n---\nbuild: off\n", 0, true},
    {"a: [\n", 0, true},
    {"a: b: c\n", 0, true},
    {"\tcache: a\n", 0, true},
    {"a: \x01\n", 0, true},
    {"a: \"\n", 0, true},
    {"%YAML 9.0\n---\na: b\n", 0, true},
};

static void
cache_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct av_yml found = av_yml_search(rows[i].text);
        if (found.cache_line != rows[i].cache_line || (found.odd != NULL) != rows[i].odd)
            fail_msg("\"%s\": line %zu, odd: %s", rows[i].text, found.cache_line,
                     found.odd != NULL ? found.odd : "no");
        assert_true((found.odd == NULL) == (found.odd_line == 0));
    }
}

/* `depth` sequences in one another, with a mapping that holds a cache in the middle. */
static struct av_yml
search_nested(size_t depth)
{
    char text[1024] = "";
    memset(text, '[', depth);
    memcpy(text + depth, "{cache: a}", sizeof "{cache: a}");
    memset(text + strlen(text), ']', depth);
    return av_yml_search(text);
}

static void
nesting_has_an_end(void **state)
{
    (void)state;
    struct av_yml found = search_nested(63);
    assert_int_equal(found.cache_line, 1);
    assert_null(found.odd);
    found = search_nested(64);
    assert_int_equal(found.cache_line, 0);
    assert_non_null(found.odd);
    assert_non_null(search_nested(400).odd);
}

static void
length_has_an_end(void **state)
{
    static const char tail[] = "cache: a\n";
    size_t items = 250000;
    char *text = malloc(items * 4 + sizeof tail + 16);
    (void)state;
    assert_non_null(text);
    char *at = text + snprintf(text, 4, "a:\n");
    for (size_t i = 0; i < items; i++, at += 4)
        memcpy(at, "- b\n", 4);
    memcpy(at, tail, sizeof tail);
    struct av_yml found = av_yml_search(text);
    assert_int_equal(found.cache_line, 0);
    assert_non_null(found.odd);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_is_found),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(length_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
