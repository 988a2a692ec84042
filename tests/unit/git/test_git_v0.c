/* SPDX-License-Identifier: Apache-2.0 */
#include "git/v0.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A  "1111111111111111111111111111111111111111"
#define B  "2222222222222222222222222222222222222222"
#define C  "3333333333333333333333333333333333333333"
#define NO "0000000000000000000000000000000000000000"
#define L  "5555555555555555555555555555555555555555555555555555555555555555"

#define SERVICE "# service=git-upload-pack"

/* What was read, of one body. */
struct heard {
    struct cm_arena *arena; /* owned */
    struct cm_git_ref *refs;
    size_t count;
    struct cm_git_v0_capabilities capabilities;
    struct cm_err err;
};

static const struct cm_git_v0_capabilities untouched = {.version = 9};

static void
heard_done(struct heard *heard)
{
    heard->arena = cm_arena_free(heard->arena);
}

/* A copy of exactly that size, so that a sanitizer sees one byte too many. */
static bool
feed_piece(struct cm_git_v0_refs *reader, const char *at, size_t size, struct cm_err *err)
{
    char *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, at, size);
    bool good = cm_git_v0_refs_feed(reader, exact, size, err);
    free(exact);
    return good;
}

/* Feeds [0, first), and then pieces of `step` bytes. */
static enum cm_class
hear(const char *text, size_t size, size_t first, size_t step, struct heard *ret)
{
    static const char *const prefixes[] = {"refs/heads/", "refs/tags/v"};
    struct cm_git_v0_refs reader;
    *ret = (struct heard){
        .arena = cm_arena_new((size_t)64 << 20), .capabilities = untouched, .err = CM_ERR_INIT};
    assert_non_null(ret->arena);
    cm_git_v0_refs_begin(&reader, ret->arena, prefixes, CM_COUNT(prefixes));
    bool good = feed_piece(&reader, text, first, &ret->err);
    for (size_t at = first; good && at < size; at += step)
        good = feed_piece(&reader, text + at, size - at < step ? size - at : step, &ret->err);
    good =
        good && cm_git_v0_refs_end(&reader, &ret->refs, &ret->count, &ret->capabilities, &ret->err);
    assert_int_equal(good, ret->err.class == CM_OK);
    if (!good) {
        struct cm_err more = CM_ERR_INIT;
        assert_null(ret->refs);
        assert_int_equal(ret->capabilities.version, untouched.version);
        assert_false(reader.failed && cm_git_v0_refs_feed(&reader, "", 0, &more));
        assert_false(
            cm_git_v0_refs_end(&reader, &ret->refs, &ret->count, &ret->capabilities, &more));
    }
    cm_git_v0_refs_done(&reader);
    return ret->err.class;
}

/* Lines into packets: "~" is a flush, "|" a delimiter, all else a packet with a line feed; of '\1'
 * a NUL is made. */
static void
put(struct cm_buf *to, const char *const *lines)
{
    for (; *lines; lines++) {
        size_t from = to->size;
        if (strcmp(*lines, "~") == 0)
            cm_pkt_put_mark(to, CM_PKT_FLUSH);
        else if (strcmp(*lines, "|") == 0)
            cm_pkt_put_mark(to, CM_PKT_DELIM);
        else
            cm_pkt_put(to, *lines);
        for (char *at = to->at + from; (at = memchr(at, '\1', to->size - (size_t)(at - to->at)));)
            *at = '\0';
    }
    assert_false(to->failed);
}

#define LINES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static enum cm_class
listed(const char *const *lines, struct heard *ret)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    put(&text, lines);
    return hear(text.at, text.size, 0, text.size, ret);
}

static void
assert_ref(const struct heard *heard, size_t at, const char *name, const char *id,
           const char *peeled)
{
    assert_true(at < heard->count);
    assert_string_equal(heard->refs[at].name, name);
    assert_string_equal(heard->refs[at].id, id);
    assert_string_equal(heard->refs[at].peeled, peeled);
}

