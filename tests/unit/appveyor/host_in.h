/* SPDX-License-Identifier: Apache-2.0
 * host_in.h: what the two halves of the host share. */
#ifndef TESTS_APPVEYOR_HOST_IN_H
#define TESTS_APPVEYOR_HOST_IN_H

#include "host.h"

struct host *host_of(const struct cmk_call *c);
void *host_alloc(struct cmk_call *c, uint64_t size);
int32_t host_fail(struct cmk_call *c, int32_t status, const char *text);
/* The content; fails the call with the reason if there is none; `lenient`: not-found is NULL. */
const json_t *host_document(struct cmk_call *c, const char *name, bool lenient);

static inline const struct cmk_value *
as_value(const json_t *json)
{
    return (const struct cmk_value *)(const void *)json;
}

static inline const json_t *
as_json(const struct cmk_value *value)
{
    return (const json_t *)(const void *)value;
}

#endif
