/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies and headers: how much of them, and where they go.
 */
#include "world.h"

#include "base/digest.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- bounds ---- */

static void
bodies_are_bounded(void **state)
{
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/bytes?size=1000");
    ask.most = 1000;
    struct cm_exchange *got = world_do(net, &ask);
    assert_answer(got, 200);
    assert_int_equal(got->body.size, 1000);
    ask.most = 999;
    assert_error(world_do(net, &ask), CM_E_LIMIT, "larger than 999 bytes");
    ask = world_ask(*state, "main", "/endless");
    ask.most = 100000;
    assert_error(world_do(net, &ask), CM_E_LIMIT, "larger than 100000 bytes");
    ask.flags = CM_HTTP_ARTIFACT;
    assert_error(world_do(net, &ask), CM_E_LIMIT, "larger than 100000 bytes");
    cm_net_close(net);
}

static void
headers_are_bounded(void **state)
{
    struct cm_net *net = world_net();
    assert_answer(world_get(*state, net, "/flood?lines=99&size=10"), 200);
    assert_error(world_get(*state, net, "/flood?lines=200&size=10"), CM_E_LIMIT, "header");
    assert_answer(world_get(*state, net, "/flood?lines=60&size=1000"), 200);
    assert_error(world_get(*state, net, "/flood?lines=70&size=1000"), CM_E_LIMIT, "header");
    cm_net_close(net);
}

static void
coded_bodies_are_refused(void **state)
{
    struct cm_net *net = world_net();
    assert_error(world_get(*state, net, "/head?line=Content-Encoding:%20gzip"), CM_E_UNSUPPORTED,
                 "content-encoding: gzip");
    assert_answer(world_get(*state, net, "/head?line=Content-Encoding:%20identity"), 200);
    assert_error(world_get(*state, net, "/head?line=Transfer-Encoding:%20gzip"), CM_E_UNSUPPORTED,
                 "transfer-encoding: gzip");
    cm_net_close(net);
}

/* ---- where the body goes ---- */

static void
an_artifact_is_staged(void **state)
{
    char sha256[CM_SHA256_HEX];
    struct cm_err err = CM_ERR_INIT;
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/bytes?size=300000");
    ask.flags = CM_HTTP_ARTIFACT;
    struct cm_exchange *got = world_do(net, &ask);
    assert_answer(got, 200);
    assert_int_equal(got->size, 300000);
    assert_int_equal(got->body.size, 0);
    assert_true(got->artifact >= 0);
    assert_int_equal(lseek(got->artifact, 0, SEEK_CUR), 0);
    assert_int_equal(lseek(got->artifact, 0, SEEK_END), 300000);
    assert_true(cm_sha256_fd(got->artifact, "artifact", sha256, &err));
    assert_string_equal(got->sha256, sha256);
    ask.url = world_url(*state, "main", "/nowhere");
    got = world_do(net, &ask);
    assert_answer(got, 404);
    assert_int_equal(got->artifact, -1);
    assert_int_equal(got->size, 0);
    cm_net_close(net);
}

static void
an_artifact_begins_anew_with_each_try(void **state)
{
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/cut?key=artifact&times=2");
    ask.flags = CM_HTTP_ARTIFACT;
    struct cm_exchange *got = world_do(net, &ask);
    assert_answer(got, 200);
    assert_int_equal(got->tries, 3);
    assert_int_equal(got->size, 1000);
    assert_int_equal(lseek(got->artifact, 0, SEEK_END), 1000);
    cm_net_close(net);
}

static void
a_full_disk_is_said(void **state)
{
    struct rlimit before, small = {0};
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/bytes?size=300000");
    ask.flags = CM_HTTP_ARTIFACT;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 100000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct cm_exchange *got = world_do(net, &ask);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_error(got, CM_E_LIMIT, "the artifact cannot be written");
    assert_int_equal(got->tries, 1);
    cm_net_close(net);
}

static void
matches_across_chunks(void **state)
{
    static const char log[] = "one git checkout -qf 0123456789\nmid git checkout -qf 42";
    struct cm_net *net = world_net();
    for (char size[] = "1"; size[0] <= '9'; size[0]++) {
        char path[40] = "/pieces?size=";
        strncat(path, size, 2);
        struct cm_http_ask ask = world_ask(*state, "main", path);
        ask.body = log;
        ask.body_size = sizeof log - 1;
        ask.find = "git checkout -qf ";
        ask.find_after = 10;
        struct cm_exchange *got = world_do(net, &ask);
        assert_answer(got, 200);
        assert_int_equal(got->match_count, 2);
        assert_int_equal(got->matches[0].offset, 4);
        assert_string_equal(got->matches[0].text, "git checkout -qf 0123456789");
        assert_string_equal(got->matches[1].text, "git checkout -qf 42");
        assert_int_equal(got->body.size, 0);
        assert_int_equal(got->size, sizeof log - 1);
    }
    cm_net_close(net);
}

static void
too_many_matches(void **state)
{
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/endless");
    ask.find = "e";
    assert_error(world_do(net, &ask), CM_E_LIMIT, "more than 1000 times");
    cm_net_close(net);
}

struct sink {
    size_t size;
    size_t most;
};

static bool
pour(void *data, const void *at, size_t size, struct cm_err *err)
{
    struct sink *sink = data;
    assert_non_null(at);
    sink->size += size;
    if (sink->size > sink->most)
        return cm_fail(err, CM_E_MALFORMED, "that is no pack");
    return true;
}

static void
a_sink_gets_the_body(void **state)
{
    struct sink sink = {.most = 100000};
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/bytes?size=50000");
    struct cm_exchange *got = cm_net_http(net, &ask);
    cm_net_on_body(net, got, pour, &sink);
    assert_true(cm_net_wait(net, &got->done));
    assert_answer(got, 200);
    assert_int_equal(sink.size, 50000);
    assert_int_equal(got->size, 50000);
    assert_int_equal(got->body.size, 0);

    sink = (struct sink){.most = 10};
    got = cm_net_http(net, &ask);
    cm_net_on_body(net, got, pour, &sink);
    assert_true(cm_net_wait(net, &got->done));
    assert_error(got, CM_E_MALFORMED, "that is no pack");

    sink = (struct sink){.most = 10000};
    ask.url = world_url(*state, "main", "/cut?key=sink&times=1");
    got = cm_net_http(net, &ask);
    cm_net_on_body(net, got, pour, &sink);
    assert_true(cm_net_wait(net, &got->done));
    assert_error(got, CM_E_TRANSIENT, "ended before");
    assert_int_equal(world_count(*state, net, "sink"), 1);
    cm_net_close(net);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_bounded),
        cmocka_unit_test(headers_are_bounded),
        cmocka_unit_test(coded_bodies_are_refused),
        cmocka_unit_test(an_artifact_is_staged),
        cmocka_unit_test(an_artifact_begins_anew_with_each_try),
        cmocka_unit_test(a_full_disk_is_said),
        cmocka_unit_test(matches_across_chunks),
        cmocka_unit_test(too_many_matches),
        cmocka_unit_test(a_sink_gets_the_body),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
