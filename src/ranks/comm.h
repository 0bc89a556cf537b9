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

/* What the threads of a rank do: there is only one, one of several calls MPI, or several call it.
 * With more than one thread Open MPI takes 125 ns longer for the round trip of a short message (570
 * instead of 445 ns). */
enum comm_threads { COMM_ONE_THREAD, COMM_ONE_CALLS, COMM_SEVERAL_CALL };

/* Starts MPI. Collective. NULL, with the reason in `why`, when MPI does not allow so many threads
 * to call it or there is no memory. */
struct comm *comm_create(enum comm_threads threads, char *why, size_t why_bytes);

/* Ends MPI and frees. Collective. NULL is allowed. */
void comm_free(struct comm *comm);

int comm_rank(const struct comm *comm);
int comm_size(const struct comm *comm);

/* Gives rank 0's bytes to all ranks. Collective over all ranks. */
void comm_broadcast(struct comm *comm, void *bytes, size_t count);

/* Gives the bitwise or over all ranks to all of them. Collective over all ranks. */
void comm_or(struct comm *comm, uint64_t *words, size_t count);

/* -- nodes: those ranks are on one node that can share memory. The lowest rank of a node is its
 * first one, and nodes are numbered from 0 by their first ranks, so that rank 0 is the first rank
 * of node 0 -- */

int comm_nodes(const struct comm *comm);
int comm_node(const struct comm *comm);  /* the node of this rank */
int comm_local(const struct comm *comm); /* the number of this rank among those of its node */

/* How many ranks a node has, which these are in ascending order (owned by `comm`), and the node of
 * a rank. */
int comm_node_size(const struct comm *comm, int node);
const int *comm_node_ranks(const struct comm *comm, int node);
int comm_node_of(const struct comm *comm, int rank);

/* The host name of a node, fit to be printed; owned by `comm`. */
#define COMM_HOST_BYTES 65
const char *comm_host(const struct comm *comm, int node);

/* Makes zeroed memory of at least `bytes` that the ranks of this node share until comm_free,
 * aligned to 128 bytes. To be called once. Collective over all ranks. NULL when there is none. */
void *comm_share(struct comm *comm, size_t bytes);

/* The same as comm_or, comm_broadcast (from the first rank of the node) and comm_gather (to that
 * rank), among the ranks of each node. Collective over these. */
void comm_node_or(struct comm *comm, uint64_t *words, size_t count);
void comm_node_broadcast(struct comm *comm, void *bytes, size_t count);
void comm_node_gather(struct comm *comm, const void *bytes, size_t count, void *all);

/* Gives the `count` bytes of the first rank of each node to all ranks, in the order of nodes
 * (`all` holds nodes × count bytes). Collective over all ranks. */
void comm_exchange(struct comm *comm, const void *bytes, size_t count, void *all);

/* Finds out by how much the clocks of other nodes are ahead of rank 0's. Collective over the first
 * ranks of all nodes; takes some milliseconds times log2 of the number of nodes. */
void comm_compare_clocks(struct comm *comm);

/* On rank 0, after comm_compare_clocks: by how many nanoseconds the clock of a node (clock_now_ns)
 * is ahead of rank 0's, and how far off that may be. Both are 0 for node 0. */
int64_t comm_clock_ahead_ns(const struct comm *comm, int node);
int64_t comm_clock_error_ns(const struct comm *comm, int node);

/* -- groups: the first so many ranks of each of the first nodes, numbered from 0 node by
 * node -- */

struct comm_group {
    int number;                       /* of the group, in commands; 0: all ranks */
    int size;                         /* how many ranks it has */
    int rank;                         /* the number of this rank in it; −1: not in it */
    int nodes;                        /* its ranks are on nodes 0 … nodes − 1 */
    const int *count;                 /* by node: how many ranks there, at least 1 */
    const int *first;                 /* by node: the number in the group of the first of them */
    const struct comm_group *leaders; /* the group of its first ranks on each node */
};

/* The group of all ranks, the one that is kept for a service included. */
const struct comm_group *comm_all(const struct comm *comm);

/* The group with count[m] ≥ 1 ranks on each of the first `nodes` nodes; asked for again, it is the
 * same one. Local, but all ranks must ask for the same groups in the same order. Owned by `comm`.
 * NULL when there is no memory. */
const struct comm_group *comm_group(struct comm *comm, const int *count, int nodes);

/* The rank that has a number in the group. */
int comm_group_rank(const struct comm *comm, const struct comm_group *group, int number);

/* How many ranks of the group are on this node. */
int comm_group_here(const struct comm *comm, const struct comm_group *group);

/* The next three are meetings. Another group may meet only when all ranks have left the meeting
 * before, as they have after a comm_gather of the group that met.
 *
 * Lets the ranks of the group start together: returns on all of them at as nearly the same time as
 * a barrier can. Spins, giving up the core between two looks. Collective over the group. */
void comm_start_together(struct comm *comm, const struct comm_group *group);

/* Gives all ranks of the group the least of their values `failed`, each 0 or -errno. Spins as
 * comm_start_together does. Collective over the group. */
int comm_agree(struct comm *comm, const struct comm_group *group, int failed);

/* Lets the ranks of the group end a cell together, so that what one does next does not fall into
 * the time of others. Waits asleep; `lends_hand`: looks again and again, giving up the core between
 * two looks, because others may need this rank's hand. Collective over the group. */
void comm_end_together(struct comm *comm, const struct comm_group *group, bool lends_hand);

/* Gathers `count` bytes of each rank of the group to rank 0, where `all` holds size × count bytes
 * in the order of the ranks' numbers. Waits asleep, so that ranks still at work are left alone.
 * Collective over the group. */
void comm_gather(struct comm *comm, const struct comm_group *group, const void *bytes, size_t count,
                 void *all);

/* -- commands -- */

/* Keeps the last rank for a service, which commands then address apart. Local; to be called on all
 * ranks or on none, before the first command. */
void comm_reserve_last(struct comm *comm);
bool comm_is_reserved(const struct comm *comm);

/* What rank 0 tells the others to do next. What `kind` and `number` mean is up to the caller. */
struct comm_command {
    int16_t kind;
    int16_t reserved; /* 1: addressed to the rank that is kept for a service, too */
    int32_t group;    /* addressed to the ranks of the group of this number, without that one */
    int64_t number[4];
};

/* On rank 0: sends a command to the ranks that it is addressed to, down a binomial tree over the
 * nodes and one on each node (ranks/tree.h), and directly to the rank that is kept for a service.
 */
void comm_command(struct comm *comm, const struct comm_command *command);

/* On the other ranks: sleeps until a command is addressed to this rank, and passes it on. A rank
 * that expects its command from a rank of its own node is woken; one that expects it from another
 * node looks now and then, with naps of up to 2 ms. Neither costs CPU time to speak of. */
struct comm_command comm_await_command(struct comm *comm);

#endif
