/* SPDX-License-Identifier: Apache-2.0
 *
 * The proxy: what goes through it, how it is asked, and what it answers.
 *
 * It is asked for nothing but a connection (CONNECT); inside of that is TLS with the origin. Its
 * answer comes through the same callback as the origin's headers, so that the same limits hold:
 * what comes on a connection before our request is on its way can only be the proxy's. libcurl
 * would keep that from us (CURLOPT_SUPPRESS_CONNECT_HEADERS), and read on for as long as there is
 * time.
 */
#include "net/inside.h"

#include "base/text.h"
#include "trust/proxy.h"

#include <string.h>

#define CREDENTIAL_MOST ((size_t)64 * 1024)

/* ---- its settings ---- */

static bool
no_memory(struct cm_err *err)
{
    return cm_fail(err, CM_E_LIMIT, "no memory for the proxy");
}

/* libcurl takes 1080 where no port is written. */
static bool
read_url(struct cm_net *net, struct cm_err *err)
{
    struct cm_net_proxy *proxy = &net->proxy;
    if (!cm_url_parse(net->arena, net->settings.proxy->url, &proxy->at, err))
        return cm_context(err, "the proxy");
    bool v6 = strchr(proxy->at.host, ':') != NULL;
    proxy->origin = cm_arena_printf(net->arena, "%s://%s%s%s:%u", proxy->at.scheme, v6 ? "[" : "",
                                    proxy->at.host, v6 ? "]" : "", proxy->at.port);
    if (!proxy->origin)
        return no_memory(err);
    const curl_version_info_data *has = curl_version_info(CURLVERSION_NOW);
    if (strcmp(proxy->at.scheme, "https") == 0 && !(has->features & CURL_VERSION_HTTPS_PROXY))
        return cm_fail(err, CM_E_UNSUPPORTED, "this libcurl cannot speak TLS with a proxy");
    return true;
}

static bool
write_credential(struct cm_net *net, const char *password, struct cm_err *err)
{
    struct cm_buf *line = &net->proxy.credential;
    CM_CLEANUP(cm_buf_done)
    struct cm_buf both = {.most = CREDENTIAL_MOST, .secret = true};
    *line = (struct cm_buf){.most = 2 * CREDENTIAL_MOST, .secret = true};
    if (!net->settings.proxy->user)
        return true;
    if (!password)
        return cm_fail(err, CM_E_CONFIG, "the proxy's user has no password");
    cm_buf_printf(&both, "%s:%s", net->settings.proxy->user, password);
    cm_buf_puts(line, "Proxy-Authorization: Basic ");
    cm_base64(line, both.at, both.size);
    return (!both.failed && !line->failed) || no_memory(err);
}

bool
cm_proxy_open(struct cm_net *net, const char *password, struct cm_err *err)
{
    const struct cm_proxy *proxy = net->settings.proxy;
    return !proxy || (read_url(net, err) && write_credential(net, password, err) &&
                      cm_pin_copy(net->arena, proxy->peer.spki, &net->proxy.spki, err));
}

void
cm_proxy_close(struct cm_net *net)
{
    cm_buf_done(&net->proxy.credential);
}

/* ---- which way ---- */

static bool
is_named(const struct cm_net *net, const char *host)
{
    for (size_t i = 0; i < net->settings.named.count; i++) {
        if (strcmp(net->settings.named.at[i], host) == 0)
            return true;
    }
    return false;
}

bool
cm_proxy_route(struct cm_job *job, struct cm_err *err)
{
    struct cm_hop *hop = &job->hop;
    const struct cm_proxy *proxy = job->net->settings.proxy;
    char host[CM_URL_HOST_SIZE];
    hop->where = job->where;
    if (!proxy || cm_proxy_leaves_out(proxy, &job->at))
        return true;
    job->x.through_proxy = true;
    if (!cm_proxy_may_carry(&job->at, err))
        return cm_context(err, "%s", job->where);
    cm_url_host(&job->at, host);
    if (!is_named(job->net, host))
        return cm_fail(err, CM_E_DENIED,
                       "%s: refused to ask %s through the proxy, as the configuration does not "
                       "name it; if it is meant, add { name = \"%s\"; } to `hosts`",
                       job->where, host, host);
    hop->proxy = proxy;
    hop->where =
        cm_arena_printf(job->arena, "%s through the proxy %s", job->where, job->net->proxy.origin);
    return hop->where || no_memory(err);
}

/* ---- the request ---- */

#define SET(option, value) ok &= curl_easy_setopt(easy, option, value) == CURLE_OK

