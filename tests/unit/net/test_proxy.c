/* SPDX-License-Identifier: Apache-2.0
 *
 * Through a proxy (simulators/proxy.py): what it is told, what it may answer, and who is asked
 * through it. Names below proxied.example are known to that proxy only.
 */
#include "world.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET "p4ssw0rd-of-the-proxy"

static struct served proxy_server;
static char proxy_log[128];
static const char *const loopback[] = {"127.0.0.0/8", NULL};

static int
begin(void **state)
{
    static const char *const names[] = {"good", "expired", "elsewhere", "stranger"};
    static char files[4][128];
    if (world_begin(state) != 0)
        return -1;
    struct world *world = *state;
    snprintf(proxy_log, sizeof proxy_log, "%s/proxy.log", world->folder);
    for (size_t i = 0; i < CM_COUNT(names); i++)
        snprintf(files[i], sizeof files[i], "%s/%s.pem", world->folder,
                 i == 0 ? "server" : names[i]);
    const char *const arguments[] = {
        "--log",  proxy_log, "--user", "jo:" SECRET, "--tls",  names[0], files[0],
        files[0], "--tls",   names[1], files[1],     files[1], "--tls",  names[2],
        files[2], files[2],  "--tls",  names[3],     files[3], files[3], NULL};
    return world_serve(SIMULATORS "proxy.py", arguments, &proxy_server) ? 0 : -1;
}

static int
end(void **state)
{
    world_unserve(&proxy_server);
    return world_end(state);
}

/* ---- a net with a proxy ---- */

struct way {
    struct cm_proxy proxy;
    char url[100];
    const char *named[20];
    char names[20][100];
    struct cm_outside_settings settings;
};

static void
set_proxy(struct way *way, const char *scheme, const char *host, const char *listener)
{
    snprintf(way->url, sizeof way->url, "%s://%s:%d", scheme, host,
             (int)cm_json_int(proxy_server.ports, listener, 0));
}

static void
name_host(struct way *way, const char *host, int port)
{
    size_t i = way->settings.named.count++;
    snprintf(way->names[i], sizeof way->names[i], "%s:%d", host, port);
    way->named[i] = way->names[i];
}

/* The usual one: "plain", and "ci.proxied.example" with the server's main port is named. */
static void
way_begin(struct way *way, const struct world *world)
{
    *way = (struct way){.url = ""};
    set_proxy(way, "http", "127.0.0.1", "plain");
    way->proxy.url = way->url;
    way->proxy.peer.allow_addresses = (struct cm_words){.at = loopback, .count = 1};
    way->settings = (struct cm_outside_settings){.cancel_fd = -1, .proxy = &way->proxy};
    way->settings.named.at = way->named;
    name_host(way, "ci.proxied.example", (int)cm_json_int(world->server.ports, "main", 0));
}

/* "https://NAME.proxied.example:PORT" + path, named. In one of a few static buffers. */
static const char *
proxied(struct way *way, const struct world *world, const char *name, const char *port,
        const char *path)
{
    static char urls[8][1000];
    static unsigned next;
    char *url = urls[next++ % 8], host[64];
    int number = (int)cm_json_int(world->server.ports, port, 0);
    snprintf(host, sizeof host, "%s.proxied.example", name);
    snprintf(url, sizeof urls[0], "https://%s:%d%s", host, number, path);
    name_host(way, host, number);
    return url;
}

static struct cm_exchange *
get(struct cm_net *net, const struct world *world, const char *url)
{
    struct cm_http_ask ask = {.url = url, .peer = &world->stranger};
    return world_do(net, &ask);
}

/* How often a text stands in the proxy's log. */
static size_t
logged(const char *text)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf log = CM_BUF_INIT(16 << 20);
    struct cm_err err = CM_ERR_INIT;
    size_t count = 0;
    if (!cm_file_read(proxy_log, &log, &err))
        return 0;
    for (const char *at = strstr(cm_buf_text(&log), text); at; at = strstr(at + 1, text))
        count++;
    return count;
}

static size_t
connections(void)
{
    return logged("\"listener\"");
}

