/* What a batch system has granted this process, as the environment says that it has made. So far
 * only Slurm is known. */
#ifndef CUAL_MACHINE_BATCH_H
#define CUAL_MACHINE_BATCH_H

#include <stdbool.h>

struct batch {
    bool known;          /* this process is part of a job of Slurm; else nothing below is set */
    char job[24];        /* the number of the job */
    int nodes;           /* of the allocation, at least 1 */
    int node_tasks;      /* asked for on each node, --ntasks-per-node; 0: not told */
    int cpus;            /* granted on this node; 0: not told */
    double memory_bytes; /* granted on this node; NAN: not told, or all there is */
    double end_s;        /* when the job will be ended, since 1970; INFINITY: not told */
    int step_tasks;      /* processes that the srun above this one has started; 0: there is none */
    int step_rank;       /* the number of this process among them */
};

/* Reads the environment. A variable that is missing or makes no sense is not known. */
void batch_read(struct batch *batch);

/* Seconds until the job will be ended; INFINITY when that is not known. */
double batch_left_s(const struct batch *batch);

#endif
