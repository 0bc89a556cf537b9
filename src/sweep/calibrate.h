/* Calibration: what a unit of a kernel costs on one core, and what more cores add to it. */
#ifndef CUAL_SWEEP_CALIBRATE_H
#define CUAL_SWEEP_CALIBRATE_H

#include "job/job.h"
#include "machine/surroundings.h"
#include "machine/topo.h"
#include "model/kernel.h"
#include "sweep/core_speeds.h"
#include "worker/memory.h"

#include <stdint.h>

/* What numbers of cores are worth together: C × speed of one of C cores over the speed of a core
 * alone. By index on the cores axis: medians, NAN where this node has not as many cores, or not the
 * memory for them; their 95 % intervals, NAN where too few measurements were left alone; and 1
 * where other processes computed on the cores until the time for it was up. */
struct calibration_worths {
    double median[JOB_AXIS_MAX], low[JOB_AXIS_MAX], high[JOB_AXIS_MAX];
    uint8_t disturbed[JOB_AXIS_MAX];
};

/* The calibration of one kernel with one set of options. */
struct calibration {
    const struct kernel *kernel;
    double option[OPTIONS_MAX];
    double unit_s;     /* time of one unit on one core */
    double huge_pages; /* part of a footprint that is in huge pages, 0 … 1; NAN where it fills none,
                          or it is not known */
    struct calibration_worths worth;
    struct core_speeds speed; /* of all cores of this node */
};

/* Where and beside whom is calibrated. */
struct calibration_place {
    const struct topo *topo;
    struct surroundings
        *surroundings;     /* has this process as rank 0; NULL: others are not noticed */
    struct memory *memory; /* counts the threads, which are kept for the cells; or NULL */
    int cores_most;        /* more do not compute at once: there is no memory for them */
    double most_s; /* for a kernel; then few repetitions have to do. INFINITY: no such limit */
};

/* Returns how long the calibration of a kernel takes at least, on those numbers of cores that a
 * node with `most` cores has. */
double calibrate_least_s(const struct job_axis_values *cores, int most);

/* Calibrates the kernel of `workload` with its options on each number of `cores`. Only the calling
 * process computes. Takes up to a second, the patience of the place more while others compute on
 * the cores, and what core_speeds_measure takes. 0 or the errno of a failure; calibration_free in
 * any case. */
int calibrate_kernel(struct calibration *calibration, const struct workload *workload,
                     const struct job_axis_values *cores, const struct calibration_place *place);

void calibration_free(struct calibration *calibration);

/* Measures again what `cores` cores are worth, which has the index `c`, and keeps what is found
 * when it is better than what is known: left alone where that was disturbed, or worth more, because
 * what disturbs cores makes them worth less. Takes half a second. 0 or the errno of a failure. */
int calibrate_again(struct calibration *calibration, size_t c, int cores,
                    const struct workload *workload, const struct calibration_place *place);

/* How many times the speed of one core `cores` cores reach together with the kernel of `workload`.
 * One core and all of them take turns for about `budget_s` seconds, at least five times each, and
 * the median of the ratios counts: other processes on these cores hardly change it. NAN with *error
 * (an errno) set on a failure. */
double calibrate_worth(const struct workload *workload, int cores, double budget_s,
                       const struct topo *topo, int *error);

#endif
