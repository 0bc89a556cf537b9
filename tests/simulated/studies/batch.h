/* Many studies of one scenario, and what became of them in figures. */
#ifndef CUAL_SIMULATED_BATCH_H
#define CUAL_SIMULATED_BATCH_H

#include "simulated/studies/outcome.h"

struct batch_given {
    struct simulation_given study;
    size_t studies;
    uint64_t seed;
    int processes; /* that share the studies; 1: this one has them all */
};

/* Shares are of rows where nothing else is said, and NAN where there is nothing to count. A median
 * is INFINITY where half of the rows never got there. */
struct figures {
    size_t studies, rows;
    double lost_2, lost_5; /* choices more than 2 % and 5 % slower than the best of the row */
    double complicated;    /* choices where a simpler point is as good as the best */
    double wrong_studies, wrong_rows; /* that ever called something what it is not … */
    double slower_rows;               /* … and called it slower */
    double lost_rows, missed_rows;    /* that ever lost more than was said, or had an interval of
                                         what is named that did not hold the truth */
    double covered;                   /* at the end: intervals of what is named that hold it, */
    double shown_covered;             /* those of all that the table shows, */
    double bounded;                   /* and losses that are as said */
    double half_width, said_loss;     /* medians */
    double certain;
    double certain_s, certain_rounds; /* medians */
    double rounds, seconds;           /* of a study, medians */
};

/* Carries the studies out. Returns 0 or the status of `error`. */
int batch_run(const struct batch_given *given, struct figures *figures, struct error *error);

#endif
