/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking and answering: what is sent, what comes back, tries, the loop, the end.
 */
#include "world.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *
header(const struct cm_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->header_count; i++)
        if (strcmp(exchange->headers[i].name, name) == 0)
            return exchange->headers[i].value;
    return NULL;
}

/* ---- asking ---- */

static void
an_honest_answer(void **state)
{
    char sha256[CM_SHA256_HEX];
    struct cm_net *net = world_net();
    int64_t before = cm_wall_now();
    struct cm_exchange *got = world_get(*state, net, "/hello");
    assert_answer(got, 200);
    assert_string_equal(cm_buf_text(&got->body), "hello\n");
    assert_int_equal(got->size, 6);
    assert_true(cm_sha256("hello\n", 6, sha256));
    assert_string_equal(got->sha256, sha256);
    assert_string_equal(header(got, "content-type"), "text/plain");
    assert_string_equal(got->url, world_url(*state, "main", "/hello"));
    assert_string_equal(got->final_url, got->url);
    assert_int_equal(got->tries, 1);
    assert_int_equal(got->redirects, 0);
    assert_int_equal(got->artifact, -1);
    assert_false(got->through_proxy);
    assert_false(got->with_credential);
    assert_true(before <= got->asked_at && got->asked_at <= got->answered_at);
    cm_net_close(net);
}

static void
what_is_sent(void **state)
{
    static const struct cm_field headers[] = {{"X-One", "1"}, {"X-None", ""}};
    static const struct cm_field query[] = {{"a b", "c&d"}, {"e", ""}};
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/echo?x=y");
    ask.headers = headers;
    ask.header_count = CM_COUNT(headers);
    ask.query = query;
    ask.query_count = CM_COUNT(query);
    ask.basic = "user:secret";
    struct cm_exchange *got = world_do(net, &ask);
    CM_CLEANUP(cm_json_done) json_t *echo = world_echo(got);
    assert_string_equal(cm_json_text(echo, "method"), "GET");
    assert_string_equal(cm_json_text(echo, "path"), "/echo?x=y&a%20b=c%26d&e=");
    assert_string_equal(got->url, world_url(*state, "main", "/echo?x=y&a%20b=c%26d&e="));
    json_t *sent = cm_json_get(echo, "headers");
    assert_string_equal(cm_json_text(sent, "x-one"), "1");
    assert_string_equal(cm_json_text(sent, "x-none"), "");
    assert_string_equal(cm_json_text(sent, "authorization"), "Basic dXNlcjpzZWNyZXQ=");
    assert_string_equal(cm_json_text(sent, "user-agent"), "countermark/" CM_VERSION);
    assert_null(cm_json_get(sent, "accept-encoding"));
    assert_null(cm_json_get(sent, "cookie"));
    assert_true(got->with_credential);
    cm_net_close(net);
}

static void
a_post(void **state)
{
    static const struct cm_field type = {"Content-Type", "application/x-thing"};
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/echo");
    ask.body = "a\0b";
    ask.body_size = 3;
    ask.headers = &type;
    ask.header_count = 1;
    ask.bearer = "token";
    CM_CLEANUP(cm_json_done) json_t *echo = NULL;
    struct cm_exchange *got = world_do(net, &ask);
    /* the NUL comes back as an escape, which strict JSON refuses; so the text is looked at */
    assert_answer(got, 200);
    assert_non_null(strstr(cm_buf_text(&got->body), "\"method\": \"POST\""));
    assert_non_null(strstr(cm_buf_text(&got->body), "\"body\": \"a\\u0000b\""));
    assert_non_null(strstr(cm_buf_text(&got->body), "application/x-thing"));
    ask.body_size = 0;
    ask.header_count = 0;
    echo = world_echo(world_do(net, &ask));
    assert_string_equal(cm_json_text(echo, "method"), "POST");
    json_t *sent = cm_json_get(echo, "headers");
    assert_string_equal(cm_json_text(sent, "content-length"), "0");
    assert_null(cm_json_get(sent, "content-type"));
    assert_string_equal(cm_json_text(sent, "authorization"), "Bearer token");
    cm_net_close(net);
}

