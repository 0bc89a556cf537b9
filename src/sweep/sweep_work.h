/* The work of a task of each workload: rank 0 fixes it before the first round, and then it is the
 * same on all ranks. */
#ifndef CUAL_SWEEP_SWEEP_WORK_H
#define CUAL_SWEEP_SWEEP_WORK_H

#include "runfile/runfile.h"
#include "sweep/calibrate.h"
#include "sweep/known.h"
#include "sweep/sweep_cores.h"
#include "sweep/sweep_state.h"

struct sweep_work {
    const struct runfile_work *earlier; /* what an earlier part of the run has fixed; kept by
                                           reference, NULL in a run that begins */
    struct calibration *calibration;
    size_t calibrations;
    struct runfile_workload *found;      /* by workload */
    struct question_workload *questions; /* by workload */
    uint64_t *expected;                  /* sum, by workload and index on the cores axis */
    struct known known;
    struct sweep_cores cores;
    double launch_s; /* the median over the ranks of their start_s; NAN when not known */
    double clock_cost_s;
    double calibrate_s; /* that calibrating again took */
};

/* Makes an empty one. NULL when there is no memory. */
struct sweep_work *sweep_work_create(const struct job *job, const struct topo *topo);
void sweep_work_free(struct sweep_work *work);

/* Rank 0: fixes the work of every task: measures what a unit of each kernel costs on one core and
 * what each number of cores is worth, or takes over what the earlier part of the run has fixed.
 * Fills in `found`, `questions` and `expected`. 0 or status. */
int sweep_fix_work(struct sweep *sweep, struct error *error);

/* Rank 0, between rounds: measures again what the cores of that index on their axis are worth for
 * the workload, and for all with the same kernel and options. Nothing on several nodes. 0 or
 * status. */
int sweep_calibrate_again(struct sweep *sweep, size_t workload, size_t cores_index,
                          struct error *error);

/* Sends the specs of rank 0 to all ranks, except for the files, which each node has of its own.
 * Collective over all ranks. */
void sweep_share_work(struct sweep *sweep);

/* Rank 0: the checksum of a cell. */
uint64_t sweep_expected(const struct sweep *sweep, const struct cell *cell);

#endif
