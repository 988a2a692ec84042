/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom we speak with: addresses, certificates, redirects, credentials.
 */
#include "world.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- addresses ---- */

static void
own_addresses_are_refused(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]", "127.1.2.3",
                                        "[::ffff:127.0.0.1]"};
    struct world *world = *state;
    struct cm_net *net = world_net();
    for (size_t i = 0; i < CM_COUNT(hosts); i++) {
        char url[100];
        snprintf(url, sizeof url, "https://%s:%d/hello?key=guarded", hosts[i],
                 (int)cm_json_int(world->server.ports, "main", 0));
        struct cm_http_ask ask = {.url = url, .peer = &world->stranger};
        struct cm_exchange *got = world_do(net, &ask);
        assert_error(got, CM_E_DENIED, "allow_addresses");
        assert_int_equal(got->tries, 1);
        assert_null(strstr(got->err.text, "guarded"));
    }
    assert_int_equal(world_count(world, net, "guarded"), 0);
    cm_net_close(net);
}

/* A connection that was opened for somebody with more allowances is not for all. */
static void
kept_connections_are_judged_again(void **state)
{
    struct world *world = *state;
    struct cm_net *net = world_net();
    assert_answer(world_get(world, net, "/hello?key=kept"), 200);
    struct cm_http_ask ask = world_ask(world, "main", "/hello?key=kept");
    ask.peer = &world->stranger;
    assert_error(world_do(net, &ask), CM_E_DENIED, "allow_addresses");
    assert_int_equal(world_count(world, net, "kept"), 1);
    cm_net_close(net);
}

static void
names_lead_to_listed_addresses(void **state)
{
    struct world *world = *state;
    char url[100];
    struct cm_net *net = world_net();
    snprintf(url, sizeof url, "https://localhost:%d/hello",
             (int)cm_json_int(world->server.ports, "main", 0));
    struct cm_http_ask ask = {.url = url, .peer = &world->peer};
    assert_answer(world_do(net, &ask), 200);
    cm_net_close(net);
}

static void
plain_http_is_for_listed_addresses(void **state)
{
    struct world *world = *state;
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(world, "plain", "/hello");
    assert_answer(world_do(net, &ask), 200);
    ask.peer = &world->stranger;
    assert_error(world_do(net, &ask), CM_E_DENIED, "allow_addresses");
    /* refused before a packet leaves */
    ask = (struct cm_http_ask){.url = "http://93.184.216.34/"};
    assert_error(world_do(net, &ask), CM_E_DENIED, "http without TLS");
    cm_net_close(net);
}

static void
no_proxy_of_the_environment(void **state)
{
    setenv("https_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    struct cm_net *net = world_net();
    struct cm_exchange *got = world_get(*state, net, "/hello");
    unsetenv("https_proxy");
    unsetenv("ALL_PROXY");
    assert_answer(got, 200);
    assert_false(got->through_proxy);
    cm_net_close(net);
}

/* ---- certificates ---- */

static void
bad_certificates_are_refused(void **state)
{
    static const struct {
        const char *port, *says;
    } rows[] = {
        {"expired", "expired"},
        {"elsewhere", "is not for 127.0.0.1"},
        {"stranger", "none of the authorities in"},
    };
    struct cm_net *net = world_net();
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct cm_http_ask ask = world_ask(*state, rows[i].port, "/hello?token=hidden");
        struct cm_exchange *got = world_do(net, &ask);
        assert_error(got, CM_E_DENIED, rows[i].says);
        assert_int_equal(got->tries, 1);
        assert_null(strstr(got->err.text, "hidden"));
    }
    cm_net_close(net);
}

static void
the_machine_does_not_know_our_authority(void **state)
{
    struct world *world = *state;
    struct cm_peer peer = world->peer;
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(world, "main", "/hello");
    ask.peer = &peer;
    peer.ca = NULL;
    assert_error(world_do(net, &ask), CM_E_DENIED, "no authority that this machine trusts");
    peer.ca = "/nowhere/ca.pem";
    assert_error(world_do(net, &ask), CM_E_CONFIG, "/nowhere/ca.pem");
    cm_net_close(net);
}

static void
pins_are_compared(void **state)
{
    struct world *world = *state;
    struct cm_peer peer = world->peer;
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(world, "main", "/hello");
    assert_answer(world_do(net, &ask), 200);
    ask.peer = &peer;
    peer.spki = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    /* not even over the connection that is there already */
    assert_error(world_do(net, &ask), CM_E_DENIED, "pinned");
    peer.spki = world->pin;
    assert_answer(world_do(net, &ask), 200);
    peer.spki = "sha256//short";
    assert_error(world_do(net, &ask), CM_E_CONFIG, "44 characters");
    cm_net_close(net);
}

