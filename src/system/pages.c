#include "system/pages.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Of so many allocations that fill huge pages, one gets other pages: to clear them takes as long as to
 * fill them, and which huge page it is hardly matters. Small pages are others each time. */
#define HUGE_PAGES_KEPT 32

int pages_allocate(size_t bytes, uint64_t layout, void **memory, void **start)
{
    bool huge = bytes >= PAGES_HUGE_BYTES;
    size_t page = huge ? PAGES_HUGE_BYTES : PAGES_SMALL_BYTES;
    size_t first = layout % (page / PAGES_LINE_BYTES) * PAGES_LINE_BYTES;
    size_t rounded = (first + bytes + page - 1) / page * page;
    *memory = malloc(rounded + page); /* aligned_alloc does not use again what was freed before */
    if (!*memory) {
        return -ENOMEM;
    }
    uintptr_t aligned = ((uintptr_t)*memory + page - 1) / page * page;
    if (huge) {
        madvise((void *)aligned, rounded, MADV_HUGEPAGE); /* without huge pages small ones do */
    }
    if (layout > 0 && (!huge || (layout >> 32) % HUGE_PAGES_KEPT == 0)) {
        madvise((void *)aligned, rounded, MADV_DONTNEED);
    }
    *start = (void *)(aligned + first);
    return 0;
}