static void
bad_asks_are_done_at_once(void **state)
{
    static const struct {
        struct cm_field field;
        enum cm_class class;
    } rows[] = {
        {{"Authorization", "x"}, CM_E_UNSUPPORTED},
        {{"hOST", "x"}, CM_E_UNSUPPORTED},
        {{"Accept-Encoding", "x"}, CM_E_UNSUPPORTED},
        {{"Proxy-Thing", "x"}, CM_E_UNSUPPORTED},
        {{"X-Y", "a\r\nCookie: b"}, CM_E_UNSUPPORTED},
        {{"X Y", "x"}, CM_E_UNSUPPORTED},
        {{"", "x"}, CM_E_UNSUPPORTED},
    };
    struct cm_net *net = world_net();
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_http_ask ask = world_ask(*state, "main", "/hello");
        ask.headers = &rows[i].field;
        ask.header_count = 1;
        struct cm_exchange *got = cm_net_http(net, &ask);
        assert_true(got->done);
        assert_error(got, rows[i].class, "header");
    }
    struct cm_http_ask ask = world_ask(*state, "main", "/hello");
    ask.bearer = "secret\r\nX: y";
    assert_error(cm_net_http(net, &ask), CM_E_CONFIG, "credential");
    assert_null(strstr(cm_net_http(net, &ask)->err.text, "secret"));
    ask = (struct cm_http_ask){.url = "ftp://example.org/"};
    assert_true(cm_net_http(net, &ask)->done);
    assert_int_not_equal(cm_net_http(net, &ask)->err.class, CM_OK);
    cm_net_close(net);
}

static void
asks_have_bounds(void **state)
{
    static char endless[70 * 1024];
    memset(endless, 'a', sizeof endless - 1);
    const struct cm_field query = {"q", endless};
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/hello");
    ask.query = &query;
    ask.query_count = 1;
    assert_error(cm_net_http(net, &ask), CM_E_LIMIT, "the query is longer");
    ask = world_ask(*state, "main", "/hello");
    ask.bearer = endless;
    assert_error(cm_net_http(net, &ask), CM_E_LIMIT, "the credential is too long");
    ask.bearer = ask.basic = "a:b";
    assert_error(cm_net_http(net, &ask), CM_E_UNSUPPORTED, "one credential");
    ask = world_ask(*state, "main", "/hello");
    ask.find = "hello";
    ask.flags = CM_HTTP_ARTIFACT;
    assert_error(cm_net_http(net, &ask), CM_E_UNSUPPORTED, "not searched");
    ask.flags = 0;
    ask.find = "";
    assert_error(cm_net_http(net, &ask), CM_E_LIMIT, "empty or too long");
    ask.find = endless;
    assert_error(cm_net_http(net, &ask), CM_E_LIMIT, "empty or too long");
    cm_net_close(net);
}

static void
statuses_are_answers(void **state)
{
    struct cm_net *net = world_net();
    struct cm_exchange *got = world_get(*state, net, "/nowhere");
    assert_answer(got, 404);
    assert_string_equal(cm_buf_text(&got->body), "there is no such thing\n");
    assert_answer(world_get(*state, net, "/status?status=401"), 401);
    assert_answer(world_get(*state, net, "/status?status=403"), 403);
    cm_net_close(net);
}

static void
early_hints_and_trailers_are_no_headers(void **state)
{
    struct cm_net *net = world_net();
    struct cm_exchange *got = world_get(*state, net, "/hints");
    assert_answer(got, 200);
    assert_null(header(got, "x-early"));
    assert_string_equal(header(got, "x-late"), "yes");
    struct cm_http_ask ask = world_ask(*state, "main", "/pieces?size=2");
    ask.body = "abcde";
    ask.body_size = 5;
    got = world_do(net, &ask);
    assert_answer(got, 200);
    assert_string_equal(cm_buf_text(&got->body), "abcde");
    assert_null(header(got, "x-trailer"));
    cm_net_close(net);
}

static void
foreign_bytes_in_headers_are_escaped(void **state)
{
    struct cm_net *net = world_net();
    struct cm_exchange *got = world_get(*state, net, "/head?line=X-A:%20%20a%FFb%20");
    assert_answer(got, 200);
    assert_string_equal(header(got, "x-a"), "a\\xffb");
    assert_error(world_get(*state, net, "/head?line=no-colon"), CM_E_MALFORMED, "not HTTP");
    assert_error(world_get(*state, net, "/head?line=X-A:b%0D%0A%20folded:c"), CM_E_MALFORMED,
                 "header");
    assert_error(world_get(*state, net, "/head?line=X-A%20:b"), CM_E_MALFORMED, "header");
    assert_error(world_get(*state, net, "/nonsense"), CM_E_MALFORMED, "HTTP");
    cm_net_close(net);
}

/* ---- tries ---- */

static void
later_is_soon_enough(void **state)
{
    struct cm_net *net = world_net();
    int64_t before = cm_monotonic_now();
    struct cm_exchange *got = world_get(*state, net, "/fail?key=later&times=1&status=429&after=1");
    assert_answer(got, 200);
    assert_int_equal(got->tries, 2);
    assert_true(cm_monotonic_now() - before >= CM_SECOND);
    assert_string_equal(cm_buf_text(&got->body), "at last\n");
    cm_net_close(net);
}

