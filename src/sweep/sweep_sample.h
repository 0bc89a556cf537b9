/* Rank 0: what the results of a visit are worth, and the sample that is made of them. */
#ifndef CUAL_SWEEP_SWEEP_SAMPLE_H
#define CUAL_SWEEP_SWEEP_SAMPLE_H

#include "machine/surroundings.h"
#include "model/sample.h"
#include "sweep/sweep_visit.h"

/* What a visit gave, of all ranks together, and what happened around them. */
struct sweep_measured {
    struct worker_result result;
    struct surroundings_change change;
};

/* From the results of the ranks in sweep->lead and what happened around them. */
struct sweep_measured sweep_measured(const struct sweep *sweep, const struct visit *visit);

/* The time of the sample in s. */
double sweep_measured_s(const struct sweep_measured *measured);

/* 0, or what is wrong with the result. */
int sweep_check(const struct sweep *sweep, const struct visit *visit,
                const struct worker_result *result, struct error *error);

/* Keeps the sample in the column of the visit's round. */
void sweep_keep(struct sweep *sweep, const struct visit *visit,
                const struct sweep_measured *measured, struct samples *samples);

#endif