static const char *const ordinary[] = {
    SERVICE,
    "~",
    A " HEAD\1multi_ack thin-pack side-band-64k shallow deepen-since allow-tip-sha1-in-want filter "
      "symref=HEAD:refs/heads/main object-format=sha1 agent=git/2.39.5",
    A " refs/heads/main",
    B " refs/heads/a",
    C " refs/pull/1/head",
    B " refs/tags/other",
    A " refs/tags/other^{}",
    B " refs/tags/v1",
    C " refs/tags/v1^{}",
    C " refs/tags/v2",
    "shallow " A,
    "shallow " B,
    "~",
    NULL,
};

static void
assert_ordinary(const struct heard *heard)
{
    const struct cm_git_v0_capabilities *can = &heard->capabilities;
    assert_int_equal(heard->count, 4);
    assert_ref(heard, 0, "refs/heads/a", B, "");
    assert_ref(heard, 1, "refs/heads/main", A, "");
    assert_ref(heard, 2, "refs/tags/v1", B, C);
    assert_string_equal(cm_git_ref_commit(&heard->refs[2]), C);
    assert_ref(heard, 3, "refs/tags/v2", C, "");
    assert_int_equal(can->version, 0);
    assert_int_equal(can->shallow_commits, 2);
    assert_true(can->filter && can->shallow && can->deepen_since && can->allow_tip);
    assert_true(can->object_format && can->sha1 && can->multi_ack && can->side_band_64k);
    assert_false(can->allow_reachable || can->allow_any || can->multi_ack_detailed ||
                 can->side_band || can->ofs_delta);
}

/* Cut in two at every place, and in pieces of every size. */
static void
test_pieces(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    (void)state;
    put(&text, ordinary);
    for (size_t at = 0; at <= text.size; at++) {
        struct heard heard;
        assert_int_equal(hear(text.at, text.size, at, text.size, &heard), CM_OK);
        assert_ordinary(&heard);
        heard_done(&heard);
        assert_int_equal(hear(text.at, text.size, 0, at + 1, &heard), CM_OK);
        assert_ordinary(&heard);
        heard_done(&heard);
    }
}

/* Ends too early, at every place; and goes on behind its end. */
static void
test_cut(void **state)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    struct heard heard;
    (void)state;
    put(&text, ordinary);
    for (size_t size = 0; size < text.size; size++) {
        assert_int_equal(hear(text.at, size, 0, size + 1, &heard), CM_E_MALFORMED);
        heard_done(&heard);
    }
    cm_buf_puts(&text, "0000");
    for (size_t more = 1; more <= 4; more++) {
        assert_int_equal(hear(text.at, text.size - 4 + more, 0, text.size, &heard), CM_E_MALFORMED);
        heard_done(&heard);
    }
}

static bool
is_same(const struct cm_git_ref *a, const struct cm_git_ref *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->id, b->id) == 0 &&
           strcmp(a->peeled, b->peeled) == 0;
}

/* How many refs of `a` are not in `b` as they are. */
static size_t
differ(const struct heard *a, const struct heard *b)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        bool found = false;
        for (size_t j = 0; j < b->count; j++)
            found = found || is_same(&a->refs[i], &b->refs[j]);
        count += !found;
    }
    return count;
}

/* Is it read with that byte made another, and then not much of it another? */
static bool
is_read_with(struct cm_buf *text, size_t at, char to, const struct heard *as_it_was)
{
    struct heard heard;
    char byte = text->at[at];
    text->at[at] = to;
    enum cm_class class = hear(text->at, text->size, 0, text->size, &heard);
    text->at[at] = byte;
    assert_true(class == CM_OK || class == CM_E_MALFORMED || class == CM_E_UNSUPPORTED);
    /* a line that peels may become a ref, and then the one before it is not peeled */
    if (class == CM_OK)
        assert_true(differ(&heard, as_it_was) <= 2 && differ(as_it_was, &heard) <= 1);
    heard_done(&heard);
    return class == CM_OK;
}

/* Every byte altered, in each bit and into what means something: it is refused, or it is one ref
 * that is another. */
