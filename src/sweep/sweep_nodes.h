/* A sweep over several nodes: their ranks meet, bring their errors together, and compare clocks. */
#ifndef CUAL_SWEEP_SWEEP_NODES_H
#define CUAL_SWEEP_SWEEP_NODES_H

#include "sweep/sweep_visit.h"

/* Brings to rank 0 how long each rank took to start; the first rank of each node opens the
 * surroundings there. Collective over all ranks. 0 or -ENOMEM. */
int sweep_meet(struct sweep *sweep);

/* Brings the errors of the first ranks of all nodes to rank 0, which takes over the first one of
 * them in `error`. Returns its status; elsewhere that of `own`. Collective over those ranks. */
int sweep_agree(struct sweep *sweep, const struct error *own, struct error *error);

/* Rank 0: compares the clocks of other nodes with its own. Where `anew` is false, a comparison that
 * was a moment ago is enough. */
void sweep_compare_clocks(struct sweep *sweep, bool anew);

/* Rank 0: converts the times of the ranks of a visit from the clocks of their nodes to its own. */
void sweep_set_clocks(struct sweep *sweep, const struct visit *visit);

/* Rank 0: the greatest error, in s, with which the clocks of all nodes are known; 0 on one node. */
double sweep_clock_error_s(const struct sweep *sweep);

#endif