/* ---- an honest proxy ---- */

static void
only_proxied_names_are_asked_of_it(void **state)
{
    struct way way;
    way_begin(&way, *state);
    const char *url = proxied(&way, *state, "ci", "main", "/echo");
    struct cm_net *net = world_net_with(way.settings);
    size_t before = connections();
    struct cm_http_ask ask = {.url = url, .peer = &((struct world *)*state)->stranger};
    ask.bearer = "origin-secret";
    struct cm_exchange *got = world_do(net, &ask);
    CM_CLEANUP(cm_json_done) json_t *echo = world_echo(got);
    assert_true(got->through_proxy);
    assert_int_equal(connections(), before + 1);

    /* what the origin saw */
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(echo, "headers"), name, value)
    {
        assert_null(strstr(name, "proxy"));
    }
    assert_string_equal(cm_json_text(json_object_get(echo, "headers"), "authorization"),
                        "Bearer origin-secret");
    /* and what the proxy */
    assert_int_equal(logged("origin-secret"), 0);
    assert_int_equal(logged("Authorization"), 0);
    assert_int_equal(logged("/echo"), 0);
    cm_net_close(net);
}

static void
its_user_and_password_are_for_it_alone(void **state)
{
    struct way way;
    way_begin(&way, *state);
    set_proxy(&way, "http", "127.0.0.1", "auth");
    const char *url = proxied(&way, *state, "ci", "main", "/echo");
    way.proxy.user = "jo";
    way.proxy.password = "env:NEVER_READ_HERE";
    way.settings.proxy_password = SECRET;
    struct cm_net *net = world_net_with(way.settings);
    struct cm_exchange *got = get(net, *state, url);
    CM_CLEANUP(cm_json_done) json_t *echo = world_echo(got);
    assert_null(json_object_get(json_object_get(echo, "headers"), "proxy-authorization"));
    assert_null(json_object_get(json_object_get(echo, "headers"), "authorization"));
    assert_int_equal(logged("\"authorized\": true"), 1);
    assert_false(got->with_credential);
    cm_net_close(net);

    way.settings.proxy_password = SECRET "-wrong";
    net = world_net_with(way.settings);
    got = get(net, *state, url);
    assert_error(got, CM_E_AUTH, "refuses `user` and `password` of `proxy` (status 407)");
    assert_int_equal(got->tries, 1);
    assert_int_equal(got->status, 0);
    assert_null(strstr(got->err.text, "jo:"));
    assert_null(strstr(got->err.text, SECRET));
    cm_net_close(net);

    way.proxy.user = NULL;
    net = world_net_with(way.settings);
    assert_error(get(net, *state, url), CM_E_AUTH, "set `user` and `password`");
    cm_net_close(net);
}

static void
a_tunnel_is_used_again(void **state)
{
    struct way way;
    way_begin(&way, *state);
    const char *url = proxied(&way, *state, "ci", "main", "/hello");
    struct cm_net *net = world_net_with(way.settings);
    size_t before = connections();
    assert_answer(get(net, *state, url), 200);
    assert_answer(get(net, *state, url), 200);
    assert_int_equal(connections(), before + 1);
    /* but not by those who pin another key */
    struct cm_peer peer = ((struct world *)*state)->stranger;
    peer.spki = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    struct cm_http_ask ask = {.url = url, .peer = &peer};
    assert_error(world_do(net, &ask), CM_E_DENIED, "the server's key is not the one");
    assert_int_equal(connections(), before + 2);
    cm_net_close(net);
}

