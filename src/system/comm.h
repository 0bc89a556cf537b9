/* Processes: everything that cual itself does with MPI. (The wait engines that measure MPI call it
 * themselves.) Rank 0 leads: it sends commands, all others wait for them asleep. */
#ifndef CUAL_SYSTEM_COMM_H
#define CUAL_SYSTEM_COMM_H

#include <stddef.h>
#include <stdint.h>

struct comm;

/* Threads of a rank: there is only one, one of them calls MPI, or several do. With more than one
 * Open MPI takes 125 ns longer for the round trip of a short message (570 instead of 445 ns). */
enum comm_threads { COMM_ONE_THREAD, COMM_ONE_CALLS, COMM_SEVERAL_CALL };

/* Starts MPI. Collective. NULL with the reason in `why` when MPI cannot give that level. */
struct comm *comm_create(enum comm_threads threads, char *why, size_t why_bytes);

/* Ends MPI. Collective. */
void comm_free(struct comm *comm);

int comm_rank(const struct comm *comm);
int comm_size(const struct comm *comm);

/* Number of machines that the ranks run on. */
int comm_machines(const struct comm *comm);

/* Zeroed memory of at least `bytes` that the ranks of this machine share until comm_free, aligned
 * to 128 bytes. To be called once. Collective over all ranks. NULL when they share none. */
void *comm_share(struct comm *comm, size_t bytes);

/* "Open MPI v4.1.4, …", as the library says it; a static string. */
const char *comm_library(void);

/* Gives rank 0's bytes to all ranks. Collective over all ranks. */
void comm_broadcast(struct comm *comm, void *bytes, size_t count);

/* Bitwise or over all ranks, given to all. Collective over all ranks. */
void comm_or(struct comm *comm, uint64_t *words, size_t count);

/* Keeps the last rank for a service: commands address it by itself. Local; the same on all ranks,
 * before the first command. */
void comm_reserve_last(struct comm *comm);
int comm_is_reserved(const struct comm *comm);

/* What rank 0 tells the others to do next; they agree on what the numbers mean. */
struct comm_command {
    int16_t kind;
    int16_t reserved; /* 1: also the rank that is kept for a service */
    int32_t ranks;    /* addressed: ranks 0 … ranks − 1, the reserved one left out */
    int64_t number[3];
};

/* Rank 0: sends a command to the ranks it addresses, down a binomial tree, and to the reserved rank
 * directly. */
void comm_command(struct comm *comm, const struct comm_command *command);

/* Other ranks: sleeps until a command addresses this rank, and passes it on. On one machine it is
 * woken; across machines it looks now and then, with naps that grow to 10 ms. A parked rank costs
 * next to nothing. */
struct comm_command comm_await_command(struct comm *comm);

/* The first `ranks` ranks start together: returns on all as closely as a barrier can. Spins, giving
 * up the core between polls. Collective over those ranks. */
void comm_start_together(struct comm *comm, int ranks);

/* The least of those ranks' values of 0 or -errno, given to all of them. Collective over them. */
int comm_agree(struct comm *comm, int ranks, int failed);

/* As comm_start_together, but after a cell, asleep: what a rank does next must not fall into the
 * time of others. */
void comm_end_together(struct comm *comm, int ranks);

/* Gathers `count` bytes of each of the first `ranks` ranks to rank 0 (`all` holds ranks × count
 * there). Waits asleep, so that ranks still at work are left alone. Collective over those ranks. */
void comm_gather(struct comm *comm, int ranks, const void *bytes, size_t count, void *all);

#endif
