#include "system/pages.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

/* What is smaller than this gets other pages each time, which also makes huge pages of what was
 * used in small ones before. Of larger memory, one in so many allocations gets others: to clear
 * them takes several times as long as to fill them. */
#define ALWAYS_OTHERS_BYTES (8u << 20)
#define KEPT_TIMES 32

/* malloc knows of no spare: it is kept beside malloc's own numbers, for all of the process. */
static atomic_size_t spare_bytes;

/* At the beginning of the allocated memory. */
struct head {
    _Alignas(max_align_t) size_t spare_bytes;
};

int pages_allocate(size_t bytes, uint64_t layout, void **memory, void **start)
{
    bool huge = bytes >= PAGES_HUGE_BYTES;
    size_t page = huge ? PAGES_HUGE_BYTES : PAGES_SMALL_BYTES;
    size_t first = layout % (page / PAGES_LINE_BYTES) * PAGES_LINE_BYTES;
    size_t rounded = (first + bytes + page - 1) / page * page;
    /* aligned_alloc does not use again what was freed before */
    struct head *head = malloc(sizeof *head + rounded + page);
    *memory = head;
    if (!head) {
        return -ENOMEM;
    }
    head->spare_bytes = malloc_usable_size(head) - bytes;
    atomic_fetch_add(&spare_bytes, head->spare_bytes);
    uintptr_t aligned = ((uintptr_t)(head + 1) + page - 1) / page * page;
    if (huge) {
        madvise((void *)aligned, rounded, MADV_HUGEPAGE); /* without huge pages small ones do */
    }
    if (layout > 0 && (bytes < ALWAYS_OTHERS_BYTES || (layout >> 32) % KEPT_TIMES == 0)) {
        madvise((void *)aligned, rounded, MADV_DONTNEED);
    }
    *start = (void *)(aligned + first);
    return 0;
}

void pages_free(void *memory)
{
    const struct head *head = memory;
    if (head) {
        atomic_fetch_sub(&spare_bytes, head->spare_bytes);
    }
    free(memory);
}

size_t pages_spare_bytes(void)
{
    return atomic_load(&spare_bytes);
}
