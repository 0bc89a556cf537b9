/* The team: the threads of a rank, each bound to its core with a state of its own. */
#ifndef CUAL_WORKER_WORKER_TEAM_H
#define CUAL_WORKER_WORKER_TEAM_H

#include "worker/worker_loop.h"

/* Runs all threads of the cell in this rank, `workers` by thread: sets each up, starts all together
 * with those of the other ranks, measures, and tears down. `seen` is the cell as engines see it,
 * `shared` what the kernel has made for all of them. What is not the sum over the workers is in the
 * result. Collective over the ranks of the cell, and so is worker_team_fail. */
void worker_team_run(struct worker *workers, const struct worker_cell *cell,
                     const struct engine_cell *seen, void *shared, struct worker_result *result);

/* Takes part in the cell's start and end in place of a team that cannot be set up. */
void worker_team_fail(const struct worker_cell *cell);

#endif
