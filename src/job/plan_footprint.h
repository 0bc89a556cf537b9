/* Whether the footprints of workers lie in the same level at all points that are compared. */
#ifndef CUAL_JOB_PLAN_FOOTPRINT_H
#define CUAL_JOB_PLAN_FOOTPRINT_H

#include "job/plan.h"

/* Writes, as a whole sentence, at which points the footprints of a workload lie in which level.
 * Returns false and writes nothing when that is one and the same level at all of its feasible
 * points. */
bool plan_footprint_warn(const struct plan *plan, size_t workload_index, char *text,
                         size_t text_bytes);

#endif
