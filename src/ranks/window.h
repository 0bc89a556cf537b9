/* A window: numbers of 64 bits in one rank's memory, which this rank and others reach by one-sided
 * calls of MPI, or as memory of their own. All must be on one node, for the window lies in memory
 * that they share: elsewhere Open MPI 4.1 emulates atomic operations, and crashes in doing so.
 * The functions return 0, or -EIO when MPI fails. All but window_create, window_meet and
 * window_free are local and have taken effect when they return. Several threads may call them at
 * once where MPI was started for that. `at` is the index of a number in the window. */
#ifndef CUAL_RANKS_WINDOW_H
#define CUAL_RANKS_WINDOW_H

#include <stddef.h>
#include <stdint.h>

struct window;

/* Makes a window of `count` zeros, mapped in every rank. Collective over `ranks` ranks of the
 * program, which give the same `count`: those that `process` lists, of which the first one has the
 * memory, or the first so many when that is NULL. `failed` is 0, or the -errno for which this rank
 * cannot take part. All succeed or all fail: 0, the failure of the first rank that failed, -ENOMEM
 * when the window does not fit into the shared memory of the node, -ENOSYS when these ranks cannot
 * share memory. (Whoever else takes of that memory after it was looked at causes a SIGBUS.) */
int window_create(const int *process, int ranks, size_t count, int failed, struct window **window);

/* Waits until all ranks have come, and gives up the core meanwhile. What any of them did before,
 * each of them sees afterwards. Collective. */
int window_meet(struct window *window);

/* Collective. NULL is allowed if it is NULL on all ranks. */
void window_free(struct window *window);

/* Where the numbers of the window lie in the memory of this rank. They stay until window_free. What
 * is done to them there is not atomic with the calls below. */
uint64_t *window_memory(const struct window *window);

/* These are atomic among each other. */
int window_fetch_add(struct window *window, size_t at, uint64_t add, uint64_t *before);
int window_load(struct window *window, size_t at, uint64_t *value);
int window_store(struct window *window, size_t at, uint64_t value);

/* These are not atomic: for numbers that nobody else uses meanwhile. */
int window_get(struct window *window, size_t at, uint64_t *values, size_t count);
int window_put(struct window *window, size_t at, const uint64_t *values, size_t count);

/* Takes and frees a lock that consists of one number, 0 while it is free. Whoever waits for it
 * gives up the core between two tries, as ranks may share one. */
int window_lock(struct window *window, size_t at);
int window_unlock(struct window *window, size_t at);

#endif
