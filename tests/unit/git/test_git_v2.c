/* SPDX-License-Identifier: Apache-2.0 */
#include "git/v2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define A "1111111111111111111111111111111111111111"
#define B "2222222222222222222222222222222222222222"

/* Lines into packets: "~" is a flush, "|" a delimiter, all else a packet with a line feed. */
static void
put(struct cm_buf *to, const char *const *lines)
{
    for (; *lines; lines++) {
        if (strcmp(*lines, "~") == 0)
            cm_pkt_put_mark(to, CM_PKT_FLUSH);
        else if (strcmp(*lines, "|") == 0)
            cm_pkt_put_mark(to, CM_PKT_DELIM);
        else
            cm_pkt_put(to, *lines);
    }
}

#define LINES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static enum cm_class
advertised(struct cm_arena *arena, const char *const *lines, struct cm_git_advertisement *ret)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    struct cm_err err = CM_ERR_INIT;
    put(&text, lines);
    bool good = cm_git_advertisement_parse(arena, text.at, text.size, ret, &err);
    assert_int_equal(good, err.class == CM_OK);
    return err.class;
}

static void
test_advertisement(void **state)
{
    struct cm_arena *arena = *state;
    struct cm_git_advertisement of;
    assert_int_equal(
        advertised(arena,
                   LINES("version 2", "agent=git/2.39", "ls-refs=unborn",
                         "fetch=shallow wait-for-done filter", "object-format=sha1", "~"),
                   &of),
        CM_OK);
    assert_string_equal(of.first_line, "version 2");
    assert_int_equal(of.version, 2);
    assert_int_equal(of.capability_count, 4);
    assert_string_equal(of.capabilities[2], "fetch=shallow wait-for-done filter");
    assert_true(of.ls_refs && of.fetch && of.shallow && of.filter && of.object_format && of.sha1);

    assert_int_equal(
        advertised(arena, LINES("# service=git-upload-pack", "~", "version 2", "fetch", "~"), &of),
        CM_OK);
    assert_string_equal(of.first_line, "# service=git-upload-pack");
    assert_true(of.version == 2 && of.fetch && of.sha1);
    assert_false(of.ls_refs || of.shallow || of.filter || of.object_format);

    assert_int_equal(advertised(arena,
                                LINES("version 2", "fetch=shallowfilter unfilter filters",
                                      "ls-refsx", "object-format=sha256", "~"),
                                &of),
                     CM_OK);
    assert_false(of.ls_refs || of.shallow || of.filter || of.sha1);
}

static void
test_older_versions(void **state)
{
    struct cm_arena *arena = *state;
    struct cm_git_advertisement of;
    assert_int_equal(
        advertised(arena, LINES("# service=git-upload-pack", "~", A " HEAD\tcaps", "what"), &of),
        CM_OK);
    assert_int_equal(of.version, 0);
    assert_string_equal(of.first_line, "# service=git-upload-pack");
    assert_int_equal(
        advertised(arena, LINES("# service=git-upload-pack", "~", "version 1", A " HEAD"), &of),
        CM_OK);
    assert_int_equal(of.version, 1);
}

