#include "system/memory.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>

/* Set once, before threads start; mallopt cannot be asked. */
static int keeps_freed;

void memory_keep_freed(void)
{
    keeps_freed = 1;
    mallopt(M_MMAP_MAX, 0);        /* all from the heap, */
    mallopt(M_TRIM_THRESHOLD, -1); /* which never shrinks */
    mallopt(M_ARENA_MAX, 1);       /* and is one for all threads */
}

double memory_in_use_bytes(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    double kib = NAN;
    char line[256];
    while (file && isnan(kib) && fgets(line, sizeof line, file)) {
        if (sscanf(line, "Pss: %lf kB", &kib) != 1) {
            kib = NAN;
        }
    }
    if (file) {
        fclose(file);
    }
    return kib * 1024 - (keeps_freed ? (double)mallinfo2().fordblks : 0);
}
