/* Commands of rank 0 to the other ranks. What other rooms may ask of them is in comm.h. */
#ifndef CUAL_RANKS_COMM_COMMAND_H
#define CUAL_RANKS_COMM_COMMAND_H

struct comm;

/* Makes what sending commands takes, after comm_create_nodes. Local. 0 or -ENOMEM. */
int comm_create_commands(struct comm *comm);
void comm_free_commands(struct comm *comm);

#endif
