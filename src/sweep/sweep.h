/* The sweep: executes the plan, round by round, on all ranks together. Rank 0 leads; the other
 * ranks follow its commands and sleep while a cell does not need them. The preparation before the
 * first round is in sweep_prepare.h. */
#ifndef CUAL_SWEEP_SWEEP_H
#define CUAL_SWEEP_SWEEP_H

#include "job/plan.h"
#include "machine/topo.h"
#include "model/sample.h"
#include "ranks/comm.h"
#include "system/error.h"
#include "system/watchdog.h"
#include "worker/memory.h"

#include <stdbool.h>

struct sweep;

/* Local to each rank. `job` is that of `plan`; its workloads' specs are completed here (work,
 * scratch files). `watchdog` (NULL: none) is told when a cell begins and ends. All are kept by
 * reference. NULL when there is no memory. */
struct sweep *sweep_create(struct job *job, struct plan *plan, struct topo *topo, struct comm *comm,
                           struct memory *memory, struct watchdog *watchdog);

/* Frees everything and removes scratch files. Local. */
void sweep_free(struct sweep *sweep);

/* Ranks other than 0: executes the commands of rank 0 until it calls sweep_stop. Returns the status
 * that was given to sweep_stop. */
int sweep_follow(struct sweep *sweep);

/* Rank 0: ends sweep_follow on the other ranks with the exit status of the run. Must be called
 * exactly once. */
void sweep_stop(struct sweep *sweep, int status);

struct sweep_progress {
    size_t done, of;  /* cells of this round */
    double elapsed_s; /* since the run began */
};

/* Called between cells; a status other than 0, set in `error`, ends the round. */
typedef int sweep_report(void *context, const struct sweep_progress *progress, struct error *error);

/* Which round is measured, and of which workloads. */
struct sweep_round {
    uint64_t number;   /* 1, 2 …; PLAN_WARM_UP first, which is measured but not kept */
    const bool *visit; /* by cell of the cube: visited in this round; NULL: all are */
    double end_s; /* of the spent_s of its times: it is cut before a visit that would last longer;
                     INFINITY: it is whole */
    size_t *cut_off;      /* becomes how many visits its end, or an error, has cut off; or NULL */
    sweep_report *report; /* called between cells with `context` */
    void *context;
};

/* Rank 0: visits every feasible cell that the round visits once, in the order of the round. Keeps
 * the samples in column number − 1 of `samples`; a cell that has one there keeps it. Sets the
 * plan's status of each cell. A workload that fails, by a full disk for example, is left out
 * from then on: see sweep_failure. 0, STATUS_INTERRUPTED (the samples so far are kept, the one
 * under way is dropped), STATUS_WRONG with the cell that missed its checksum, or what the last
 * workload failed with. */
int sweep_round(struct sweep *sweep, const struct sweep_round *round, struct samples *samples,
                struct error *error);

/* The first failure of a workload, without which the run continued; its status is 0 while there is
 * none. */
const struct error *sweep_failure(const struct sweep *sweep);

/* Seconds since the run began, earlier parts of a resumed run included; those and the launch of the
 * ranks, which the budget has to have room for; how long the earlier parts took; and how the time
 * of this part was spent: `calibrate_s` is for what was calibrated again between rounds. */
struct sweep_times {
    double elapsed_s, spent_s, earlier_s, prepare_s, warm_up_s, samples_s, calibrate_s;
};
struct sweep_times sweep_times(const struct sweep *sweep);

/* How many seconds a round is expected to take that visits these cells (by cell of the cube; NULL:
 * all): what their last visits took, and where there was none, the least that is known of them. */
double sweep_round_s(const struct sweep *sweep, const bool *visit);

#endif
