#include "worker/memory.h"

#include "system/pages.h"

#include <malloc.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void memory_keep_freed(struct memory *memory)
{
    mallopt(M_MMAP_MAX, 0);        /* all from the heap, */
    mallopt(M_TRIM_THRESHOLD, -1); /* which never shrinks */
    mallopt(M_ARENA_MAX, 1);       /* and is one for all threads */
    memory->keeps_freed = true;
}

void memory_give_back(void)
{
    pages_keep_nothing();
    malloc_trim(0);
}

/* The bytes that a file of /proc says in KiB behind this word and a colon; NAN where it does not.
 */
static double said_bytes(const char *path, const char *word)
{
    FILE *file = fopen(path, "r");
    double kib = NAN;
    char line[256];
    size_t length = strlen(word);
    while (file && isnan(kib) && fgets(line, sizeof line, file)) {
        if (strncmp(line, word, length) == 0 && line[length] == ':' &&
            sscanf(line + length, ": %lf kB", &kib) != 1) {
            kib = NAN;
        }
    }
    if (file) {
        fclose(file);
    }
    return kib * 1024;
}

double memory_huge_bytes(void)
{
    return said_bytes("/proc/self/smaps_rollup", "AnonHugePages");
}

/* Files are those of the program, which others on the machine may have mapped, too: that makes them
 * no smaller. proc_pid_smaps_rollup(5) takes 0.4 ms and more. */
void memory_measure_shared(struct memory *memory, int ranks)
{
    memory->shared_bytes = said_bytes("/proc/self/status", "RssFile") / ranks +
                           said_bytes("/proc/self/smaps_rollup", "Pss_Shmem");
}

/* How much of the heap, which ends here, is in memory; as far as Linux tells. */
static double heap_resident_bytes(size_t heap_bytes)
{
    enum { PAGES = 16384 };
    unsigned char resident[PAGES];
    size_t page = (size_t)sysconf(_SC_PAGESIZE), found = 0;
    uintptr_t end = (uintptr_t)sbrk(0), at = (end - heap_bytes + page - 1) / page * page;
    while (at < end) {
        size_t pages = (end - at + page - 1) / page;
        pages = pages < PAGES ? pages : PAGES;
        if (mincore((void *)at, pages * page, resident) != 0) {
            break;
        }
        for (size_t i = 0; i < pages; i++) {
            found += resident[i] & 1;
        }
        at += pages * page;
    }
    return (double)(found * page);
}

/* What the process has beside files and shared memory. Of a heap that keeps what was freed, it has
 * what is allocated: a page may be there from earlier, or not yet, by chance. */
static double own_bytes(const struct memory *memory)
{
    double resident_pages = NAN, shared_pages = NAN;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%*f %lf %lf", &resident_pages, &shared_pages) != 2) {
            resident_pages = NAN;
        }
        fclose(file);
    }
    double bytes = (resident_pages - shared_pages) * (double)sysconf(_SC_PAGESIZE);
    if (memory->keeps_freed) {
        struct mallinfo2 heap = mallinfo2();
        bytes +=
            (double)heap.uordblks - (double)pages_spare_bytes() - heap_resident_bytes(heap.arena);
    }
    return bytes;
}

void memory_stop_counting(struct memory *memory)
{
    if (memory && !memory->stopped) {
        memory->stopped = true;
        memory->left_bytes = own_bytes(memory);
    }
}

void memory_start_counting(struct memory *memory)
{
    if (memory && memory->stopped) {
        memory->stopped = false;
        memory->tool_bytes += own_bytes(memory) - memory->left_bytes;
    }
}

double memory_in_use_bytes(const struct memory *memory)
{
    double counted_bytes = own_bytes(memory) - memory->tool_bytes;
    return memory->shared_bytes + (counted_bytes < 0 ? 0 : counted_bytes); /* NAN stays NAN */
}
