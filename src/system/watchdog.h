/* The watchdog: ranks of a node see by a page of shared memory that the others are alive. A rank
 * that is stopped, hung in a call or computes without end ends the job, named. */
#ifndef CUAL_SYSTEM_WATCHDOG_H
#define CUAL_SYSTEM_WATCHDOG_H

#include "system/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watchdog;

/* The size of that page for `ranks` ranks. */
size_t watchdog_bytes(int ranks);

/* Local. `shared` has watchdog_bytes(ranks), zero before the first rank opens it. This is number
 * `rank` of the `ranks` on this node; `number` says what each is called in messages (NULL: the
 * same). Both are kept by reference. NULL when there is no memory. All functions below take NULL.
 */
struct watchdog *watchdog_open(void *shared, int rank, int ranks, const int *number);

/* The rank is on its way out: nobody waits for it any more. */
void watchdog_close(struct watchdog *watchdog);

/* Where this rank notes how far it has come, ever greater numbers: the one that has come least far
 * is blamed. 2·turn − 1: ready to start the cell of that turn; 2·turn: done with it. */
uint64_t *watchdog_progress(struct watchdog *watchdog);

/* The first rank of a node: a cell is carried out from now on, here by ranks 0 … ranks − 1 and,
 * unless it is −1, by the rank that serves; it may take so long. Copied. */
struct watchdog_cell {
    char what[192]; /* "mixed 2×1×16@2" */
    int ranks, service;
    double limit_s;
    /* Where other nodes take part: how far ranks have come that are done, who are not blamed
     * then; 0: none do. And on rank 0, which reports when all here are done, their hosts. */
    uint64_t done;
    char elsewhere[192];
};
void watchdog_begin(struct watchdog *watchdog, const struct watchdog_cell *cell);
void watchdog_end(struct watchdog *watchdog);

/* Shows that this rank is alive. If it is the lowest one of this node that is, it judges the
 * others there: 0, or STATUS_ENVIRONMENT with the rank that does not answer; the first to find one
 * reports it, and the error of the others has no text. To be called every GUARD_TICK_NS; when the
 * caller was away for longer (stopped together with the others, in a debugger), it waits anew. Only
 * one thread. */
int watchdog_tick(struct watchdog *watchdog, int64_t now_ns, struct error *error);

/* Passes a request to end on to the other ranks, unless it came from one of them. */
void watchdog_ask_others(struct watchdog *watchdog);

/* Kills the other ranks. Neither allocates nor locks: fit for the child of a process with threads.
 */
void watchdog_kill_others(struct watchdog *watchdog);

#endif
