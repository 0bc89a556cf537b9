/* The order in which the tasks of a cell end, for workloads with the key `trace: true`. */
#ifndef CUAL_SWEEP_TRACE_H
#define CUAL_SWEEP_TRACE_H

#include "ranks/comm.h"

#include <stdbool.h>
#include <stdint.h>

struct trace {
    int64_t *own; /* when the tasks of this rank's share ended, for struct worker_cell */
    int64_t *all; /* rank 0: the same of all ranks, one after the other */
};

/* Makes room for cells of up to `tasks` tasks on up to `ranks` ranks: of this rank's share, and on
 * the rank that leads (rank 0) of all shares. Local. 0 or -ENOMEM; trace_free in any case. */
int trace_create(struct trace *trace, uint64_t tasks, int ranks, bool leads);
void trace_free(struct trace *trace);

/* Brings the member `own` of all ranks of a cell to rank 0. Collective over the group. */
void trace_gather(struct trace *trace, struct comm *comm, const struct comm_group *group,
                  uint64_t tasks);

/* Rank 0, after trace_gather: takes `ns` off the times of one of the `ranks` ranks, whose clock is
 * ahead by as much. */
void trace_set_back(struct trace *trace, int ranks, uint64_t tasks, int rank, int64_t ns);

/* Rank 0, once after trace_gather: the digest of the order in which the tasks ended. NAN when there
 * is no memory. */
double trace_digest(struct trace *trace, int ranks, uint64_t tasks);

/* The digest of the order of `tasks` tasks from when each ended; those that ended in the same
 * nanosecond go by their numbers. The same order gives the same digest on every node, another
 * order another one but for 1 in 2^52. A whole number below 2^52; NAN when there is no memory. */
double trace_digest_of(const int64_t *ended_ns, uint64_t tasks);

#endif
