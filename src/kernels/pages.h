/* Memory for kernels: anonymous, private, in huge pages where the system has them. */
#ifndef CUAL_KERNELS_PAGES_H
#define CUAL_KERNELS_PAGES_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#define PAGES_SMALL_BYTES 4096u
#define PAGES_HUGE_BYTES (2u << 20)

/* Bytes that are mapped when `bytes` are asked for: whole huge pages, or whole small ones when
 * there is not enough to fill a huge one. */
static inline size_t pages_rounded(size_t bytes)
{
    size_t page = bytes < PAGES_HUGE_BYTES ? PAGES_SMALL_BYTES : PAGES_HUGE_BYTES;
    return (bytes + page - 1) / page * page;
}

/* Maps zeroed memory that nobody has touched yet, aligned to its page size. 0 or -errno; the caller
 * owns it and gives the same `bytes` to pages_unmap. */
static inline int pages_map(size_t bytes, void **memory)
{
    size_t rounded = pages_rounded(bytes);
    char *mapped = mmap(NULL, rounded + PAGES_HUGE_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return -errno;
    size_t before = (PAGES_HUGE_BYTES - (uintptr_t)mapped % PAGES_HUGE_BYTES) % PAGES_HUGE_BYTES;
    char *start = mapped + before;
    if (before > 0)
        munmap(mapped, before);
    munmap(start + rounded, PAGES_HUGE_BYTES - before);
    if (rounded >= PAGES_HUGE_BYTES)
        madvise(start, rounded, MADV_HUGEPAGE); /* without huge pages small ones do */
    *memory = start;
    return 0;
}

static inline void pages_unmap(void *memory, size_t bytes)
{
    munmap(memory, pages_rounded(bytes));
}

#endif