/* As the origin is verified in hop.c. */
static bool
set_tls(const struct cm_job *job, CURL *easy)
{
    const struct cm_peer *peer = &job->hop.proxy->peer;
    bool ok = true;
    SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    if (peer->ca) {
        SET(CURLOPT_PROXY_CAINFO, peer->ca);
        SET(CURLOPT_PROXY_CAPATH, NULL);
    }
    if (job->net->proxy.spki)
        SET(CURLOPT_PROXY_PINNEDPUBLICKEY, job->net->proxy.spki);
    return ok;
}

/* TLS inside of TLS: with the alert that libcurl sends when it refuses the inner certificate it
 * forgets why (the outer layer clears OpenSSL's errors), and calls it a broken connection. So the
 * alert is remembered; nothing else is two bytes long and begins with 2, which is "fatal". */
static int
on_debug(CURL *easy, curl_infotype type, char *at, /* NOLINT(readability-non-const-parameter) */
         size_t size, void *data)
{
    struct cm_job *job = data;
    (void)easy;
    if (type == CURLINFO_SSL_DATA_OUT && size == 2 && at[0] == 2)
        job->hop.alert = (unsigned char)at[1];
    return 0;
}

static bool
set_debug(struct cm_job *job, CURL *easy)
{
    bool ok = true;
    SET(CURLOPT_DEBUGFUNCTION, on_debug);
    SET(CURLOPT_DEBUGDATA, job);
    SET(CURLOPT_VERBOSE, 1L);
    return ok;
}

bool
cm_proxy_put_on(struct cm_job *job, CURL *easy)
{
    const struct cm_net_proxy *proxy = &job->net->proxy;
    struct cm_hop *hop = &job->hop;
    bool ok = true;
    SET(CURLOPT_NOPROXY, ""); /* NULL would mean the environment's, here and in the next line */
    SET(CURLOPT_PROXY, hop->proxy ? proxy->origin : "");
    if (!hop->proxy)
        return ok;
    if (proxy->credential.size > 0)
        ok &= cm_headers_add(&hop->proxy_headers, cm_buf_text(&proxy->credential));
    SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
    SET(CURLOPT_PROXYHEADER, hop->proxy_headers);
    return ok && set_tls(job, easy) &&
           (strcmp(proxy->at.scheme, "https") != 0 || set_debug(job, easy));
}

/* ---- its answer ---- */

/* 200 of "HTTP/1.1 200 Connection established"; 0 if it is not HTTP. */
static int
read_status(const char *at, size_t size)
{
    if (size < strlen("HTTP/1.1 200") || memcmp(at, "HTTP/1.", strlen("HTTP/1.")) != 0 ||
        at[strlen("HTTP/1.1")] != ' ')
        return 0;
    int status = 0;
    for (size_t i = strlen("HTTP/1.1 "); i < strlen("HTTP/1.1 200"); i++) {
        if (at[i] < '0' || at[i] > '9')
            return 0;
        status = 10 * status + (at[i] - '0');
    }
    return status;
}

static bool
judge_status(struct cm_job *job, int status)
{
    struct cm_err *err = &job->hop.err;
    const char *where = job->hop.where;
    if (status >= 200 && status < 300)
        return true;
    if (status == 0)
        return cm_fail(err, CM_E_MALFORMED,
                       "%s: the proxy's answer is not HTTP; see that `url` of `proxy` is that of a "
                       "proxy, and whether it begins with https",
                       where);
    if (status == 407)
        return cm_fail(err, CM_E_AUTH,
                       job->hop.proxy->user
                           ? "%s: the proxy refuses `user` and `password` of `proxy` (status 407)"
                           : "%s: the proxy wants to know who asks (status 407); set `user` and "
                             "`password` of `proxy`",
                       where);
    if (status == 429 || status >= 500)
        return cm_fail(err, CM_E_TRANSIENT,
                       "%s: the proxy could not connect to %s port %u (status %d)", where,
                       job->at.host, job->at.port, status);
    return cm_fail(err, CM_E_DENIED,
                   "%s: the proxy refuses to connect to %s port %u (status %d); have it allowed "
                   "there, or list the host in `no_proxy`",
                   where, job->at.host, job->at.port, status);
}

bool
cm_proxy_take_line(struct cm_job *job, const char *at, size_t size)
{
    struct cm_hop *hop = &job->hop;
    hop->header_bytes += size;
    hop->proxy_lines++;
    if (hop->header_bytes > CM_HTTP_HEADER_BYTES || hop->proxy_lines > CM_HTTP_HEADERS + 2)
        return cm_fail(&hop->err, CM_E_LIMIT,
                       "%s: the proxy's answer has more than %d headers or %zu bytes of them",
                       hop->where, CM_HTTP_HEADERS, CM_HTTP_HEADER_BYTES);
    if (hop->proxy_lines == 1)
        return judge_status(job, read_status(at, size));
    hop->tunnelled |= size > 0 && (at[0] == '\r' || at[0] == '\n');
    return true;
}
