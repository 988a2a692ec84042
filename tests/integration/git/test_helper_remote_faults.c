/* SPDX-License-Identifier: Apache-2.0
 *
 * libgit2's own fetch, with servers and carriers that fail or lie.
 */
#include "trip.h"

#include "git/pkt.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
test_unknown_ref(void **state)
{
    static const char *const rows[][4] = {
        {"refs/heads/mai"},           {"refs/heads/main2"},         {"refs/tags/main"},
        {TRIP_MAIN, "refs/heads/no"}, {"refs/heads/no", TRIP_MAIN}, {"refs/tags/v1^{}"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct trip trip;
        trip_begin(&trip, *state, "origin.git");
        memcpy(trip.refs, rows[i], sizeof trip.refs);
        trip_is_refused(&trip, CM_E_NOT_FOUND, "the server has no refs/");
        assert_int_equal(trip.carrier.posts, 0);
        trip_done(&trip);
    }
}

/* The carrier's own words come out, wherever it fails. */
static void
test_carrier_fails(void **state)
{
    struct trip trip;
    trip_fetches_main(&trip, *state);
    size_t size = trip.carrier.read;
    trip_done(&trip);
    for (size_t request = 0; request < 2; request++) {
        trip_begin(&trip, *state, "origin.git");
        trip.carrier.refuse = request;
        trip_is_refused(&trip, CM_E_AUTH, "the carrier goes no further");
        assert_string_equal(trip.err.text, "the carrier goes no further");
        trip_done(&trip);
    }
    for (size_t at = 0; at < size; at += size / 40 + 1) {
        trip_begin(&trip, *state, "origin.git");
        trip.carrier.fail = at;
        trip_is_refused(&trip, CM_E_TRANSIENT, "the line is cut");
        assert_string_equal(trip.err.text, "the line is cut");
        trip_done(&trip);
    }
}

/* Git says in its answer how far it is, too; whether those words are right changes nothing. */
static bool
is_whole_or_refused(struct trip *trip, const char *name)
{
    if (!trip_go(trip)) {
        assert_int_equal(trip->err.class, CM_E_MALFORMED);
        assert_int_equal(trip_entries(trip->folder), 0);
        return false;
    }
    const char *packs[] = {trip->idx};
    trip_left_a_pack(trip);
    trip_has_history(trip->world, packs, 1, name, true);
    return true;
}

/* An answer that ends too early, and one in which a bit is another. */
static void
test_broken_answers(void **state)
{
    struct trip trip;
    trip_fetches_main(&trip, *state);
    size_t size = trip.carrier.read;
    trip_done(&trip);
    for (size_t at = 0; at < size; at += at < 40 || at + 10 > size ? 1 : size / 40) {
        trip_begin(&trip, *state, "origin.git");
        trip.carrier.cut = at;
        trip_is_refused(&trip, CM_E_MALFORMED, "");
        trip_done(&trip);
    }
    size_t refused = 0, asked = 0;
    for (size_t at = size / 2; at + 4 < size; at += size / 60 + 1, asked++) {
        trip_begin(&trip, *state, "origin.git");
        trip.carrier.alter = at;
        refused += !is_whole_or_refused(&trip, "main");
        trip_done(&trip);
    }
    assert_true(refused > asked / 2);
}

#define NAK "0008NAK\n"

static void
test_server_refuses(void **state)
{
    static const struct {
        const char *list, *answer;
        enum cm_class class;
        const char *text;
    } rows[] = {
        {"0010ERR go away\n", NULL, CM_E_UNSUPPORTED, "the server says: go away"},
        {"001e# service=git-upload-pack\n00000010ERR go away\n", NULL, CM_E_UNSUPPORTED,
         "the server says: go away"},
        {"<html>", NULL, CM_E_MALFORMED, "packet"},
        {"", NULL, CM_E_MALFORMED, "is cut"},
        {"001e# service=git-upload-pack\n00000000", NULL, CM_E_NOT_FOUND, "has no " TRIP_MAIN},
        {NULL, "0010ERR go away\n", CM_E_UNSUPPORTED, "the server says: go away"},
        {NULL, NAK "0010ERR go away\n", CM_E_UNSUPPORTED, "the server says: go away"},
        {NULL, NAK "000a\2 50%\n000d\3go away\n", CM_E_UNSUPPORTED, "the server says: go away"},
        {NULL, NAK "0012\3go \x1b[31maway\n", CM_E_UNSUPPORTED, "31maway"},
        {NULL,
         NAK "000b\1PACKxx"
             "000d\3go away\n",
         CM_E_UNSUPPORTED, "go away"},
        {NULL, NAK "0000", CM_E_MALFORMED, "cannot be fetched"},
        {NULL, NAK, CM_E_MALFORMED, "cannot be fetched"},
        {NULL, "", CM_E_MALFORMED, "cannot be fetched"},
        {NULL, "<html>", CM_E_MALFORMED, "cannot be fetched"},
        {NULL, "fff1", CM_E_MALFORMED, "cannot be fetched"},
        {NULL, NAK "0004", CM_E_MALFORMED, "cannot be fetched"},
        {NULL, NAK "PACK", CM_E_MALFORMED, "cannot be fetched"},
    };
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        for (size_t piece = 1; piece < 100; piece += 98) {
            struct trip trip;
            trip_begin(&trip, *state, "origin.git");
            trip.carrier.piece = piece;
            trip.carrier.instead[0] = rows[i].list;
            trip.carrier.instead[1] = rows[i].answer;
            trip_is_refused(&trip, rows[i].class, rows[i].text);
            assert_null(strchr(trip.err.text, '\x1b'));
            trip_done(&trip);
        }
    }
}

