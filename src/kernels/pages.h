/* Memory for kernels: in huge pages where the system has them. */
#ifndef CUAL_KERNELS_PAGES_H
#define CUAL_KERNELS_PAGES_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGES_SMALL_BYTES 4096u
#define PAGES_HUGE_BYTES (2u << 20)

/* Memory aligned to its page size, of undefined content: huge pages, or small ones where there is
 * not enough to fill a huge one. 0 or -errno; the caller frees it with free(). */
static inline int pages_allocate(size_t bytes, void **memory)
{
    size_t page = bytes < PAGES_HUGE_BYTES ? PAGES_SMALL_BYTES : PAGES_HUGE_BYTES;
    size_t rounded = (bytes + page - 1) / page * page;
    *memory = aligned_alloc(page, rounded);
    if (!*memory) {
        return -ENOMEM;
    }
    if (page == PAGES_HUGE_BYTES) {
        madvise(*memory, rounded, MADV_HUGEPAGE); /* without huge pages small ones do */
    }
    return 0;
}

#endif
