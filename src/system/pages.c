#include "system/pages.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

/* What is smaller than this gets other pages each time, which also makes huge pages of what was
 * used in small ones before. Of larger memory, one in so many allocations is laid anew: to clear
 * its pages takes several times as long as to fill them. */
#define ALWAYS_OTHERS_BYTES (8u << 20)
#define KEPT_TIMES 16

/* malloc knows of no spare: it is kept beside malloc's own numbers, for all of the process. */
static atomic_size_t spare_bytes;

/* At the beginning of the allocated memory. */
struct head {
    _Alignas(max_align_t) size_t spare_bytes;
    size_t bytes;     /* that were asked for */
    uint64_t content; /* what pages_keep keeps it for */
    void *start;
    struct head *next; /* of those that are kept */
};

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct head *kept;

static bool is_laid_anew(size_t bytes, uint64_t layout)
{
    return bytes < ALWAYS_OTHERS_BYTES || (layout >> 32) % KEPT_TIMES == 0;
}

/* Takes out what is kept with this content; NULL: there is none. What has another content has been
 * kept in vain. */
static struct head *take_kept(size_t bytes, uint64_t content)
{
    struct head *found = NULL;
    pthread_mutex_lock(&kept_lock);
    for (struct head **at = &kept; *at && !found;) {
        struct head *head = *at;
        *at = head->next;
        if (head->bytes == bytes && head->content == content) {
            found = head;
        } else {
            pages_free(head);
        }
    }
    pthread_mutex_unlock(&kept_lock);
    return found;
}

void pages_keep_nothing(void)
{
    pages_free(take_kept(0, 0)); /* nothing kept has this content */
}

void pages_keep(void *memory)
{
    struct head *head = memory;
    if (!head->content) {
        pages_free(head);
        return;
    }
    atomic_fetch_add(&spare_bytes, head->bytes);
    head->spare_bytes += head->bytes;
    pthread_mutex_lock(&kept_lock);
    head->next = kept;
    kept = head;
    pthread_mutex_unlock(&kept_lock);
}

/* Uses again what was kept. False: nothing fits, or it is time to lay it anew. */
static bool use_kept(size_t bytes, uint64_t layout, uint64_t content, void **memory, void **start)
{
    struct head *head = take_kept(bytes, content);
    if (head && is_laid_anew(bytes, layout)) {
        pages_free(head);
        head = NULL;
    }
    if (head) {
        atomic_fetch_sub(&spare_bytes, head->bytes);
        head->spare_bytes -= head->bytes;
        *memory = head;
        *start = head->start;
    }
    return head != NULL;
}

int pages_allocate_filled(size_t bytes, uint64_t layout, uint64_t content, void **memory,
                          void **start)
{
    if (layout == 0 || bytes < ALWAYS_OTHERS_BYTES) {
        return pages_allocate(bytes, layout, memory, start);
    }
    if (use_kept(bytes, layout, content, memory, start)) {
        return PAGES_FILLED;
    }
    int failed = pages_allocate(bytes, layout, memory, start);
    if (!failed) {
        ((struct head *)*memory)->content = content;
    }
    return failed;
}

int pages_allocate(size_t bytes, uint64_t layout, void **memory, void **start)
{
    bool huge = bytes >= PAGES_HUGE_BYTES;
    size_t page = huge ? PAGES_HUGE_BYTES : PAGES_SMALL_BYTES;
    size_t first = layout % (page / PAGES_LINE_BYTES) * PAGES_LINE_BYTES;
    /* Of one size whatever comes first, so that what was freed by the last visit fits. */
    size_t rounded = (bytes + 2 * page - PAGES_LINE_BYTES - 1) / page * page;
    /* aligned_alloc does not use again what was freed before */
    struct head *head = malloc(sizeof *head + rounded + page);
    *memory = head;
    if (!head) {
        return -ENOMEM;
    }
    *head = (struct head){.spare_bytes = malloc_usable_size(head) - bytes, .bytes = bytes};
    atomic_fetch_add(&spare_bytes, head->spare_bytes);
    uintptr_t aligned = ((uintptr_t)(head + 1) + page - 1) / page * page;
    if (huge) {
        madvise((void *)aligned, rounded, MADV_HUGEPAGE); /* without huge pages small ones do */
    }
    if (layout > 0 && is_laid_anew(bytes, layout)) {
        madvise((void *)aligned, rounded, MADV_DONTNEED);
    }
    head->start = *start = (void *)(aligned + first);
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
