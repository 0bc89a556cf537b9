/* The budget of a run: the least time that its cells take, and whether a budget has room for them.
 * Nothing here is measured: what is not known counts as nothing. */
#ifndef CUAL_SWEEP_BUDGET_H
#define CUAL_SWEEP_BUDGET_H

#include "job/plan.h"
#include "system/error.h"

#include <stdbool.h>

/* A run ends at most this much after its budget. */
#define BUDGET_OVER_SHARE 0.1 /* of the budget … */
#define BUDGET_OVER_S 1.0     /* … or this, whichever is more */

/* What is known of a task, in s. */
struct budget_task {
    double compute_s;   /* one after the other on one core; NAN: not known */
    double wait_s;      /* NAN: the device decides */
    double cores_worth; /* of the cores of a point; NAN: as many as they are */
};

/* Returns the least time of a cell: its tasks at the greatest speed-up that the point allows. */
double budget_cell_s(const struct cell *cell, const struct budget_task *task);

/* How long a run takes at least, as far as it is known. */
struct budget_need {
    double before_s;            /* before the warm-up: known answers and calibration */
    double round_s;             /* the warm-up, and as long again each round */
    const struct cell *longest; /* owned by the plan; NULL: none is known to take any time */
    double longest_s;
};

/* Adds a cell of the plan that takes so long at least. */
void budget_add(struct budget_need *need, const struct cell *cell, double cell_s);

/* Returns how many kernels with different options are calibrated for the job. */
size_t budget_calibrations(const struct job *job);

/* Returns what the job itself tells, before anything is measured. */
struct budget_need budget_need(const struct plan *plan);

/* Returns how long the run takes at least that has one round. */
double budget_least_s(const struct budget_need *need);

/* Refuses a budget that has no room for one round: 0, or STATUS_USAGE with the budget that would do
 * and what takes most of it. */
int budget_check(const struct job *job, const struct budget_need *need, struct error *error);

/* Whether the budget, which may be INFINITY, has room for what takes `more_s` after `spent_s`. */
static inline bool budget_has_room(double budget_s, double spent_s, double more_s)
{
    return spent_s + more_s <= budget_s;
}

/* Returns how many s a run of this budget may take beyond it. */
double budget_over_s(double budget_s);

/* Writes a time as one would type it behind --budget, rounded up: "9.4s", "25s", "14min", "30h".
 * Returns `text`. */
#define BUDGET_TEXT_BYTES 32
const char *budget_text(double seconds, char text[BUDGET_TEXT_BYTES]);

#endif
