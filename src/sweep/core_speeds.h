/* How fast each core of a node is alone: those of a processor may be of several kinds, and some may
 * be slowed down by what this process does not see. */
#ifndef CUAL_SWEEP_CORE_SPEEDS_H
#define CUAL_SWEEP_CORE_SPEEDS_H

#include "sweep/calibrator.h"

#include <stddef.h>

/* By core of the node: times the speed of core 0, on which serial runs; the 95 % interval of those
 * cores that were looked at closely, NAN for the others; and what counts, which is the median where
 * the interval shows that it differs from 1 by more than 5 %, and else 1. */
struct core_speeds {
    size_t count;
    double *median, *low, *high, *counted;
};

/* Makes room for `count` cores, which are all as fast then. 0 or -ENOMEM; core_speeds_free in any
 * case. */
int core_speeds_create(struct core_speeds *speeds, size_t count);
void core_speeds_free(struct core_speeds *speeds);

/* Measures the cores one by one: the same tasks on each, three times over all of them, the least
 * counting. Cores that seem to differ from core 0 by more than 3 % are then measured beside it,
 * nine times each in turns. Takes some 0.2 s, and up to a second more where cores differ; longer
 * only with hundreds of cores. 0 or an errno. */
int core_speeds_measure(struct core_speeds *speeds, struct calibrator *calibrator);

/* Finds what counts, from the other numbers. */
void core_speeds_count(struct core_speeds *speeds);

/* What counts, by core; NULL where all cores count as equally fast. Owned by `speeds`. */
const double *core_speeds_unequal(const struct core_speeds *speeds);

#endif
