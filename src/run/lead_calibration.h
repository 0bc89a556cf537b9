/* What cores are worth, measured again between rounds where calibration is in doubt. */
#ifndef CUAL_RUN_LEAD_CALIBRATION_H
#define CUAL_RUN_LEAD_CALIBRATION_H

#include "answer/question.h"
#include "sweep/sweep.h"
#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero is the beginning. */
struct lead_calibration {
    double spent_s; /* on measuring again */
    size_t next;    /* where to look first, in the order of workloads and of their cores */
    bool changed;   /* something was measured again */
};

/* Called after `rounds` rounds: measures again what some cores are worth for a workload, where
 * others disturbed calibration, or where more was reached than it found. Takes half a second at a
 * time, and no more than a small share of the run. 0 or status. */
int lead_calibrate_again(struct lead_calibration *calibration, struct sweep *sweep,
                         const struct question *question, size_t rounds, struct error *error);

#endif