static void
no_setting_comes_from_the_environment(void **state)
{
    static const char *const names[] = {"no_proxy", "NO_PROXY", "https_proxy", "ALL_PROXY"};
    struct way way;
    way_begin(&way, *state);
    const char *url = proxied(&way, *state, "ci", "main", "/hello");
    setenv("no_proxy", "*", 1);
    setenv("NO_PROXY", "*", 1);
    setenv("https_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "socks5://127.0.0.1:1/", 1);
    struct cm_net *net = world_net_with(way.settings);
    struct cm_exchange *got = get(net, *state, url);
    for (size_t i = 0; i < CM_COUNT(names); i++)
        unsetenv(names[i]);
    assert_answer(got, 200);
    assert_true(got->through_proxy);
    cm_net_close(net);
}

/* ---- TLS with the proxy ---- */

static void
tls_with_the_proxy_is_verified(void **state)
{
    static const struct {
        const char *listener, *says;
    } rows[] = {
        {"expired", "the proxy's certificate has expired"},
        {"elsewhere", "the proxy's certificate is not for 127.0.0.1"},
        {"stranger", "the proxy's certificate is by none of the authorities in"},
    };
    struct world *world = *state;
    struct way way;
    way_begin(&way, world);
    const char *url = proxied(&way, world, "ci", "main", "/hello");
    way.proxy.peer.ca = world->ca;
    set_proxy(&way, "https", "127.0.0.1", "good");
    struct cm_net *net = world_net_with(way.settings);
    assert_answer(get(net, world, url), 200);
    cm_net_close(net);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        set_proxy(&way, "https", "127.0.0.1", rows[i].listener);
        net = world_net_with(way.settings);
        struct cm_exchange *got = get(net, world, url);
        assert_error(got, CM_E_DENIED, rows[i].says);
        assert_int_equal(got->tries, 1);
        assert_non_null(strstr(got->err.text, " through the proxy https://127.0.0.1:"));
        cm_net_close(net);
    }
    set_proxy(&way, "https", "127.0.0.1", "good");
    way.proxy.peer.ca = NULL;
    net = world_net_with(way.settings);
    assert_error(get(net, world, url), CM_E_DENIED, "the proxy's authority with `ca` of `proxy`");
    cm_net_close(net);
}

static void
the_key_of_the_proxy_is_compared(void **state)
{
    struct world *world = *state;
    struct way way;
    way_begin(&way, world);
    const char *url = proxied(&way, world, "ci", "main", "/hello");
    set_proxy(&way, "https", "127.0.0.1", "good");
    way.proxy.peer.ca = world->ca;
    way.proxy.peer.spki = world->pin;
    struct cm_net *net = world_net_with(way.settings);
    assert_answer(get(net, world, url), 200);
    cm_net_close(net);
    way.proxy.peer.spki = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    net = world_net_with(way.settings);
    assert_error(get(net, world, url), CM_E_DENIED, "the proxy's key is not the one");
    cm_net_close(net);
}

/* The same failures of the origin, behind the proxy, are the origin's. */
static void
tls_with_the_origin_is_verified(void **state)
{
    static const struct {
        const char *port, *says;
    } rows[] = {
        {"expired", "the server's certificate has expired"},
        {"elsewhere", "the server's certificate is not for turn-"},
        {"stranger", "the server's certificate is by none of the authorities in"},
    };
    static const char *const schemes[][2] = {{"http", "plain"}, {"https", "good"}};
    struct world *world = *state;
    struct way way;
    way_begin(&way, world);
    way.proxy.peer.ca = world->ca;
    for (size_t i = 0; i < 2 * CM_COUNT(rows); i++) {
        char name[32];
        snprintf(name, sizeof name, "turn-%d",
                 (int)cm_json_int(world->server.ports, rows[i / 2].port, 0));
        const char *url = proxied(&way, world, name, "main", "/hello");
        set_proxy(&way, schemes[i % 2][0], "127.0.0.1", schemes[i % 2][1]);
        struct cm_net *net = world_net_with(way.settings);
        struct cm_exchange *got = get(net, world, url);
        assert_error(got, CM_E_DENIED, rows[i / 2].says);
        assert_non_null(strstr(got->err.text, " through the proxy http"));
        cm_net_close(net);
    }
    struct cm_peer peer = {.ca = world->ca};
    peer.spki = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    struct cm_net *net = world_net_with(way.settings);
    struct cm_http_ask ask = {.url = proxied(&way, world, "ci", "main", "/"), .peer = &peer};
    assert_error(world_do(net, &ask), CM_E_DENIED, "the server's key is not the one");
    cm_net_close(net);
}