static void
old_tls_and_none_are_refused(void **state)
{
    struct world *world = *state;
    char url[100];
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(world, "old", "/hello");
    assert_error(world_do(net, &ask), CM_E_UNSUPPORTED, "TLS 1.2");
    snprintf(url, sizeof url, "https://127.0.0.1:%d/",
             (int)cm_json_int(world->server.ports, "plain", 0));
    ask.url = url;
    assert_error(world_do(net, &ask), CM_E_UNSUPPORTED, "TLS 1.2");
    cm_net_close(net);
}

/* ---- redirects ---- */

/* /go?to=URL, with the URL percent-encoded by the query. */
static struct cm_exchange *
go(const struct world *world, struct cm_net *net, struct cm_http_ask ask, const char *to,
   const char *status)
{
    const struct cm_field query[] = {{"to", to}, {"status", status}};
    ask.url = world_url(world, "main", "/go");
    ask.query = query;
    ask.query_count = CM_COUNT(query);
    return world_do(net, &ask);
}

static void
redirects_are_followed_and_counted(void **state)
{
    struct cm_net *net = world_net();
    struct cm_exchange *got = world_get(*state, net, "/redirect/5");
    CM_CLEANUP(cm_json_done) json_t *echo = world_echo(got);
    assert_string_equal(cm_json_text(echo, "path"), "/echo");
    assert_int_equal(got->redirects, 5);
    assert_string_equal(got->url, world_url(*state, "main", "/redirect/5"));
    assert_string_equal(got->final_url, world_url(*state, "main", "/echo"));
    got = world_get(*state, net, "/redirect/6");
    assert_error(got, CM_E_LIMIT, "redirected more than 5 times");
    assert_error(world_get(*state, net, "/lost"), CM_E_MALFORMED, "Location");
    cm_net_close(net);
}

static void
a_redirect_can_be_an_answer(void **state)
{
    struct cm_net *net = world_net();
    struct cm_http_ask ask = world_ask(*state, "main", "/redirect/1");
    ask.flags = CM_HTTP_NO_REDIRECTS;
    struct cm_exchange *got = world_do(net, &ask);
    assert_answer(got, 302);
    assert_string_equal(got->location, world_url(*state, "main", "/echo"));
    assert_string_equal(cm_buf_text(&got->body), "go on\n");
    assert_int_equal(got->redirects, 0);
    cm_net_close(net);
}

static void
credentials_stay_at_home(void **state)
{
    static const struct cm_field headers[] = {{"X-Api-Key", "k"}, {"Accept", "text/x"}};
    struct world *world = *state;
    struct cm_net *net = world_net();
    struct cm_http_ask ask = {.peer = &world->peer, .bearer = "secret-token"};
    ask.headers = headers;
    ask.header_count = CM_COUNT(headers);

    struct cm_exchange *got = go(world, net, ask, "/echo?a=b#there", "302");
    CM_CLEANUP(cm_json_done) json_t *home = world_echo(got);
    assert_string_equal(cm_json_text(home, "path"), "/echo?a=b");
    assert_string_equal(got->final_url, world_url(world, "main", "/echo"));
    assert_string_equal(cm_json_text(cm_json_get(home, "headers"), "authorization"),
                        "Bearer secret-token");
    assert_string_equal(cm_json_text(cm_json_get(home, "headers"), "x-api-key"), "k");

    got = go(world, net, ask, world_url(world, "other", "/echo"), "307");
    CM_CLEANUP(cm_json_done) json_t *away = world_echo(got);
    assert_null(cm_json_get(cm_json_get(away, "headers"), "authorization"));
    assert_null(cm_json_get(cm_json_get(away, "headers"), "x-api-key"));
    assert_string_equal(cm_json_text(cm_json_get(away, "headers"), "accept"), "text/x");
    assert_true(got->with_credential);

    /* out and back: the other origin chose where to */
    char out[500];
    snprintf(out, sizeof out, "%s?to=%s", world_url(world, "other", "/go"),
             world_url(world, "main", "/echo"));
    got = go(world, net, ask, out, "302");
    CM_CLEANUP(cm_json_done) json_t *back = world_echo(got);
    assert_int_equal(got->redirects, 2);
    assert_string_equal(got->final_url, world_url(world, "main", "/echo"));
    assert_null(cm_json_get(cm_json_get(back, "headers"), "authorization"));
    cm_net_close(net);
}

