/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "../base/unit.h"

static struct sockaddr_storage
address_of(const char *text)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(443)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(&storage, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(&storage, &v6, sizeof v6);
    else
        fail_msg("%s", text);
    return storage;
}

/* The first and the last address of each network, and their neighbours. NULL: may be asked. */
static const struct {
    const char *text, *kind;
} rows[] = {
    {"0.0.0.0", "unspecified"},
    {"0.255.255.255", "unspecified"},
    {"1.0.0.0", NULL},
    {"9.255.255.255", NULL},
    {"10.0.0.0", "private"},
    {"10.255.255.255", "private"},
    {"11.0.0.0", NULL},
    {"100.63.255.255", NULL},
    {"100.64.0.0", "shared (carrier-grade NAT)"},
    {"100.127.255.255", "shared (carrier-grade NAT)"},
    {"100.128.0.0", NULL},
    {"126.255.255.255", NULL},
    {"127.0.0.1", "loopback"},
    {"127.255.255.255", "loopback"},
    {"128.0.0.0", NULL},
    {"169.253.255.255", NULL},
    {"169.254.169.254", "link-local"},
    {"169.255.0.0", NULL},
    {"172.15.255.255", NULL},
    {"172.16.0.0", "private"},
    {"172.31.255.255", "private"},
    {"172.32.0.0", NULL},
    {"191.255.255.255", NULL},
    {"192.0.0.9", "protocol assignments"},
    {"192.0.1.0", NULL},
    {"192.0.2.1", "documentation"},
    {"192.0.3.0", NULL},
    {"192.88.99.1", "6to4 relay"},
    {"192.167.255.255", NULL},
    {"192.168.0.1", "private"},
    {"192.169.0.0", NULL},
    {"198.17.255.255", NULL},
    {"198.18.0.0", "benchmarking"},
    {"198.19.255.255", "benchmarking"},
    {"198.20.0.0", NULL},
    {"198.51.100.7", "documentation"},
    {"203.0.113.7", "documentation"},
    {"223.255.255.255", NULL},
    {"224.0.0.1", "multicast"},
    {"239.255.255.255", "multicast"},
    {"240.0.0.0", "reserved"},
    {"255.255.255.254", "reserved"},
    {"255.255.255.255", "broadcast"},
    {"::", "unspecified"},
    {"::1", "loopback"},
    {"::2", "IPv4-compatible"},
    {"::127.0.0.1", "IPv4-compatible"},
    {"::ffff:127.0.0.1", "IPv4-mapped"},
    {"::ffff:8.8.8.8", "IPv4-mapped"},
    {"::ffff:0:8.8.8.8", "not global unicast"},
    {"64:ff9b::127.0.0.1", "NAT64"},
    {"64:ff9b::8.8.8.8", "NAT64"},
    {"64:ff9b:1::1", "NAT64"},
    {"100::1", "discard-only"},
    {"100:0:0:1::1", "not global unicast"},
    {"2001::1", "Teredo"},
    {"2001:2::1", "benchmarking"},
    {"2001:10::1", "protocol assignments"},
    {"2001:1ff:ffff::1", "protocol assignments"},
    {"2001:200::1", NULL},
    {"2001:db7:ffff::1", NULL},
    {"2001:db8::1", "documentation"},
    {"2001:db9::1", NULL},
    {"2002:7f00:1::", "6to4"},
    {"2003::1", NULL},
    {"2606:4700:4700::1111", NULL},
    {"3ffe::1", NULL},
    {"3fff::1", "documentation"},
    {"3fff:fff::1", "documentation"},
    {"3fff:1000::1", NULL},
    {"4000::1", "not global unicast"},
    {"5f00::1", "not global unicast"},
    {"fbff::1", "not global unicast"},
    {"fc00::1", "unique local"},
    {"fdff::1", "unique local"},
    {"fe00::1", "not global unicast"},
    {"fe80::1", "link-local"},
    {"febf::1", "link-local"},
    {"fec0::1", "site-local"},
    {"ff02::1", "multicast"},
};

