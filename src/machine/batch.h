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
    int cpus;            /* granted on this node, cores or hardware threads; 0: not told */
    int core_threads;    /* hardware threads of a core that the job asked for; 0: not told */
    int reserved_cores;  /* of this node, which the job left to the system; 0: none */
    int components;      /* of a heterogeneous job, of which this is one; 1 of any other */
    double memory_bytes; /* granted on this node; NAN: not told, or all there is */
    double end_s;        /* when the job will be ended, since 1970; INFINITY: not told */
    int step_tasks;      /* processes that the srun above this one has started; 0: there is none */
    int step_rank;       /* the number of this process among them */
};

/* What may be used, beside what was granted. */
enum batch_match {
    BATCH_AS_GRANTED,
    BATCH_MORE,   /* whether CPUs are cores or hardware threads */
    BATCH_FEWER,  /* likewise */
    BATCH_UNTOLD, /* as granted if CPUs are cores, and more if they are hardware threads */
};

/* Reads the environment. A variable that is missing or makes no sense is not known. */
void batch_read(struct batch *batch);

/* Compares the cores of this node that may be used with what was granted. A CPU of Slurm is a
 * hardware thread or a core, as its administrator has set it, and that is not in the environment.
 * `smt`: hardware threads of a core; `whole`: all of this node may be used, so that nothing shows
 * whether jobs are confined to their own. */
enum batch_match batch_compare(const struct batch *batch, int cores, int smt, bool whole);

/* Seconds until the job will be ended; INFINITY when that is not known. */
double batch_left_s(const struct batch *batch);

#endif
