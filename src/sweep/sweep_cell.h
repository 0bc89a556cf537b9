/* One visit to a cell, as rank 0 leads it and the other ranks follow. */
#ifndef CUAL_SWEEP_SWEEP_CELL_H
#define CUAL_SWEEP_SWEEP_CELL_H

#include "model/sample.h"
#include "sweep/sweep_visit.h"

/* Rank 0: executes the visit and keeps its sample. 0, or the status that ends the round. */
int sweep_measure_cell(struct sweep *sweep, struct visit *visit, struct samples *samples,
                       struct error *error);

/* The other ranks: executes their part of the visit of a command SWEEP_COMMAND_CELL. */
void sweep_follow_cell(struct sweep *sweep, const struct comm_command *command);

#endif
