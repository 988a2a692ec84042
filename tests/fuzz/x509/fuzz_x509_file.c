/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of certificates or lists: what it gives is read again one by one. As a list of the fixed
 * issuer's it may revoke or not be one, but the only one that is known revokes nothing of these.
 */
#include "base/clock.h"
#include "base/json.h"
#include "certificate.h"
#include "fixed.h"
#include "x509/chain.h"
#include "x509/openssl.h"

static void
read_again(const json_t *all, bool lists)
{
    size_t index;
    json_t *one;
    json_array_foreach(all, index, one)
    {
        CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(CM_X509_LIST_MOST);
        CM_CLEANUP(cm_x509_done) X509 *certificate = NULL;
        CM_CLEANUP(cm_crl_done) X509_CRL *list = NULL;
        struct cm_err err = CM_ERR_INIT;
        demand(cm_unbase64(json_string_value(one), json_string_length(one), &der));
        demand(lists ? cm_x509_parse_list(der.at, der.size, &list, &err)
                     : cm_x509_parse(der.at, der.size, &certificate, &err));
    }
}

static void
read_file(const uint8_t *data, size_t size)
{
    CM_CLEANUP(cm_json_done) json_t *certificates = NULL;
    CM_CLEANUP(cm_json_done) json_t *lists = NULL;
    CM_CLEANUP(cm_pkey_done) EVP_PKEY *key = NULL;
    struct cm_err err = CM_ERR_INIT;
    if (cm_x509_read_certificates(data, size, &certificates, &err))
        read_again(certificates, false);
    if (cm_x509_read_lists(data, size, &lists, &err))
        read_again(lists, true);
    if (cm_x509_read_key(data, size, NULL, &key, &err))
        demand(key != NULL);
}

static void
judge(const uint8_t *data, size_t size, const struct cm_buf *leaf, const struct cm_buf *issuer)
{
    const struct cm_chain_piece anchor = {issuer->at, issuer->size}, piece = {data, size};
    const struct cm_chain_ask ask = {.at = FIXED_AT * CM_SECOND,
                                     .revocation = true,
                                     .leaf = {leaf->at, leaf->size},
                                     .anchors = &anchor,
                                     .anchor_count = 1,
                                     .lists = &piece,
                                     .list_count = 1};
    CM_CLEANUP(cm_json_done) json_t *answer = NULL;
    struct cm_err err = CM_ERR_INIT;
    if (cm_chain_judge(&ask, &answer, &err) && cm_json_bool(answer, "valid", false))
        demand(json_array_size(json_object_get(answer, "lists")) == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf leaf = CM_BUF_INIT(1 << 16);
    CM_CLEANUP(cm_buf_done) struct cm_buf issuer = CM_BUF_INIT(1 << 16);
    demand(cm_unbase64(FIXED_LEAF, strlen(FIXED_LEAF), &leaf) &&
           cm_unbase64(FIXED_ISSUER, strlen(FIXED_ISSUER), &issuer));
    read_file(data, size);
    judge(data, size, &leaf, &issuer);
    return 0;
}
