/* SPDX-License-Identifier: Apache-2.0 */
#include "programs/memory.h"

#include "programs/session.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <unistd.h>

/* NOLINTBEGIN(*-reserved-identifier,cert-dcl*): the linker's names, see --wrap in ld(1) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static void *
or_end(void *got)
{
    static const char text[] = "countermark: out of memory\n";
    if (got != NULL)
        return got;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(CM_EXIT_INTERNAL);
}

/* Nothing is asked for where nothing is needed: NULL would be right, too, and is no failure. */
void *
__wrap_malloc(size_t size)
{
    return or_end(__real_malloc(size > 0 ? size : 1));
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return or_end(count > 0 && size > 0 ? __real_calloc(count, size) : __real_calloc(1, 1));
}

void *
__wrap_realloc(void *old, size_t size)
{
    return or_end(__real_realloc(old, size > 0 ? size : 1));
}
/* NOLINTEND(*-reserved-identifier,cert-dcl*) */

static void *
crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return malloc(size);
}

static void *
crypto_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return realloc(old, size);
}

static void
crypto_free(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

bool
cm_memory_or_end(void)
{
    json_set_alloc_funcs(malloc, free);
    return CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;
}
