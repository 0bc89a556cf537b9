/* Cores that are not equally fast, as calibration found them. */
#ifndef CUAL_ANSWER_UNEQUAL_H
#define CUAL_ANSWER_UNEQUAL_H

#include "answer/question.h"

#include <stddef.h>

/* The first so many cores of the node for the kernel of a workload. */
struct unequal {
    const double *speed;  /* by core: times that of core 0; NULL: all are equally fast for all that
                             is known */
    int slowest, fastest; /* cores */
    double in_all;        /* what they are worth together over what they are worth when all of them
                             wait for the slowest */
};

struct unequal unequal_cores(const struct question *question, size_t workload, int cores);

/* CPU time of the tasks at the point over that of all of them on core 0. */
double unequal_cpu(const struct unequal *cores, struct point point, uint64_t tasks);

#endif