static void
test_bad_advertisements(void **state)
{
    struct cm_arena *arena = *state;
    struct cm_git_advertisement of;
    static const char *const rows[][8] = {
        {"~"},
        {"version 1", "~"},
        {"version 2"},
        {"version 2", "fetch"},
        {"version 2", "fetch", "|"},
        {"version 2", "fetch", "~", "more"},
        {"version 2", "fe\1tch", "~"},
        {"version 2", "", "~"},
        {"# service=git-upload-pack", "version 2", "~"},
        {"# service=git-upload-pack", "~"},
        {"# service=git-receive-pack", "~", "version 2", "fetch", "~"},
        {A " HEAD", "~"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        bool broken = i != 9; /* that one ends where a version 0 without any ref does */
        enum cm_class class = advertised(arena, rows[i], &of);
        assert_int_equal(class, broken ? CM_E_MALFORMED : CM_OK);
        assert_int_equal(of.version, 0);
        assert_int_equal(of.capability_count, 0);
    }
    struct cm_err err = CM_ERR_INIT;
    assert_false(cm_git_advertisement_parse(arena, "<html>", 6, &of, &err));
    assert_string_equal(of.first_line, "");
    assert_false(cm_git_advertisement_parse(arena, NULL, 0, &of, &err));
}

static void
test_many_capabilities(void **state)
{
    struct cm_arena *arena = *state;
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    struct cm_git_advertisement of;
    struct cm_err err = CM_ERR_INIT;
    char line[CM_GIT_CAPABILITY_MOST + 2];
    cm_pkt_put(&text, "version 2");
    for (size_t i = 0; i <= CM_GIT_CAPABILITIES; i++)
        cm_pkt_put(&text, "x");
    cm_pkt_put_mark(&text, CM_PKT_FLUSH);
    assert_false(cm_git_advertisement_parse(arena, text.at, text.size, &of, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    assert_int_equal(advertised(arena, LINES("version 2", line, "~"), &of), CM_E_LIMIT);
}

static void
test_requests(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(10000);
    struct cm_git_advertisement of = {.object_format = true};
    const char *const prefixes[] = {"refs/heads/main", "refs/tags/"};
    const char *const wants[] = {A, B};
    (void)state;
    cm_git_ls_refs_request(&of, prefixes, 2, &text);
    assert_string_equal(cm_buf_text(&text), "0014command=ls-refs\n0017object-format=sha1\n0001"
                                            "0009peel\n001fref-prefix refs/heads/main\n"
                                            "001aref-prefix refs/tags/\n0000");
    cm_buf_clear(&text);
    of.object_format = false;
    struct cm_git_fetch_ask ask = {.wants = wants, .want_count = 2, .depth = 1, .filter = "tree:0"};
    cm_git_fetch_request(&of, &ask, &text);
    assert_string_equal(cm_buf_text(&text), "0012command=fetch\n0001000eofs-delta\n"
                                            "0010no-progress\n0012filter tree:0\n000ddeepen 1\n"
                                            "0032want " A "\n0032want " B "\n0009done\n0000");
    cm_buf_clear(&text);
    ask = (struct cm_git_fetch_ask){.wants = wants, .want_count = 1};
    cm_git_fetch_request(&of, &ask, &text);
    assert_null(strstr(cm_buf_text(&text), "filter"));
    assert_null(strstr(cm_buf_text(&text), "deepen"));
}

static void
test_prefixes(void **state)
{
    static const char *const good[] = {"refs/heads/", "refs/tags/", "refs/heads/main",
                                       "refs/heads/release/", "refs/tags/v1."};
    static const char *const bad[] = {"",
                                      "refs/",
                                      "refs/heads",
                                      "refs/pull/",
                                      "HEAD",
                                      "refs/heads/a b",
                                      "refs/heads/\n",
                                      "refs/heads//",
                                      "refs/heads/../"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(good); i++)
        assert_true(cm_git_prefix_is_valid(good[i]));
    for (size_t i = 0; i < CM_COUNT(bad); i++)
        assert_false(cm_git_prefix_is_valid(bad[i]));
    assert_false(cm_git_prefix_is_valid(NULL));
}

static enum cm_class
listed(struct cm_arena *arena, const char *const *lines, struct cm_git_ref **refs, size_t *count)
{
    static const char *const prefixes[] = {"refs/heads/", "refs/tags/v"};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    struct cm_err err = CM_ERR_INIT;
    put(&text, lines);
    bool good = cm_git_refs_parse(arena, text.at, text.size, prefixes, 2, refs, count, &err);
    assert_int_equal(good, err.class == CM_OK);
    return err.class;
}

static void
test_refs(void **state)
{
    struct cm_git_ref *refs = NULL;
    size_t count = 9;
    assert_int_equal(listed(*state,
                            LINES(A " refs/tags/v1 peeled:" B, A " HEAD symref-target:refs/heads/m",
                                  B " refs/heads/main", A " refs/tags/other", A " refs/pull/1/head",
                                  A " refs/heads/a attribute x", A " refs/heads/\xff", "~"),
                            &refs, &count),
                     CM_OK);
    assert_int_equal(count, 3);
    assert_string_equal(refs[0].name, "refs/heads/a");
    assert_string_equal(refs[1].name, "refs/heads/main");
    assert_string_equal(cm_git_ref_commit(&refs[1]), B);
    assert_string_equal(refs[2].name, "refs/tags/v1");
    assert_string_equal(refs[2].id, A);
    assert_string_equal(refs[2].peeled, B);
    assert_string_equal(cm_git_ref_commit(&refs[2]), B);
    assert_int_equal(listed(*state, LINES("~"), &refs, &count), CM_OK);
    assert_int_equal(count, 0);
}

static void
test_bad_refs(void **state)
{
    static const char *const rows[][4] = {
        {A " refs/heads/a"},
        {A " refs/heads/a", "|"},
        {A " refs/heads/a", "~", "~"},
        {"unborn refs/heads/a", "~"},
        {"111111111111111111111111111111111111111 refs/heads/a", "~"},
        {"111111111111111111111111111111111111111A refs/heads/a", "~"},
        {A "1 refs/heads/a", "~"},
        {A "\trefs/heads/a", "~"},
        {A, "~"},
        {A " refs/heads/a", B " refs/heads/a", "~"},
        {A " refs/heads/a..b", "~"},
        {A " refs/heads/a\x01", "~"},
        {A " refs/heads/a.lock", "~"},
        {A " refs/heads/", "~"},
        {A " refs/tags/v peeled:" B " peeled:" B, "~"},
        {A " refs/tags/v peeled:123", "~"},
        {A " refs/tags/v peeled:" B "1", "~"},
    };
    struct cm_git_ref *refs = (struct cm_git_ref *)1;
    size_t count = 9;
    for (size_t i = 0; i < CM_COUNT(rows); i++)
        assert_int_equal(listed(*state, rows[i], &refs, &count), CM_E_MALFORMED);
    assert_int_equal(listed(*state, LINES("ERR go \x1b[31maway", "~"), &refs, &count),
                     CM_E_UNSUPPORTED);
    assert_ptr_equal(refs, (struct cm_git_ref *)1);
    assert_int_equal(count, 9);
}

static void
test_too_many_refs(void **state)
{
    static const char *const prefix = "refs/heads/";
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT((size_t)64 << 20);
    struct cm_git_ref *refs = NULL;
    struct cm_err err = CM_ERR_INIT;
    size_t count = 0;
    for (unsigned i = 0; i <= CM_GIT_REFS; i++) {
        char line[100];
        snprintf(line, sizeof line, A " refs/heads/%06u", i);
        cm_pkt_put(&text, line);
    }
    size_t size = text.size;
    cm_pkt_put_mark(&text, CM_PKT_FLUSH);
    assert_false(cm_git_refs_parse(*state, text.at, text.size, &prefix, 1, &refs, &count, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    cm_buf_cut(&text, size - strlen("0041" A " refs/heads/000000\n"));
    cm_pkt_put_mark(&text, CM_PKT_FLUSH);
    assert_true(cm_git_refs_parse(*state, text.at, text.size, &prefix, 1, &refs, &count, &err));
    assert_int_equal(count, CM_GIT_REFS);
}

static int
begin(void **state)
{
    *state = cm_arena_new((size_t)64 << 20);
    return *state ? 0 : -1;
}

static int
end(void **state)
{
    cm_arena_free(*state);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_advertisement),
        cmocka_unit_test(test_older_versions),
        cmocka_unit_test(test_bad_advertisements),
        cmocka_unit_test(test_many_capabilities),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_refs),
        cmocka_unit_test(test_bad_refs),
        cmocka_unit_test(test_too_many_refs),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
