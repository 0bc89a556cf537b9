/* Processes: everything that cual itself does with MPI. (The wait engines that measure MPI call it
 * themselves.) Rank 0 leads: it sends commands, all others wait for them asleep.
 * This is all that other rooms see of the files of comm; comm_create.c, comm_nodes.c, comm_share.c,
 * comm_clocks.c, comm_group.c, comm_meet.c and comm_command.c define it, subject by subject. */
#ifndef CUAL_RANKS_COMM_H
#define CUAL_RANKS_COMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct comm;

/* Threads of a rank: there is only one, one of them calls MPI, or several do. With more than one
 * Open MPI takes 125 ns longer for the round trip of a short message (570 instead of 445 ns). */
enum comm_threads { COMM_ONE_THREAD, COMM_ONE_CALLS, COMM_SEVERAL_CALL };

/* Starts MPI. Collective. NULL with the reason in `why` when MPI cannot give that level, or there
 * is no memory. */
struct comm *comm_create(enum comm_threads threads, char *why, size_t why_bytes);

/* Ends MPI. Collective. */
void comm_free(struct comm *comm);

int comm_rank(const struct comm *comm);
int comm_size(const struct comm *comm);

/* "Open MPI v4.1.4, …", as the library says it; a static string. */
const char *comm_library(void);

/* Gives rank 0's bytes to all ranks. Collective over all ranks. */
void comm_broadcast(struct comm *comm, void *bytes, size_t count);

/* Bitwise or over all ranks, given to all. Collective over all ranks. */
void comm_or(struct comm *comm, uint64_t *words, size_t count);

/* -- nodes: the ranks that share memory, numbered from 0 by the lowest of their ranks; the first
 * rank of a node is that lowest one, and rank 0 is the first of node 0 -- */

int comm_nodes(const struct comm *comm);
int comm_node(const struct comm *comm);  /* of this rank */
int comm_local(const struct comm *comm); /* this rank among those of its node, from 0 */

/* How many ranks a node has, and which, in ascending order; owned by `comm`. */
int comm_node_size(const struct comm *comm, int node);
const int *comm_node_ranks(const struct comm *comm, int node);
int comm_node_of(const struct comm *comm, int rank);

/* The host name of a node, fit to be printed; owned by `comm`. */
#define COMM_HOST_BYTES 65
const char *comm_host(const struct comm *comm, int node);

/* Zeroed memory of at least `bytes` that the ranks of this node share until comm_free, aligned
 * to 128 bytes. To be called once. Collective over all ranks. NULL when there is none. */
void *comm_share(struct comm *comm, size_t bytes);

/* As comm_or, comm_broadcast (from its first rank) and comm_gather (to it), among the ranks of each
 * node. Collective over them. */
void comm_node_or(struct comm *comm, uint64_t *words, size_t count);
void comm_node_broadcast(struct comm *comm, void *bytes, size_t count);
void comm_node_gather(struct comm *comm, const void *bytes, size_t count, void *all);

/* Gives the `count` bytes of the first rank of each node to all ranks, in the order of nodes
 * (`all` has room for nodes × count). Collective over all ranks. */
void comm_exchange(struct comm *comm, const void *bytes, size_t count, void *all);

/* Finds out by how much the clocks of other nodes are ahead of rank 0's. Collective over the
 * first ranks of all nodes; takes some milliseconds, times log2 of their number. */
void comm_compare_clocks(struct comm *comm);

/* Rank 0, after that: nanoseconds by which a node's clock (clock_now_ns) is ahead of its own,
 * and how far that may be off. 0 and 0 for its own node. */
int64_t comm_clock_ahead_ns(const struct comm *comm, int node);
int64_t comm_clock_error_ns(const struct comm *comm, int node);

/* -- groups: the first so many ranks of each of the first nodes, numbered from 0 node by
 * node -- */

struct comm_group {
    int number;                       /* in commands; 0: all ranks */
    int size;                         /* ranks in it */
    int rank;                         /* which of them this one is; −1: none */
    int nodes;                        /* that they are on: 0 … nodes − 1 */
    const int *count;                 /* by node: how many there, at least 1 */
    const int *first;                 /* by node: the number of the first of them */
    const struct comm_group *leaders; /* the first of its ranks on each node */
};

/* The group of all ranks, in which a rank that is kept for a service has its place, too. */
const struct comm_group *comm_all(const struct comm *comm);

/* The group with count[m] ≥ 1 ranks on each of the first `nodes` nodes: the same one when it
 * is asked for again. Local; all ranks ask for the same groups in the same order. Owned by `comm`.
 * NULL when there is no memory. */
const struct comm_group *comm_group(struct comm *comm, const int *count, int nodes);

/* The rank that has a number in the group. */
int comm_group_rank(const struct comm *comm, const struct comm_group *group, int number);

/* How many of its ranks are on this node; 0: none. */
int comm_group_here(const struct comm *comm, const struct comm_group *group);

/* The next three: another group meets only when all ranks have left the meeting before, as is the
 * case after a comm_gather of that group.
 *
 * The ranks of the group start together: returns on all as closely as a barrier can. Spins, giving
 * up the core between polls. Collective over them. */
void comm_start_together(struct comm *comm, const struct comm_group *group);

/* The least of their values of 0 or -errno, given to all of them. Spins as comm_start_together.
 * Collective over them. */
int comm_agree(struct comm *comm, const struct comm_group *group, int failed);

/* As comm_start_together, but after a cell, asleep: what a rank does next must not fall into the
 * time of others. */
void comm_end_together(struct comm *comm, const struct comm_group *group);

/* Gathers `count` bytes of each of its ranks to rank 0 (`all` holds size × count there, by number).
 * Waits asleep, so that ranks still at work are left alone. Collective over them. */
void comm_gather(struct comm *comm, const struct comm_group *group, const void *bytes, size_t count,
                 void *all);

/* -- commands -- */

/* Keeps the last rank for a service: commands address it by itself. Local; the same on all ranks,
 * before the first command. */
void comm_reserve_last(struct comm *comm);
bool comm_is_reserved(const struct comm *comm);

/* What rank 0 tells the others to do next; they agree on what the numbers mean. */
struct comm_command {
    int16_t kind;
    int16_t reserved; /* 1: also the rank that is kept for a service */
    int32_t group;    /* addressed: its ranks, the reserved one left out */
    int64_t number[4];
};

/* Rank 0: sends a command to the ranks it addresses, down a binomial tree over the nodes and one
 * on each (ranks/tree.h), and to the reserved rank directly. */
void comm_command(struct comm *comm, const struct comm_command *command);

/* Other ranks: sleeps until a command addresses this rank, and passes it on. By a rank of its own
 * node it is woken; for one of another node it looks now and then, with naps of up to 2 ms. A
 * parked rank costs next to nothing. */
struct comm_command comm_await_command(struct comm *comm);

#endif
