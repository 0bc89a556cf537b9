/* What the cells of a simulated study take in truth: what an answer is judged by. */
#ifndef CUAL_SIMULATED_TRUTH_H
#define CUAL_SIMULATED_TRUTH_H

#include "job/plan.h"

enum truth_kind {
    TRUTH_EQUAL,      /* all cells take the same */
    TRUTH_SPREAD,     /* the logs of their times are normal, `amount` is the standard deviation */
    TRUTH_CHALLENGER, /* in each row one point, which is not serial, is faster by `amount` */
    TRUTH_MEASURED    /* the medians of real runs, in a table */
};

struct truth {
    enum truth_kind kind;
    double amount;
    const char
        *table; /* a file with the columns workload, cores, ranks, threads, depth, time in s */
};

/* Sets what each feasible cell of the plan takes, in s, by the number of the cell. Returns 0,
 * -errno, or -ENOENT where the table lacks a cell. */
int truth_find(const struct truth *truth, const struct plan *plan, uint64_t seed, double *time_s);

#endif
