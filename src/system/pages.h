/* Memory for kernels and engines: in huge pages where the system has them. */
#ifndef CUAL_SYSTEM_PAGES_H
#define CUAL_SYSTEM_PAGES_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGES_SMALL_BYTES 4096u
#define PAGES_HUGE_BYTES (2u << 20)

/* Memory of undefined content in `*memory`, for free(), and where in it `bytes` bytes begin,
 * aligned to their page size: huge pages, or small ones where there is not enough to fill a huge
 * one. Room to align is asked for here, because aligned_alloc does not find what it freed before. 0
 * or -errno. */
static inline int pages_allocate(size_t bytes, void **memory, void **start)
{
    size_t page = bytes < PAGES_HUGE_BYTES ? PAGES_SMALL_BYTES : PAGES_HUGE_BYTES;
    size_t rounded = (bytes + page - 1) / page * page;
    *memory = malloc(rounded + page);
    if (!*memory) {
        return -ENOMEM;
    }
    *start = (void *)(((uintptr_t)*memory + page - 1) / page * page);
    if (page == PAGES_HUGE_BYTES) {
        madvise(*start, rounded, MADV_HUGEPAGE); /* without huge pages small ones do */
    }
    return 0;
}

#endif
