/* Which rank is on which node. What other rooms may ask of it is in comm.h. */
#ifndef CUAL_RANKS_COMM_NODES_H
#define CUAL_RANKS_COMM_NODES_H

struct comm;

/* Finds out who is where; `rank` and `size` of `comm` are known. Collective over all ranks. 0 or
 * -ENOMEM, the same on all ranks. comm_free_nodes frees what was found, also after a failure. */
int comm_create_nodes(struct comm *comm);
void comm_free_nodes(struct comm *comm);

#endif
