/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/x509/certificate.h: the certificates of fixed.h, read.
 */
#ifndef FUZZ_X509_CERTIFICATE_H
#define FUZZ_X509_CERTIFICATE_H

#include "../demand.h"
#include "base/buf.h"
#include "base/text.h"
#include "x509/read.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A certificate of fixed.h; owned. */
static inline X509 *
fixed(const char *base64)
{
    CM_CLEANUP(cm_buf_done) struct cm_buf der = CM_BUF_INIT(1 << 16);
    struct cm_err err = CM_ERR_INIT;
    X509 *read = NULL;
    demand(cm_unbase64(base64, strlen(base64), &der) &&
           cm_x509_parse(der.at, der.size, &read, &err));
    return read;
}

#endif
