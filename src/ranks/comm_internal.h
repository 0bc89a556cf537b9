/* What the files of the room `comm` share. */
#ifndef CUAL_RANKS_COMM_INTERNAL_H
#define CUAL_RANKS_COMM_INTERNAL_H

#include "ranks/comm.h"

#include <mpi.h>

/* Rung when a command has been sent to a rank: a counter in memory that the ranks of a node
 * share, each on cache lines of its own. */
struct bell {
    _Alignas(128) uint32_t rings;
};

/* Where the ranks of a group that are on one node meet: all but the first of them arrive, and
 * that one ends the meeting. In memory that they share. */
struct meeting {
    _Alignas(128) uint32_t arrived;
    int least;                    /* of the values, 0 or -errno, of those that have arrived */
    _Alignas(128) uint32_t ended; /* how many meetings */
    int agreed;                   /* the least value in the last of them */
};

/* A node's clock, by rank 0's. */
struct comm_clock {
    int64_t ahead_ns, error_ns;
};

struct comm_members {
    struct comm_group group;
    MPI_Comm comm; /* MPI_COMM_NULL until first used */
    int numbers[]; /* count and first */
};

struct comm {
    int rank, size;
    int reserved; /* the rank kept for a service; the size when none is */

    /* Nodes. */
    int nodes, node, local; /* how many; this rank's; its place there */
    int *first;             /* by node and one more: its place in … */
    int *ranks;             /* … all ranks, node by node */
    int *node_of;           /* by rank */
    char (*host)[COMM_HOST_BYTES];
    struct comm_clock *clock; /* rank 0, by node */
    MPI_Comm on_node;         /* the ranks of this one */
    MPI_Comm leaders;         /* the first ranks of all nodes; MPI_COMM_NULL on the others */
    MPI_Win shared;           /* of comm_share */

    /* Groups, by number. */
    struct comm_members **group;
    int groups;
    int *addressed; /* by node: in the tree of the command at hand */
    int *members;   /* ranks of the group whose communicator is being made */

    /* Commands. */
    MPI_Win window;
    struct bell *bells; /* by local rank */
    uint32_t commands;  /* received, each announced by a ring */
    struct meeting *meeting;
};

/* With COMM_TAG_NONE nobody sends anything. */
enum { COMM_TAG_COMMAND = 1, COMM_TAG_GROUP = 2, COMM_TAG_CLOCK = 4, COMM_TAG_NONE = 5 };

/* Finds out who is where; frees that. Collective over all ranks. 0 or -ENOMEM. */
int comm_find_nodes(struct comm *comm);
void comm_free_nodes(struct comm *comm);

/* Zeroed memory of the node's ranks; see comm_share. */
void *comm_share_memory(const struct comm *comm, size_t bytes, MPI_Win *window);

/* Wait for an operation to end: with naps, or giving up the core between looks. */
void comm_await_asleep(MPI_Request *request);
void comm_await_yielding(MPI_Request *request);

/* How long to sleep before the next look, after so much waiting. */
int64_t comm_nap_ns(int64_t waited_ns);

/* The communicator of a group, made when it is first used. Collective over its ranks. */
MPI_Comm comm_communicator(struct comm *comm, const struct comm_group *group);

#endif
