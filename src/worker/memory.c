#include "worker/memory.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void memory_keep_freed(struct memory *memory)
{
    mallopt(M_MMAP_MAX, 0);        /* all from the heap, */
    mallopt(M_TRIM_THRESHOLD, -1); /* which never shrinks */
    mallopt(M_ARENA_MAX, 1);       /* and is one for all threads */
    memory->keeps_freed = true;
}

/* The sum of the figures of proc_pid_smaps_rollup(5) that are named, in bytes; NAN when it lacks
 * one. Takes 0.4 ms and more. */
static double rollup_bytes(const char *const *names, int count)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    double sum = 0;
    char line[256];
    int found = 0;
    while (file && fgets(line, sizeof line, file)) {
        for (int i = 0; i < count; i++) {
            size_t length = strlen(names[i]);
            if (strncmp(line, names[i], length) == 0 && line[length] == ':') {
                sum += strtod(line + length + 1, NULL) * 1024;
                found++;
            }
        }
    }
    if (file) {
        fclose(file);
    }
    return found == count ? sum : NAN;
}

void memory_measure_shared(struct memory *memory)
{
    static const char *const shared[] = {"Pss_File", "Pss_Shmem"};
    memory->shared_bytes = rollup_bytes(shared, 2);
}

double memory_huge_bytes(void)
{
    static const char *const huge[] = {"AnonHugePages"};
    return rollup_bytes(huge, 1);
}

double memory_in_use_bytes(const struct memory *memory)
{
    double resident_pages = NAN, shared_pages = NAN;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%*f %lf %lf", &resident_pages, &shared_pages) != 2) {
            resident_pages = NAN;
        }
        fclose(file);
    }
    double kept_bytes = memory->keeps_freed ? (double)mallinfo2().fordblks : 0;
    double own_bytes = (resident_pages - shared_pages) * (double)sysconf(_SC_PAGESIZE) - kept_bytes;
    return memory->shared_bytes + (own_bytes < 0 ? 0 : own_bytes); /* NAN stays NAN */
}
