/* How the rules of claims find the cells that they compare: by what workloads and points are, never
 * by name. NULL stands for a cell that there is not. A cell whose workers walk through memory in
 * another level of the memory hierarchy than serial does, or at the edge between two, is none: it
 * would tell of caches. */
#ifndef CUAL_ANSWER_TRIAL_CELLS_H
#define CUAL_ANSWER_TRIAL_CELLS_H

#include "answer/trial.h"

const struct question_workload *trial_workload(const struct trial *trial, size_t workload);
const struct question_workload *trial_workload_of(const struct trial *trial,
                                                  const struct candidate *cell);

/* The cell of a point, and that of 1×1×1@1. */
const struct candidate *trial_find(const struct trial *trial, size_t workload, struct point point);
const struct candidate *trial_serial(const struct trial *trial, size_t workload);

/* The workload's next cell after `cell`, or its first after NULL. */
const struct candidate *trial_next(const struct trial *trial, size_t workload,
                                   const struct candidate *cell);

/* The most cores the workload was measured on; 0: it was not. */
int trial_most_cores(const struct trial *trial, size_t workload);

/* The same if they are several, else 0; that there is only one is noted in the trial. */
int trial_several_cores(struct trial *trial, size_t workload);

/* Tells whether a point is one of those that are asked for. */
typedef bool trial_admits(struct point point);

/* Points on so many cores, 0 being any number. */
struct trial_points {
    int cores;
    trial_admits *admits;
};

bool trial_has_point(struct trial_points points, struct point point);

/* The cells of a workload at these points with the least time per task: the fastest, and the next
 * one, which takes its place where the fastest is left out. */
struct trial_fastest {
    const struct candidate *cell, *next;
};

struct trial_fastest trial_fastest(const struct trial *trial, size_t workload,
                                   struct trial_points points);

/* The cell of async on one core, among all that waits by a timer, with the most in flight but fewer
 * than `below`; of this latency only, unless it is 0. */
const struct candidate *trial_deepest(const struct trial *trial, int below, double latency_s);

#endif
