/* SPDX-License-Identifier: Apache-2.0
 *
 * libgit2's own fetch, carried to git upload-pack in version 0.
 */
#include "trip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_branch(void **state)
{
    struct trip trip;
    trip_fetches_main(&trip, *state);
    assert_int_equal(trip.carrier.gets, 1);
    assert_int_equal(trip.carrier.posts, 1);
    assert_false(trip_pack_holds(trip.idx, trip_id(*state, "v1-again")));
    trip_done(&trip);
}

static void
test_tag_of_a_tag(void **state)
{
    struct trip trip;
    trip_begin(&trip, *state, "origin.git");
    trip.refs[0] = "refs/tags/v1-again";
    trip_fetches(&trip, "v1-again");
    assert_true(trip_pack_holds(trip.idx, trip_id(*state, "v1-commit")));
    assert_false(trip_pack_holds(trip.idx, trip_id(*state, "main")));
    trip_done(&trip);
}

static void
test_several_refs(void **state)
{
    struct trip trip;
    trip_begin(&trip, *state, "origin.git");
    trip.refs[0] = "refs/tags/v1-again";
    trip.refs[1] = "refs/heads/side";
    trip.refs[2] = TRIP_MAIN;
    trip_fetches(&trip, "main");
    assert_true(trip_pack_holds(trip.idx, trip_id(*state, "side")));
    assert_true(trip_pack_holds(trip.idx, trip_id(*state, "v1-again")));
    assert_int_equal(trip.carrier.posts, 1);
    trip_done(&trip);
}

/* In pieces of every size: the borders of packets fall everywhere. */
static void
test_pieces(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 5, 7, 64, 1000};
    for (size_t i = 0; i < CM_COUNT(sizes); i++) {
        struct trip trip;
        trip_begin(&trip, *state, "origin.git");
        trip.carrier.piece = sizes[i];
        trip_fetches(&trip, "main");
        trip_done(&trip);
    }
}

/* Three commits more: they come, and what is known does not. */
static void
test_incremental(void **state)
{
    struct trip before, trip;
    trip_fetches_main(&before, *state);
    trip_begin(&trip, *state, "later.git");
    trip.packs[0] = before.idx;
    trip.haves[0] = "main";
    trip_fetches(&trip, "later");
    assert_false(trip_pack_holds(trip.idx, trip_id(*state, "main")));
    assert_true(trip.carrier.read < before.carrier.read / 5);
    assert_int_equal(trip.carrier.gets, 1);
    assert_int_equal(trip.carrier.posts, 2);
    trip_done(&trip);
    trip_done(&before);
}

/* What is told first is what comes first, not what is newest. */
static void
test_order_of_haves(void **state)
{
    struct trip before, trip;
    trip_fetches_main(&before, *state);
    trip_begin(&trip, *state, "later.git");
    trip.packs[0] = before.idx;
    trip.haves[0] = "v1-commit";
    trip.haves[1] = "side";
    trip.haves[2] = "main";
    trip_fetches(&trip, "later");
    const char *posted = cm_buf_text(&trip.carrier.posted);
    const char *first = strstr(posted, trip_value(*state, "v1-commit"));
    const char *second = strstr(posted, trip_value(*state, "side"));
    const char *third = strstr(posted, trip_value(*state, "main"));
    assert_true(first && first < second && second < third);
    assert_int_equal(trip.carrier.posts, 2);
    trip_done(&trip);
    trip_done(&before);
}

/* Of what is known there are commits only, as after a fetch with a filter. */
static void
test_on_commits_only(void **state)
{
    char idx[300];
    struct trip_world *world = *state;
    struct trip trip;
    trip_begin(&trip, world, "later.git");
    snprintf(idx, sizeof idx, "%s/commits/pack-%s.idx", world->folder,
             trip_value(world, "commits"));
    trip.packs[0] = idx;
    trip.haves[0] = "main";
    if (!trip_go(&trip))
        fail_msg("%s", trip.err.text);
    trip_left_a_pack(&trip);
    const char *packs[] = {idx, trip.idx};
    trip_has_history(world, packs, 2, "later", false);
    trip_done(&trip);
}

static void
test_nothing_new(void **state)
{
    struct trip before, trip;
    trip_fetches_main(&before, *state);
    trip_begin(&trip, *state, "origin.git");
    trip.packs[0] = before.idx;
    trip.haves[0] = "main";
    assert_true(trip_go(&trip));
    assert_string_equal(trip.idx, "");
    assert_int_equal(trip_entries(trip.folder), 0);
    assert_int_equal(trip.carrier.gets, 1);
    assert_int_equal(trip.carrier.posts, 0);
    trip_done(&trip);
    trip_done(&before);
}

/* The branch has been forced back and on, and then to what has nothing in common with it. */
static void
test_rewritten(void **state)
{
    struct trip before, trip;
    trip_fetches_main(&before, *state);
    trip_begin(&trip, *state, "forced.git");
    trip.packs[0] = before.idx;
    trip.haves[0] = "main";
    trip_fetches(&trip, "forced");
    assert_false(trip_pack_holds(trip.idx, trip_id(*state, "v1-commit")));
    trip_done(&trip);
    trip_begin(&trip, *state, "other.git");
    trip.packs[0] = before.idx;
    trip.haves[0] = "main";
    trip_fetches(&trip, "other");
    assert_int_equal(trip.carrier.posts, 4); /* 61 commits, 20 at a time, and the rest */
    trip_done(&trip);
    trip_done(&before);
}

static void
test_poor_servers(void **state)
{
    static const char *const rows[][6] = {
        {"multi_ack_detailed"},
        {"multi_ack ", "multi_ack_detailed"},
        {"side-band-64k"},
        {"side-band ", "side-band-64k"},
        {"ofs-delta"},
        {"multi_ack ", "multi_ack_detailed", "side-band ", "side-band-64k", "ofs-delta"},
    };
    struct trip before;
    trip_fetches_main(&before, *state);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        bool acks = i != 1 && i != 5;
        struct trip trip;
        trip_begin(&trip, *state, "later.git");
        trip.carrier.hide = rows[i];
        trip.packs[0] = before.idx;
        trip.haves[0] = "main";
        trip_fetches(&trip, "later");
        assert_int_equal(trip.carrier.posts, acks ? 2 : 1);
        assert_int_equal(trip_pack_holds(trip.idx, trip_id(*state, "main")), !acks);
        trip_done(&trip);
    }
    trip_done(&before);
}

/* What is asked for: acknowledgments in detail, as some servers demand; and no thin pack. */
static void
test_what_is_posted(void **state)
{
    struct trip trip;
    trip_fetches_main(&trip, *state);
    const char *posted = cm_buf_text(&trip.carrier.posted);
    assert_non_null(strstr(posted, " multi_ack_detailed side-band-64k ofs-delta "));
    assert_null(strstr(posted, "thin-pack"));
    assert_null(strstr(posted, "include-tag"));
    trip_done(&trip);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_branch),          cmocka_unit_test(test_tag_of_a_tag),
        cmocka_unit_test(test_several_refs),    cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_incremental),     cmocka_unit_test(test_order_of_haves),
        cmocka_unit_test(test_on_commits_only), cmocka_unit_test(test_nothing_new),
        cmocka_unit_test(test_rewritten),       cmocka_unit_test(test_poor_servers),
        cmocka_unit_test(test_what_is_posted),
    };
    return cmocka_run_group_tests(tests, trip_begin_world, trip_end_world);
}