/* Acknowledgments without end. */
static void
test_endless_answer(void **state)
{
    static char text[120001 * 8 + 1];
    struct trip trip;
    for (size_t i = 0; i < 120000; i++)
        memcpy(text + i * 8, "0008#no\n", 8);
    trip_begin(&trip, *state, "origin.git");
    trip.carrier.instead[1] = text;
    trip_is_refused(&trip, CM_E_LIMIT, "too many lines");
    trip_done(&trip);
}

/* In the middle of a pack that is otherwise good. */
static void
test_gives_up_in_pack(void **state)
{
    struct trip trip;
    trip_begin(&trip, *state, "origin.git");
    trip.carrier.cut = strlen(NAK);
    trip.carrier.say = "0028\3upload-pack: aborting due to corrupt";
    trip_is_refused(&trip, CM_E_UNSUPPORTED, "the server says: upload-pack: aborting");
    trip_done(&trip);
}

/* What was in the list has gone when it is asked for: worth another try. */
static void
test_moved_ref(void **state)
{
    struct trip trip;
    trip_begin(&trip, *state, "origin.git");
    trip.carrier.take = trip_value(*state, "main");
    trip.carrier.give = "0123456789012345678901234567890123456789";
    trip_is_refused(&trip, CM_E_TRANSIENT, "not our ref");
    trip_done(&trip);
}

/* A pack that is whole, and not what was asked for. */
static void
test_another_pack(void **state)
{
    struct trip trip;
    trip_begin(&trip, *state, "origin.git");
    trip.carrier.take = trip_value(*state, "main");
    trip.carrier.give = trip_value(*state, "side");
    trip_is_refused(&trip, CM_E_MALFORMED, "does not hold");
    trip_done(&trip);
}

static void
test_sha256_server(void **state)
{
    static const char *const hide[] = {"object-format=sha1", NULL};
    struct trip trip;
    trip_begin(&trip, *state, "origin.git");
    trip.carrier.hide = hide;
    trip_is_refused(&trip, CM_E_UNSUPPORTED, "SHA-1");
    trip_done(&trip);
}

static void
test_shallow_server(void **state)
{
    struct trip trip;
    trip_begin(&trip, *state, "shallow.git");
    trip_is_refused(&trip, CM_E_UNSUPPORTED, "shallow");
    assert_int_equal(trip.carrier.posts, 0);
    trip_done(&trip);
}

#define VERY_MANY 21000

