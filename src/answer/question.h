/* The question: what was measured, side by side. A verdict, its reason and the claims are found in
 * it. */
#ifndef CUAL_ANSWER_QUESTION_H
#define CUAL_ANSWER_QUESTION_H

#include "model/kernel.h"
#include "model/point.h"
#include "model/sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the kernel and the engine of a workload are. */
struct question_kernel {
    const char *name;            /* "flops" */
    bool computes;               /* false: it does no work */
    enum kernel_bound bound;     /* what limits it */
    enum kernel_guard guard;     /* of a shared list … */
    enum kernel_through through; /* … and what processes reach it through */
};
struct question_engine {
    const char *name; /* "timer" */
    bool has_waits;   /* false: it never waits */
    bool spins;       /* waiting costs CPU time by design */
};

/* A core, as Linux and its processor call it. */
struct question_core {
    int cpu;
    const char *kind; /* "IntelAtom"; empty where there are no kinds, or they have no names */
};

/* What calibration measured of a kernel. */
struct question_calibrated {
    /* By index on the cores axis: how many times the speed of one core C cores reach together, and
     * the most that this leaves open; NAN where not measured. */
    const double *worth, *worth_high;
    const uint8_t *disturbed; /* likewise; 1: others computed on the cores meanwhile */
    /* By core: times the speed of core 0 alone, on which serial runs, where calibration found that
     * it is not as fast; NULL: all are equally fast, or not known. */
    const double *speed;
};

/* What a workload is, as far as its answer goes. Times in s. NAN where it does not apply. Texts are
 * printed and never read: names only tell whether two workloads have the same kernel or engine. */
struct question_workload {
    const char *name;
    struct question_kernel kernel;
    struct question_engine engine;
    uint64_t tasks;             /* at C = 1 */
    bool weak;                  /* tasks × C */
    bool lock;                  /* computes under one lock per process */
    uint32_t waits;             /* per task */
    double latency_s;           /* of one wait, as asked; 0: what the way there and back takes */
    double compute_s;           /* of one task on one core, as calibrated; 0: not known */
    double flops;               /* of one task */
    double memory_bytes;        /* memory traffic of one task */
    struct footprint footprint; /* of a worker … */
    double huge_pages;   /* … and what part of it is in huge pages; NAN where it is not known */
    double wait_bytes;   /* moved by the waits of one task */
    const char *storage; /* "ext4 on /dev/vda"; NULL without a scratch file */
    bool storage_is_memory; /* of a kind that no device is behind: "tmpfs, which is memory" */
    double wait_fraction;   /* part of a task that waits, as asked; NAN when not given */
    bool traced;            /* the order in which its tasks end is kept */
    const char *failure;    /* why it failed; NULL: it did not */
    struct question_calibrated calibrated;
};

/* Everything the answer looks at. Cells in the order of model/sample.h. */
struct question {
    size_t workloads;
    const struct question_workload *workload;
    size_t cores, ranks, threads, depths; /* lengths of the axes */
    const int *cores_axis, *ranks_axis, *threads_axis, *depth_axis;
    const unsigned char *status; /* enum cell_status by cell */
    const struct samples *samples;
    struct caches caches; /* of the first core */
    double start_s;    /* of a rank: from its launch until it could take its first task, the median
                          over the ranks; NAN when not known */
    size_t node_cores; /* that a run may use on the node of rank 0 … */
    const struct question_core *core; /* … and which they are */
    double precision;                 /* loss of a choice that is small enough; 0: none was asked */
};

#define QUESTION_NO_CELL ((size_t)-1)

/* The cells of one workload at one C stand side by side: how many they are, and the first of them.
 * `cores_index` is an index on the cores axis. */
size_t question_cells_per_cores(const struct question *question);
size_t question_first_cell(const struct question *question, size_t workload, size_t cores_index);

/* The index on the cores axis of a value that stands there. */
size_t question_cores_index(const struct question *question, int cores);

/* The point of a cell, and the index of its workload. */
struct point question_point(const struct question *question, size_t cell);
size_t question_workload_of(const struct question *question, size_t cell);

/* The cell of a point; QUESTION_NO_CELL when it is not in the cube or has not been measured. */
size_t question_cell(const struct question *question, size_t workload, struct point point);

/* In how many rounds the cell has a valid sample. */
size_t question_valid(const struct question *question, size_t cell);

/* How many tasks the cells of a workload at so many cores have: times C under weak scaling. */
double question_tasks(const struct question_workload *workload, int cores);

/* True when the threads of a process may find their data nearer than serial does (level_is_fed). */
bool question_is_fed(const struct question *question, const struct question_workload *workload,
                     struct point point);

/* By round, in s: the time per task, the CPU time per task, and the lesser of the two, which is
 * what the work takes when nothing else is in its way. NAN where there is no valid sample. */
void question_task_times(const struct question *question, size_t cell, double *task_times);
void question_task_cpu(const struct question *question, size_t cell, double *task_cpu);
void question_task_costs(const struct question *question, size_t cell, double *task_costs);

/* The median of a variable over the rounds with a valid sample. `scratch` holds a double per round.
 */
double question_median(const struct question *question, size_t cell, enum sample_variable variable,
                       double *scratch);

#endif
