/* Memory that the ranks of a node share. What other rooms may ask of it is in comm.h. */
#ifndef CUAL_RANKS_COMM_SHARE_H
#define CUAL_RANKS_COMM_SHARE_H

struct comm;

/* Makes the bells of the ranks of this node, and the place where they meet. Collective over them,
 * after comm_create_nodes. 0 or -ENOMEM. comm_free_shared frees them and what comm_share has made;
 * it is collective over the same ranks. */
int comm_create_shared(struct comm *comm);
void comm_free_shared(struct comm *comm);

#endif
