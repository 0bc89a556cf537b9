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

/* Allocates memory of undefined content, which the caller frees by free(*memory). `*start` is where
 * its `bytes` bytes begin, aligned to their page size: that of huge pages, or of small ones when
 * `bytes` do not fill a huge one. Room for aligning is allocated, too, because aligned_alloc does
 * not use again what was freed before. 0 or -errno. */
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