static void
test_altered(void **state)
{
    static const char others[] = {'\0', '\n', ' ', '0', 'f', '^', '{', '\xff'};
    CM_CLEANUP(cm_buf_done) struct cm_buf text = CM_BUF_INIT(1 << 20);
    CM_CLEANUP(heard_done) struct heard heard = {0};
    size_t all = 0, head = strlen("001e" SERVICE "\n0000");
    (void)state;
    put(&text, ordinary);
    assert_int_equal(hear(text.at, text.size, 0, text.size, &heard), CM_OK);
    for (size_t at = 0; at < text.size; at++) {
        size_t read = 0;
        for (unsigned bit = 1; bit < 256; bit <<= 1)
            read += is_read_with(&text, at, (char)((unsigned char)text.at[at] ^ bit), &heard);
        for (size_t i = 0; i < sizeof others; i++)
            read += others[i] != text.at[at] && is_read_with(&text, at, others[i], &heard);
        /* nothing of the first line can be another, but that a digit is written as a capital */
        if (at < head)
            assert_int_equal(read, at == strlen("001") ? 1 : 0);
        all += read;
    }
    assert_true(all > text.size);
}

static void
test_versions(void **state)
{
    struct heard heard;
    (void)state;
    assert_int_equal(
        listed(LINES(SERVICE, "~", "version 1", A " refs/heads/m\1 filter", "~"), &heard), CM_OK);
    assert_int_equal(heard.capabilities.version, 1);
    assert_true(heard.capabilities.filter);
    assert_ref(&heard, 0, "refs/heads/m", A, "");
    heard_done(&heard);
    /* git before 1.5.3 has no capabilities to name */
    assert_int_equal(listed(LINES(SERVICE, "~", A " refs/heads/m", B " refs/heads/n", "~"), &heard),
                     CM_OK);
    assert_int_equal(heard.count, 2);
    assert_true(heard.capabilities.sha1 && !heard.capabilities.object_format);
    heard_done(&heard);
}

