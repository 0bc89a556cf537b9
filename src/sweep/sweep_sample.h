/* Rank 0: checks the results of a visit and makes a sample of them. */
#ifndef CUAL_SWEEP_SWEEP_SAMPLE_H
#define CUAL_SWEEP_SWEEP_SAMPLE_H

#include "machine/surroundings.h"
#include "model/sample.h"
#include "sweep/sweep_visit.h"

/* The result of a visit, of all ranks together, and how their surroundings changed. */
struct sweep_measured {
    struct worker_result result;
    struct surroundings_change change;
};

/* Makes it from the results of the ranks in sweep->lead and the changes on their nodes. */
struct sweep_measured sweep_measured(const struct sweep *sweep, const struct visit *visit);

/* The time of the sample in s. */
double sweep_measured_s(const struct sweep_measured *measured);

/* Checks the result. 0, or the status of what is wrong, with `error` set. */
int sweep_check(const struct sweep *sweep, const struct visit *visit,
                const struct worker_result *result, struct error *error);

/* Keeps the sample in the column of the visit's round. */
void sweep_keep(struct sweep *sweep, const struct visit *visit,
                const struct sweep_measured *measured, struct samples *samples);

#endif
