/* The team: the threads of a rank, each bound to its core with a state of its own. */
#ifndef CUAL_WORKER_WORKER_TEAM_H
#define CUAL_WORKER_WORKER_TEAM_H

#include "worker/worker_loop.h"

/* Runs all threads of the cell in this rank, `workers` by thread: sets each up, starts all of them
 * together with those of the other ranks, measures, and closes them. `seen` is the cell as engines
 * see it, and `shared` is what the kernel has made for all workers. The result gets what is not a
 * sum over the workers. This function and worker_team_fail are collective over the ranks of the
 * cell. */
void worker_team_run(struct worker *workers, const struct worker_cell *cell,
                     const struct engine_cell *seen, void *shared, struct worker_result *result);

/* Takes part in the start and the end of the cell for a team whose setup has failed. */
void worker_team_fail(const struct worker_cell *cell);

#endif