static void
the_two_schemes_are_not_mixed_up(void **state)
{
    struct world *world = *state;
    struct way way;
    way_begin(&way, world);
    const char *url = proxied(&way, world, "ci", "main", "/hello");
    set_proxy(&way, "https", "127.0.0.1", "plain");
    struct cm_net *net = world_net_with(way.settings);
    struct cm_exchange *got = get(net, world, url);
    assert_int_not_equal(got->err.class, CM_OK);
    assert_non_null(strstr(got->err.text, "this proxy"));
    cm_net_close(net);
    set_proxy(&way, "http", "127.0.0.1", "good");
    net = world_net_with(way.settings);
    got = get(net, world, url);
    assert_int_not_equal(got->err.class, CM_OK);
    assert_non_null(strstr(got->err.text, "proxy's answer"));
    cm_net_close(net);
}

/* ---- who is connected to ---- */

static void
the_proxys_address_is_judged(void **state)
{
    struct world *world = *state;
    struct way way;
    way_begin(&way, world);
    const char *url = proxied(&way, world, "ci", "main", "/hello");
    way.proxy.peer.allow_addresses.count = 0;
    size_t before = connections();
    struct cm_net *net = world_net_with(way.settings);
    struct cm_http_ask ask = {.url = url, .peer = &world->peer}; /* whose list is another's */
    struct cm_exchange *got = world_do(net, &ask);
    assert_error(got, CM_E_DENIED, "allow_addresses of `proxy`");
    assert_int_equal(got->tries, 1);
    cm_net_close(net);
    set_proxy(&way, "http", "localhost", "plain");
    net = world_net_with(way.settings);
    assert_error(world_do(net, &ask), CM_E_DENIED, "allow_addresses of `proxy`");
    cm_net_close(net);
    /* refused before a packet leaves */
    set_proxy(&way, "http", "93.184.216.34", "plain");
    net = world_net_with(way.settings);
    assert_error(world_do(net, &ask), CM_E_DENIED, "http without TLS to 93.184.216.34");
    cm_net_close(net);
    assert_int_equal(connections(), before);
}

static void
what_names_no_host_is_not_asked_through_it(void **state)
{
    struct world *world = *state;
    int main_port = (int)cm_json_int(world->server.ports, "main", 0);
    static const struct {
        const char *origin, *says;
    } rows[] = {
        {"https://127.0.0.1", "refused to ask an address"},
        {"https://[::1]", "refused to ask an address"},
        {"https://10.0.0.1", "refused to ask an address"},
        {"https://localhost", "a name without a dot"},
        {"http://ci.proxied.example", "http without TLS through the proxy"},
        {"https://other.proxied.example", "add { name = \"other.proxied.example:"},
        {"https://proxied.example", "the configuration does not name it"},
    };
    struct way way;
    way_begin(&way, world);
    name_host(&way, "127.0.0.1", main_port);
    name_host(&way, "localhost", main_port);
    name_host(&way, "[::1]", main_port);
    name_host(&way, "10.0.0.1", main_port);
    size_t before = connections();
    struct cm_net *net = world_net_with(way.settings);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char url[200];
        snprintf(url, sizeof url, "%s:%d/hello", rows[i].origin, main_port);
        struct cm_http_ask ask = {.url = url, .peer = &world->peer};
        struct cm_exchange *got = world_do(net, &ask);
        assert_error(got, CM_E_DENIED, rows[i].says);
        assert_true(got->through_proxy);
    }
    assert_int_equal(connections(), before);
    cm_net_close(net);
}

