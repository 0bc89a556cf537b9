/* What a sweep needs where ranks lie on several nodes: they meet, agree, and compare their clocks.
 */
#ifndef CUAL_SWEEP_SWEEP_NODES_H
#define CUAL_SWEEP_SWEEP_NODES_H

#include "sweep/sweep_visit.h"

/* Rank 0 learns how long each rank took to start, and the first rank of each node opens the
 * surroundings there. Collective over all ranks. 0 or -ENOMEM. */
int sweep_meet(struct sweep *sweep);

/* Brings the errors of the first ranks of all nodes to rank 0, which takes over the first one of
 * them in `error`. Returns its status; elsewhere that of `own`. Collective over those ranks. */
int sweep_agree(struct sweep *sweep, const struct error *own, struct error *error);

/* Rank 0: looks at the clocks of other nodes again, unless that was a moment ago and need not be
 * done `anew`. */
void sweep_compare_clocks(struct sweep *sweep, bool anew);

/* Rank 0: puts the times that the ranks of a visit gave by the clocks of their nodes on its own
 * clock. */
void sweep_set_clocks(struct sweep *sweep, const struct visit *visit);

/* Rank 0: within how much the clocks of all nodes were last known by its own; 0 on one node. */
double sweep_clock_error_s(const struct sweep *sweep);

#endif