static void
each_redirect_is_judged(void **state)
{
    struct world *world = *state;
    struct cm_net *net = world_net();
    struct cm_http_ask ask = {.peer = &world->peer};
    const char *inner = world_url(world, "inner", "/hello?key=inner");
    assert_error(go(world, net, ask, inner, "302"), CM_E_DENIED, "127.0.0.2");
    assert_int_equal(world_count(world, net, "inner"), 0);
    assert_error(go(world, net, ask, world_url(world, "plain", "/hello"), "302"), CM_E_DENIED,
                 "from https to http");
    assert_error(go(world, net, ask, world_url(world, "stranger", "/hello"), "302"), CM_E_DENIED,
                 "certificate");
    assert_int_not_equal(go(world, net, ask, "ftp://127.0.0.1/x", "302")->err.class, CM_OK);
    assert_int_not_equal(go(world, net, ask, "https://u:hidden@127.0.0.1/", "302")->err.class,
                         CM_OK);
    assert_null(
        strstr(go(world, net, ask, "https://u:hidden@127.0.0.1/", "302")->err.text, "hidden"));
    cm_net_close(net);
}

/* The pin is for the asked origin; a store of its own has another key, by the same authority. */
static void
another_origin_is_not_pinned(void **state)
{
    struct world *world = *state;
    struct cm_peer peer = world->peer;
    struct cm_net *net = world_net();
    struct cm_http_ask ask = {.peer = &peer};
    peer.spki = world->pin;
    assert_error(go(world, net, ask, world_url(world, "elsewhere", "/hello"), "302"), CM_E_DENIED,
                 "is not for 127.0.0.1");
    assert_answer(go(world, net, ask, world_url(world, "other", "/hello"), "302"), 200);
    cm_net_close(net);
}

static void
posts_go_on_at_home_only(void **state)
{
    struct world *world = *state;
    struct cm_net *net = world_net();
    struct cm_http_ask ask = {.peer = &world->peer, .body = "body", .body_size = 4};
    CM_CLEANUP(cm_json_done) json_t *echo = world_echo(go(world, net, ask, "/echo", "307"));
    assert_string_equal(cm_json_text(echo, "method"), "POST");
    assert_string_equal(cm_json_text(echo, "body"), "body");
    assert_error(go(world, net, ask, "/echo", "302"), CM_E_UNSUPPORTED, "POST");
    assert_error(go(world, net, ask, world_url(world, "other", "/echo"), "308"), CM_E_UNSUPPORTED,
                 "POST");
    cm_net_close(net);
}

/* ---- secrets ---- */

static void
errors_repeat_no_secret(void **state)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct cm_log *log = cm_log_new(null, CM_LOG_DEBUG, false);
    cm_log_withhold(log, "secret-token");
    struct cm_net *net = world_net_with((struct cm_outside_settings){.cancel_fd = -1, .log = log});
    struct cm_exchange *got = world_get(*state, net, "/head?line=Content-Encoding:%20secret-token");
    assert_error(got, CM_E_UNSUPPORTED, "withheld");
    assert_null(strstr(got->err.text, "secret-token"));
    cm_net_close(net);
    cm_log_free(log);
    close(null);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_addresses_are_refused),
        cmocka_unit_test(kept_connections_are_judged_again),
        cmocka_unit_test(names_lead_to_listed_addresses),
        cmocka_unit_test(plain_http_is_for_listed_addresses),
        cmocka_unit_test(no_proxy_of_the_environment),
        cmocka_unit_test(bad_certificates_are_refused),
        cmocka_unit_test(the_machine_does_not_know_our_authority),
        cmocka_unit_test(pins_are_compared),
        cmocka_unit_test(old_tls_and_none_are_refused),
        cmocka_unit_test(redirects_are_followed_and_counted),
        cmocka_unit_test(a_redirect_can_be_an_answer),
        cmocka_unit_test(credentials_stay_at_home),
        cmocka_unit_test(each_redirect_is_judged),
        cmocka_unit_test(another_origin_is_not_pinned),
        cmocka_unit_test(posts_go_on_at_home_only),
        cmocka_unit_test(errors_repeat_no_secret),
    };
    return cmocka_run_group_tests(tests, world_begin, world_end);
}
