/* SPDX-License-Identifier: Apache-2.0
 *
 * libcurl's codes as errors of the house: what, where, and what to do about it.
 */
#include "net/inside.h"

#include <openssl/x509_vfy.h>
#include <string.h>

/* libcurl's own words, where they help; they quote nothing but names and numbers. What went wrong
 * while it closed the connection may have replaced them, so nothing rests on them but messages. */
static const char *
words(const struct cm_job *job, CURLcode code)
{
    return job->hop.detail[0] ? job->hop.detail : curl_easy_strerror(code);
}

static bool
not_connected(const struct cm_job *job, CURLcode code, struct cm_err *err)
{
    const struct cm_hop *hop = &job->hop;
    long error = 0;
    if (!hop->opened && hop->refusal.class != CM_OK) {
        *err = hop->refusal;
        return false;
    }
    if (curl_easy_getinfo(hop->easy, CURLINFO_OS_ERRNO, &error) == CURLE_OK && error > 0)
        return cm_fail(err, CM_E_TRANSIENT, "%s: no connection to %s port %u: %s", job->where,
                       job->at.host, job->at.port, strerrordesc_np((int)error));
    return cm_fail(err, CM_E_TRANSIENT, "%s: no connection: %s", job->where, words(job, code));
}

static bool
untrusted(const struct cm_job *job, struct cm_err *err)
{
    if (job->peer.ca)
        return cm_fail(err, CM_E_DENIED,
                       "%s: the server's certificate is by none of the authorities in %s; put the "
                       "server's authority there",
                       job->where, job->peer.ca);
    return cm_fail(err, CM_E_DENIED,
                   "%s: the server's certificate is by no authority that this machine trusts; name "
                   "the server's authority with `ca` of the system or host",
                   job->where);
}

static bool
bad_certificate(const struct cm_job *job, struct cm_err *err)
{
    long why = X509_V_OK;
    if (curl_easy_getinfo(job->hop.easy, CURLINFO_SSL_VERIFYRESULT, &why) != CURLE_OK)
        why = X509_V_OK;
    switch (why) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED: /* libcurl compares the names itself, and leaves no number */
        return cm_fail(err, CM_E_DENIED,
                       "%s: the server's certificate is not for %s; use a name that it is for",
                       job->where, job->at.host);
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return cm_fail(err, CM_E_DENIED,
                       "%s: the server's certificate has expired; its operator has to renew it",
                       job->where);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return cm_fail(err, CM_E_DENIED,
                       "%s: the server's certificate is not valid yet; look at the clock of this "
                       "machine and of the server",
                       job->where);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return untrusted(job, err);
    default:
        return cm_fail(err, CM_E_DENIED, "%s: the server's certificate is refused: %s", job->where,
                       X509_verify_cert_error_string(why));
    }
}

/* A connection that breaks while TLS is agreed on is reported as a failure of TLS, too; here alone
 * the words decide, on whether it is worth another try. */
static bool
no_tls(const struct cm_job *job, CURLcode code, struct cm_err *err)
{
    const char *said = words(job, code);
    if (strstr(said, "SSL_ERROR_SYSCALL") || strstr(said, "reset by peer") ||
        strstr(said, "unexpected eof") || strstr(said, "Send failure") ||
        strstr(said, "Recv failure"))
        return cm_fail(err, CM_E_TRANSIENT, "%s: the connection broke while TLS was agreed on",
                       job->where);
    return cm_fail(err, CM_E_UNSUPPORTED, "%s: no TLS 1.2 or later with this server: %s",
                   job->where, said);
}

static bool
no_certificates(const struct cm_job *job, struct cm_err *err)
{
    if (job->peer.ca)
        return cm_fail(err, CM_E_CONFIG, "%s: no PEM certificates can be read from `ca` %s",
                       job->where, job->peer.ca);
    return cm_fail(err, CM_E_CONFIG,
                   "%s: this machine's certificates cannot be read; install ca-certificates",
                   job->where);
}

bool
cm_hop_failure(const struct cm_job *job, CURLcode code, struct cm_err *err)
{
    if (job->hop.err.class != CM_OK) {
        *err = job->hop.err;
        return false;
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return cm_fail(err, CM_E_TRANSIENT, "%s: the name %s cannot be resolved", job->where,
                       job->at.host);
    case CURLE_COULDNT_CONNECT:
        return not_connected(job, code, err);
    case CURLE_OPERATION_TIMEDOUT:
        return cm_fail(err, CM_E_TRANSIENT, "%s: the server is too slow: %s", job->where,
                       words(job, code));
    case CURLE_PEER_FAILED_VERIFICATION:
        return bad_certificate(job, err);
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return cm_fail(err, CM_E_DENIED,
                       "%s: the server's key is not the one that is pinned with `spki`",
                       job->where);
    case CURLE_SSL_CACERT_BADFILE:
        return no_certificates(job, err);
    case CURLE_SSL_CONNECT_ERROR:
        return no_tls(job, code, err);
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        return cm_fail(err, CM_E_TRANSIENT, "%s: the connection ended before the answer did: %s",
                       job->where, words(job, code));
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return cm_fail(err, CM_E_MALFORMED, "%s: the answer is not HTTP as it should be: %s",
                       job->where, curl_easy_strerror(code));
    case CURLE_OUT_OF_MEMORY:
        return cm_fail(err, CM_E_LIMIT, "%s: no memory", job->where);
    default:
        return cm_fail(err, CM_E_INTERNAL, "%s: %s", job->where, words(job, code));
    }
}
