/* SPDX-License-Identifier: Apache-2.0
 *
 * base/json_number.h: real numbers as ECMAScript writes them. For json_canonical.c only.
 */
#ifndef CM_BASE_JSON_NUMBER_H
#define CM_BASE_JSON_NUMBER_H

#include "base/buf.h"

/* The fewest digits that read back as the same number, laid out as Number::toString does; -0 is 0.
 * `to` has failed afterwards if the value is not finite. Whatever the locale. */
void cm_json_put_real(struct cm_buf *to, double value);

#endif
