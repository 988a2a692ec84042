/* SPDX-License-Identifier: Apache-2.0
 *
 * What `proxy` may say, and which URLs it is about.
 */
#include "trust/proxy.h"

#include "reading.h"

#define PROXY                                                                                      \
    "organization = { slug = \"acme\"; };\n"                                                       \
    "proxy = {\n"                                                                                  \
    "  url = \"http://Proxy.acme.example:3128\";\n"                                                \
    "  user = \"jo\"; password = \"file:/run/secret\";\n"                                          \
    "  no_proxy = [ \"ci1.acme.example\", \".acme.example\", \"10.0.0.0/8\", \"::1\" ];\n"         \
    "  allow_addresses = [ \"10.0.0.7\" ];\n"                                                      \
    "};\n"                                                                                         \
    "projects = ( { slug = \"widget\";\n"                                                          \
    "  repositories = [ \"https://git.example/w\" ]; } );\n"

#define SECRET "s3cr3t-s3cr3t"

static struct cm_trust *
read_or_fail(const char *text)
{
    struct cm_trust *trust = NULL;
    struct cm_complaints complaints = {0};
    if (!cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints)) {
        print_complaints(&complaints);
        fail_msg("there are %zu complaints", complaints.count);
    }
    cm_complaints_done(&complaints);
    return trust;
}

static void
test_honest(void **state)
{
    (void)state;
    CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(PROXY);
    const struct cm_proxy *proxy = trust->proxy;
    assert_non_null(proxy);
    assert_string_equal(proxy->url, "http://Proxy.acme.example:3128");
    assert_string_equal(proxy->user, "jo");
    assert_string_equal(proxy->password, "file:/run/secret");
    assert_int_equal(proxy->no_proxy.count, 4);
    assert_string_equal(proxy->peer.allow_addresses.at[0], "10.0.0.7");
    assert_int_equal(proxy->place.line, 2);
    CM_CLEANUP(cm_trust_done) struct cm_trust *without = read_or_fail(HONEST);
    assert_null(without->proxy);
}

static void
test_https(void **state)
{
    static const char *const urls[] = {"https://proxy.example", "https://proxy.example:8443/",
                                       "HTTPS://[fd00::1]:8443"};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(urls); i++) {
        char *text;
        assert_true(asprintf(&text,
                             "organization = { slug = \"a\"; }; proxy = { url = \"%s\"; spki = "
                             "\"sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"; };",
                             urls[i]) > 0);
        CM_CLEANUP(cm_trust_done) struct cm_trust *trust = read_or_fail(text);
        assert_string_equal(trust->proxy->url, urls[i]);
        free(text);
    }
}

static const struct {
    const char *from, *to;
    unsigned line;
    const char *path, *what, *remedy;
} wrong[] = {
    {"proxy = {\n", "proxi = {\n", 2, "proxi", "there is no setting", "\"proxy\""},
    {"url = \"http://Proxy.acme.example:3128\";", "", 2, "proxy", "\"url\" is missing", NULL},
    {"http://Proxy", "socks5://Proxy", 3, "proxy.url", "SOCKS is not spoken", "http://host:port"},
    {"http://Proxy", "SOCKS5h://Proxy", 3, "proxy.url", "SOCKS is not spoken", NULL},
    {"http://Proxy", "ftp://Proxy", 3, "proxy.url", "neither https nor http", NULL},
    {"http://Proxy", "Proxy", 3, "proxy.url", "does not begin with", "http://host:port"},
    {"http://Proxy", "http://jo:" SECRET "@Proxy", 3, "proxy.url", "a user or a password",
     "`user` and `password`"},
    {":3128\"", ":3128/path\"", 3, "proxy.url", "no path and no query", NULL},
    {":3128\"", ":3128?a=b\"", 3, "proxy.url", "no path and no query", NULL},
    {":3128\"", ":3128/#a\"", 3, "proxy.url", "fragment", NULL},
    {":3128\"", ":0\"", 3, "proxy.url", "port", NULL},
    {"user = \"jo\"; ", "", 2, "proxy", "\"password\" has no \"user\"", "user ="},
    {" password = \"file:/run/secret\";", "", 2, "proxy", "\"user\" has no \"password\"",
     "file:/path"},
    {"\"file:/run/secret\"", "\"" SECRET "\"", 4, "proxy.password", "is no reference to a secret",
     "replace it"},
    {"\"jo\"", "\"jo:" SECRET "\"", 4, "proxy.user", "has no ':'", "`password`"},
    {"\".acme.example\"", "\"*\"", 5, "proxy.no_proxy.1", "neither a host nor a domain",
     "a dot in front"},
    {"\".acme.example\"", "\"*.acme.example\"", 5, "proxy.no_proxy.1", "neither a host", NULL},
    {"\".acme.example\"", "\"acme.example:8443\"", 5, "proxy.no_proxy.1", "neither a host", NULL},
    {"\".acme.example\"", "\"https://acme.example\"", 5, "proxy.no_proxy.1", "neither a host",
     NULL},
    {"\".acme.example\"", "\"..acme.example\"", 5, "proxy.no_proxy.1", "neither a host", NULL},
    {"\".acme.example\"", "\".\"", 5, "proxy.no_proxy.1", "neither a host", NULL},
    {"\".acme.example\"", "\".10.0.0.1\"", 5, "proxy.no_proxy.1", "neither a host", NULL},
    {"\"10.0.0.0/8\"", "\"10.0.0.1/8\"", 5, "proxy.no_proxy.2", "neither a host", "10.0.0.0/8"},
    {"  allow_addresses = [ \"10.0.0.7\" ];\n", "", 2, "proxy", "without TLS is used at listed",
     "allow_addresses"},
    {"[ \"10.0.0.7\" ]", "[ ]", 2, "proxy", "without TLS is used at listed", "allow_addresses"},
    {"[ \"10.0.0.7\" ]", "[ \"10.0.0.7/8\" ]", 6, "proxy.allow_addresses.0", "bits set", NULL},
    {"  allow_addresses",
     "  spki = \"sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\";"
     " allow_addresses",
     2, "proxy", "are for TLS", "https://"},
    {"  allow_addresses", "  ports = [ \"443\" ]; allow_addresses", 6, "proxy.ports",
     "there is no setting", NULL},
    {"};\nprojects", "}; proxy = { url = \"https://b.example\"; };\nprojects", 7, "",
     "duplicate setting name", NULL},
    {"https://git.example/w", "https://192.168.1.7/w", 9, "repositories",
     "refused to ask an address through the proxy", NULL},
    {"https://git.example/w", "https://git/w", 9, "repositories", "a name without a dot", NULL},
};