/* All of them are there, and all are one commit that nobody has. */
static void
fetch_very_many(struct trip *trip)
{
    static char names[VERY_MANY][32];
    static const char *refs[VERY_MANY];
    CM_CLEANUP(cm_buf_done) struct cm_buf list = CM_BUF_INIT((size_t)16 << 20);
    struct cm_helper_carrier carrier = carrier_of(&trip->carrier);
    cm_buf_puts(&list, "001e# service=git-upload-pack\n0000");
    for (size_t i = 0; i < VERY_MANY; i++) {
        char line[100];
        refs[i] = names[i];
        snprintf(names[i], sizeof names[i], "refs/heads/%05zu", i);
        snprintf(line, sizeof line, "0123456789012345678901234567890123456789 %s", names[i]);
        cm_pkt_put(&list, line);
    }
    cm_pkt_put_mark(&list, CM_PKT_FLUSH);
    trip->carrier.instead[0] = cm_buf_text(&list);
    assert_false(cm_helper_fetch(&carrier, trip->folder, NULL, 0, NULL, 0, refs, VERY_MANY,
                                 trip->idx, sizeof trip->idx, &trip->err));
}

static void
test_limits(void **state)
{
    struct trip trip;
    trip_begin(&trip, *state, "origin.git");
    assert_int_equal(git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, (size_t)50), 0);
    trip_is_refused(&trip, CM_E_MALFORMED, "too many objects");
    assert_int_equal(git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, (size_t)1000000), 0);
    trip_done(&trip);
    /* more than one request can hold */
    trip_begin(&trip, *state, "origin.git");
    fetch_very_many(&trip);
    assert_int_equal(trip.err.class, CM_E_LIMIT);
    assert_non_null(strstr(trip.err.text, "more refs than"));
    assert_int_equal(trip.carrier.posts, 0);
    assert_int_equal(trip_entries(trip.folder), 0);
    trip_done(&trip);
}

static void
test_bad_words(void **state)
{
    char small[20] = "untouched", path[PATH_MAX + 1], idx[2 * PATH_MAX];
    struct trip trip;
    trip_begin(&trip, *state, "origin.git");
    struct cm_helper_carrier carrier = carrier_of(&trip.carrier);
    assert_false(cm_helper_fetch(&carrier, trip.folder, NULL, 0, NULL, 0, trip.refs, 1, small,
                                 sizeof small, &trip.err));
    assert_int_equal(trip.err.class, CM_E_LIMIT);
    assert_string_equal(small, "untouched");
    assert_int_equal(trip_entries(trip.folder), 0);
    assert_false(cm_helper_fetch(&carrier, "/nonexistent", NULL, 0, NULL, 0, trip.refs, 1, idx,
                                 sizeof idx, &trip.err));
    assert_non_null(strstr(trip.err.text, "cannot make a folder"));
    memset(path, '/', PATH_MAX);
    path[PATH_MAX] = '\0';
    assert_false(cm_helper_fetch(&carrier, path, NULL, 0, NULL, 0, trip.refs, 1, idx, sizeof idx,
                                 &trip.err));
    assert_int_equal(trip.err.class, CM_E_LIMIT);
    trip.refs[0] = NULL;
    trip_is_refused(&trip, CM_E_INTERNAL, "nothing");
    trip_done(&trip);
}

/* What should be known is not, or its pack is broken. */
static void
test_broken_packs(void **state)
{
    struct trip before, trip;
    trip_fetches_main(&before, *state);
    trip_begin(&trip, *state, "later.git");
    trip.packs[0] = before.idx;
    trip.haves[0] = "forced";
    trip_is_refused(&trip, CM_E_MALFORMED, "cannot be found");
    trip_done(&trip);
    trip_begin(&trip, *state, "later.git");
    trip.packs[0] = "/nonexistent/pack.idx";
    trip_is_refused(&trip, CM_E_MALFORMED, "cannot be opened");
    trip_done(&trip);
    assert_int_equal(truncate(before.idx, 500), 0);
    trip_begin(&trip, *state, "later.git");
    trip.packs[0] = before.idx;
    trip.haves[0] = "main";
    trip_is_refused(&trip, CM_E_MALFORMED, "");
    trip_done(&trip);
    trip_done(&before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_ref),    cmocka_unit_test(test_carrier_fails),
        cmocka_unit_test(test_broken_answers), cmocka_unit_test(test_server_refuses),
        cmocka_unit_test(test_endless_answer), cmocka_unit_test(test_gives_up_in_pack),
        cmocka_unit_test(test_moved_ref),      cmocka_unit_test(test_another_pack),
        cmocka_unit_test(test_sha256_server),  cmocka_unit_test(test_shallow_server),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_bad_words),
        cmocka_unit_test(test_broken_packs),
    };
    return cmocka_run_group_tests(tests, trip_begin_world, trip_end_world);
}
