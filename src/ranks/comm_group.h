/* Groups of ranks. What other rooms may ask of them is in comm.h. */
#ifndef CUAL_RANKS_COMM_GROUP_H
#define CUAL_RANKS_COMM_GROUP_H

#include "ranks/comm.h"

#include <mpi.h>

/* Makes the group of all ranks, whose number is 0, after comm_create_nodes. Local. 0 or -ENOMEM.
 * comm_free_groups frees all groups, also after a failure; it is collective over all ranks. */
int comm_create_groups(struct comm *comm);
void comm_free_groups(struct comm *comm);

/* The group of that number, as it stands in commands. */
const struct comm_group *comm_group_numbered(const struct comm *comm, int number);

/* The communicator of a group, made when it is first used. Collective over its ranks. */
MPI_Comm comm_communicator(struct comm *comm, const struct comm_group *group);

#endif