static void
test_each_complaint(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < CM_COUNT(wrong); i++) {
        struct cm_complaints complaints = {0};
        struct cm_trust *trust = NULL;
        char *text = changed(PROXY, wrong[i].from, wrong[i].to);
        bool read = cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints);
        const struct cm_complaint *one =
            find_complaint(&complaints, wrong[i].line, wrong[i].path, wrong[i].what);
        bool helps = one && (!wrong[i].remedy ||
                             (one->remedy != NULL && strstr(one->remedy, wrong[i].remedy)));
        for (size_t j = 0; j < complaints.count; j++)
            assert_null(strstr(complaints.at[j].what, SECRET));
        if (read || !helps || (complaints.count != 1 && wrong[i].line != 7)) {
            print_message("row %zu wants one: %u: %s: %s\n", i, wrong[i].line, wrong[i].path,
                          wrong[i].what);
            print_complaints(&complaints);
            failed++;
        }
        cm_trust_free(trust);
        cm_complaints_done(&complaints);
        free(text);
    }
    assert_int_equal(failed, 0);
}

static void
test_none_is_said_by_leaving_it_out(void **state)
{
    static const char text[] = "organization = { slug = \"a\"; }; proxy = \"none\";";
    (void)state;
    struct cm_complaints complaints = {0};
    struct cm_trust *trust = NULL;
    assert_false(cm_config_read_text("t.conf", text, strlen(text), &trust, &complaints));
    const struct cm_complaint *one = find_complaint(&complaints, 1, "proxy", "is not a group");
    assert_non_null(one);
    assert_non_null(strstr(one->remedy, "there is no proxy"));
    cm_complaints_done(&complaints);
}

/* ---- which way a URL goes ---- */

static void
test_no_proxy(void **state)
{
    static const char *const words[] = {"ci1.acme.example", ".Corp.example", "10.0.0.0/8",
                                        "fd00::/8", "build"};
    static const struct {
        const char *url;
        bool out;
    } rows[] = {{"https://ci1.acme.example/", true},    {"https://CI1.Acme.Example:8443/", true},
                {"https://ci2.acme.example/", false},   {"https://a.ci1.acme.example/", false},
                {"https://xci1.acme.example/", false},  {"https://a.corp.example/", true},
                {"https://a.b.corp.example/", true},    {"https://corp.example/", false},
                {"https://xcorp.example/", false},      {"https://10.1.2.3/", true},
                {"https://11.1.2.3/", false},           {"https://[fd00::1]/", true},
                {"https://[fe80::1]/", false},          {"https://build/", true},
                {"https://10.0.0.0.example/", false},   {"http://ci1.acme.example/", true},
                {"https://corp.example.evil.x/", false}};
    const struct cm_proxy proxy = {.no_proxy = {.at = words, .count = CM_COUNT(words)}};
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        char room[CM_URL_HOST_SIZE];
        struct cm_url url;
        struct cm_err err = CM_ERR_INIT;
        assert_true(cm_url_parse_origin(rows[i].url, room, &url, &err));
        if (cm_proxy_leaves_out(&proxy, &url) != rows[i].out)
            fail_msg("%s", rows[i].url);
    }
}

static void
test_what_may_be_carried(void **state)
{
    static const char *const no[] = {"http://a.example/",  "https://10.0.0.1/", "https://8.8.8.8/",
                                     "https://[2606::1]/", "https://intranet/", "http://10.0.0.1/"};
    static const char *const out[] = {"intranet"};
    const struct cm_proxy proxy = {.no_proxy = {.at = out, .count = 1}}, bare = {.url = ""};
    struct cm_err err = CM_ERR_INIT;
    (void)state;
    for (size_t i = 0; i < CM_COUNT(no); i++) {
        err = (struct cm_err)CM_ERR_INIT;
        assert_false(cm_proxy_check(&bare, no[i], &err));
        assert_int_equal(err.class, CM_E_DENIED);
        assert_non_null(strstr(err.text, "`no_proxy`"));
        assert_true(cm_proxy_check(NULL, no[i], &err));
    }
    assert_true(cm_proxy_check(&bare, "https://a.example/", &err));
    assert_true(cm_proxy_check(&proxy, "https://intranet/", &err));
    assert_true(cm_proxy_check(&bare, "no URL", &err));
    assert_true(cm_proxy_check(&bare, NULL, &err));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest),
        cmocka_unit_test(test_https),
        cmocka_unit_test(test_each_complaint),
        cmocka_unit_test(test_none_is_said_by_leaving_it_out),
        cmocka_unit_test(test_no_proxy),
        cmocka_unit_test(test_what_may_be_carried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
