/* SPDX-License-Identifier: Apache-2.0
 *
 * libcurl's codes as errors of the house: what, where, and what to do about it.
 */
#include "net/inside.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <string.h>

/* libcurl's own words, where they help; they quote nothing but names and numbers. What went wrong
 * while it closed the connection may have replaced them, so nothing rests on them but messages. */
static const char *
words(const struct cm_job *job, CURLcode code)
{
    return job->hop.detail[0] ? job->hop.detail : curl_easy_strerror(code);
}

/* Who is spoken with when it goes wrong: until the proxy has connected us, that is the proxy. */
struct side {
    const char *where; /* in front of every message */
    const char *name, *answer, *with, *hint;
    const char *host;
    uint16_t port;
    const char *ca, *of; /* whose settings they are */
    CURLINFO verified;
};

static struct side
side_of(const struct cm_job *job)
{
    const struct cm_hop *hop = &job->hop;
    const struct cm_url *proxy = &job->net->proxy.at;
    bool at_proxy = hop->proxy && !hop->tunnelled && !hop->asked;
    return (struct side){
        .where = hop->where,
        .name = at_proxy ? "proxy" : "server",
        .answer = at_proxy ? "the proxy's answer" : "the answer",
        .with = at_proxy ? " with the proxy" : "",
        .hint = at_proxy ? "; one that is spoken to without TLS is written http://" : "",
        .host = at_proxy ? proxy->host : job->at.host,
        .port = at_proxy ? proxy->port : job->at.port,
        .ca = at_proxy ? hop->proxy->peer.ca : job->peer.ca,
        .of = at_proxy ? "`proxy`" : "the system or host",
        .verified = at_proxy ? CURLINFO_PROXY_SSL_VERIFYRESULT : CURLINFO_SSL_VERIFYRESULT,
    };
}

static bool
not_connected(const struct cm_job *job, const struct side *side, CURLcode code, struct cm_err *err)
{
    const struct cm_hop *hop = &job->hop;
    long error = 0;
    if (!hop->opened && hop->refusal.class != CM_OK) {
        *err = hop->refusal;
        return false;
    }
    if (curl_easy_getinfo(hop->easy, CURLINFO_OS_ERRNO, &error) == CURLE_OK && error > 0)
        return cm_fail(err, CM_E_TRANSIENT, "%s: no connection to %s port %u: %s", side->where,
                       side->host, side->port, strerrordesc_np((int)error));
    return cm_fail(err, CM_E_TRANSIENT, "%s: no connection: %s", side->where, words(job, code));
}

static bool
untrusted(const struct side *side, struct cm_err *err)
{
    if (side->ca)
        return cm_fail(err, CM_E_DENIED,
                       "%s: the %s's certificate is by none of the authorities in %s; put the "
                       "%s's authority there",
                       side->where, side->name, side->ca, side->name);
    return cm_fail(err, CM_E_DENIED,
                   "%s: the %s's certificate is by no authority that this machine trusts; name "
                   "the %s's authority with `ca` of %s",
                   side->where, side->name, side->name, side->of);
}

/* What the alert with which we refused a certificate was sent for; X509_V_OK: for something else.
 */
static long
reason_of(unsigned alert)
{
    switch (alert) {
    case SSL_AD_UNKNOWN_CA:
        return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    case SSL_AD_CERTIFICATE_EXPIRED:
        return X509_V_ERR_CERT_HAS_EXPIRED;
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
        return X509_V_ERR_CERT_REJECTED;
    default:
        return X509_V_OK;
    }
}

static bool
bad_certificate(const struct cm_job *job, const struct side *side, struct cm_err *err)
{
    long why = X509_V_OK;
    if (curl_easy_getinfo(job->hop.easy, side->verified, &why) != CURLE_OK)
        why = X509_V_OK;
    if (why == X509_V_OK || why == X509_V_ERR_UNSPECIFIED)
        why = reason_of(job->hop.alert);
    switch (why) {
    case X509_V_OK: /* libcurl compares the names itself, and leaves no number */
        return cm_fail(err, CM_E_DENIED,
                       "%s: the %s's certificate is not for %s; use a name that it is for",
                       side->where, side->name, side->host);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return cm_fail(err, CM_E_DENIED,
                       "%s: the %s's certificate has expired; its operator has to renew it",
                       side->where, side->name);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return cm_fail(err, CM_E_DENIED,
                       "%s: the %s's certificate is not valid yet; look at the clock of this "
                       "machine and of the %s",
                       side->where, side->name, side->name);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return untrusted(side, err);
    default:
        return cm_fail(err, CM_E_DENIED, "%s: the %s's certificate is refused: %s", side->where,
                       side->name, X509_verify_cert_error_string(why));
    }
}

/* A connection that breaks while TLS is agreed on is reported as a failure of TLS, too; here alone
 * the words decide, on whether it is worth another try. */
static bool
no_tls(const struct cm_job *job, const struct side *side, CURLcode code, struct cm_err *err)
{
    const char *said = words(job, code);
    if (strstr(said, "SSL_ERROR_SYSCALL") || strstr(said, "reset by peer") ||
        strstr(said, "unexpected eof") || strstr(said, "Send failure") ||
        strstr(said, "Recv failure"))
        return cm_fail(err, CM_E_TRANSIENT, "%s: the connection broke while TLS was agreed on%s",
                       side->where, side->with);
    return cm_fail(err, CM_E_UNSUPPORTED, "%s: no TLS 1.2 or later with this %s: %s%s", side->where,
                   side->name, said, side->hint);
}

static bool
no_certificates(const struct side *side, struct cm_err *err)
{
    if (side->ca)
        return cm_fail(err, CM_E_CONFIG, "%s: no PEM certificates can be read from `ca` %s",
                       side->where, side->ca);
    return cm_fail(err, CM_E_CONFIG,
                   "%s: this machine's certificates cannot be read; install ca-certificates",
                   side->where);
}

bool
cm_hop_failure(const struct cm_job *job, CURLcode code, struct cm_err *err)
{
    if (job->hop.err.class != CM_OK) {
        *err = job->hop.err;
        return false;
    }
    const struct side side = side_of(job);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return cm_fail(err, CM_E_TRANSIENT, "%s: the name %s cannot be resolved", side.where,
                       side.host);
    case CURLE_COULDNT_CONNECT:
        return not_connected(job, &side, code, err);
    case CURLE_OPERATION_TIMEDOUT:
        return cm_fail(err, CM_E_TRANSIENT, "%s: the %s is too slow: %s", side.where, side.name,
                       words(job, code));
    case CURLE_PEER_FAILED_VERIFICATION:
        return bad_certificate(job, &side, err);
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return cm_fail(err, CM_E_DENIED,
                       "%s: the %s's key is not the one that is pinned with `spki`", side.where,
                       side.name);
    case CURLE_SSL_CACERT_BADFILE:
        return no_certificates(&side, err);
    case CURLE_SSL_CONNECT_ERROR:
        return reason_of(job->hop.alert) != X509_V_OK ? bad_certificate(job, &side, err)
                                                      : no_tls(job, &side, code, err);
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        return cm_fail(err, CM_E_TRANSIENT, "%s: the connection ended before %s did: %s",
                       side.where, side.answer, words(job, code));
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return cm_fail(err, CM_E_MALFORMED, "%s: %s is not HTTP as it should be: %s", side.where,
                       side.answer, curl_easy_strerror(code));
    case CURLE_OUT_OF_MEMORY:
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", side.where);
    default:
        return cm_fail(err, CM_E_INTERNAL, "%s: %s", side.where, words(job, code));
    }
}
