/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/proxy.h: which hosts are asked through the proxy, and what may be.
 */
#ifndef CM_TRUST_PROXY_H
#define CM_TRUST_PROXY_H

#include "base/err.h"
#include "trust/model.h"
#include "trust/url.h"

#include <stdbool.h>

/* Does `no_proxy` name the URL's host? "ci1.acme.example" is that host, ".acme.example" all below
 * it, and a network holds hosts that are written as addresses; no name is resolved for this. */
bool cm_proxy_leaves_out(const struct cm_proxy *proxy, const struct cm_url *url);

/* Behind a proxy nobody sees the address that is connected to, so the name has to say enough: https
 * only, no address, no name without a dot. CM_E_DENIED; the message begins behind the URL's name.
 */
bool cm_proxy_may_carry(const struct cm_url *url, struct cm_err *err) CM_MUST;

/* What of this can be said before anything is asked: is the URL left out, or may it be carried?
 * True without a proxy, and for what is no URL. */
bool cm_proxy_check(const struct cm_proxy *proxy, const char *url, struct cm_err *err) CM_MUST;

#endif
