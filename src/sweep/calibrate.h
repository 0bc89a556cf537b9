/* Calibration: what a unit of a kernel costs on one core, and what more cores add to it. */
#ifndef CUAL_SWEEP_CALIBRATE_H
#define CUAL_SWEEP_CALIBRATE_H

#include "job/job.h"
#include "machine/surroundings.h"
#include "machine/topo.h"
#include "model/kernel.h"

#include <stdbool.h>

/* The calibration of one kernel with one set of options. */
struct calibration {
    const struct kernel *kernel;
    double option[OPTIONS_MAX];
    double unit_s; /* time of one unit on one core */
    double
        worth[JOB_AXIS_MAX]; /* by index on the cores axis: C × speed of one of C cores over the
                                speed of a core alone; NAN where this node has not as many cores */
    bool disturbed;          /* other processes computed until the time was up */
};

/* Calibrates the kernel of `workload` with its options on each number of `cores`. Only the calling
 * process computes. Takes up to a second, and up to two seconds more while others compute on the
 * cores. `surroundings` has this process as rank 0; where it is NULL, other processes are not
 * noticed. 0 or the errno of a failure. */
int calibrate_kernel(struct calibration *calibration, const struct workload *workload,
                     const struct job_axis_values *cores, const struct topo *topo,
                     struct surroundings *surroundings);

/* How many times the speed of one core `cores` cores reach together with the kernel of `workload`.
 * One core and all of them take turns for about `budget_s` seconds, at least five times each, and
 * the median of the ratios counts: other processes on these cores hardly change it. NAN with *error
 * (an errno) set on a failure. */
double calibrate_worth(const struct workload *workload, int cores, double budget_s,
                       const struct topo *topo, int *error);

#endif
