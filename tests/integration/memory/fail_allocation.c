/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into a program: its allocation number CM_FAIL_AT fails, and with CM_FAIL_ON=1 all later
 * ones, too. With CM_FAIL_COUNT the number of allocations is written to that file at the end.
 * Everything is counted from the start of the process, also what its libraries do before main().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own, behind the names that this file takes over. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_ulong counted;
static unsigned long fail_at; /* 0: not read yet; ULONG_MAX would never come */
static bool fail_on, ready;

static void
get_ready(void)
{
    const char *at = getenv("CM_FAIL_AT"), *on = getenv("CM_FAIL_ON");
    ready = true;
    fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
    fail_on = on != NULL && *on == '1';
}

static bool
fails(void)
{
    if (!ready)
        get_ready();
    unsigned long number = atomic_fetch_add(&counted, 1) + 1;
    if (fail_at == 0 || number < fail_at || (number > fail_at && !fail_on))
        return false;
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int
posix_memalign(void **ret, size_t alignment, size_t size)
{
    void *got = fails() ? NULL : __libc_memalign(alignment, size);
    if (got == NULL)
        return ENOMEM;
    *ret = got;
    return 0;
}

__attribute__((destructor)) static void
write_count(void)
{
    const char *path = getenv("CM_FAIL_COUNT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%lu\n", atomic_load(&counted));
    fclose(file);
}
