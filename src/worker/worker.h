/* The one worker loop: a team of threads in a rank, each with D operations in flight. Every
 * execution model is this loop at another point. */
#ifndef CUAL_WORKER_WORKER_H
#define CUAL_WORKER_WORKER_H

#include "worker/worker_cell.h"

/* Executes a cell in this rank. The call is collective over the ranks of the cell. A failure is
 * reported in result->error; a rank whose setup failed still starts together with the others. Once
 * the program is asked to end (system/interrupt.h), the cell ends early, with ECANCELED. */
void worker_run(const struct worker_cell *cell, struct worker_result *result);

#endif
