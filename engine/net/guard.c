/* SPDX-License-Identifier: Apache-2.0
 *
 * The address guard: judges the address that is really connected to. Looking up the name first
 * would judge another lookup's answer.
 */
#include "net/inside.h"

#include "trust/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/* Whom the hop connects to, and what the operator allows for that one. */
struct party {
    const struct cm_words *allow;
    const char *scheme, *of;
};

static struct party
party_of(const struct cm_job *job)
{
    const struct cm_proxy *proxy = job->hop.proxy;
    if (proxy)
        return (struct party){&proxy->peer.allow_addresses, job->net->proxy.at.scheme, "`proxy`"};
    return (struct party){&job->peer.allow_addresses, job->at.scheme, "the system or host"};
}

static bool
judge(struct cm_job *job, const struct sockaddr *address, const char *shown)
{
    const struct party party = party_of(job);
    const struct cm_words *allow = party.allow;
    struct cm_err *refusal = &job->hop.refusal;
    const char *why = "";
    if (!cm_address_allowed(address, allow->at, allow->count, &why))
        return cm_fail(refusal, CM_E_DENIED,
                       "%s: refused to connect to %s (%s); if that is meant, list it in "
                       "allow_addresses of %s",
                       job->hop.where, shown, why, party.of);
    if (strcmp(party.scheme, "https") != 0 && !cm_address_listed(address, allow->at, allow->count))
        return cm_fail(refusal, CM_E_DENIED,
                       "%s: refused to speak http without TLS to %s; use https, or list the "
                       "address in allow_addresses of %s",
                       job->hop.where, shown, party.of);
    return true;
}

static void
show(const struct sockaddr *address, char ret[INET6_ADDRSTRLEN])
{
    const void *bytes = NULL;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        bytes = &v4.sin_addr;
    } else if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        bytes = &v6.sin6_addr;
    }
    if (!bytes || !inet_ntop(address->sa_family, bytes, ret, INET6_ADDRSTRLEN))
        memcpy(ret, "?", sizeof "?");
}

static curl_socket_t
open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct cm_job *job = data;
    char shown[INET6_ADDRSTRLEN];
    show(&address->addr, shown);
    if (purpose != CURLSOCKTYPE_IPCXN || !judge(job, &address->addr, shown))
        return CURL_SOCKET_BAD;
    job->hop.opened = true;
    /* A new connection, perhaps in the place of a kept one that was dead: the proxy comes first. */
    job->hop.asked = job->hop.tunnelled = false;
    job->hop.proxy_lines = job->hop.header_bytes = 0;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Before each request, also over a connection that was kept: it may have been opened for a job with
 * other allowances. */
static int
before_request(void *data, char *remote, char *local, /* NOLINT(readability-non-const-parameter) */
               int remote_port, int local_port)
{
    struct cm_job *job = data;
    struct sockaddr_storage address;
    (void)local;
    (void)remote_port;
    (void)local_port;
    if (cm_address_read(remote, &address) &&
        judge(job, (const struct sockaddr *)&address, remote)) {
        job->hop.asked = true;
        job->hop.header_bytes = 0;
        return CURL_PREREQFUNC_OK;
    }
    job->hop.err = job->hop.refusal;
    if (job->hop.err.class == CM_OK)
        (void)cm_fail(&job->hop.err, CM_E_DENIED, "%s: connected to an address that cannot be read",
                      job->hop.where);
    return CURL_PREREQFUNC_ABORT;
}

bool
cm_guard_put_on(struct cm_job *job, CURL *easy)
{
    bool ok = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK;
    ok &= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, job) == CURLE_OK;
    ok &= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request) == CURLE_OK;
    ok &= curl_easy_setopt(easy, CURLOPT_PREREQDATA, job) == CURLE_OK;
    return ok;
}
