/* SPDX-License-Identifier: Apache-2.0
 *
 * The first two bytes say how long a signature is, which is asked about; what stands behind it is
 * the answer of an authority. No answer is one to that question: its number is made here.
 */
#include "../demand.h"
#include "attest/stamp.h"

#include "attest/cms.h"

#include <stdlib.h>
#include <string.h>

/* Whoever it belongs to: what is fuzzed is not signed by it. */
static const char authority[] = "-----BEGIN CERTIFICATE-----\n"
                                "MIIBgDCCASWgAwIBAgIUc3ujl0iv43fX/p+fXwu6WywlECkwCgYIKoZIzj0EAwIw\n"
                                "DDEKMAgGA1UEAwwBQTAgFw0yNjExMzAyMzIyMjdaGA8yMTI2MTEwNjIzMjIyN1ow\n"
                                "DDEKMAgGA1UEAwwBQTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNgVujLTW5N4\n"
                                "PXsbtxh21QvZjFByXktZ9UIEDWhXw6ZgC7pzKaqSjD4H/nNGHAVmNQtjb7EOcOVG\n"
                                "WX319A9DJRWjYzBhMB0GA1UdDgQWBBS3UHiiVhWCiK1gTuGweWNG6GQH+jAfBgNV\n"
                                "HSMEGDAWgBS3UHiiVhWCiK1gTuGweWNG6GQH+jAPBgNVHRMBAf8EBTADAQH/MA4G\n"
                                "A1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNJADBGAiEAhyuZ+uZ4zWaldesz14RK\n"
                                "c4wOMbSEmRq2ztPED4w/feMCIQDfeyLQ5kJb6nCSEiFHCG3y7p3W11QSa0c4/rWz\n"
                                "Fbstbg==\n"
                                "-----END CERTIFICATE-----\n";

static void
answer(struct cm_stamp *stamp, const uint8_t *at, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_buf_done) struct cm_buf pem = CM_BUF_INIT(sizeof authority);
    CM_CLEANUP(cm_buf_done) struct cm_buf to = CM_BUF_INIT(CM_CMS_MOST);
    cm_buf_puts(&pem, authority);
    demand(!cm_stamp_take(stamp, at, size, &pem, &to, &err));
    demand(err.class != CM_OK && err.text[0] != '\0' && to.size == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_stamp_done) struct cm_stamp *stamp = NULL;
    CM_CLEANUP(cm_buf_done) struct cm_buf query = CM_BUF_INIT(4096);
    size_t signature = size >= 2 ? (size_t)data[0] << 8 | data[1] : 0;
    if (size < 2 || signature > size - 2)
        return 0;
    if (cm_stamp_ask(data + 2, signature, &stamp, &query, &err))
        answer(stamp, data + 2 + signature, size - 2 - signature);
    return 0;
}
