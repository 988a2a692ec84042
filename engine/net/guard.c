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

static bool
judge(struct cm_job *job, const struct sockaddr *address, const char *shown)
{
    const struct cm_words *allow = &job->peer.allow_addresses;
    struct cm_err *refusal = &job->hop.refusal;
    const char *why = "";
    if (!cm_address_allowed(address, allow->at, allow->count, &why))
        return cm_fail(refusal, CM_E_DENIED,
                       "%s: refused to connect to %s (%s); if that is meant, list it in "
                       "allow_addresses of the system or host",
                       job->where, shown, why);
    if (strcmp(job->at.scheme, "https") != 0 &&
        !cm_address_listed(address, allow->at, allow->count))
        return cm_fail(refusal, CM_E_DENIED,
                       "%s: refused to speak http without TLS to %s; use https, or list the "
                       "address in allow_addresses of the system or host",
                       job->where, shown);
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
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool
read_address(const char *text, struct sockaddr_storage *ret)
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
    if (read_address(remote, &address) && judge(job, (const struct sockaddr *)&address, remote))
        return CURL_PREREQFUNC_OK;
    job->hop.err = job->hop.refusal;
    if (job->hop.err.class == CM_OK)
        (void)cm_fail(&job->hop.err, CM_E_DENIED, "%s: connected to an address that cannot be read",
                      job->where);
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