static void
what_is_left_out_goes_directly(void **state)
{
    static const char *const words[] = {"localhost", "127.0.0.0/8"};
    struct world *world = *state;
    struct way way;
    char url[100];
    way_begin(&way, world);
    way.proxy.no_proxy = (struct cm_words){.at = words, .count = 2};
    way.proxy.peer.allow_addresses.count = 0;
    size_t before = connections();
    struct cm_net *net = world_net_with(way.settings);
    struct cm_exchange *got = world_get(world, net, "/hello"); /* 127.0.0.1 */
    assert_answer(got, 200);
    assert_false(got->through_proxy);
    snprintf(url, sizeof url, "https://localhost:%d/hello",
             (int)cm_json_int(world->server.ports, "main", 0));
    struct cm_http_ask ask = {.url = url, .peer = &world->peer};
    got = world_do(net, &ask);
    assert_answer(got, 200);
    assert_false(got->through_proxy);
    /* and is guarded as ever, whatever the proxy is allowed */
    way.proxy.peer.allow_addresses.count = 1;
    ask.peer = &world->stranger;
    assert_error(world_do(net, &ask), CM_E_DENIED, "of the system or host");
    assert_int_equal(connections(), before);
    cm_net_close(net);
}

/* ---- redirects ---- */

static struct cm_exchange *
go(struct way *way, const struct world *world, struct cm_net *net, const char *to)
{
    const struct cm_field query[] = {{"to", to}};
    struct cm_http_ask ask = {.url = proxied(way, world, "ci", "main", "/go"),
                              .peer = &world->stranger,
                              .bearer = "origin-secret",
                              .query = query,
                              .query_count = 1};
    return world_do(net, &ask);
}

static void
redirects_lead_to_named_hosts_only(void **state)
{
    struct world *world = *state;
    struct way way;
    char hidden[200];
    way_begin(&way, world);
    const char *named = proxied(&way, world, "store", "other", "/echo");
    struct cm_net *net = world_net_with(way.settings);
    struct cm_exchange *got = go(&way, world, net, named);
    CM_CLEANUP(cm_json_done) json_t *echo = world_echo(got);
    assert_null(json_object_get(json_object_get(echo, "headers"), "authorization"));
    assert_true(got->through_proxy);

    size_t before = connections();
    snprintf(hidden, sizeof hidden, "https://intranet.proxied.example:%d/hello?token=hidden",
             (int)cm_json_int(world->server.ports, "main", 0));
    got = go(&way, world, net, hidden);
    assert_error(got, CM_E_DENIED, "add { name = \"intranet.proxied.example:");
    assert_null(strstr(got->err.text, "hidden"));
    assert_error(go(&way, world, net, world_url(world, "main", "/hello")), CM_E_DENIED,
                 "refused to ask an address");
    assert_error(go(&way, world, net, "https://169.254.169.254/latest"), CM_E_DENIED,
                 "refused to ask an address");
    assert_error(go(&way, world, net, "https://intranet/"), CM_E_DENIED, "a name without a dot");
    assert_int_equal(connections(), before);
    cm_net_close(net);
}

static void
redirects_past_the_proxy_are_guarded(void **state)
{
    static const char *const words[] = {"127.0.0.0/8"};
    struct world *world = *state;
    struct way way;
    way_begin(&way, world);
    way.proxy.no_proxy = (struct cm_words){.at = words, .count = 1};
    struct cm_net *net = world_net_with(way.settings);
    struct cm_exchange *got = go(&way, world, net, world_url(world, "main", "/hello?key=past"));
    assert_error(got, CM_E_DENIED, "allow_addresses of the system or host");
    cm_net_close(net);
    net = world_net();
    assert_int_equal(world_count(world, net, "past"), 0);
    cm_net_close(net);
}

/* ---- what a proxy may answer ---- */