static void
test_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < CM_COUNT(rows); i++) {
        struct sockaddr_storage storage = address_of(rows[i].text);
        const char *why = NULL;
        bool allowed = cm_address_allowed((struct sockaddr *)&storage, NULL, 0, &why);
        if (allowed != (rows[i].kind == NULL))
            fail_msg("%s: %s", rows[i].text, why ? why : "allowed");
        if (allowed)
            assert_null(why);
        else
            assert_string_equal(why, rows[i].kind);
    }
}

static void
test_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *network, *address;
        bool allowed;
    } given[] = {
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.1/32", "127.0.0.1", true},
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/9", "10.127.0.1", true},
        {"10.0.0.0/9", "10.128.0.1", false},
        {"10.1.2.0/23", "10.1.3.255", true},
        {"10.1.2.0/23", "10.1.4.0", false},
        {"0.0.0.0/0", "192.168.0.1", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "::1", true},
        {"::/0", "10.0.0.1", false},
        {"::1", "::1", true},
        {"fd00::/8", "fd12::1", true},
        {"fd00::/8", "fc12::1", false},
        {"127.0.0.1", "::ffff:127.0.0.1", false},
        {"::ffff:127.0.0.1", "::ffff:127.0.0.1", true},
        {"nonsense", "10.0.0.1", false},
        {"10.0.0.1/8", "10.0.0.1", false},
        {"10.0.0.0/8", "8.8.8.8", true}, /* public anyway */
    };
    for (size_t i = 0; i < CM_COUNT(given); i++) {
        struct sockaddr_storage storage = address_of(given[i].address);
        const char *const allow[] = {"203.0.113.0/24", given[i].network};
        if (cm_address_allowed((struct sockaddr *)&storage, allow, 2, NULL) != given[i].allowed)
            fail_msg("%s %s", given[i].network, given[i].address);
        bool is_public = strcmp(given[i].address, "8.8.8.8") == 0;
        assert_int_equal(cm_address_listed((struct sockaddr *)&storage, allow, 2),
                         given[i].allowed && !is_public);
    }
}

static void
test_other_families(void **state)
{
    (void)state;
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    static const char *const allow[] = {"0.0.0.0/0", "::/0"};
    const char *why = NULL;
    assert_false(cm_address_allowed((struct sockaddr *)&local, allow, 2, &why));
    assert_string_equal(why, "not an internet address");
    assert_false(cm_address_listed((struct sockaddr *)&local, allow, 2));
}

static void
test_networks(void **state)
{
    (void)state;
    static const char *const good[] = {"10.0.0.0/8", "127.0.0.1", "0.0.0.0/0",
                                       "::/0",       "::1",       "fd00::/8",
                                       "1.2.3.4/32", "FD00::/8",  "2001:db8::/33"};
    static const char *const bad[] = {
        "",
        "10",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "10.0.0.0/",
        "10.0.0.0/08",
        "10.0.0.0/8/8",
        "10.0.0.0/-1",
        "10.0.0/8",
        "010.0.0.0/8",
        " 10.0.0.0/8",
        "::/129",
        "fd00::1/8",
        "fe80::1%eth0",
        "localhost",
        "[::1]",
        "1.2.3.4:80",
        "10.128.0.0/8",
        "2001:db8:8000::/32",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1",
    };
    for (size_t i = 0; i < CM_COUNT(good); i++) {
        struct cm_err err = CM_ERR_INIT;
        if (!cm_network_check(good[i], &err))
            fail_msg("%s: %s", good[i], err.text);
    }
    for (size_t i = 0; i < CM_COUNT(bad); i++) {
        struct cm_err err = CM_ERR_INIT;
        if (cm_network_check(bad[i], &err))
            fail_msg("%s", bad[i]);
        assert_int_equal(err.class, CM_E_CONFIG);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_other_families),
        cmocka_unit_test(test_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
