/* The sweep: carries out the plan, round by round, on all ranks together. Rank 0 leads; the other
 * ranks follow its commands and are asleep while a cell does not need them. */
#ifndef CUAL_SWEEP_SWEEP_H
#define CUAL_SWEEP_SWEEP_H

#include "job/plan.h"
#include "machine/topo.h"
#include "model/sample.h"
#include "ranks/comm.h"
#include "runfile/runfile.h"
#include "sweep/known.h"
#include "system/error.h"
#include "system/watchdog.h"
#include "worker/memory.h"

#include <stdbool.h>

struct sweep;

/* Local to each rank. `job` is that of `plan`; its workloads' specs are completed here (work,
 * scratch files). `watchdog` (NULL: none) learns of the cells. All are kept by reference. NULL when
 * there is no memory. */
struct sweep *sweep_create(struct job *job, struct plan *plan, struct topo *topo, struct comm *comm,
                           const struct memory *memory, struct watchdog *watchdog);

/* Frees everything and removes scratch files. Local. */
void sweep_free(struct sweep *sweep);

/* Ranks other than 0: obeys commands until sweep_stop; returns the status given there. */
int sweep_follow(struct sweep *sweep);

/* Rank 0: sends the others home with the exit status of the run. Must be called exactly once. */
void sweep_stop(struct sweep *sweep, int status);

/* What an earlier part of the run found and took. */
struct sweep_earlier {
    const struct runfile_workload *workload; /* by workload, kept by reference */
    double elapsed_s;
};

/* Rank 0, before sweep_prepare: whether all nodes see what it has written beside the output at
 * `path`, its lock. 0, or STATUS_STORAGE with the folder and the node that does not. */
int sweep_check_output(struct sweep *sweep, const char *path, struct error *error);

/* Rank 0, before sweep_prepare, when an earlier part of the run has fixed the work of every task:
 * nothing is calibrated then, and times count on from where it ended. */
void sweep_go_on(struct sweep *sweep, const struct sweep_earlier *earlier);

/* Rank 0: tries the known answers, makes scratch files, measures what a unit of each kernel costs
 * on one core and how many cores' worth each number of cores delivers, fixes the work of every
 * task, and tells all ranks. 0 or status. */
int sweep_prepare(struct sweep *sweep, struct error *error);

/* The known answers, as sweep_prepare found them; owned by the sweep. */
const struct known *sweep_known(const struct sweep *sweep);

/* What was found out by sweep_prepare, by workload; owned by the sweep. */
const struct runfile_workload *sweep_workloads(const struct sweep *sweep);

/* After sweep_prepare: seconds from the launch of a rank until it was ready for its first task, the
 * median over the ranks; NAN when not known. */
double sweep_start_s(const struct sweep *sweep);

/* The same as the answer wants it; owned by the sweep. */
const struct question_workload *sweep_question_workloads(const struct sweep *sweep);

/* Within how much the clocks of all nodes were last known by rank 0's; 0 on one node. */
double sweep_clock_error_s(const struct sweep *sweep);

struct sweep_progress {
    size_t done, of;  /* cells of this round */
    double elapsed_s; /* since the run began */
};

/* Called between cells; a status other than 0, set in `error`, ends the round. */
typedef int sweep_report(void *context, const struct sweep_progress *progress, struct error *error);

#define SWEEP_WARM_UP 0 /* the number of the round that is measured but not kept */

/* Rank 0: visits every feasible cell of the active workloads once, in the order of `round` (1, 2 …;
 * SWEEP_WARM_UP first). `active` says which they are, by workload; NULL: all. Keeps the samples in
 * column round − 1 of `samples`; a cell that has one there keeps it. `report` is called between
 * cells. Sets the plan's status of each cell. A workload that fails (a full disk) is left out from
 * then on, see sweep_failure. 0, STATUS_INTERRUPTED (the samples so far are kept, the one under way
 * is dropped), STATUS_WRONG with the cell that missed its checksum, or what the last workload
 * failed with. */
int sweep_round(struct sweep *sweep, uint64_t round, const bool *active, struct samples *samples,
                sweep_report *report, void *context, struct error *error);

/* The first failure of a workload that the run went on without; its status is 0 while there is
 * none.
 */
const struct error *sweep_failure(const struct sweep *sweep);

/* Seconds since the run began, of them those of its earlier parts, and how the others were spent.
 */
struct sweep_times {
    double elapsed_s, earlier_s, prepare_s, warm_up_s, samples_s;
};
struct sweep_times sweep_times(const struct sweep *sweep);

/* How long a round of the active workloads will take: as long as their last visits; 0 before the
 * first. */
double sweep_round_s(const struct sweep *sweep, const bool *active);

#endif
