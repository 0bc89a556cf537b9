/* What the footprints of workers mean for a plan: how much memory they take, and whether they lie
 * in the same level at all points that are compared. */
#ifndef CUAL_JOB_PLAN_FOOTPRINT_H
#define CUAL_JOB_PLAN_FOOTPRINT_H

#include "job/plan.h"

/* Returns the bytes that the footprints of a cell take on a node that has so many of its ranks. */
double plan_footprint_bytes(const struct cell *cell, int ranks);

/* Writes, as a whole sentence, at which points the footprints of a workload lie in which level.
 * Returns false and writes nothing when that is one and the same level at all of its feasible
 * points. */
bool plan_footprint_warn(const struct plan *plan, size_t workload_index, char *text,
                         size_t text_bytes);

#endif