static void
refusals_are_told_apart(void **state)
{
    static const struct {
        const char *name, *says;
        enum cm_class class;
        int tries;
    } rows[] = {
        {"status-403", "the proxy refuses to connect to status-403.proxied", CM_E_DENIED, 1},
        {"status-404", "(status 404); have it allowed there", CM_E_DENIED, 1},
        {"status-302", "(status 302)", CM_E_DENIED, 1},
        {"status-103", "(status 103)", CM_E_DENIED, 1},
        {"status-401", "(status 401)", CM_E_DENIED, 1},
        {"status-407", "set `user` and `password`", CM_E_AUTH, 1},
        {"status-502", "the proxy could not connect to status-502.proxied", CM_E_TRANSIENT, 4},
        {"status-429", "(status 429)", CM_E_TRANSIENT, 4},
        {"rubbish", "the proxy's answer is not HTTP", CM_E_MALFORMED, 1},
        {"reset", "ended before the proxy's answer did", CM_E_TRANSIENT, 4},
        {"flood", "the proxy's answer has more than 100 headers", CM_E_LIMIT, 1},
        {"endless", "the proxy's answer", CM_E_TRANSIENT, 4},
    };
    struct world *world = *state;
    struct way way;
    way_begin(&way, world);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        way.settings.named.count = 0;
        const char *url = proxied(&way, world, rows[i].name, "main", "/hello?token=hidden");
        struct cm_net *net = world_net_with(way.settings);
        struct cm_exchange *got = get(net, world, url);
        assert_error(got, rows[i].class, rows[i].says);
        assert_int_equal(got->tries, rows[i].tries);
        assert_int_equal(got->status, 0);
        assert_int_equal(got->header_count, 0);
        assert_int_equal(got->size, 0);
        assert_true(got->through_proxy);
        assert_non_null(strstr(got->err.text, way.url));
        assert_null(strstr(got->err.text, "hidden"));
        cm_net_close(net);
    }
}

static void
a_slow_proxy_is_named(void **state)
{
    struct way way;
    way_begin(&way, *state);
    const char *url = proxied(&way, *state, "silent", "main", "/hello");
    struct cm_net *net = world_net_with(way.settings);
    const struct cm_net_pace pace = {
        .backoff = CM_SECOND / 500, .connect = CM_SECOND / 10, .silence = 5 * CM_SECOND};
    cm_net_set_pace(net, &pace);
    struct cm_exchange *got = get(net, *state, url);
    assert_error(got, CM_E_TRANSIENT, "the proxy is too slow");
    assert_int_equal(got->tries, 4);
    cm_net_close(net);
}

static void
a_proxy_that_is_not_there(void **state)
{
    struct world *world = *state;
    struct way way;
    way_begin(&way, world);
    const char *url = proxied(&way, world, "ci", "main", "/hello");
    int closed = (int)cm_json_int(world->server.ports, "closed", 0);
    snprintf(way.url, sizeof way.url, "http://127.0.0.1:%d", closed);
    struct cm_net *net = world_net_with(way.settings);
    struct cm_exchange *got = get(net, world, url);
    assert_error(got, CM_E_TRANSIENT, "no connection to 127.0.0.1 port");
    assert_non_null(strstr(got->err.text, way.url));
    cm_net_close(net);
    snprintf(way.url, sizeof way.url, "http://proxy.invalid:3128");
    net = world_net_with(way.settings);
    assert_error(get(net, world, url), CM_E_TRANSIENT, "the name proxy.invalid cannot be resolved");
    cm_net_close(net);
}

static void
a_tunnel_that_breaks(void **state)
{
    static const struct {
        const char *name, *path, *says;
    } rows[] = {
        {"cut-100", "/hello", "the connection broke while TLS was agreed on"},
        {"cut-20000", "/bytes?size=100000", "the connection ended before the answer did"},
        {"plain", "/hello", "no TLS 1.2 or later with this server"},
    };
    struct way way;
    way_begin(&way, *state);
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        const char *url = proxied(&way, *state, rows[i].name, "main", rows[i].path);
        struct cm_net *net = world_net_with(way.settings);
        struct cm_exchange *got = get(net, *state, url);
        assert_int_not_equal(got->err.class, CM_OK);
        if (!strstr(got->err.text, rows[i].says))
            fail_msg("\"%s\" does not say \"%s\"", got->err.text, rows[i].says);
        assert_non_null(strstr(got->err.text, " through the proxy http://127.0.0.1:"));
        assert_null(strstr(got->err.text, "with the proxy"));
        cm_net_close(net);
    }
}

static const char *
header_of(const struct cm_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->header_count; i++)
        if (strcmp(exchange->headers[i].name, name) == 0)
            return exchange->headers[i].value;
    return NULL;
}