static void
test_empty(void **state)
{
    static const char *const rows[][6] = {
        {SERVICE, "~", "~"},
        {SERVICE, "~", "version 1", "~"},
        {SERVICE, "~", NO " capabilities^{}\1filter", "~"},
        {SERVICE, "~", NO " capabilities^{}", "shallow " A, "~"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct heard heard;
        assert_int_equal(listed(rows[i], &heard), CM_OK);
        assert_int_equal(heard.count, 0);
        assert_int_equal(heard.capabilities.filter, i == 2);
        assert_int_equal(heard.capabilities.shallow_commits, i == 3);
        heard_done(&heard);
    }
}

static void
test_capabilities(void **state)
{
    struct heard heard;
    const struct cm_git_v0_capabilities *can = &heard.capabilities;
    (void)state;
    assert_int_equal(listed(LINES(SERVICE, "~",
                                  A " HEAD\1  ofs-delta side-band multi_ack_detailed"
                                    " allow-reachable-sha1-in-want  allow-any-sha1-in-want "
                                    "symref=HEAD:refs/heads/\xc3\xa4\xff object-format=sha256"
                                    " object-format=sha1 ",
                                  "~"),
                            &heard),
                     CM_OK);
    assert_true(can->ofs_delta && can->side_band && can->multi_ack_detailed);
    assert_true(can->allow_reachable && can->allow_any && can->object_format);
    assert_false(can->sha1 || can->allow_tip || can->side_band_64k || can->multi_ack);
    heard_done(&heard);
    assert_int_equal(listed(LINES(SERVICE, "~",
                                  A " HEAD\1filters filte unshallow shallow=1 multi_ack_ "
                                    "object-format object-format=sha1x",
                                  "~"),
                            &heard),
                     CM_OK);
    assert_false(can->filter || can->shallow || can->multi_ack || can->sha1);
    heard_done(&heard);
    assert_int_equal(listed(LINES(SERVICE, "~", A " HEAD\1", "~"), &heard), CM_OK);
    assert_false(can->object_format);
    heard_done(&heard);
}

/* What git allows and the engine does not is dropped, with what belongs to it. */
static void
test_dropped(void **state)
{
    char longest[700], too_long[700], peel[710];
    struct heard heard;
    (void)state;
    snprintf(longest, sizeof longest, A " refs/heads/%0*d", (int)CM_GIT_REF_MOST - 11, 1);
    snprintf(too_long, sizeof too_long, A " refs/heads/%0*d", (int)CM_GIT_REF_MOST - 10, 1);
    snprintf(peel, sizeof peel, "%s^{}", too_long);
    assert_int_equal(listed(LINES(SERVICE, "~", A " HEAD\1", A " HEAD^{}", A " refs/heads/\xff",
                                  A " refs/heads/\xff^{}", A " refs/tags/w^{}", A " x", A " ",
                                  longest, too_long, peel, A " refs/heads", A " refs/tags/.v", "~"),
                            &heard),
                     CM_OK);
    assert_int_equal(heard.count, 1);
    assert_int_equal(strlen(heard.refs[0].name), CM_GIT_REF_MOST);
    heard_done(&heard);
    snprintf(peel, sizeof peel, "%s^{}", longest);
    peel[0] = '2';
    assert_int_equal(listed(LINES(SERVICE, "~", longest, peel, "~"), &heard), CM_OK);
    assert_int_equal(heard.refs[0].peeled[0], '2');
    heard_done(&heard);
}

static void
test_malformed(void **state)
{
    static const char *const rows[][8] = {
        {"~"},
        {A " HEAD\1", "~"},
        {"# service=git-receive-pack", "~", A " HEAD\1", "~"},
        {SERVICE "\1x", "~", A " HEAD\1", "~"},
        {SERVICE},
        {SERVICE, A " HEAD\1", "~"},
        {SERVICE, A " HEAD", "~"},
        {SERVICE, "|", A " HEAD\1", "~"},
        {SERVICE, "~", SERVICE, "~"},
        {SERVICE, "~", "|", "~"},
        {SERVICE, "~", A " HEAD\1", "|"},
        {SERVICE, "~", A " HEAD\1", "~", "~"},
        {SERVICE, "~", A " HEAD\1", "~", A " refs/heads/a"},
        {SERVICE, "~", "version 2", "~"},
        {SERVICE, "~", "version 1\1filter", A " HEAD", "~"},
        {SERVICE, "~", "version 1", "version 1", A " HEAD", "~"},
        {SERVICE, "~", A " HEAD\1", "version 1", "~"},
        {SERVICE, "~", A " HEAD\1filter\1", "~"},
        {SERVICE, "~", A " HEAD\1fil\tter", "~"},
        {SERVICE, "~", A " HEAD\1fil\x7fter", "~"},
        {SERVICE, "~", A " HEAD\1", A " refs/heads/a\1filter", "~"},
        {SERVICE, "~", NO " capabilities^{}\1", A " refs/heads/a", "~"},
        {SERVICE, "~", A " HEAD\1", A "1 refs/heads/a", "~"},
        {SERVICE, "~", A " HEAD\1", A, "~"},
        {SERVICE, "~", A " HEAD\1", A "\trefs/heads/a", "~"},
        {SERVICE, "~", A " HEAD\1", "", "~"},
        {SERVICE, "~", A " HEAD\1", "11111111111111111111111111111111111111aA x", "~"},
        {SERVICE, "~", A " HEAD\1", A " refs/heads/a", B " refs/heads/a", "~"},
        {SERVICE, "~", A " HEAD\1", A " refs/heads/a..b", "~"},
        {SERVICE, "~", A " HEAD\1", A " refs/heads/a.lock", "~"},
        {SERVICE, "~", A " HEAD\1", A " refs/heads/", "~"},
        {SERVICE, "~", A " HEAD\1", A " refs/heads/^{}", "~"},
        {SERVICE, "~", A " HEAD\1", A " refs/heads/a\x1b[m", "~"},
        {SERVICE, "~", A " refs/tags/v1^{}\1", "~"},
        {SERVICE, "~", A " refs/tags/v1\1", B " refs/tags/v2^{}", "~"},
        {SERVICE, "~", A " refs/tags/v1\1", B " refs/tags/v1^{}", C " refs/tags/v1^{}", "~"},
        {SERVICE, "~", A " refs/tags/v1\1", B " HEAD", C " refs/tags/v1^{}", "~"},
        {SERVICE, "~", A " refs/tags/v1\1", B " HEAD^{}", C " refs/tags/v1^{}", "~"},
        {SERVICE, "~", A " refs/tags/v1\1", B " refs/tags/v1^{}^{}", "~"},
        {SERVICE, "~", A " HEAD\1", "shallow " A, A " refs/heads/a", "~"},
        {SERVICE, "~", A " HEAD\1", "shallow " A "1", "~"},
        {SERVICE, "~", A " HEAD\1", "shallow 123", "~"},
        {SERVICE, "~", A " HEAD\1", "unshallow " A, "~"},
        {SERVICE, "~", A " HEAD\1", "555555555555555555555555555555555555555 x", "~"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct heard heard;
        enum cm_class class = listed(rows[i], &heard);
        if (class != CM_E_MALFORMED)
            fail_msg("row %zu: %s: %s", i, cm_class_name(class), heard.err.text);
        heard_done(&heard);
    }
}

/* A NUL behind the first line is said to be no text, not an id that is missing. */
static void
test_nul(void **state)
{
    struct heard heard;
    (void)state;
    assert_int_equal(
        listed(LINES(SERVICE, "~", A " HEAD\1", A " refs/heads/a\1filter", "~"), &heard),
        CM_E_MALFORMED);
    assert_non_null(strstr(heard.err.text, "cannot be read"));
    heard_done(&heard);
}

static void
test_framing(void **state)
{
    static const char *const rows[] = {"<html>",
                                       "0003",
                                       "001f# service=git-upload-pack\n",
                                       "001e# service=git-upload-pack\n0000fff1",
                                       "001e# service=git-upload-pack\n00000004",
                                       "001e# service=git-upload-pack\n0000-001"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct heard heard;
        assert_int_equal(hear(rows[i], strlen(rows[i]), 0, 1, &heard), CM_E_MALFORMED);
        heard_done(&heard);
    }
}

static void
test_unsupported(void **state)
{
    static const struct {
        const char *const lines[6];
        const char *text;
    } rows[] = {
        {{"ERR go away"}, "the server says: go away"},
        {{SERVICE, "ERR go away"}, "the server says: go away"},
        {{SERVICE, "~", "ERR \x1b[31mgo away"}, "[31mgo away"},
        {{SERVICE, "~", "ERR go\1away"}, "go"},
        {{SERVICE, "~", A " HEAD\1", A " refs/heads/a", "ERR go away"}, "go away"},
        {{SERVICE, "~", A " HEAD\1", "shallow " A, "ERR go away", "~"}, "go away"},
        {{SERVICE, "~", L " HEAD\1object-format=sha256", "~"}, "SHA-256"},
        {{SERVICE, "~", "version 1", NO "000000000000000000000000 capabilities^{}\1", "~"},
         "SHA-256"},
    };
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct heard heard;
        enum cm_class class = listed(rows[i].lines, &heard);
        if (class != CM_E_UNSUPPORTED || !strstr(heard.err.text, rows[i].text) ||
            strchr(heard.err.text, '\x1b'))
            fail_msg("row %zu: %s: %s", i, cm_class_name(class), heard.err.text);
        heard_done(&heard);
    }
}

static void
test_long_capabilities(void **state)
{
    static char line[CM_GIT_V0_CAPABILITIES_MOST + 100];
    struct heard heard;
    (void)state;
    int head = snprintf(line, sizeof line, A " HEAD\1");
    memset(line + head, 'x', CM_GIT_V0_CAPABILITIES_MOST);
    assert_int_equal(listed(LINES(SERVICE, "~", line, "~"), &heard), CM_OK);
    heard_done(&heard);
    line[head + (int)CM_GIT_V0_CAPABILITIES_MOST] = 'x';
    assert_int_equal(listed(LINES(SERVICE, "~", line, "~"), &heard), CM_E_LIMIT);
    heard_done(&heard);
}

/* Feeds `count` lines by number; false when one is refused. */
static bool
feed_many(struct cm_git_v0_refs *reader, const char *format, size_t count, struct cm_err *err)
{
    for (size_t i = 0; i < count; i++) {
        char line[100], packet[110];
        int size = snprintf(line, sizeof line, A " refs/%s/%08zu\n", format, i);
        snprintf(packet, sizeof packet, "%04x%s", (unsigned)size + 4, line);
        if (!cm_git_v0_refs_feed(reader, packet, (size_t)size + 4, err))
            return false;
    }
    return true;
}

/* Refs that are wanted are counted; those that are not may be as many as the server likes, and take
 * no memory. */
static void
test_many(void **state)
{
    static const char *const prefixes[] = {"refs/heads/", "refs/tags/v"};
    static const char begin[] = "001e# service=git-upload-pack\n0000";
    struct cm_arena *arena = cm_arena_new((size_t)64 << 20);
    struct cm_git_v0_refs reader;
    struct cm_git_v0_capabilities can;
    struct cm_git_ref *refs = NULL;
    struct cm_err err = CM_ERR_INIT;
    size_t count = 0;
    (void)state;
    cm_git_v0_refs_begin(&reader, arena, prefixes, 2);
    assert_true(cm_git_v0_refs_feed(&reader, begin, sizeof begin - 1, &err));
    assert_true(feed_many(&reader, "pull", 500000, &err));
    assert_int_equal(reader.found.room, 0);
    assert_true(reader.packets.held.room < 1000);
    assert_true(feed_many(&reader, "heads", CM_GIT_REFS, &err));
    assert_true(feed_many(&reader, "merge-requests", 1000, &err));
    assert_true(cm_git_v0_refs_feed(&reader, "0000", 4, &err));
    assert_true(cm_git_v0_refs_end(&reader, &refs, &count, &can, &err));
    assert_int_equal(count, CM_GIT_REFS);
    cm_git_v0_refs_done(&reader);

    cm_git_v0_refs_begin(&reader, arena, prefixes, 2);
    assert_true(cm_git_v0_refs_feed(&reader, begin, sizeof begin - 1, &err));
    assert_false(feed_many(&reader, "heads", CM_GIT_REFS + 1, &err));
    assert_int_equal(err.class, CM_E_LIMIT);
    assert_int_equal(reader.found.count, CM_GIT_REFS);
    cm_git_v0_refs_done(&reader);
    cm_arena_free(arena);
}

static void
test_no_memory(void **state)
{
    static const char *const prefixes[] = {"refs/heads/"};
    static const char body[] = "001e# service=git-upload-pack\n0000"
                               "003a" A " refs/heads/ab\n0000";
    (void)state;
    for (size_t most = 1; most < 8; most += 6) {
        struct cm_arena *arena = cm_arena_new(most);
        struct cm_git_v0_refs reader;
        struct cm_git_v0_capabilities can;
        struct cm_git_ref *refs = NULL;
        struct cm_err err = CM_ERR_INIT;
        size_t count = 0;
        cm_git_v0_refs_begin(&reader, arena, prefixes, 1);
        assert_false(cm_git_v0_refs_feed(&reader, body, sizeof body - 1, &err) &&
                     cm_git_v0_refs_end(&reader, &refs, &count, &can, &err));
        assert_int_equal(err.class, CM_E_LIMIT);
        assert_null(refs);
        cm_git_v0_refs_done(&reader);
        cm_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),      cmocka_unit_test(test_cut),
        cmocka_unit_test(test_altered),     cmocka_unit_test(test_versions),
        cmocka_unit_test(test_empty),       cmocka_unit_test(test_capabilities),
        cmocka_unit_test(test_dropped),     cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_nul),         cmocka_unit_test(test_framing),
        cmocka_unit_test(test_unsupported), cmocka_unit_test(test_long_capabilities),
        cmocka_unit_test(test_many),        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
