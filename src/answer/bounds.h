/* What no point can beat: X ≤ min( C* / (c+o), R·T·D / (c+w+o), B / b, R / (c+o) under a lock,
 * N / waves ), where waves is how long the last worker takes for the tasks that it was dealt. */
#ifndef CUAL_ANSWER_BOUNDS_H
#define CUAL_ANSWER_BOUNDS_H

#include "model/point.h"

#include <stdint.h>

enum bound { BOUND_CORES, BOUND_DEPTH, BOUND_MEMORY, BOUND_LOCK, BOUND_WAVES, BOUND_COUNT };
extern const char *const bound_names[BOUND_COUNT]; /* "cores" … */

/* Of one task, at one C. NAN where unknown; 0 where there is none. */
struct bound_inputs {
    double compute_s;    /* c + o: CPU time of one task at 1×1×1@1 */
    double beginning_s;  /* the part of it that comes before the first wait, at least */
    double wait_s;       /* w: time of one task at 1×1×1@1 beyond that */
    double least_wait_s; /* what a task waits at least; 0 where waits differ */
    double cores_worth;  /* C*, when each core has as much to do as the others */
    const double *speed; /* by core: times the speed of the core of 1×1×1@1; NULL: all are equal */
    double bytes;        /* b: memory traffic */
    double bandwidth;    /* B at this C, in byte/s */
    uint64_t tasks;      /* N: dealt out whole, in equal numbers, before the first one begins */
    int lock;            /* compute is serial within a rank */
};

struct bounds {
    double tasks_per_s[BOUND_COUNT]; /* INFINITY where it does not apply */
    enum bound lowest;
    enum bound lowest_of_many; /* were there so many tasks that the last wave is none of them */
};

/* How long a task can have waited at most, in s, where all tasks are done in `time_s` at the point.
 * The waits of the inputs are not looked at. */
double bounds_most_wait_s(const struct bound_inputs *inputs, struct point point, double time_s);

struct bounds bounds_at(const struct bound_inputs *inputs, struct point point);

#endif
