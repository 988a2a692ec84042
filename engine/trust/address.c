/* SPDX-License-Identifier: Apache-2.0 */

#include "trust/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct network {
    int family;
    unsigned char bytes[16];
    unsigned prefix; /* bits */
};

/* The special-purpose registries of IANA (RFC 6890 and what followed), multicast, and what is
 * reserved. Forms of IPv6 that carry an IPv4 address are refused whatever it is: nobody needs them
 * to reach a public server, and where they lead is decided by somebody's router. The first that
 * contains an address names its kind. */
static const struct {
    const char *network, *kind;
} special[] = {
    {"0.0.0.0/8", "unspecified"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "shared (carrier-grade NAT)"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "protocol assignments"},
    {"192.0.2.0/24", "documentation"},
    {"192.88.99.0/24", "6to4 relay"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"255.255.255.255/32", "broadcast"},
    {"240.0.0.0/4", "reserved"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"::ffff:0.0.0.0/96", "IPv4-mapped"},
    {"::/96", "IPv4-compatible"},
    {"64:ff9b::/96", "NAT64"},
    {"64:ff9b:1::/48", "NAT64"},
    {"100::/64", "discard-only"},
    {"2001::/32", "Teredo"},
    {"2001:2::/48", "benchmarking"},
    {"2001::/23", "protocol assignments"},
    {"2001:db8::/32", "documentation"},
    {"2002::/16", "6to4"},
    {"3fff::/20", "documentation"},
    {"fc00::/7", "unique local"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local"},
    {"ff00::/8", "multicast"},
};

static unsigned
width(const struct network *network)
{
    return network->family == AF_INET ? 32 : 128;
}

static bool
has_bits_behind(const struct network *network)
{
    for (unsigned i = network->prefix; i < width(network); i++) {
        if (network->bytes[i / 8] & (0x80u >> (i % 8)))
            return true;
    }
    return false;
}

static bool
parse_network(const char *text, struct network *ret, struct cm_err *err)
{
    char address[INET6_ADDRSTRLEN];
    struct network network = {0};
    size_t size = strcspn(text, "/");
    if (size >= sizeof address)
        return cm_fail(err, CM_E_CONFIG, "neither an address nor a network");
    memcpy(address, text, size);
    address[size] = 0;
    network.family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
    if (inet_pton(network.family, address, network.bytes) != 1)
        return cm_fail(err, CM_E_CONFIG, "neither an address nor a network");
    int64_t prefix = width(&network);
    if (text[size] == '/' && !cm_parse_int(text + size + 1, 0, width(&network), &prefix))
        return cm_fail(err, CM_E_CONFIG, "what stands behind '/' is not 0 to %u", width(&network));
    network.prefix = (unsigned)prefix;
    if (has_bits_behind(&network))
        return cm_fail(err, CM_E_CONFIG, "has bits set behind its first %u", network.prefix);
    *ret = network;
    return true;
}

bool
cm_network_check(const char *text, struct cm_err *err)
{
    struct network network;
    return parse_network(text, &network, err);
}

/* As a network of one. */
static bool
take_address(const struct sockaddr *address, struct network *ret)
{
    *ret = (struct network){.family = address->sa_family};
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        memcpy(ret->bytes, &v4.sin_addr, sizeof v4.sin_addr);
        return true;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        memcpy(ret->bytes, &v6.sin6_addr, sizeof v6.sin6_addr);
        return true;
    }
    return false;
}

bool
cm_address_read(const char *text, struct sockaddr_storage *ret)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    memset(ret, 0, sizeof *ret);
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        memcpy(ret, &v4, sizeof v4);
    else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
        memcpy(ret, &v6, sizeof v6);
    else
        return false;
    return true;
}

static bool
contains(const struct network *network, const struct network *address)
{
    if (network->family != address->family)
        return false;
    unsigned whole = network->prefix / 8, rest = network->prefix % 8;
    if (memcmp(network->bytes, address->bytes, whole) != 0)
        return false;
    unsigned mask = 0xff00u >> rest & 0xffu;
    return rest == 0 || ((network->bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

static bool
text_contains(const char *text, const struct network *address)
{
    struct cm_err err = CM_ERR_INIT;
    struct network network = {0};
    return parse_network(text, &network, &err) && contains(&network, address);
}

bool
cm_address_listed(const struct sockaddr *address, const char *const *allow, size_t count)
{
    struct network one = {0};
    if (!take_address(address, &one))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (text_contains(allow[i], &one))
            return true;
    }
    return false;
}

/* NULL: anybody's. */
static const char *
kind_of(const struct network *address)
{
    for (size_t i = 0; i < CM_COUNT(special); i++) {
        if (text_contains(special[i].network, address))
            return special[i].kind;
    }
    if (address->family == AF_INET6 && !text_contains("2000::/3", address))
        return "not global unicast";
    return NULL;
}

bool
cm_address_allowed(const struct sockaddr *address, const char *const *allow, size_t count,
                   const char **ret_why)
{
    struct network one = {0};
    const char *why = "not an internet address";
    if (take_address(address, &one))
        why = kind_of(&one);
    if (why == NULL || cm_address_listed(address, allow, count))
        return true;
    if (ret_why != NULL)
        *ret_why = why;
    return false;
}
