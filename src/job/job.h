/* A job is a YAML file that says which workloads are measured at which points, and for how long. */
#ifndef CUAL_JOB_JOB_H
#define CUAL_JOB_JOB_H

#include "model/engine.h"
#include "model/kernel.h"
#include "model/placement.h"
#include "model/task.h"
#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_NAME_BYTES 128
#define JOB_WORKLOADS_MAX 4096
#define JOB_AXIS_MAX 64 /* values of one axis */
#define JOB_FAMILY_KEYS_MAX 4

enum job_axis { JOB_AXIS_CORES, JOB_AXIS_RANKS, JOB_AXIS_THREADS, JOB_AXIS_DEPTH, JOB_AXES };
extern const char *const job_axis_names[JOB_AXES]; /* "cores" … */

/* What the words of an axis and the caches of a size stand for. */
struct job_extent {
    int cores;            /* `all`: of the allocation */
    int node;             /* `node`: of its smallest node; 0: as many */
    int nodes;            /* `nodes`: how many nodes; 0: one */
    struct caches caches; /* L1, L2, L3 and LLC: those of its first core */
};

/* The values of an axis: whole numbers ≥ 1 in ascending order, each once. Words have been replaced
 * by the numbers that they stand for, and `doubling` by 1, 2, 4 … up to `all`. */
struct job_axis_values {
    size_t count;
    int value[JOB_AXIS_MAX];
};

/* Returns the index of a value that is on the axis. */
static inline size_t job_axis_index(const struct job_axis_values *axis, int value)
{
    size_t i = 0;
    while (i + 1 < axis->count && axis->value[i] != value) {
        i++;
    }
    return i;
}

/* An option that tells the members of a family apart, with its value in this member. */
struct job_family_value {
    const struct option *option;
    double value;
};

struct workload {
    char name[JOB_NAME_BYTES]; /* "mixed[wait_fraction=0.9]" */
    size_t line, column;       /* where its name stands in the file */
    const struct kernel *kernel;
    const struct engine *engine;
    struct task_spec spec; /* spec.work is 0 until calibrated, when task_s says a time */
    double task_s;         /* time of a task on one core, as asked; NAN when `work` was given */
    double compute_s;      /* its compute part, task_s × (1 − wait_fraction); NAN as above */
    double wait_fraction;  /* NAN when not given */
    bool weak;             /* tasks × C */
    struct job_axis_values
        axes[JOB_AXES]; /* its own lists, or the job's; each a subset of the job's axes */
    size_t family_count;
    struct job_family_value family[JOB_FAMILY_KEYS_MAX];
};

struct job {
    char file[TASK_PATH_BYTES]; /* as given */
    char *text;                 /* the file's bytes, NUL-terminated; owned */
    size_t setting_count;
    const char *const *settings; /* the --set arguments, in order; not owned */
    double budget_s;             /* INFINITY when not given */
    double limit_s;              /* of one cell; 0: by what is known of it */
    double precision;            /* loss of a choice that is small enough; 0: none is */
    struct caches caches;        /* of the first core that a run uses */
    uint64_t seed;
    uint64_t rounds;    /* at most this many */
    bool oversubscribe; /* points with more workers than cores are measured, too */
    enum placement placement;
    char scratch[TASK_PATH_BYTES];
    struct job_axis_values axes[JOB_AXES]; /* the cube: the union over workloads */
    size_t workload_count;
    struct workload *workloads; /* owned; in the order of the file, families spread out */
};

/* Returns the bytes of all scratch files that a run makes on a node. */
double job_scratch_bytes(const struct job *job);

/* Frees all that the job owns, but not the job itself. */
void job_free(struct job *job);

#endif
