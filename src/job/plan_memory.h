/* The memory that a run takes on a node while it carries out a cell. */
#ifndef CUAL_JOB_PLAN_MEMORY_H
#define CUAL_JOB_PLAN_MEMORY_H

#include "job/cell.h"
#include "machine/limits.h"

/* What a run takes on a node whatever the cell is. */
struct plan_memory_always {
    int starting;         /* ranks that are still to be launched there */
    double samples_bytes; /* of all samples, where rank 0 is; else 0 */
    double scratch_bytes; /* of scratch files that lie in memory */
};

/* What takes the most of the memory, as a key of the job. */
struct plan_memory {
    struct limits_wanted wanted;
    const char *key; /* "memory", "block" … */
    double key_bytes;
};

/* Returns the memory of a cell that has so many of its ranks on the node. */
struct plan_memory plan_memory(const struct plan_memory_always *always, const struct cell *cell,
                               int ranks);

/* Returns the bytes that the footprints of a cell take there. */
double plan_memory_footprints(const struct cell *cell, int ranks);

#endif
