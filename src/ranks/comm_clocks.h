/* The clocks of other nodes. What other rooms may ask of them is in comm.h. */
#ifndef CUAL_RANKS_COMM_CLOCKS_H
#define CUAL_RANKS_COMM_CLOCKS_H

struct comm;

/* Allocates what is known of the clocks, after comm_create_nodes. Local. 0 or -ENOMEM. */
int comm_create_clocks(struct comm *comm);
void comm_free_clocks(struct comm *comm);

#endif
