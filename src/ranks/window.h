/* A window: words of 64 bits in one rank's memory, which it and other ranks of the program reach by
 * one-sided calls of MPI. The ranks must be on one node; it lies in memory that they share, for
 * elsewhere Open MPI 4.1 emulates atomic operations, and crashes in doing so.
 * Calls return 0, or -EIO when MPI fails. All but window_create, window_meet and window_free are
 * local, have taken effect there when they return, and may be made by several threads at once
 * where MPI was started for that. */
#ifndef CUAL_RANKS_WINDOW_H
#define CUAL_RANKS_WINDOW_H

#include <stddef.h>
#include <stdint.h>

struct window;

/* Makes a window of zeros, mapped in every rank. Collective over `ranks` ranks of the program, each
 * with the same `words`: those that `process` lists, the first of which has the memory; NULL: the
 * first so many. `failed` is 0, or the -errno for which this rank cannot take part. All succeed
 * or all fail: 0, the first rank's failure, -ENOMEM when it does not fit into the shared memory of
 * the node, -ENOSYS when these ranks cannot share memory. (What others take of that memory
 * between the look at it and its use is seen as SIGBUS.) */
int window_create(const int *process, int ranks, size_t words, int failed, struct window **window);

/* Waits until all ranks have come, yielding the core: what any did before, each sees after.
 * Collective. */
int window_meet(struct window *window);

/* Collective. NULL is allowed, on all ranks. */
void window_free(struct window *window);

/* Atomic among each other. */
int window_fetch_add(struct window *window, size_t word, uint64_t add, uint64_t *before);
int window_load(struct window *window, size_t word, uint64_t *value);
int window_store(struct window *window, size_t word, uint64_t value);

/* Not atomic: for words that nobody else uses meanwhile. */
int window_get(struct window *window, size_t word, uint64_t *values, size_t count);
int window_put(struct window *window, size_t word, const uint64_t *values, size_t count);

/* A lock over one word, which is 0 while it is free. Who waits for it gives up the core between
 * two tries, as ranks may share one. */
int window_lock(struct window *window, size_t word);
int window_unlock(struct window *window, size_t word);

#endif
