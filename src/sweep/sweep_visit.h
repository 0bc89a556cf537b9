/* A visit: one cell, executed once. One function makes it from the plan, and all others are handed
 * the visit. */
#ifndef CUAL_SWEEP_SWEEP_VISIT_H
#define CUAL_SWEEP_SWEEP_VISIT_H

#include "sweep/sweep_state.h"

struct visit {
    const struct cell *cell;         /* owned by the plan */
    const struct sweep_place *place; /* owned by the sweep */
    size_t index;                    /* of the cell among the feasible ones */
    uint64_t number;                 /* among the visits of a run in the order of time, from 1 */
    uint64_t turn;                   /* among the visits of this process, from 1 */
    int64_t limit_ms;                /* after which the visit counts as hung */
    /* Known on rank 0 only: */
    uint64_t round;
    size_t order;       /* place in the round, from 0 */
    int64_t begun_ns;   /* when it was commanded */
    long threads_ended; /* that end with the cell or as it begins */
};

/* Finds the place of each feasible cell, which is the same on all ranks. 0 or -ENOMEM. */
int sweep_place_cells(struct sweep *sweep);

/* The most tasks of any feasible cell whose order of ending is kept; 0 when none is. */
uint64_t sweep_most_traced(const struct plan *plan);

/* True when cells of the workload have ranks on this node. */
bool sweep_is_used_here(const struct sweep *sweep, size_t workload_index);

/* Rank 0: a visit to one of the feasible cells, as number `order` of a round. */
struct visit sweep_visit(const struct sweep *sweep, size_t index, uint64_t round, size_t order);

/* Rank 0: commands the ranks of the visit to execute it. */
void sweep_visit_tell(struct sweep *sweep, struct visit *visit);

/* The other ranks: the visit that rank 0 has commanded. */
struct visit sweep_visit_told(const struct sweep *sweep, const struct comm_command *command);

#endif
