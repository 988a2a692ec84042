/* SPDX-License-Identifier: Apache-2.0
 *
 * services_inside.h: what the files of the services share. Private to them.
 */
#ifndef CONFORM_SERVICES_INSIDE_H
#define CONFORM_SERVICES_INSIDE_H

#include "probe.h"

/* Into a service: gives the engine's call. And out of it. */
struct cmk_call *cf_enter(const struct cmk_call *c, const char *service);
void cf_leave(void);

/* A table as the run wants it: at the end of memory, longer than ours, or as it is. */
const void *cf_laid(const void *table, uint32_t size);

/* One service that gives something, and one that does not: parameters, and how they are handed on.
 * e is the engine's call. */
#define GIVES(type, table, name, parameters, arguments)                                            \
    static type to_##table##_##name parameters                                                     \
    {                                                                                              \
        struct cmk_call *e = cf_enter(c, #name);                                                   \
        type given = cf_now.table->name arguments;                                                 \
        cf_leave();                                                                                \
        return given;                                                                              \
    }
#define DOES(table, name, parameters, arguments)                                                   \
    static void to_##table##_##name parameters                                                     \
    {                                                                                              \
        struct cmk_call *e = cf_enter(c, #name);                                                   \
        cf_now.table->name arguments;                                                              \
        cf_leave();                                                                                \
    }
/* The same of a table that stands in another one. */
#define INNER(type, outer, table, name, parameters, arguments)                                     \
    static type to_##table##_##name parameters                                                     \
    {                                                                                              \
        struct cmk_call *e = cf_enter(c, #name);                                                   \
        type given = cf_now.outer->table->name arguments;                                          \
        cf_leave();                                                                                \
        return given;                                                                              \
    }

#define CALL     struct cmk_call *c
#define VALUE    const struct cmk_value *
#define EXCHANGE struct cmk_exchange *
#define ARCHIVE  struct cmk_archive *
#define TEXT     const char *
#define BYTES    struct cmk_bytes

#endif
