/* SPDX-License-Identifier: Apache-2.0
 *
 * malloc() and its kind, for this program and for all that it loads: so an allocation of the
 * plug-in's own can fail, what is freed can be taken out of reach, and what is left over counted.
 * glibc's own functions do the work; a sanitizer has its own, and then they stay.
 */
#include "probe.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE   ((size_t)4096)
#define REGION ((size_t)64 << 30) /* of addresses, not of memory */
#define UNIT   ((size_t)16)

static size_t
pages_of(size_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

void *
cf_memory_tight(const void *at, size_t size)
{
    size_t room = pages_of(size);
    char *pages =
        mmap(NULL, room + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        _exit(71);
    memcpy(pages + room - size, at, size);
    if (mprotect(pages, room, PROT_READ) != 0 || mprotect(pages + room, PAGE, PROT_NONE) != 0)
        _exit(71);
    return pages + room - size;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CF_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CF_SANITIZED 1
#endif
#endif

#ifdef CF_SANITIZED

bool
cf_memory_guard(void)
{
    return false;
}

bool
cf_memory_is_ours(void)
{
    return false;
}

uint64_t
cf_memory_live(void)
{
    return 0;
}

#else

#define EXPORTED __attribute__((visibility("default")))

/* NOLINTBEGIN(*-reserved-identifier,cert-*,readability-inconsistent-*): the names are glibc's */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *at, size_t size);
extern void *__libc_memalign(size_t unit, size_t size);
extern void __libc_free(void *at);

static atomic_uint_fast64_t live;
static atomic_size_t used; /* of the region */
static char *region;       /* NULL: there is no guard yet */

/* Stands before each block of the region. */
struct head {
    size_t size, room;
};

bool
cf_memory_is_ours(void)
{
    return true;
}

uint64_t
cf_memory_live(void)
{
    return atomic_load(&live);
}

bool
cf_memory_guard(void)
{
    void *at = mmap(NULL, REGION, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return false;
    region = at;
    return true;
}

static bool
is_guarded(const void *at)
{
    return region != NULL && (const char *)at >= region && (const char *)at < region + REGION;
}

static struct head *
head_of(void *at)
{
    return (struct head *)(void *)((char *)at - sizeof(struct head));
}

/* At the end of pages of its own, zeroed; NULL: there is no guard, or there are no more. */
static void *
take_guarded(size_t size)
{
    if (region == NULL)
        return NULL;
    size_t rounded = (size + UNIT - 1) / UNIT * UNIT;
    size_t room = size < REGION ? pages_of(rounded + sizeof(struct head)) : REGION;
    size_t at = room < REGION ? atomic_fetch_add(&used, room) : REGION;
    if (at > REGION - room || mprotect(region + at, room, PROT_READ | PROT_WRITE) != 0)
        return NULL;
    char *block = region + at + room - rounded;
    *head_of(block) = (struct head){size, room};
    return block;
}

static void
give_back_guarded(void *at)
{
    struct head head = *head_of(at);
    char *end = (char *)at + (head.size + UNIT - 1) / UNIT * UNIT;
    (void)madvise(end - head.room, head.room, MADV_DONTNEED);
    (void)mprotect(end - head.room, head.room, PROT_NONE);
}

static size_t
size_of(void *at)
{
    return is_guarded(at) ? head_of(at)->size : malloc_usable_size(at);
}

static void *
counted(void *at)
{
    if (at != NULL)
        atomic_fetch_add(&live, size_of(at));
    return at;
}

/* Of the allocations in the plug-in's own code this one is to fail. */
static bool
must_fail(const void *caller)
{
    struct cf_probe *p = &cf_now;
    const char *at = caller;
    if (!p->inside || at < p->code || at >= p->code_end || ++p->mallocs != p->is.fail_malloc)
        return false;
    errno = ENOMEM;
    return true;
}

EXPORTED void *
malloc(size_t size)
{
    if (must_fail(__builtin_return_address(0)))
        return NULL;
    void *at = take_guarded(size);
    return counted(at != NULL ? at : __libc_malloc(size));
}

EXPORTED void *
calloc(size_t count, size_t size)
{
    size_t all;
    if (must_fail(__builtin_return_address(0)))
        return NULL;
    bool fits = !__builtin_mul_overflow(count, size, &all);
    void *at = fits ? take_guarded(all) : NULL;
    return counted(at != NULL ? at : __libc_calloc(count, size));
}

EXPORTED void
free(void *at)
{
    int kept = errno;
    if (at == NULL)
        return;
    atomic_fetch_sub(&live, size_of(at));
    if (is_guarded(at))
        give_back_guarded(at);
    else
        __libc_free(at);
    errno = kept;
}

EXPORTED void *
realloc(void *at, size_t size)
{
    if (must_fail(__builtin_return_address(0)))
        return NULL;
    if (at == NULL)
        return malloc(size);
    size_t before = size_of(at);
    if (region == NULL) {
        void *moved = __libc_realloc(at, size);
        if (moved != NULL || size == 0)
            atomic_fetch_sub(&live, before);
        return counted(moved);
    }
    void *moved = take_guarded(size);
    moved = counted(moved != NULL ? moved : __libc_malloc(size));
    if (moved != NULL) {
        memcpy(moved, at, before < size ? before : size);
        free(at);
    }
    return moved;
}

EXPORTED void *
reallocarray(void *at, size_t count, size_t size)
{
    size_t all;
    if (__builtin_mul_overflow(count, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(at, all);
}

EXPORTED void *
memalign(size_t unit, size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : counted(__libc_memalign(unit, size));
}

EXPORTED void *
aligned_alloc(size_t unit, size_t size)
{
    return memalign(unit, size);
}

EXPORTED int
posix_memalign(void **ret, size_t unit, size_t size)
{
    if (unit % sizeof(void *) != 0 || (unit & (unit - 1)) != 0)
        return EINVAL;
    void *at = memalign(unit, size);
    if (at == NULL)
        return ENOMEM;
    *ret = at;
    return 0;
}

EXPORTED void *
valloc(size_t size)
{
    return memalign(PAGE, size);
}

EXPORTED void *
pvalloc(size_t size)
{
    return memalign(PAGE, pages_of(size));
}

/* NOLINTEND(*-reserved-identifier,cert-*,readability-inconsistent-*) */
#endif