static void
assert_only_the_origins(const struct cm_exchange *got)
{
    assert_answer(got, 200);
    assert_string_equal(cm_buf_text(&got->body), "hello\n");
    assert_string_equal(header_of(got, "content-type"), "text/plain");
    assert_null(header_of(got, "x-proxy"));
    assert_null(header_of(got, "location"));
    assert_null(header_of(got, "set-cookie"));
}

static void
its_headers_are_not_the_origins(void **state)
{
    struct way way;
    way_begin(&way, *state);
    const char *url = proxied(&way, *state, "chatty", "main", "/hello");
    struct cm_net *net = world_net_with(way.settings);
    assert_only_the_origins(get(net, *state, url));
    cm_net_close(net);
}

/* A kept tunnel dies under a request; libcurl opens another by itself, in the same request. What
 * the proxy says then is still the proxy's word. */
static struct cm_exchange *
again_after(struct cm_net *net, struct way *way, const struct world *world, const char *how)
{
    const char *url = proxied(way, world, "kept", "main", "/hello");
    assert_only_the_origins(get(net, world, url));
    size_t before = logged("\"host\": \"kept.proxied.example\"");
    assert_error(get(net, world, proxied(way, world, how, "main", "/")), CM_E_DENIED, "403");
    struct cm_exchange *got = get(net, world, url);
    assert_int_equal(got->tries, 1);
    assert_int_equal(logged("\"host\": \"kept.proxied.example\""), before + 1);
    return got;
}

static void
not_even_on_a_second_connection(void **state)
{
    static const char *const names[] = {"kept", "arm", "bar"};
    struct way way;
    way_begin(&way, *state);
    for (size_t i = 0; i < CM_COUNT(names); i++)
        (void)proxied(&way, *state, names[i], "main", "/");
    struct cm_net *net = world_net_with(way.settings);
    assert_only_the_origins(again_after(net, &way, *state, "arm"));
    struct cm_exchange *got = again_after(net, &way, *state, "bar");
    assert_error(got, CM_E_DENIED, "the proxy refuses to connect to kept.proxied");
    assert_int_equal(got->status, 0);
    assert_int_equal(got->header_count, 0);
    cm_net_close(net);
}

/* ---- settings ---- */

static void
bad_settings_are_refused(void **state)
{
    struct way way;
    struct cm_net *net = NULL;
    struct cm_err err = CM_ERR_INIT;
    way_begin(&way, *state);
    way.proxy.user = "jo";
    assert_false(cm_net_open(&way.settings, &net, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    way.proxy.user = NULL;
    way.proxy.peer.spki = "sha256/short";
    assert_false(cm_net_open(&way.settings, &net, &err));
    assert_int_equal(err.class, CM_E_CONFIG);
    way.proxy.url = "socks5://127.0.0.1:1";
    assert_false(cm_net_open(&way.settings, &net, &err));
    assert_null(net);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_proxied_names_are_asked_of_it),
        cmocka_unit_test(its_user_and_password_are_for_it_alone),
        cmocka_unit_test(a_tunnel_is_used_again),
        cmocka_unit_test(no_setting_comes_from_the_environment),
        cmocka_unit_test(tls_with_the_proxy_is_verified),
        cmocka_unit_test(the_key_of_the_proxy_is_compared),
        cmocka_unit_test(tls_with_the_origin_is_verified),
        cmocka_unit_test(the_two_schemes_are_not_mixed_up),
        cmocka_unit_test(the_proxys_address_is_judged),
        cmocka_unit_test(what_names_no_host_is_not_asked_through_it),
        cmocka_unit_test(what_is_left_out_goes_directly),
        cmocka_unit_test(redirects_lead_to_named_hosts_only),
        cmocka_unit_test(redirects_past_the_proxy_are_guarded),
        cmocka_unit_test(refusals_are_told_apart),
        cmocka_unit_test(a_slow_proxy_is_named),
        cmocka_unit_test(a_proxy_that_is_not_there),
        cmocka_unit_test(a_tunnel_that_breaks),
        cmocka_unit_test(its_headers_are_not_the_origins),
        cmocka_unit_test(not_even_on_a_second_connection),
        cmocka_unit_test(bad_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