static void
later_than_there_is_time_for(void **state)
{
    struct cm_net *net = world_net();
    struct cm_exchange *got =
        world_get(*state, net, "/fail?key=late&times=1&status=503&after=3600");
    assert_error(got, CM_E_TRANSIENT, "the next try would be in 3600 s");
    assert_int_equal(got->status, 503);
    assert_int_equal(world_count(*state, net, "late"), 1);
    cm_net_close(net);
}

static void
a_storm_of_500(void **state)
{
    struct cm_net *net = world_net();
    struct cm_exchange *got = world_get(*state, net, "/fail?key=storm&times=100&status=500");
    assert_error(got, CM_E_TRANSIENT, "status 500; tried 4 times");
    assert_int_equal(got->status, 500);
    assert_int_equal(got->tries, 4);
    assert_string_equal(cm_buf_text(&got->body), "not now\n");
    assert_int_equal(world_count(*state, net, "storm"), 4);
    cm_net_close(net);
}

static void
posts_are_tried_once_unless_harmless(void **state)
{
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/fail?key=post&times=1&status=502");
    ask.body = "";
    assert_error(world_do(net, &ask), CM_E_TRANSIENT, "status 502");
    assert_int_equal(world_count(*state, net, "post"), 1);
    /* libcurl would send it again by itself, if the connection had been used before */
    ask.url = world_url(*state, "main", "/early?key=once&times=1");
    assert_error(world_do(net, &ask), CM_E_TRANSIENT, "ended before");
    assert_int_equal(world_count(*state, net, "once"), 1);
    cm_net_close(net);

    net = world_net();
    ask = world_ask(*state, "main", "/early?key=harmless&times=2");
    ask.body = "x";
    ask.body_size = 1;
    ask.flags = CM_NET_IDEMPOTENT;
    struct cm_exchange *got = world_do(net, &ask);
    assert_answer(got, 200);
    assert_int_equal(got->tries, 3);
    cm_net_close(net);
}

static void
broken_connections_are_tried_again(void **state)
{
    struct cm_net *net = world_net();
    struct cm_exchange *got = world_get(*state, net, "/cut?key=cut&times=1");
    assert_answer(got, 200);
    assert_int_equal(got->tries, 2);
    assert_int_equal(got->body.size, 1000);
    got = world_get(*state, net, "/cut?key=cuts&times=100");
    assert_error(got, CM_E_TRANSIENT, "ended before the answer did");
    assert_int_equal(got->tries, 4);
    assert_int_equal(got->status, 0);
    assert_answer(world_get(*state, net, "/early?key=early&times=2"), 200);
    struct cm_http_ask ask = world_ask(*state, "closed", "/");
    got = world_do(net, &ask);
    assert_error(got, CM_E_TRANSIENT, "Connection refused");
    assert_int_equal(got->tries, 4);
    ask = world_ask(*state, "abrupt", "/");
    got = world_do(net, &ask);
    assert_error(got, CM_E_TRANSIENT, "while TLS was agreed on");
    assert_int_equal(got->tries, 4);
    cm_net_close(net);
}

static void
a_name_that_does_not_resolve(void **state)
{
    struct cm_net *net = world_net();
    struct cm_http_ask ask = {.url = "https://nowhere.invalid/x"};
    (void)state;
    assert_error(world_do(net, &ask), CM_E_TRANSIENT, "the name nowhere.invalid");
    cm_net_close(net);
}

/* ---- the loop ---- */

static void
requests_overlap(void **state)
{
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/meet?key=two&n=2");
    struct cm_exchange *one = cm_net_http(net, &ask), *two = cm_net_http(net, &ask);
    assert_true(cm_net_wait(net, &one->done));
    assert_true(cm_net_wait(net, &two->done));
    assert_answer(one, 200); /* each was answered only when the other was there */
    assert_answer(two, 200);
    cm_net_close(net);
}

static void
many_take_turns(void **state)
{
    struct cm_exchange *all[40];
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/hello");
    for (size_t i = 0; i < CM_COUNT(all); i++)
        all[i] = cm_net_http(net, &ask);
    for (size_t i = 0; i < CM_COUNT(all); i++) {
        assert_true(cm_net_wait(net, &all[i]->done));
        assert_answer(all[i], 200);
    }
    cm_net_close(net);
}

struct chain {
    struct cm_net *net;
    struct cm_http_ask ask;
    struct cm_exchange *last;
    int left;
    bool done;
};

static void
next_of_chain(void *data, struct cm_exchange *exchange)
{
    struct chain *chain = data;
    assert_true(exchange->done);
    chain->last = exchange;
    if (exchange->err.class != CM_OK || chain->left-- == 0) {
        chain->done = true;
        return;
    }
    struct cm_exchange *next = cm_net_http(chain->net, &chain->ask);
    cm_net_on_done(chain->net, next, next_of_chain, chain);
}

