#ifndef UNIT_COUNTED_ALLOC_H
#define UNIT_COUNTED_ALLOC_H

/*
 * Allocations, counted: the program's own malloc stands before the library's,
 * or a sanitizer tells of each.
 */

#include <errno.h>
#include <stdlib.h>

static size_t allocations;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

/* Found by the sanitizer by their names; gcc 12 ships no header for them. */
#pragma GCC visibility push(default)
void __sanitizer_malloc_hook(const volatile void *ptr, size_t size);
void __sanitizer_free_hook(const volatile void *ptr);
#pragma GCC visibility pop

void
__sanitizer_malloc_hook(const volatile void *ptr, size_t size)
{
	(void)ptr;
	(void)size;
	allocations++;
}

void
__sanitizer_free_hook(const volatile void *ptr)
{
	(void)ptr;
}

#else

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

void *
malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
	allocations++;
	return __libc_realloc(p, size);
}

int
posix_memalign(void **out, size_t align, size_t size)
{
	allocations++;
	*out = __libc_memalign(align, size);
	return *out ? 0 : ENOMEM;
}

void *
aligned_alloc(size_t align, size_t size)
{
	allocations++;
	return __libc_memalign(align, size);
}

#endif

#endif
