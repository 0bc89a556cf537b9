/* What a rank keeps while MPI runs: one struct for each subject, made and freed by the file that is
 * named beside it. Only the files of comm include this; everybody else includes comm.h. */
#ifndef CUAL_RANKS_COMM_STATE_H
#define CUAL_RANKS_COMM_STATE_H

#include "ranks/comm.h"

#include <mpi.h>

/* A bell is rung when a command has been sent to a rank. It is a counter in memory that the ranks
 * of a node share, on a cache line of its own. */
struct comm_bell {
    _Alignas(128) uint32_t rings;
};

/* Where the ranks of a group that are on one node meet, in memory that they share. All but the
 * first of them arrive, and the first one ends the meeting. */
struct comm_meeting {
    _Alignas(128) uint32_t arrived;
    int least;                    /* of the values, 0 or -errno, of those that have arrived */
    _Alignas(128) uint32_t ended; /* how many meetings */
    int agreed;                   /* the least value in the last of them */
};

/* A node's clock, by rank 0's. */
struct comm_clock {
    int64_t ahead_ns, error_ns;
};

/* Who is where, known to all ranks (comm_nodes.c). */
struct comm_nodes {
    int count;
    int own, local; /* the node of this rank, and which of the ranks there it is */
    int *first;     /* by node and one more: the index of its first rank in … */
    int *ranks;     /* … all ranks, node by node */
    int *of_rank;   /* the node, by rank */
    char (*host)[COMM_HOST_BYTES];
    MPI_Comm here;    /* the ranks of this node */
    MPI_Comm leaders; /* the first ranks of all nodes; MPI_COMM_NULL on the other ranks */
};

/* Memory that the ranks of this node share (comm_share.c). */
struct comm_shared {
    MPI_Win own, callers;    /* what follows lies in the first, comm_share's in the second */
    struct comm_bell *bells; /* by local rank */
    struct comm_meeting *meeting;
};

struct comm_members {
    struct comm_group group;
    MPI_Comm comm; /* MPI_COMM_NULL until it is used for the first time */
    int numbers[]; /* count and first of the group */
};

/* Groups, by number (comm_group.c). */
struct comm_groups {
    struct comm_members **group;
    int count;
    int *members; /* as many as all ranks: those of the group whose communicator is being made */
};

/* Commands (comm_command.c). */
struct comm_commands {
    int reserved;      /* the rank kept for a service; the number of ranks when there is none */
    uint32_t received; /* each announced by a ring of the bell */
    int *addressed;    /* by node: its ranks in the tree of the command at hand */
};

struct comm {
    int rank, size;
    struct comm_nodes nodes;
    struct comm_shared shared;
    struct comm_groups groups;
    struct comm_commands commands;
    struct comm_clock *clock; /* by node, for the first ranks of nodes (comm_clocks.c) */
};

/* Nobody ever sends a message with COMM_TAG_NONE. */
enum { COMM_TAG_COMMAND = 1, COMM_TAG_GROUP = 2, COMM_TAG_CLOCK = 4, COMM_TAG_NONE = 5 };

#endif
