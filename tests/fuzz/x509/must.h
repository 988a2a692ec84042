/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets of this floor have in common.
 */
#ifndef FUZZ_X509_MUST_H
#define FUZZ_X509_MUST_H

#include "base/buf.h"
#include "base/text.h"
#include "x509/read.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
must(bool holds)
{
    if (!holds)
        abort();
}

/* A certificate of fixed.h; owned. */
static inline X509 *
fixed(const char *base64)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    struct cm_err err = CM_ERR_INIT;
    X509 *read = NULL;
    must(cm_unbase64(base64, strlen(base64), &der) && cm_x509_parse(der.at, der.size, &read, &err));
    return read;
}

#endif
