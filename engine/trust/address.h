/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/address.h: addresses, and which of them are anybody's.
 */
#ifndef CM_TRUST_ADDRESS_H
#define CM_TRUST_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* "10.0.0.0/8", "127.0.0.1", "fd00::/8": is it one, with no bit set behind the prefix? */
bool cm_network_check(const char *text, struct cm_err *err) CM_MUST;

/* May a connection go to this address? Public unicast addresses may; loopback, private, CGN,
 * link-local, ULA, multicast, unspecified, broadcast, documentation, benchmarking, reserved, 6to4,
 * NAT64 and mapped forms of such only if one of `allow` (networks) contains them. `ret_why` says of
 * what kind a refused one is; borrowed, static. */
bool cm_address_allowed(const struct sockaddr *address, const char *const *allow, size_t count,
                        const char **ret_why) CM_MUST;

/* Is it in one of the networks? For plain http. */
bool cm_address_listed(const struct sockaddr *address, const char *const *allow, size_t count);

/* "127.0.0.1", "::1" as an address without a port. */
bool cm_address_read(const char *text, struct sockaddr_storage *ret) CM_MUST;

#endif