static void
callbacks_ask_on(void **state)
{
    struct chain chain = {.net = world_net(), .left = 3};
    chain.ask = world_ask(*state, "main", "/hello");
    struct cm_exchange *first = world_do(chain.net, &chain.ask);
    cm_net_on_done(chain.net, first, next_of_chain, &chain); /* which is done: soon */
    assert_false(chain.done);
    assert_true(cm_net_wait(chain.net, &chain.done));
    assert_answer(chain.last, 200);
    assert_int_equal(chain.left, -1);
    cm_net_close(chain.net);
}

static void
silence_ends_with_the_deadline(void **state)
{
    struct chain chain = {.left = 1000};
    chain.net = world_net_with((struct cm_outside_settings){
        .cancel_fd = -1, .deadline = cm_monotonic_now() + CM_SECOND / 4});
    chain.ask = world_ask(*state, "main", "/silence");
    struct cm_exchange *got = cm_net_http(chain.net, &chain.ask);
    cm_net_on_done(chain.net, got, next_of_chain, &chain);
    assert_false(cm_net_wait(chain.net, &got->done));
    assert_error(got, CM_E_CANCELLED, "the time that was given is over");
    assert_true(chain.done);
    got = cm_net_http(chain.net, &chain.ask);
    assert_true(got->done);
    assert_error(got, CM_E_CANCELLED, "/silence");
    cm_net_close(chain.net);
}

static void
silence_ends_with_patience(void **state)
{
    const struct cm_net_pace pace = {.connect = 5 * CM_SECOND, .silence = CM_SECOND};
    struct cm_net *net = world_net();
    cm_net_set_pace(net, &pace);
    struct cm_http_ask ask = world_ask(*state, "main", "/silence");
    ask.body = "";
    assert_error(world_do(net, &ask), CM_E_TRANSIENT, "too slow");
    cm_net_close(net);
}

static void
cancel_stops_all(void **state)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct cm_net *net = world_net_with((struct cm_outside_settings){.cancel_fd = ends[0]});
    struct cm_http_ask ask = world_ask(*state, "main", "/silence");
    struct cm_exchange *one = cm_net_http(net, &ask);
    ask.url = world_url(*state, "main", "/fail?key=cancel&times=100&status=503&after=15");
    struct cm_exchange *two = cm_net_http(net, &ask);
    assert_true(cm_net_sleep(net, CM_SECOND / 10));
    assert_false(one->done);
    assert_false(two->done);
    assert_int_equal(write(ends[1], "!", 1), 1);
    assert_true(cm_net_cancelled(net));
    assert_false(cm_net_wait(net, &one->done));
    assert_error(one, CM_E_CANCELLED, "stopped");
    assert_error(two, CM_E_CANCELLED, "stopped");
    cm_net_close(net);
    close(ends[0]);
    close(ends[1]);
}

static void
one_can_be_stopped(void **state)
{
    struct cm_err why = CM_ERR_INIT;
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/silence");
    struct cm_exchange *got = cm_net_http(net, &ask);
    assert_true(cm_net_sleep(net, CM_SECOND / 20));
    assert_false(cm_fail(&why, CM_E_LIMIT, "not needed any more"));
    cm_net_stop(net, got, &why);
    assert_true(got->done);
    assert_error(got, CM_E_LIMIT, "not needed any more");
    assert_answer(world_get(*state, net, "/hello"), 200);
    cm_net_close(net);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_answer),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(a_post),
        cmocka_unit_test(bad_asks_are_done_at_once),
        cmocka_unit_test(asks_have_bounds),
        cmocka_unit_test(statuses_are_answers),
        cmocka_unit_test(early_hints_and_trailers_are_no_headers),
        cmocka_unit_test(foreign_bytes_in_headers_are_escaped),
        cmocka_unit_test(later_is_soon_enough),
        cmocka_unit_test(later_than_there_is_time_for),
        cmocka_unit_test(a_storm_of_500),
        cmocka_unit_test(posts_are_tried_once_unless_harmless),
        cmocka_unit_test(broken_connections_are_tried_again),
        cmocka_unit_test(a_name_that_does_not_resolve),
        cmocka_unit_test(requests_overlap),
        cmocka_unit_test(many_take_turns),
        cmocka_unit_test(callbacks_ask_on),
        cmocka_unit_test(silence_ends_with_the_deadline),
        cmocka_unit_test(silence_ends_with_patience),
        cmocka_unit_test(cancel_stops_all),
        cmocka_unit_test(one_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
