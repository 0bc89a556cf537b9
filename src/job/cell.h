/* A cell of the cube: one workload at one point. */
#ifndef CUAL_JOB_CELL_H
#define CUAL_JOB_CELL_H

#include "job/job.h"
#include "model/point.h"

struct cell {
    size_t number;                   /* in the order of the cube (model/sample.h) */
    size_t workload_index;           /* in the job */
    const struct workload *workload; /* owned by the job */
    struct point point;
    uint64_t tasks; /* the workload's, times C under weak scaling */
};

#endif
